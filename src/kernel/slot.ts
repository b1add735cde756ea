// The slot of a call: where in its process's turns it stands, as its id says.

/** The turn and the index that a call id names: `pid.turn[rN]` for an answer (N failed before), `pid.turn.index` else. */
export function slotOf(call: string): { turn: number; index?: number } | undefined {
  const match = /^\d+\.(\d+)(?:r\d+)?(?:\.(\d+))?$/u.exec(call);
  if (match === null) return undefined;
  return match[2] === undefined
    ? { turn: Number(match[1]) }
    : { turn: Number(match[1]), index: Number(match[2]) };
}
