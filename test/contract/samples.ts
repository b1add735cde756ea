// One good call of every operation, and what it takes.
import { nodeDigests } from "../../src/host/node/digests.ts";
import type { FsBackend } from "../../src/primitives/fs/backend.ts";
import { BOX_SAMPLES } from "./boxes.ts";
import { CHECKPOINT_SAMPLES } from "./checkpoints.ts";
import { A_TEXT, type Fixture, type Sample } from "./fixture.ts";
import { GIT_SAMPLES } from "./repositories.ts";

const child = (fixture: Fixture) => fixture.k.call(fixture.pid, "process.spawn", { goal: "a child" });
const childOf = (fixture: Fixture) => fixture.k.process(fixture.pid).children.at(-1) ?? 0;
const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];

const RUNS = ["allow:execute:shell:/ls", "allow:read:fs:/app/**"];
const inBackground = (fixture: Fixture) =>
  fixture.k.call(fixture.pid, "shell.run", { argv: ["ls"], background: true });
const commandOf = (fixture: Fixture) =>
  [...(fixture.k.kernel.state.handles.get(fixture.pid)?.keys() ?? [])].at(-1) ?? "";

export const SAMPLES: Readonly<Record<string, Sample>> = {
  "fs.read": read("read", { path: "a.txt" }, "lines"),
  "fs.list": read("list", { path: "." }, "list", "fs:/app"),
  "fs.stat": read("list", { path: "a.txt" }, "follow"),
  "fs.find": read("list", { pattern: "*.txt" }, "walk", "fs:/app"),
  "fs.search": {
    ...read("read", { query: "text" }, "walk", "fs:/app"),
    grants: ["allow:read,list:fs:/app/**"],
  },
  "fs.write": write("write", { path: "new.txt", content: "x" }, "write", "fs:/app/new.txt"),
  "fs.edit": {
    ...write("read,write", { path: "a.txt", old_text: "some", new_text: "other" }, "write"),
  },
  "fs.mkdir": write("write", { path: "made" }, "makeFolder", "fs:/app/made"),
  "fs.move": { ...write("read,write,delete", { from: "a.txt", to: "b.txt" }, "move"), deny: "fs:/app/b.txt" },
  "fs.delete": write("delete", { path: "a.txt" }, "remove"),
  "fs.restore": {
    ...write("delete", { path: "a.txt", from: nodeDigests.sha256(A_TEXT), to: "absent" }, "remove"),
  },
  "fs.put": {
    ...write("delete", { path: "a.txt", from: nodeDigests.sha256(A_TEXT), to: "absent" }, "remove"),
  },
  "fs.diagnostics": read("read", { path: "a.txt" }, "problems"),
  "process.spawn": { grants: SPAWN, args: () => ({ goal: "part" }), deny: "process:/children" },
  "process.wait": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture) }),
    before: child,
    meanwhile: (fixture) => fixture.k.kernel.signal(fixture.k.person, childOf(fixture), "kill", "done"),
    deny: "process:/3",
    born: true,
  },
  "process.signal": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture), signal: "pause" }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "process.fork": { grants: SPAWN, args: () => ({ goal: "part" }), deny: "process:/children" },
  "process.exec": {
    grants: ["allow:execute:image:/reviewer"],
    args: () => ({ image: "reviewer", goal: "review it" }),
    deny: "image:/reviewer",
  },
  "process.events": { grants: [], args: () => ({ kinds: ["process.spawn"], seconds: 5 }) },
  "process.send": {
    grants: SPAWN,
    args: (fixture) => ({ pid: childOf(fixture), message: "hello", reply: true }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "process.receive": {
    grants: ["allow:message:process:/2"],
    args: () => ({ channel: "main", seconds: 5 }),
    before: (fixture) => fixture.k.call(fixture.pid, "process.send", { pid: fixture.pid, message: "hello" }),
  },
  "capability.delegate": {
    grants: [...SPAWN, "allow:read:fs:/app/**"],
    args: (fixture) => ({ pid: childOf(fixture), grants: ["allow:read:fs:/app/a.txt"] }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "capability.transfer": {
    grants: ["allow:read:fs:/app/**", ...SPAWN],
    args: (fixture) => ({ pid: childOf(fixture), id: "cap1" }),
    before: child,
    deny: "process:/3",
    born: true,
  },
  "clock.sleep": {
    grants: ["allow:sleep:clock:/sleep"],
    args: () => ({ seconds: 60 }),
    meanwhile: (fixture) => fixture.k.clock.advance(60_000),
    deny: "clock:/sleep",
  },
  "process.exit": { grants: [], args: () => ({ result: "done" }) },
  "process.chdir": { ...read("list", { path: "sub" }, "follow"), deny: "fs:/app/sub" },
  "human.ask": {
    grants: [],
    args: () => ({ question: "Well?" }),
    answer: { text: "yes" },
    deny: "human:/ask",
    born: true,
  },
  "human.tell": { grants: [], args: () => ({ message: "hello" }), deny: "human:/ask", born: true },
  "capability.list": { grants: [], args: () => ({}) },
  "capability.request": {
    grants: [],
    args: () => ({ grant: "allow:read:fs:/app/**", reason: "to look" }),
    answer: { scope: "agent" },
    deny: "human:/ask",
    born: true,
  },
  "capability.drop": { grants: ["allow:read:fs:/app/**"], args: () => ({ id: "cap1" }) },
  "object.put": { grants: [], args: () => ({ name: "n", value: { a: 1 } }), deny: "object:/**", born: true },
  "object.get": {
    grants: [],
    args: () => ({ name: "n" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.list": { grants: [], args: () => ({}) },
  "object.link": {
    grants: [],
    args: () => ({ from: "n", to: "n", relation: "references" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.delete": {
    grants: [],
    args: () => ({ name: "n" }),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: 1 }),
    deny: "object:/**",
    born: true,
  },
  "object.import": read("read", { path: "a.txt", name: "n" }, "content"),
  "object.export": {
    ...write("write", { name: "n", path: "new.txt" }, "write", "fs:/app/new.txt"),
    before: (fixture) => fixture.k.call(fixture.pid, "object.put", { name: "n", value: "text" }),
  },
  "image.register": {
    grants: ["allow:register:image:/finder"],
    args: () => ({ name: "finder", summary: "Finds.", prompt: "Find.", tools: ["read_file", "finish"] }),
    deny: "image:/finder",
  },
  "shell.run": {
    grants: ["allow:execute:shell:/ls", "allow:read:fs:/app/**"],
    args: () => ({ argv: ["ls", "-l"] }),
    deny: "shell:/ls",
    effect: "run",
  },
  "shell.list": { grants: [], args: () => ({}) },
  // A process reads and stops its own commands; its handle of one is the authority.
  "shell.read": { grants: RUNS, args: (fixture) => ({ command: commandOf(fixture) }), before: inBackground },
  "shell.stop": { grants: RUNS, args: (fixture) => ({ command: commandOf(fixture) }), before: inBackground },
  "tools.find": { grants: [], args: () => ({ query: "spawn" }) },
  "model.call": {
    grants: [],
    args: (fixture) => ({ model: "test/one", pid: fixture.pid, turn: 0 }),
    deny: "model:/test/**",
    born: true,
    effect: "complete",
  },
  ...BOX_SAMPLES,
  ...CHECKPOINT_SAMPLES,
  ...GIT_SAMPLES,
};

function read(
  rights: string,
  args: object,
  effect: Sample["effect"] & string,
  deny = "fs:/app/a.txt",
): Sample {
  return { grants: [`allow:${rights}:fs:/app/**`], args: () => args, deny, effect };
}

function write(rights: string, args: object, effect: keyof FsBackend, deny = "fs:/app/a.txt"): Sample {
  return { grants: [`allow:${rights}:fs:/app/**`], args: () => args, deny, effect };
}
