// The writer's lock as on a machine where extension hosts die: who took it is noted, so that it can be lost with them.
import { takeLock as take, type Lock } from "../../../src/host/node/journal/lock.ts";
import { noteLock } from "./modules.ts";

export type { Lock };

/** Takes the lock, and notes for whom. */
export const takeLock: typeof take = async (path) => {
  const lock = await take(path);
  if ("release" in lock) noteLock(lock);
  return lock;
};
