// The tries on files: what each call takes by name, what the first touch adds, and what it then does to the mirror.
import { createHash } from "node:crypto";
import { type Agent, type Mirror } from "../mirror.ts";
import { FILES } from "../world.ts";
import { file, named, need, OK, type Did, type Make } from "../try.ts";

/** A process that has read or written a file, and finds another there, must look again. */
export function stale(m: Mirror, me: Agent, path: string): string | undefined {
  const [was, is] = [me.seen.get(path), m.files.get(path)];
  return was !== undefined && is !== undefined && was !== is ? "ESTALE" : undefined;
}

export function write(m: Mirror, me: Agent, path: string, text: string): Did {
  m.files.set(path, text);
  me.seen.set(path, text);
  return OK;
}

export function remove(m: Mirror, me: Agent, path: string): Did {
  m.files.delete(path);
  me.seen.delete(path);
  return OK;
}

/** The files that one walk from the root meets and this process has a right on; nobody is asked on a walk. */
function walked(m: Mirror, me: Agent, right: string): string[] {
  const open = (path: string): boolean => m.plainly(me.pid, file("list", path));
  return Object.keys(FILES).filter((path) => {
    const above = path.split("/").slice(0, -1).join("/");
    return m.plainly(me.pid, file(right, path)) && (above === "" || open(above));
  });
}

const READ = ["a.txt", "src/b.txt", ".env", ".agentlibos/x", "../out.txt"];
const FOLDERS = ["src", ".agentlibos"];

const reads: Make[] = READ.flatMap((path): Make[] => [
  (m, me) => ({
    ...{ op: "fs.read", args: { path: named(path) }, needs: [file("read", path)] },
    does() {
      me.seen.set(path, m.files.get(path) ?? "");
      return { code: "ok", shows: [m.files.get(path) ?? ""] };
    },
  }),
  () => ({
    ...{ op: "fs.stat", args: { path: named(path) }, needs: [file("list", path)] },
    does: () => OK,
  }),
  () => ({
    ...{ op: "fs.diagnostics", args: { path: named(path) }, needs: [file("read", path)] },
    does: () => OK,
  }),
  (m) => ({
    ...{ op: "fs.search", args: { path: named(path), query: "word" }, needs: [file("list", path)] },
    finds: () => [file("read", path)],
    does: () => ({ code: "ok", shows: [m.files.get(path) ?? ""] }),
  }),
  (m, me) => ({
    ...{ op: "object.import", args: { path: named(path), name: "copy", type: "text" } },
    needs: [need("write", `object:/p${me.pid}/copy`), file("read", path)],
    // An object stands on the record, and what holds secrets must not.
    finds: () => (path === ".env" ? "EACCES" : []),
    does() {
      m.put(`p${me.pid}/copy`, m.files.get(path) ?? "");
      return OK;
    },
  }),
]);

const walks: Make[] = [
  ...FOLDERS.map((path): Make => () => ({
    ...{ op: "fs.list", args: { path: named(path) }, needs: [file("list", path)] },
    does: () => OK,
  })),
  (m, me) => ({
    ...{ op: "fs.find", args: { path: "app", pattern: "**", ignored: true }, needs: [file("list", "")] },
    does() {
      const shows = walked(m, me, "list").map((path) => `"app/${path}"`);
      return { code: "ok", shows, only: /"app\/[^"]*[^"/]"/gu };
    },
  }),
  (m, me) => ({
    ...{ op: "fs.search", args: { path: "app", query: "word", ignored: true }, needs: [file("list", "")] },
    does: () => ({ code: "ok", shows: walked(m, me, "read").map((path) => m.files.get(path) ?? "") }),
  }),
  ...FOLDERS.map((path): Make => (_, me) => ({
    ...{ op: "process.chdir", args: { path: named(path) }, needs: [file("list", path)] },
    does() {
      me.cwd = `fs:/app/${path}`;
      return OK;
    },
  })),
];

const writes: Make[] = [
  ...["src/w.txt", "new.txt", "src/new.txt", ".env", ".agentlibos/x", "../new.txt"].map(
    (path): Make =>
      (m, me) => ({
        ...{ op: "fs.write", args: { path: named(path), content: `by ${me.pid}` } },
        needs: [file("write", path)],
        looks: () => stale(m, me, path),
        does: () => write(m, me, path, `by ${me.pid}`),
      }),
  ),
  (m, me) => ({
    ...{ op: "fs.edit", args: { path: "app/e.txt", old_text: "edit", new_text: `by-${me.pid}` } },
    needs: [file("read", "e.txt"), file("write", "e.txt")],
    looks: () => stale(m, me, "e.txt"),
    does: () => write(m, me, "e.txt", `word-by-${me.pid}`),
  }),
  (m) => ({
    ...{ op: "fs.mkdir", args: { path: "app/src/made" }, needs: [file("write", "src/made")] },
    does() {
      m.folders.add("src/made");
      return OK;
    },
  }),
  ...["src/d.txt", ".env", ".agentlibos/x"].map((path): Make => (m, me) => ({
    ...{ op: "fs.delete", args: { path: named(path) }, needs: [file("delete", path)] },
    looks: () => stale(m, me, path),
    does: () => remove(m, me, path),
  })),
  (m, me) => ({
    ...{ op: "fs.restore", args: { path: "app/r.txt", from: sha256("word-restore"), to: "absent" } },
    needs: [file("delete", "r.txt")],
    does: () => remove(m, me, "r.txt"),
  }),
  (m, me) => ({
    ...{ op: "fs.put", args: { path: "app/p.txt", from: sha256("word-put"), to: "absent" } },
    needs: [file("delete", "p.txt")],
    does: () => remove(m, me, "p.txt"),
  }),
  (m, me) => ({
    ...{ op: "fs.move", args: { from: "app/m.txt", to: "app/src/moved.txt" } },
    needs: [file("read", "m.txt"), file("delete", "m.txt"), file("write", "src/moved.txt")],
    looks: () => stale(m, me, "m.txt"),
    does() {
      remove(m, me, "m.txt");
      return write(m, me, "src/moved.txt", "word-move");
    },
  }),
];

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export const FILE_TRIES: readonly Make[] = [...reads, ...walks, ...writes];
