// Door steps: the steps of the door that a call passed, told from the record.
import type { CallRow } from "./calls.ts";
import { type Translate, joinWords } from "../words/translate.ts";

/** One step of the door: whether the call passed it, and why. */
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

/** The step that stopped a call: the one that refused it, `ask` while it waits, or `invoke` for a call that ran. */
function stoppedStep({ json, asked, begin, end }: CallRow): Step {
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

/** Each step up to the one that stopped the call. Steps that this call did not need are left out. */
export function doorSteps(t: Translate, row: CallRow): DoorStep[] {
  const { json, asked, begin, end } = row;
  const stop = stoppedStep(row);
  const why = json.error === undefined ? "" : json.error.message;
  const ran =
    json.outcome === "ok"
      ? t("done")
      : json.outcome === "unknown"
        ? t("it is not known whether it happened")
        : why;
  const said: Record<Step, string> = {
    find: json.syscall,
    decode: t("the arguments fit"),
    locate:
      json.needs.length === 0
        ? t("it needs nothing")
        : t(
            "it needs {0}",
            joinWords(
              t,
              json.needs.map((n) => `${n.right} ${n.resource}`),
            ),
          ),
    decide: asked.length > 0 ? t("a person must be asked") : decidedWords(t, end?.data.by ?? []),
    resolve: t("the real names are decided on too"),
    preview: t("what it would do is known"),
    ask: asked.length === 0 ? "" : (asked.at(-1)?.data.text ?? ""),
    "look again": t("nothing moved meanwhile"),
    charge: t("the budget has room"),
    begin: begin === undefined ? "" : t("journaled as record {0} before anything was done", begin.seq),
    invoke: end === undefined ? t("it began and has no end yet") : `${ran}${durationWords(end.data.micros)}`,
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
        what: passed ? said[step] : waits ? t("waits: {0}", said.ask) : why === "" ? said[step] : why,
      };
    });
}

function decidedWords(t: Translate, by: readonly string[]): string {
  return by.length === 0
    ? t("nothing stands in the way")
    : t("allowed by {0}", joinWords(t, [...new Set(by)]));
}

function durationWords(micros: number): string {
  return micros === 0 ? "" : ` (${micros < 1000 ? `${micros} µs` : `${Math.round(micros / 100) / 10} ms`})`;
}
