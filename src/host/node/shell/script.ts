// The script that a command starts in: it sets the limits, agrees with the host, and becomes the command.
import os from "node:os";
import type { ShellLimits } from "../../../primitives/shell/backend.ts";

/** Sets the limits that each process has by itself. A limit that is lower already stays. */
const LIMITS = `
{ ulimit -c 0; ulimit -t "$1"; ulimit -f "$2"; ulimit -d "$3"; ulimit -u "$4" || ulimit -p "$4"; } 2>/dev/null
shift 4`;
/** Tells the host that the layer stands, and waits for its word; a host that is gone says nothing. */
const AGREE = "echo >&4 && read -r go <&3 || exit 125; exec 3<&- 4>&-";
/** The same where the forwarder tells the host. It is no child of the command, which could wait for it. */
const AGREE_BY_FORWARDER = `
( ELECTRON_RUN_AS_NODE=1 "$1" -e "$2" </dev/null >/dev/null 3<&- & )
exec 4>&-; read -r go <&3 || exit 125; exec 3<&-
shift 2`;
/**
 * Ends the command and all of its group when the host is gone: then the pipe from the host ends without a word. It is no
 * child of the command, which could wait for it.
 */
const OUTLIVE_NOBODY = `
( { read -r word <&3 || kill -s KILL -- "-$$"; } </dev/null >/dev/null 2>&1 & )
exec 3<&-`;
const RUN = 'exec "$@" 2>&1';

/** The parts of a script that are not the same for all commands. */
export interface Scripted {
  readonly argv: readonly string[];
  readonly limits: ShellLimits;
  /** True in a layer, where the host must say that the command may begin. */
  readonly isolated: boolean;
  /** A runtime and its program, which runs beside the command and tells the host when it is ready. */
  readonly forwarder?: readonly string[] | undefined;
}

/** The words that start a command in its shell. */
export function scripted(sh: string, { argv, limits, isolated, forwarder = [] }: Scripted): string[] {
  const { seconds, disk, memory, processes } = limits;
  const cpu = Math.ceil(seconds) * os.availableParallelism();
  // Threads count as processes here, and the shell counts files in blocks of 512 bytes.
  const each = [cpu, Math.ceil(disk / 512), Math.ceil(memory / 1024), processes * 8].map(String);
  const agree = forwarder.length === 0 ? AGREE : AGREE_BY_FORWARDER;
  const script = [LIMITS, isolated ? agree : OUTLIVE_NOBODY, RUN].join("\n");
  return [sh, "-c", script, "sh", ...each, ...forwarder, ...argv];
}
