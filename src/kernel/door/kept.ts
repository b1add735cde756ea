// Kept: the arguments and the value of a call as its end holds them. A value that another record holds stands there alone.
import type { Result } from "../../abi/errors.ts";
import type { RecordData } from "../../abi/record.ts";
import type { Call } from "../call.ts";
import { viewOf, type Core } from "../core.ts";
import { versionOf } from "../state/conversation.ts";
import { recordedArgs, recordedValue } from "./secrets.ts";

/** The arguments as given, for the record, where they were understood as something else. */
export function givenOf(core: Core, { given, needs, op }: Call): { given?: unknown } {
  return given === undefined ? {} : { given: recordedArgs({ args: given, needs, op }, core.state) };
}

/** The arguments of a call. One that another record of the call holds once it went well is null, and named. */
export function keptArgs(core: Core, call: Call): { args: unknown; kept?: string } {
  const args = recordedArgs(call, core.state);
  const kept = call.op?.keeps;
  const whole = args === call.args && isFields(args);
  if (kept === undefined || !whole || !Object.hasOwn(args, kept)) return { args };
  return { args: { ...args, [kept]: null }, kept };
}

/** The arguments in the end of a call. After a begin, only those that the begin left out and no other record holds. */
export function endArgs(core: Core, call: Call, { ok }: Result<unknown>): { args?: unknown; kept?: string } {
  if (ok) return call.begun ? {} : keptArgs(core, call);
  return call.begun && call.op?.keeps === undefined ? {} : { args: recordedArgs(call, core.state) };
}

/** The value of a call. The field that an object version holds is null, and the version is named. */
export function endValue(
  core: Core,
  call: Call,
  value: unknown,
): Pick<RecordData<"call.end">, "value" | "refers"> {
  const { op, process, args } = call;
  const told = op === undefined ? value : op.recorded(value, viewOf(core, process));
  const kept = recordedValue(call, told, core.state);
  const field = op?.repeats;
  const to = field === undefined || kept !== value ? undefined : op?.shows(args, value, process.pid);
  if (field === undefined || to === undefined || !isFields(kept)) return { value: kept };
  // The state may have dropped the version meanwhile, and parts of conversations are no objects.
  const version = versionOf(core.state, to);
  if (version === undefined || version.value !== kept[field]) return { value: kept };
  return { value: { ...kept, [field]: null }, refers: { field, to } };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
