// Emit: passes on what a running call puts out, to those who watch it and in the end to the record.
import type { RecordData } from "../../abi/record.ts";
import type { Call } from "../call.ts";
import type { Core } from "../core.ts";
import { SECRET } from "../record/redact.ts";
import { Output } from "./output.ts";
import { touchesSecret } from "./secrets.ts";

/**
 * Takes a piece of the output of a call, and shows what can be shown. After the end of the call only that is shown which
 * a handle of this call puts out; no record keeps it.
 */
export function emitOutput(core: Core, call: Call, piece: string): void {
  if (piece === "" || (call.ended && !hasHandle(core, call))) return;
  call.output ??= new Output(core.journal.redactor);
  showOutput(core, call, call.output.push(piece));
}

/** Shows the rest of a call's output. Gives what its end records: nothing of a value that the end holds anyway. */
export function endOutput(core: Core, call: Call): { output?: RecordData<"call.end">["output"] } {
  if (call.output === undefined) return {};
  showOutput(core, call, call.output.end());
  const { kept } = call.output;
  call.output = undefined;
  if (kept === undefined || call.op?.emitsValue === true) return {};
  return { output: isSecret(core, call) ? { head: SECRET } : kept };
}

function hasHandle({ state }: Core, { pid, id }: Call): boolean {
  return [...(state.handles.get(pid)?.values() ?? [])].some((handle) => handle.call === id);
}

/** Nobody is shown what a call tells about a secret file. */
function showOutput(core: Core, call: Call, text: string): void {
  if (text !== "" && !isSecret(core, call)) core.output.tell({ pid: call.pid, call: call.id, text });
}

function isSecret(core: Core, call: Call): boolean {
  return touchesSecret(call.needs, core.state);
}
