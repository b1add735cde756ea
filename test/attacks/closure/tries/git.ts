// The tries on git: each verb is a need, and what it shows, takes in or changes is judged file by file.
import { HOST, SWITCHED } from "../../../support/git/fake.ts";
import { file, named, need, OK, said, type Make } from "../try.ts";

const verb = (right: "read" | "write", name: string) => need(right, `git:/app/${name}`);
const OUT = need("connect", `net:/${HOST}`);
const FORCE = { what: "a push by force can take commits of others away" };
const LOSS = { what: "commits of a branch can get lost with it" };

const looks: Make[] = [
  (m, me) => ({
    ...{ op: "git.status", args: {}, needs: [verb("read", "status")] },
    does() {
      const shown = [...m.files.keys()].filter((path) => m.plainly(me.pid, file("list", path)));
      return { code: "ok", shows: shown.map((path) => `"app/${path}"`), only: /"app\/[^"]*"/gu };
    },
  }),
  (m, me) => ({
    ...{ op: "git.diff", args: {}, needs: [verb("read", "diff")] },
    does() {
      const shown = [...m.files].filter(([path]) => m.plainly(me.pid, file("read", path)));
      return { code: "ok", shows: shown.map(([, text]) => text) };
    },
  }),
  () => ({ op: "git.log", args: {}, needs: [verb("read", "log")], does: () => OK }),
  () => ({ op: "git.branch", args: {}, needs: [verb("read", "branch")], does: () => OK }),
  ...["a.txt", "src/b.txt", ".env", ".agentlibos/x"].map((path): Make => (m, me) => ({
    ...{ op: "git.show", args: { ref: `HEAD:${path}` }, needs: [verb("read", "show")] },
    // What is committed is what was there at first.
    does: () =>
      m.plainly(me.pid, file("read", path))
        ? { code: "ok", shows: [`word-${path.endsWith("b.txt") ? "b" : "a"}`] }
        : said("EACCES"),
  })),
  ...["a.txt", ".agentlibos/x"].map((path): Make => (m) => ({
    ...{ op: "git.blame", args: { path: named(path) }, needs: [verb("read", "blame"), file("read", path)] },
    does: () => ({ code: "ok", shows: [m.files.get(path) ?? ""] }),
  })),
];

const acts: Make[] = [
  ...["a.txt", ".agentlibos/x"].map((path): Make => () => ({
    ...{ op: "git.add", args: { paths: [named(path)] }, needs: [verb("write", "add")] },
    finds: () => [file("read", path)],
    does: () => OK,
  })),
  () => ({
    ...{
      op: "git.commit",
      args: { message: "m", paths: [named("src/b.txt")] },
      needs: [verb("write", "commit")],
    },
    finds: () => [file("read", "src/b.txt")],
    does: () => OK,
  }),
  (m) => ({
    ...{ op: "git.switch", args: { branch: "other" }, needs: [verb("write", "switch")] },
    finds: () => [file("write", SWITCHED.changed), file("delete", SWITCHED.gone)],
    does() {
      m.files.set(SWITCHED.changed, SWITCHED.text);
      m.files.delete(SWITCHED.gone);
      return OK;
    },
  }),
  () => ({ op: "git.branch", args: { name: "more" }, needs: [verb("write", "branch")], does: () => OK }),
  () => {
    const made = verb("write", "branch");
    const asks = [{ by: LOSS, need: made, once: true }];
    return { op: "git.branch", args: { name: "old", delete: true }, needs: [made], asks, does: () => OK };
  },
  () => ({
    ...{ op: "git.fetch", args: { remote: "origin" }, needs: [verb("write", "fetch")] },
    ...{ finds: () => [OUT], does: () => OK },
  }),
  () => ({
    ...{ op: "git.push", args: { remote: "origin" }, needs: [verb("write", "push")] },
    ...{ finds: () => [OUT], does: () => OK },
  }),
  () => {
    const pushed = verb("write", "push");
    const asks = [{ by: FORCE, need: pushed, once: true }];
    const args = { remote: "origin", force: true };
    return { op: "git.push", args, needs: [pushed], asks, finds: () => [OUT], does: () => OK };
  },
];

/** Nobody has a worktree here: it needs a real repository, and its limits are tried beside the primitive. */
const worktrees: Make[] = ["git.merge", "git.discard"].flatMap((op) =>
  ["app", "3-none"].map((worktree): Make => () => ({
    ...{ op, args: { worktree }, needs: [], wrong: "ENOENT", does: () => said("ENOENT") },
  })),
);

/** Twenty-four of them: the examples reach every fourth try behind these, and must reach the same ones as without them. */
export const GIT_TRIES: readonly Make[] = [
  ...looks,
  ...acts,
  ...worktrees,
  // A file that only a person may let out is read for each of these.
  () => ({
    ...{ op: "git.add", args: { paths: [named(".env")] }, needs: [verb("write", "add")] },
    finds: () => [file("read", ".env")],
    does: () => OK,
  }),
];
