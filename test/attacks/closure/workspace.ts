// A real workspace on the disk, a kernel over it with a person who always gives the same answer, and a listing of both.
import type { PolicyRule } from "../../../src/abi/policy.ts";
import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Image } from "../../../src/abi/image.ts";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import { TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";
import { Boxes } from "../../support/box/backend.ts";
import { digests } from "../../support/journal.ts";
import { FakeShell } from "../../support/shell/fake.ts";
import { fakeGit } from "../../support/git/fake.ts";
import { CUT } from "./tries/commands.ts";
import { Nest, nestPrimitive } from "../../support/nest.ts";
import * as registry from "../../support/registry.ts";
import { lineOf, type Mirror } from "./mirror.ts";
import { FILED, FILES } from "./world.ts";
import { textOf, type Rule, type Says } from "./oracle.ts";
import { BOXES, PLACED } from "./tries/boxes.ts";

const base = realpathSync(mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "routes-")));
const app = join(base, "app");
const roots = [{ name: "app", path: app }];
const now: { k?: TestKernel } = {};
const folders = () => now.k?.kernel.state.roots ?? roots;
const files = nodeFs({ folders, reserved: () => [], preImages: join(base, "pre") });

const added = registry.added(base);
const boxes = new Boxes(base);

/** Removes the workspace. */
export function close(): void {
  files.close();
  rmSync(base, { recursive: true, force: true });
}
writeFileSync(join(base, "out.txt"), "word-outside");

function put(path: string, text: string): void {
  mkdirSync(dirname(join(app, path)), { recursive: true });
  writeFileSync(join(app, path), text);
}

/** Puts a box into its first state, and a file into the yard behind it. */
function place(at: string, things: readonly string[]): void {
  const [box, yard] = [join(base, "boxes", at), join(base, "yards", at)];
  rmSync(box, { recursive: true, force: true });
  for (const folder of [box, yard]) mkdirSync(folder, { recursive: true });
  for (const [i, thing] of things.entries()) writeFileSync(join(box, `${i + 1}.txt`), thing);
  writeFileSync(join(yard, "weeds.txt"), `word-weeds-${at.replace("/", "-")}`);
}

/** Restores the workspace to its first state, whatever a failed case has left. */
export function reset(): void {
  for (const [at, things] of PLACED) place(at, things);
  if (disk().join("\n") === untouched) return;
  for (const name of readdirSync(app)) rmSync(join(app, name), { recursive: true });
  for (const [path, text] of Object.entries(FILES)) put(path, text);
}
for (const [path, text] of Object.entries(FILES)) put(path, text);

/** The workspace as it stands on the disk, in lines. */
function disk(): string[] {
  const visit = (at: string): string[] =>
    readdirSync(join(app, at), { withFileTypes: true }).flatMap((entry) => {
      const path = at === "" ? entry.name : `${at}/${entry.name}`;
      if (entry.isDirectory()) return [`folder ${path}`, ...visit(path)];
      return [`file ${path} ${readFileSync(join(app, path), "utf8")}`];
    });
  return [
    ...visit(""),
    ...readdirSync(base).filter((n) => !["app", "out.txt", "pre", "boxes", "lids", "yards"].includes(n)),
  ].sort();
}

const untouched = disk().join("\n");

/** Somebody outside puts the workspace back as it was, so that there is something for the next try. */
export function restore(m: Mirror): void {
  for (const path of [...m.files.keys()]) {
    if (m.files.get(path) === FILES[path]) continue;
    m.files.delete(path);
    rmSync(join(app, path), { force: true });
  }
  for (const folder of ["src/made", "src/unpacked-1"])
    if (m.folders.delete(folder)) rmSync(join(app, folder), { recursive: true });
  for (const [at, things] of PLACED)
    if (m.boxes.get(at)?.join("\0") !== things.join("\0")) {
      m.boxes.set(at, things);
      place(at, things);
    }
  for (const [path, text] of Object.entries(FILES)) {
    if (m.files.has(path)) continue;
    m.files.set(path, text);
    put(path, text);
  }
}

const image = (name: string, tools: readonly string[]): Image => ({
  ...{ name, version: "1", summary: "An image.", prompt: "Do.", tools: [...tools] },
  budget: {},
});
export const ALL = image("all", ["read_file"]);
const IMAGES = new Map([
  ["all", ALL],
  ["few", image("few", [])],
]);
const everything = ["allow:read,list,write,delete:fs:/**", "allow:read,write,link,share:object:/**"];
const IMAGE_FILES = {
  images: [
    { ...image(FILED, ["read_file"]), suggests: everything, from: "fs:/app/.agents/images/filed.agent.md" },
  ],
  problems: [],
};

/** A sandbox whose one program with an effect would delete a file. */
class Cutting extends FakeShell {
  override run(...[order, grant, on]: Parameters<FakeShell["run"]>): ReturnType<FakeShell["run"]> {
    const [program, path = ""] = "argv" in order.command ? order.command.argv : [];
    const found =
      program === CUT && existsSync(join(app, path)) ? readFileSync(join(app, path), "utf8") : undefined;
    const gone = {
      ...({
        resource: `fs:/app/${path}`,
        kind: "file",
        change: "deleted",
        bytes: 0,
        executable: false,
      } as const),
      pre: digests.sha256(found ?? ""),
    };
    this.came = { changes: found === undefined ? [] : [gone] };
    return super.run(order, grant, on);
  }
}
const COMMANDS = { backend: new Cutting(), rules: () => ({ choice: "auto", unconfined: false }) as const };

/** Makes the calls of calls. */
export const NEST = new Nest();

/** A kernel with a person who says the same to everything. */
export async function open(says: Says, rules: readonly Rule[], m: Mirror): Promise<TestKernel> {
  const policy = rules.map(({ effect, resource, right }): PolicyRule => ({
    effect,
    resource,
    rights: [right],
    reason: "rule",
  }));
  const k = await TestKernel.open({
    ...{ roots, files, images: IMAGES, hands: true, policy },
    kinds: added.kinds,
    commands: COMMANDS,
    git: fakeGit(app, FILES),
    more: (kernel) => [...added.more(kernel), nestPrimitive(NEST)],
    imageFiles: { read: () => Promise.resolve(IMAGE_FILES) },
    diagnostics: { problems: () => Promise.resolve([]) },
    model: () => Promise.resolve(answerOf("thought")),
  });
  now.k = k;
  listen(k, says);
  m.boxes = new Map(PLACED);
  assert.equal(k.kernel.state.nextPid, m.nextPid);
  return k;
}

/** What the person says to questions that want words. */
const ANSWERS: Readonly<Record<string, string>> = { question: "yes", vote: "left" };

export function listen(k: TestKernel, says: Says): void {
  k.kernel.onRecord((record) => {
    if (record.kind !== "question.open") return;
    const scope = says === "agent" ? ("agent" as const) : ("once" as const);
    const text = ANSWERS[record.data.kind];
    k.answer({ allow: says !== "no", scope, ...(text === undefined ? {} : { text }) }, record.data.id);
  });
}

/** The same after a crash. */
export async function crash(k: TestKernel): Promise<TestKernel> {
  return (now.k = await k.crash());
}

/** Everything that can be seen from outside, in the lines of {@link Mirror.look}. */
function look(k: TestKernel): string[] {
  const { state } = k.kernel;
  const lines = disk();
  for (const { pid, parent, life, image, cwd, mailbox } of state.processes.values()) {
    const word = life.reaped
      ? "reaped"
      : life.ended !== undefined
        ? "ended"
        : life.paused
          ? "paused"
          : "alive";
    const placeOf = (name: string) => state.roots.find((root) => root.name === name)?.path;
    const at = { now: k.clock.now(), placeOf };
    const held = state.capabilities.heldBy(pid).filter((h) => state.capabilities.live(h, at));
    const rights = held.map(({ cap, left }) => {
      const until = cap.until === undefined ? undefined : Date.parse(cap.until);
      return textOf({ ...cap, until, left });
    });
    const mail = mailbox.map((letter) => `${letter.from}: ${letter.text}`);
    lines.push(lineOf({ pid, parent, life: word, image, cwd, rights, mail }));
  }
  for (const [space, names] of state.objects)
    for (const [name, { versions, links }] of names)
      if (versions.length > 0) {
        const values = versions.map((v) => `${v.version}=${String(v.value)}`).join(" ");
        const leads = links.map((l) => `${l.to.namespace}/${l.to.name}@${l.to.version}`).join(" ");
        lines.push(`object ${space}/${name} ${values} -> ${leads}`);
      }
  for (const [name, hash] of state.registered) lines.push(`image ${name} ${state.images.get(hash)?.version}`);
  const shown = [...k.kernel.state.handles.values()].flatMap((own) => [...own.values()]);
  for (const { pid, label } of shown) lines.push(`lid of ${pid} on ${label}`);
  const open = boxes.lids().map(({ box }) => box);
  assert.deepEqual(
    open.sort(),
    shown.map(({ label }) => `box:/${label}`).sort(),
    "lids as they are recorded",
  );
  for (const at of BOXES) lines.push(`box ${at}: ${boxes.peek(`box:/${at}`).join(", ")}`);
  for (const { owner, summary } of state.operations.values())
    lines.push(`tool of ${owner.replace("pid:", "")} on ${/things in (\S+)/u.exec(summary)?.[1]}`);
  for (const { name, owner, path } of state.roots)
    if (owner !== undefined)
      lines.push(`${name} of ${owner.replace("pid:", "")} behind ${path.split("/").slice(-2).join("/")}`);
  const thoughts = k.of("call.begin").filter((r) => r.data.op === "model.call");
  const about = thoughts.map((r) => `${r.pid}:${(r.data.args as { model: string }).model}`);
  lines.push(`thoughts ${about.join(" ")}`);
  return lines.sort();
}

/** What is there must be what should be, line by line. */
export function same(k: TestKernel, m: Mirror, after: string): void {
  m.letGo((space) => k.kernel.state.objects.has(space));
  const [is, should] = [look(k), m.look()];
  if (is.join("\n") === should.join("\n")) return;
  const [more, less] = [is.filter((l) => !should.includes(l)), should.filter((l) => !is.includes(l))];
  assert.fail(
    [`after ${after}`, ...more.map((l) => `is     ${l}`), ...less.map((l) => `should ${l}`)].join("\n"),
  );
}
