// Folders: where a part of a command may run, followed through `cd`.

/**
 * The folders in which a part of a command may run, each as a path from where the command begins. Undefined when nobody
 * knows. A `cd` may fail, so after it there are two.
 */
export type Folders = readonly string[] | undefined;

/** The folders after a part of a command, if it succeeded and in any case. */
export interface After {
  readonly ok: Folders;
  readonly any: Folders;
}

/** More folders than these are as good as unknown. */
const MOST = 8;

export function stays(at: Folders): After {
  return { ok: at, any: at };
}

/** All folders of both. */
export function union(a: Folders, b: Folders): Folders {
  if (a === b || a === undefined || b === undefined) return a === b ? a : undefined;
  const all = new Set([...a, ...b]);
  return all.size > MOST ? undefined : [...all];
}

/** A path from a folder, as text; nothing is looked up. */
export function pathFrom(folder: string, path: string): string {
  return path.startsWith("/") || folder === "" ? path : `${folder}/${path}`;
}

/** The folders after `cd` with these words. Only a plain path is followed: no home, no `-`, no variable. */
export function afterCd(at: Folders, words: readonly unknown[]): After {
  const rest = words[0] === "--" ? words.slice(1) : words;
  const [path] = rest;
  if (
    at === undefined ||
    rest.length !== 1 ||
    typeof path !== "string" ||
    path === "" ||
    path.startsWith("-")
  )
    return stays(undefined);
  const ok = at.map((folder) => pathFrom(folder, path));
  return { ok, any: union(at, ok) };
}
