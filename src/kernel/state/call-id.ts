// Call ids: the turn and the place in it that an id names.

/** The turn and index of a call id: `pid.turn[rN]` for an answer after N failures, else `pid.turn.index`. */
export function slotOf(call: string): { turn: number; index?: number } | undefined {
  const match = /^\d+\.(\d+)(?:r\d+)?(?:\.(\d+))?$/u.exec(call);
  if (match === null) return undefined;
  return match[2] === undefined
    ? { turn: Number(match[1]) }
    : { turn: Number(match[1]), index: Number(match[2]) };
}

/** For a summary call `pid.turn` `s` `nth`: the turn it came before, and its number within its process. */
export function summaryOf(call: string): { turn: number; nth: number } | undefined {
  const match = /^\d+\.(\d+)s(\d+)$/u.exec(call);
  return match === null ? undefined : { turn: Number(match[1]), nth: Number(match[2]) };
}

/** The id of a summary call within its process. */
export function summaryId(turn: number, nth: number): string {
  return `${turn}s${nth}`;
}
