// Lasting effects: the calls whose effects no restore of files takes back, in words.
import type { Kinds } from "../../abi/kind.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine, visibleName } from "../words/visible.ts";
import { targetOf } from "./audit.ts";
import { callName, type CallRow } from "./calls.ts";

/** One line for each such call after a record. A call whose effect was less than its operation's may be is none. */
export function lastingLines(t: Translate, kinds: Kinds, rows: readonly CallRow[], since: number): string[] {
  return rows.flatMap((row) => {
    const { begin, end, json } = row;
    const isOver = end !== undefined && end.seq > since && ["ok", "unknown"].includes(json.outcome);
    if (!isOver || begin?.data.effect !== undefined || !kinds.lasts(json.syscall)) return [];
    const said = kinds.sayCall(json.syscall)?.(t, json.args, end.data.value, visibleLine);
    const line = said?.line ?? `${visibleName(callName(json))} ${targetOf(t, row)}`;
    return [visibleLine(line)];
  });
}
