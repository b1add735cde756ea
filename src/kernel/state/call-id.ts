// Call ids: the one place that takes an id apart and puts one together.

/**
 * The parts of a call id. `3.0` is the model's answer of turn 0, and `3.0r1` that answer after one failure. `3.0.2` is
 * its call 2, `3.0s1` a summary before it, and `3.x4` a call outside of all turns. A call that another call makes is
 * numbered below it from 1 on, at any depth: `3.0.2.1` and `3.x4.1`.
 */
export interface CallParts {
  readonly pid: number;
  readonly turn?: number;
  readonly index?: number;
  /** The number of a summary within its process. */
  readonly summary?: number;
  /** The number of a call outside of all turns. */
  readonly loose?: number;
  /** The place below the call that it is part of; empty for a call that no other call made. */
  readonly below: readonly number[];
}

/** The place below no other call. Most calls stand there. */
const NOWHERE: readonly number[] = [];

const CALL_ID = /^(\d+)\.(?:(\d+)(?:r\d+|s(\d+))?|x(\d+))((?:\.\d+)*)$/u;

/** The id that was taken apart last: the fold of one record asks several times about its call. */
let last: { readonly call: string; readonly parts: CallParts | undefined } = { call: "", parts: undefined };

/** The parts of a call id; undefined for any other text. */
export function partsOf(call: string): CallParts | undefined {
  if (last.call !== call) last = { call, parts: readParts(call) };
  return last.parts;
}

function readParts(call: string): CallParts | undefined {
  const match = CALL_ID.exec(call);
  if (match === null) return undefined;
  const [, pid = "", turn, summary, loose, rest = ""] = match;
  const places = rest === "" ? NOWHERE : rest.slice(1).split(".").map(Number);
  const at = { pid: Number(pid) };
  if (loose !== undefined) return { ...at, loose: Number(loose), below: places };
  if (summary !== undefined) return { ...at, turn: Number(turn), summary: Number(summary), below: places };
  const [index, ...below] = places;
  return { ...at, turn: Number(turn), ...(index === undefined ? {} : { index }), below };
}

/** The turn of a call of a turn, and its index there; without an index it is the model's answer itself. */
export function slotOf(call: string): { turn: number; index?: number; below: readonly number[] } | undefined {
  const parts = partsOf(call);
  if (parts?.turn === undefined || parts.summary !== undefined) return undefined;
  const { turn, index, below } = parts;
  return { turn, ...(index === undefined ? {} : { index }), below };
}

/** For a summary call `pid.turn` `s` `nth`: the turn it came before, and its number within its process. */
export function summaryOf(call: string): { turn: number; nth: number } | undefined {
  const { turn, summary, below } = partsOf(call) ?? {};
  return turn === undefined || summary === undefined || below?.length !== 0
    ? undefined
    : { turn, nth: summary };
}

/** The id of a summary call within its process. */
export function summaryId(turn: number, nth: number): string {
  return `${turn}s${nth}`;
}

/** The id of call `n` of a call. A model's answer makes no calls by itself: the calls that it lists are the turn's. */
export function idBelow(call: string, n: number): string | undefined {
  const parts = partsOf(call);
  const makes = parts?.index !== undefined || parts?.loose !== undefined;
  return makes ? `${call}.${n}` : undefined;
}

/** For a call that another call made: that call, and its number there. */
export function madeBy(call: string): { call: string; n: number } | undefined {
  const n = partsOf(call)?.below.at(-1);
  return n === undefined ? undefined : { call: call.slice(0, call.lastIndexOf(".")), n };
}

/** The call that stands above all calls between it and this one; the call itself if no other made it. */
export function rootOf(call: string): string {
  const above = madeBy(call);
  return above === undefined ? call : rootOf(above.call);
}

/**
 * The place of a call that changes something: a person answers the changes of one place together. It is the call that
 * made it, or its turn; undefined for a call outside of all turns that no other call made.
 */
export function placeOfChange(call: string): string | undefined {
  const { pid, turn, summary } = partsOf(call) ?? {};
  return madeBy(call)?.call ?? (turn === undefined || summary !== undefined ? undefined : `${pid}.${turn}`);
}

/** True when a call was made by another one, directly or through calls between. */
export function isBelow(call: string, above: string): boolean {
  return call.startsWith(`${above}.`) && idBelow(above, 1) !== undefined;
}

/** How many calls stand above a call; 0 for one that no other call made. */
export function depthOf(call: string): number {
  return partsOf(call)?.below.length ?? 0;
}

/** Orders calls of one turn: by index, and the calls of a call behind it in the order in which it made them. */
export function comparePlaces(a: string, b: string): number {
  const [x, y] = [a, b].map((call) => {
    const { index = -1, below = [] } = partsOf(call) ?? {};
    return [index, ...below];
  });
  for (const [i, place] of (x ?? []).entries()) {
    const other = y?.[i];
    if (other === undefined) return 1;
    if (place !== other) return place - other;
  }
  return (x?.length ?? 0) - (y?.length ?? 0);
}
