// The registry of primitives with commands that do what their text says, so that a test of the desk needs no sandbox.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../../src/abi/errors.ts";
import { define, type Invocation, type Operation, type Primitive } from "../../../src/kernel/operation.ts";
import { primitives as known, type Backends } from "../../../src/primitives/index.ts";

export * from "../../../src/primitives/index.ts";

const input = z.strictObject({ command: z.string(), background: z.boolean().optional() });
const COMMANDS = "command";

/** The programs: `say`, `write`, `make`, `remove`, and `last`, which goes on until it is stopped. */
async function run(command: string, on: Invocation<unknown>): Promise<unknown> {
  const changes: Promise<unknown>[] = [];
  for (const part of command.split("; ")) {
    const [program = "", path = "", ...words] = part.split(" ");
    if (program === "say") on.emit(`${[path, ...words].join(" ")}\n`);
    if (program === "write") changes.push(on.sub("fs.write", { path, content: `${words.join(" ")}\n` }));
    if (program === "make") changes.push(on.sub("fs.mkdir", { path }));
    if (program === "remove") changes.push(on.sub("fs.delete", { path }));
    if (program === "last") return lastFor(on);
  }
  const outcomes = (await Promise.all(changes)).map((came) => ({
    outcome: isFault(came) ? "refused" : "applied",
  }));
  return { exit: 0, output: "", seconds: 1.5, mode: "layered", changes: outcomes };
}

function lastFor({ signal }: Invocation<unknown>): Promise<Fault> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(fault("EINTR", "It was stopped.", "")));
  });
}

const command: Operation = define<z.infer<typeof input>, unknown>({
  ...{
    name: "shell.run",
    tool: "sleep",
    summary: "Run a command.",
    effect: "external",
    idempotent: false,
  },
  input,
  output: z.unknown(),
  needs: () => [],
  async invoke({ command: text, background }, on) {
    if (background !== true) return run(text, on);
    const id = await on.opened(COMMANDS, text);
    if (isFault(id)) return id;
    on.emit("listening\n");
    return { command: id };
  },
});

const commands: Primitive = {
  ...{ kind: "shell", operations: [command] },
  handles: [{ kind: COMMANDS, end: () => Promise.resolve() }],
};

/** All primitives, with these commands in the place of the program's own. */
export function primitives(on: Backends): readonly Primitive[] {
  return [...known(on).filter(({ kind }) => kind !== "shell" && kind !== "clock"), commands];
}
