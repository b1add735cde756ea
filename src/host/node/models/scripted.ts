// The scripted model: its answers come from a script instead of a network, the same every time (DESIGN 10).
import { setImmediate } from "node:timers/promises";
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { ModelCall, ModelRequest } from "../../../abi/model.ts";
import { EMPTY_SCRIPT, parseScript, type Script, type ScriptTurn } from "../../../abi/script.ts";
import { estimateUsage } from "./limits.ts";
import type { Provider } from "./wire.ts";

/** A reference `${N.M.path}`: turn, call, and an optional dotted path into that call's ok value. */
const REFERENCE = /\$\{(\d+)\.(\d+)((?:\.[^.{}]+)*)\}/gu;
const WHOLE = new RegExp(`^${REFERENCE.source}$`, "u");

/** The approximate number of pieces of a streamed text; with several, a display must be able to append. */
const PIECES = 3;

/**
 * Answers turn `request.turn` of the request's own script. A used-up script gives an empty answer, which ends
 * the process.
 */
export const scriptedModel: Provider = {
  async complete(request, signal, onText) {
    const script = readOnce(request.script);
    if (isFault(script)) return script;
    const turn = turnOf(script, request);
    const text = fill(turn.text, request.values, `turn ${request.turn}, text`);
    if (isFault(text)) return text;
    const calls: ModelCall[] = [];
    for (const [index, call] of turn.calls.entries()) {
      const args = fill(call.args, request.values, `turn ${request.turn}, call ${index}, args`);
      if (isFault(args)) return args;
      calls.push({ id: `call_${request.turn}_${index}`, tool: call.tool, args: args.value });
    }
    const whole = asText(text.value);
    for (const piece of pieces(whole)) {
      if (signal.aborted) return interrupted();
      onText(piece);
      await setImmediate();
    }
    if (signal.aborted) return interrupted();
    const usage = estimateUsage(request, { text: whole, calls });
    return { text: whole, calls, usage, stop: calls.length > 0 ? "calls" : "end" };
  },
  window: () => 128_000,
  // A script has its answers already; a reservation would only make small budgets useless.
  answerMax: () => 0,
};

/** The turn to answer: the request's own turn, or the requested summary, which takes no turn. */
function turnOf(script: Script, { turn, summary }: ModelRequest): ScriptTurn {
  if (summary === undefined) return script.turns[turn] ?? { text: "", calls: [] };
  const called = summary.called.length === 0 ? "nothing" : summary.called.join(", ");
  return { text: script.summaries?.[summary.nth] ?? `Called so far: ${called}.`, calls: [] };
}

function interrupted(): Fault {
  return fault("EINTR", "the scripted model was interrupted");
}

/** Scripts by identity: every turn of a process brings the same object, so it is checked only once. */
const judged = new WeakMap<object, Script | Fault>();

function readOnce(raw: unknown): Script | Fault {
  if (raw === undefined) return EMPTY_SCRIPT;
  const known = typeof raw === "object" && raw !== null ? judged.get(raw) : undefined;
  if (known !== undefined) return known;
  const result = parseScript(raw);
  const script = isFault(result) ? result : result.value;
  if (typeof raw === "object" && raw !== null) judged.set(raw, script);
  return script;
}

type Values = ModelRequest["values"];

/**
 * Replaces the references in every string of a JSON value; `at` is the place for the fault. Inserted values
 * are not searched again: the content of a file cannot become a reference.
 */
function fill(value: unknown, values: Values, at: string): { readonly value: unknown } | Fault {
  if (typeof value === "string") return fillText(value, values, at);
  if (typeof value !== "object" || value === null) return { value };
  const entries: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const filled = fill(entry, values, `${at}.${key}`);
    if (isFault(filled)) return filled;
    entries.push([key, filled.value]);
  }
  return { value: Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries) };
}

function fillText(text: string, values: Values, at: string): { readonly value: unknown } | Fault {
  const whole = WHOLE.exec(text);
  if (whole !== null) return resolveReference(whole, values, at);
  let failed: Fault | undefined;
  const filled = text.replace(REFERENCE, (...match) => {
    const found = resolveReference(match.slice(0, 4).map(String), values, at);
    if (!isFault(found)) return asText(found.value);
    failed ??= found;
    return "";
  });
  return failed ?? { value: filled };
}

/** Finds the value of a matched reference: own properties only, so that `constructor` names nothing. */
function resolveReference(
  match: readonly string[],
  values: Values,
  at: string,
): { readonly value: unknown } | Fault {
  const [reference = "", turn = "", call = "", path = ""] = match;
  let value = values[Number(turn)]?.[Number(call)];
  if (value === undefined) return dangling(at, reference, `call ${call} of turn ${turn} has no ok value`);
  for (const key of path.split(".").slice(1)) {
    const holder: object | undefined = typeof value === "object" && value !== null ? value : undefined;
    value = holder !== undefined && Object.hasOwn(holder, key) ? Reflect.get(holder, key) : undefined;
    if (value === undefined) return dangling(at, reference, `there is no "${key}" in that value`);
  }
  return { value };
}

function dangling(at: string, reference: string, why: string): Fault {
  return fault(
    "EINVAL",
    `the script's ${at}: ${reference} cannot be resolved: ${why}`,
    "A reference is ${turn.call.path}, both counted from 0, into the value of a call that succeeded.",
  );
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Splits a text into a few pieces, never inside a character. */
function pieces(text: string): string[] {
  const characters = Array.from(text);
  const size = Math.ceil(characters.length / PIECES);
  return Array.from({ length: size === 0 ? 0 : Math.ceil(characters.length / size) }, (_, i) =>
    characters.slice(i * size, (i + 1) * size).join(""),
  );
}
