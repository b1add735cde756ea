// A program to be killed: the kernel over real files and boxes, with one agent that a script leads, from the sources.
// Its argument is the folder; it goes on where the record ends. KILL_ACT names an act on boxes to die at: "3" before it, "3+" after it.
import assert from "node:assert/strict";
import { join } from "node:path";
import { replaceRegistry } from "../../harness/registering.ts";
import { Boxes } from "../../support/box/backend.ts";

const [, , base = ""] = process.argv;
process.env["ADDED_FOLDER"] = base;
replaceRegistry("test/support/registry.ts");
const { boot } = await import("../../../src/boot.ts");
const { createModels } = await import("../../../src/host/node/models/providers.ts");
const { parseGrants } = await import("../../../src/abi/capability.ts");
const { isFault } = await import("../../../src/abi/errors.ts");
const { kinds } = await import("../../support/registry.ts");
const { PACKING } = await import("./script.ts");

const [, at = "", how = ""] = /^(\d+)(\+?)$/u.exec(process.env["KILL_ACT"] ?? "") ?? [];
let acts = 0;

/** Ends this process as a power cut would. */
function die(): never {
  process.kill(process.pid, "SIGKILL");
  for (;;);
}

for (const name of ["pack", "empty", "unpack", "hold", "shut", "yard"] as const) {
  const real = Boxes.prototype[name] as (...args: unknown[]) => unknown;
  Reflect.set(Boxes.prototype, name, function (this: Boxes, ...args: unknown[]) {
    acts += 1;
    const mine = String(acts) === at;
    if (mine && how === "") die();
    const result = real.apply(this, args);
    if (!mine) return result;
    return result instanceof Promise ? result.then(die) : die();
  });
}

const root = join(base, "app");
const opened = {
  host: "crash",
  mode: "create",
  policy: [],
  models: createModels({ scripted: true }),
} as const;
const on = await boot({ root, roots: [{ name: "app", path: root }], home: join(base, "home"), ...opened });
const { kernel, person } = on;
if (kernel.state.processes.get(2) === undefined) {
  const grants = parseGrants(PACKING.grants, kinds);
  assert.ok(!isFault(grants));
  const launch = { interactive: false, script: PACKING.script };
  const order = { goal: "pack", model: "scripted/script", grants, cwd: "fs:/app", budget: {}, launch };
  assert.ok(kernel.launch(person, { ...order, image: PACKING.image }).ok);
} else kernel.resumeAll();
for (;;) {
  await kernel.rest();
  const open = [...kernel.state.questions.values()].filter((asked) => asked.outcome === undefined);
  for (const { question } of open)
    kernel.answer(person, question.id, { allow: true, scope: "once", text: "right" });
  if (open.length === 0) break;
}
await on.close();
console.log(acts);
