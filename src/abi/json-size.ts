// JSON sizes: whether a value is larger than what one call may carry, told before anything copies or prints it.

/**
 * The most that the arguments of one call, or of one answer, may hold: characters of all texts and keys, values, and
 * levels. A write holds 4 MB; deeper values would overflow the stack of recursive readers.
 */
export const JSON_MOST = { characters: 8_000_000, values: 200_000, depth: 64 } as const;

/** Says which bound a JSON value is over; undefined when it is within all. `room` is less where others share it. */
export function whyTooLarge(value: unknown, room: number = JSON_MOST.characters): string | undefined {
  const size = measureJson(value, room);
  if (size.depth > JSON_MOST.depth) return `are nested more than ${JSON_MOST.depth} deep`;
  if (size.values > JSON_MOST.values) return `hold more than ${JSON_MOST.values} values`;
  return size.characters > room ? `hold more than ${JSON_MOST.characters} characters` : undefined;
}

/** The size of a JSON value. It stops counting at the first bound that is passed. */
export function measureJson(
  value: unknown,
  room: number = JSON_MOST.characters,
): { readonly characters: number; readonly values: number; readonly depth: number } {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 0 }];
  const size = { characters: 0, values: 1, depth: 0 };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.value === "string") size.characters += next.value.length;
    if (size.characters > room) break;
    if (typeof next.value !== "object" || next.value === null) continue;
    const depth = next.depth + 1;
    size.depth = Math.max(size.depth, depth);
    const keys = Array.isArray(next.value) ? [] : Object.keys(next.value);
    for (const key of keys) size.characters += key.length;
    const inside: unknown[] = Array.isArray(next.value) ? next.value : Object.values(next.value);
    size.values += inside.length;
    if (depth > JSON_MOST.depth || size.values > JSON_MOST.values || size.characters > room) break;
    for (const each of inside) open.push({ value: each, depth });
  }
  return size;
}
