// The steps of the door that a call took, told from what the record kept of it.
import type { CallRow } from "./calls.ts";
import { listed } from "./words.ts";

export interface DoorStep {
  readonly step: string;
  readonly passed: boolean;
  readonly what: string;
}

const ORDER = [
  "find",
  "decode",
  "locate",
  "decide",
  "resolve",
  "preview",
  "ask",
  "look again",
  "charge",
  "begin",
  "invoke",
] as const;
type Step = (typeof ORDER)[number];

/** Where a call stopped: the step whose answer was no, `ask` while it waits, or `invoke` for one that ran. */
function stopOf({ json, asked, begin, end }: CallRow): Step {
  if (end === undefined) return begin === undefined ? "ask" : "invoke";
  if (json.outcome !== "not-run") return "invoke";
  const code = json.error?.code;
  if (json.decision === "deny") return end.data.why === undefined ? "resolve" : "decide";
  if (json.decision === "refused" || json.decision === "expired") return "ask";
  if (code === "EDQUOT") return "charge";
  if (json.decision === "approved") return begin === undefined && code === "ESTALE" ? "look again" : "begin";
  if (json.decision === "allow") return begin === undefined ? "preview" : "begin";
  if (code === "ENOSYS") return "find";
  if (json.needs.length === 0) return "decode";
  return asked.length > 0 ? "ask" : "preview";
}

/** Each step up to where the call stopped. Steps that this call had no need of are left out. */
export function doorSteps(row: CallRow): DoorStep[] {
  const { json, asked, begin, end } = row;
  const stop = stopOf(row);
  const why = json.error === undefined ? "" : json.error.message;
  const ran =
    json.outcome === "ok" ? "done" : json.outcome === "unknown" ? "it is not known whether it happened" : why;
  const said: Record<Step, string> = {
    find: json.syscall,
    decode: "the arguments fit",
    locate:
      json.needs.length === 0
        ? "it needs nothing"
        : `it needs ${listed(json.needs.map((n) => `${n.right} ${n.resource}`))}`,
    decide: asked.length > 0 ? "a person must be asked" : decided(end?.data.by ?? []),
    resolve: "the real names are decided on too",
    preview: "what it would do is known",
    ask: asked.length === 0 ? "" : (asked.at(-1)?.data.text ?? ""),
    "look again": "nothing moved meanwhile",
    charge: "the budget has room",
    begin: begin === undefined ? "" : `journaled as record ${begin.seq} before anything was done`,
    invoke: end === undefined ? "it began and has no end yet" : `${ran}${duration(end.data.micros)}`,
  };
  const waits = end === undefined && stop === "ask";
  return ORDER.slice(0, ORDER.indexOf(stop) + 1)
    .filter((step) => step === stop || said[step] !== "")
    .filter((step) => step !== "look again" || asked.length > 0)
    .map((step) => {
      const passed = step !== stop || (step === "invoke" && json.outcome === "ok");
      return {
        step,
        passed,
        what: passed ? said[step] : waits ? `waits: ${said.ask}` : why === "" ? said[step] : why,
      };
    });
}

function decided(by: readonly string[]): string {
  return by.length === 0 ? "nothing stands in the way" : `allowed by ${listed([...new Set(by)])}`;
}

function duration(micros: number): string {
  return micros === 0 ? "" : ` (${micros < 1000 ? `${micros} µs` : `${Math.round(micros / 100) / 10} ms`})`;
}
