// Commands that do what their text says, in the place of the sandbox, so that a test of the desk starts no programs.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Fault } from "../../../src/abi/errors.ts";
import { openCommands as openReal, type CommandOptions } from "../../../src/host/node/shell/commands.ts";
import type { Grant } from "../../../src/kernel/witness.ts";
import type {
  KeptBackend,
  KeptGroup,
  LayerChange,
  Ran,
  ShellConnection,
  ShellOrder,
} from "../../../src/primitives/shell/backend.ts";
import type { ShellPorts } from "../../../src/primitives/shell/shell.ts";
import { FakeShell, NO_LAYER } from "../../support/shell/fake.ts";

export { endLayers } from "../../../src/host/node/shell/commands.ts";

const sha = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** The programs of a command, each with its words. */
function wordsOf({ command }: ShellOrder): string[][] {
  const parts = "script" in command ? command.script.split("; ") : [];
  return parts.map((part) => part.split(" "));
}

/** The programs: `say`, `write`, `make`, `remove`, and `last`, which goes on until it is stopped. */
class TypedShell extends FakeShell {
  readonly #preImages: string;

  constructor(preImages: string) {
    super();
    this.#preImages = preImages;
    if (Reflect.get(globalThis, "noLayer") === true) this.sandbox = NO_LAYER;
  }

  override run(order: ShellOrder, grant: Grant, on: ShellConnection): Promise<Ran | Fault> {
    const words = wordsOf(order);
    const said = words.filter(([program]) => program === "say").map((line) => `${line.slice(1).join(" ")}\n`);
    const changes = this.#changes(order);
    const lasts = words.some(([program]) => program === "last");
    this.came = { output: said.join(""), changes, ...(lasts ? { lasts } : {}) };
    return super.run(order, grant, on);
  }

  override start(
    id: string,
    order: ShellOrder,
    grant: Grant,
    on: { emit(text: string): void },
  ): Promise<undefined> {
    this.came = { output: "listening\n", changes: this.#changes(order) };
    return super.start(id, order, grant, on);
  }

  override keptFolders = (): { root: string; folder: string }[] => {
    const folder = Reflect.get(globalThis, "keptFolder") as string | undefined;
    return folder === undefined ? [] : [{ root: "app", folder }];
  };

  override keptFiles: KeptBackend = {
    groups: () => Promise.resolve((Reflect.get(globalThis, "keptGroups") as KeptGroup[] | undefined) ?? []),
    changes: (_pid, roots, names) =>
      Promise.resolve(
        names.flatMap((name) => {
          const path = `${name.slice("fs:/app/".length)}/x`;
          const made = this.#changeIn(roots, "write", path, name);
          return [made, { ...made, resource: `${name}/theirs`, problem: "conflict" as const }];
        }),
      ),
    taken: () => Promise.resolve(),
  };

  #changes(order: ShellOrder): LayerChange[] {
    return wordsOf(order).flatMap(([program = "", path = "", ...text]) =>
      ["write", "make", "remove"].includes(program)
        ? [this.#change(order, program, path, text.join(" "))]
        : [],
    );
  }

  #change({ roots }: ShellOrder, program: string, path: string, text: string): LayerChange {
    return this.#changeIn(roots, program, path, text);
  }

  #changeIn(roots: ShellOrder["roots"], program: string, path: string, text: string): LayerChange {
    const [root] = roots;
    const file = join(root?.path ?? "", path);
    const pre = existsSync(file) ? sha(readFileSync(file)) : undefined;
    const post = program === "write" ? sha(`${text}\n`) : undefined;
    if (post !== undefined) writeFileSync(join(this.#preImages, post), `${text}\n`);
    return {
      ...{ resource: `fs:/${root?.name ?? ""}/${path}`, executable: false, bytes: text.length },
      kind: program === "make" ? "folder" : "file",
      change: program === "remove" ? "deleted" : pre === undefined ? "created" : "changed",
      ...(pre === undefined ? {} : { pre }),
      ...(post === undefined ? {} : { post }),
    };
  }
}

/** The commands of a record, with the person's choices as the program has them. */
export function openCommands(options: CommandOptions, place: Parameters<typeof openReal>[1]): ShellPorts {
  return { ...openReal(options, place), backend: new TypedShell(place.preImages) };
}
