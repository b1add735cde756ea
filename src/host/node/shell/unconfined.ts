// A command without a layer: with a short environment and limits, and with nothing else between it and the machine.
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fault, type Fault } from "../../../abi/errors.ts";
import type { Ran, ShellLimits } from "../../../primitives/shell/backend.ts";
import { runChild, type ChildConnection } from "./child.ts";
import { environmentOf, pathEntries } from "./environment.ts";
import { openPipe } from "./pipe.ts";
import { scripted } from "./script.ts";

export interface UnconfinedCommand {
  readonly argv: readonly string[];
  /** A real path. */
  readonly cwd: string;
  readonly stdin: string | undefined;
  readonly limits: ShellLimits;
  /** A folder of ours, for what the command reads and what it puts out. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
}

/** Runs a command as the person would; it changes what it changes. */
export async function runUnconfined(command: UnconfinedCommand, on: ChildConnection): Promise<Ran | Fault> {
  const { argv, cwd, limits } = command;
  const env = environmentOf(command.env, {
    home: command.home,
    path: pathEntries(command.env).join(path.delimiter),
    temporary: os.tmpdir(),
  });
  const folder = path.join(command.folder, `run-${randomBytes(6).toString("hex")}`);
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    const stdin = command.stdin === undefined ? undefined : path.join(folder, "stdin");
    if (stdin !== undefined) fs.writeFileSync(stdin, command.stdin ?? "");
    const isWindows = process.platform === "win32";
    const pipe = isWindows ? undefined : await openPipe(folder);
    const [file = "", ...args] = isWindows ? argv : scripted("/bin/sh", { argv, limits, isolated: false });
    const end = await runChild({ file, args, cwd, env, stdin, pipe, isolated: false }, limits, {
      emit: (text) => on.emit(text),
      begins: () => on.begins?.(),
      stop: on.signal,
    });
    if ("failed" in end)
      return fault("EIO", `The command was not run: ${end.failed}`, "Look for the program and the folder.");
    return { mode: "unconfined", ...end, changes: [], kept: 0, git: [], dropped: false };
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
