// The slot of a call: where in its process's turns it stands, as its id says.

/** The turn and the index that a call id names: `pid.turn[rN]` for an answer (N failed before), `pid.turn.index` else. */
export function slotOf(call: string): { turn: number; index?: number } | undefined {
  const match = /^\d+\.(\d+)(?:r\d+)?(?:\.(\d+))?$/u.exec(call);
  if (match === null) return undefined;
  return match[2] === undefined
    ? { turn: Number(match[1]) }
    : { turn: Number(match[1]), index: Number(match[2]) };
}

/** The turn before which a call for a summary was made, and which one of its process it was: `pid.turn` `s` and that number. */
export function summaryOf(call: string): { turn: number; nth: number } | undefined {
  const match = /^\d+\.(\d+)s(\d+)$/u.exec(call);
  return match === null ? undefined : { turn: Number(match[1]), nth: Number(match[2]) };
}

/** The name of such a call within its process. */
export function summaryId(turn: number, nth: number): string {
  return `${turn}s${nth}`;
}
