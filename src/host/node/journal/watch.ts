// Watching a record that somebody else writes: its folder coming and going, and the segments that grow in it.
import { watch, type FSWatcher } from "node:fs";
import { basename, join } from "node:path";
import { FOLDER } from "./files/hold.ts";

/** How long to wait for more before telling, in milliseconds: a batch is several events. */
const SETTLE = 200;

/**
 * Tells when something about the record may have changed, until it is disposed. The workspace folder itself is watched
 * without its subfolders, so that a record made later is noticed, too. Where nothing can be watched nothing is told.
 */
export function watchRecord(root: string, changed: () => void): { dispose(): void } {
  const record = join(root, FOLDER);
  const matters = (place: string, name: string | null): boolean => place !== root || name === FOLDER;
  return watchNested([root, record, join(record, "journal")], matters, changed);
}

/** The same for folders that lie in one another, outermost first, and what of each is worth telling. */
export function watchNested(
  places: readonly string[],
  matters: (place: string, name: string | null) => boolean,
  changed: () => void,
): { dispose(): void } {
  const watchers = new Map<string, FSWatcher>();
  let timer: NodeJS.Timeout | undefined;
  let over = false;

  const drop = (place: string): void => {
    watchers.get(place)?.close();
    watchers.delete(place);
  };
  const soon = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      arm();
      changed();
    }, SETTLE);
  };
  const heard = (place: string, name: string | null): void => {
    if (!matters(place, name)) return;
    // Folders that came anew have the names of the old ones; watching starts over below the one that changed.
    const below = places.slice(places.indexOf(place) + 1);
    if (below[0] !== undefined && name === basename(below[0])) below.forEach(drop);
    soon();
  };
  const arm = (): void => {
    for (const place of places) {
      if (over || watchers.has(place)) continue;
      try {
        const watcher = watch(place, { persistent: false }, (_, name) => heard(place, name));
        watcher.on("error", () => drop(place));
        watchers.set(place, watcher);
      } catch {
        // It is not there yet; the folder above tells when it comes.
      }
    }
  };
  arm();
  return {
    dispose() {
      over = true;
      clearTimeout(timer);
      for (const place of places) drop(place);
    },
  };
}
