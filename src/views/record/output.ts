// Output: what one call has put out, as text for people: while it runs, and afterwards from its record.
import type { Kinds } from "../../abi/kind.ts";
import type { AnyRecord } from "../../abi/record.ts";
import { callWords } from "../words/calls.ts";
import type { Translate } from "../words/translate.ts";
import { linesText, visibleText } from "../words/visible.ts";
import { callName, callsOf } from "./calls.ts";

/** The colours and moves of a terminal, which a text does not have. */
// eslint-disable-next-line no-control-regex -- a sequence begins with the control character
const SEQUENCE = /\u001b\[[0-9;?]{0,40}[A-Za-z]/gu;

/**
 * The output of a call under a line that says what it is. `records` are those of the call; `live` is what it put out so
 * far while somebody listened, and undefined when nobody did.
 */
export function outputText(
  t: Translate,
  kinds: Kinds,
  records: readonly AnyRecord[],
  live: string | undefined,
): string {
  const row = callsOf(records)[0];
  if (row === undefined) return `${t("Nothing is on record of this call yet.")}\n`;
  const { syscall: op, args, error } = row.json;
  const { value } = row;
  const { output } = row.end?.data ?? {};
  const said = callWords(t, kinds, { op, args, value });
  const recorded = output === undefined ? said?.text : recordedOutput(t, output);
  const text = live ?? recorded ?? "";
  const shown = visibleText(text.replace(SEQUENCE, "").replaceAll("\r\n", "\n").replaceAll("\r", "\n"));
  const lines = [
    said?.line ?? callName(row.json),
    ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
  ];
  const ended =
    recorded === undefined ? t("The record does not hold what it put out.") : t("It put out nothing.");
  const none = row.end === undefined ? t("It has put out nothing yet.") : ended;
  const body = shown === "" ? [none] : shown.replace(/\n$/u, "").split("\n");
  return linesText([...lines.map((line) => visibleText(line)), "", ...body]);
}

function recordedOutput(
  t: Translate,
  { head, tail = "", omitted = 0 }: { head: string; tail?: string | undefined; omitted?: number | undefined },
): string {
  return omitted === 0 ? head + tail : `${head}\n… ${t("{0} bytes are left out here", omitted)}\n${tail}`;
}
