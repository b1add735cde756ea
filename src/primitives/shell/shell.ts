// Primitive `shell`: commands, each in a layer over the workspace where this machine can make one.
import type { Primitive } from "../../kernel/operation.ts";
import type { State } from "../../kernel/state/rows.ts";
import { Background } from "./background.ts";
import type { FsBackend } from "../fs/backend.ts";
import type { ShellBackend } from "./backend.ts";
import { ModeFinder, type ShellRules } from "./mode.ts";
import { runOperation } from "./run.ts";

/** The ports that commands use beside their backend. */
export interface ShellPorts {
  readonly backend: ShellBackend;
  readonly rules: () => ShellRules;
}

/** Builds the primitive. */
export function shellPrimitive(
  kernel: { readonly state: State },
  files: FsBackend,
  { backend, rules }: ShellPorts,
): Primitive {
  const background = new Background(backend, (pid) => kernel.state.handles.get(pid));
  return {
    kind: "shell",
    operations: [
      runOperation(
        backend,
        files,
        new ModeFinder(backend, rules, () => kernel.state),
        background,
        () => kernel.state,
      ),
      ...background.operations,
    ],
    handles: [background.handle],
  };
}
