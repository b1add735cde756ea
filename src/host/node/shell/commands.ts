// Commands of one record: the backend with the choices of a person, and the end of what a process leaves in its layer.
import path from "node:path";
import type { ShellBackend } from "../../../primitives/shell/backend.ts";
import type { ShellRules } from "../../../primitives/shell/mode.ts";
import type { ShellPorts } from "../../../primitives/shell/shell.ts";
import { nodeShell, type ShellOptions } from "./shell.ts";

/** The settings of a person for commands. */
export interface CommandOptions extends Pick<ShellOptions, "toolFolders" | "bubblewrap"> {
  readonly rules?: () => ShellRules;
}

/** The best mode that works here; outside a layer each command asks. */
const USUAL_RULES: ShellRules = { choice: "auto", unconfined: true };

/** Commands whose layers lie beside the pre-images of a record. Nothing is tried before the first command. */
export function openCommands(
  { rules = () => USUAL_RULES, ...more }: CommandOptions,
  place: Pick<ShellOptions, "preImages" | "hidden" | "isCredential">,
): ShellPorts {
  const layers = path.join(path.dirname(place.preImages), "layers");
  return { backend: nodeShell({ ...more, ...place, layers }), rules };
}

/** The ends of processes, as a kernel tells them. */
interface Ends {
  readonly state: {
    readonly processes: ReadonlyMap<number, { readonly life: { readonly ended?: unknown } }>;
  };
  onRecord(listener: (record: { readonly kind: string; readonly pid?: number }) => void): unknown;
}

/** Throws away what the commands of a process left in its layer, now and whenever a process has ended. */
export function endLayers(kernel: Ends, shell: ShellBackend): void {
  const { processes } = kernel.state;
  for (const pid of shell.keepers()) {
    const process = processes.get(pid);
    if (process === undefined || process.life.ended !== undefined) void shell.drop(pid);
  }
  kernel.onRecord(({ kind, pid }) => {
    if (kind === "process.exit" && pid !== undefined) void shell.drop(pid);
  });
}
