// The user's data folder: where it is, whether it may be trusted, and which journals it knows.
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync, type Stats } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { tried } from "./disk.ts";

/** Thrown when the data folder cannot be used; the message says what a person can do. */
export class HomeError extends Error {
  readonly code = "EACCES";
  constructor(message: string) {
    super(message);
    this.name = "HomeError";
  }
}

/** Where the user's data folder is (DESIGN 10); editor and command line alike. */
export function homePath(env: NodeJS.ProcessEnv = process.env, platform: string = process.platform): string {
  const named = env["AGENTLIBOS_HOME"];
  if (named !== undefined && named !== "") return resolve(named);
  if (platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "agentlibos");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "agentlibos");
  return join(homedir(), ".local", "share", "agentlibos");
}

/**
 * The real path of the data folder once it is known to be the user's own, private to them. Undefined when there is none
 * and none is to be made. Throws a {@link HomeError} when others could have written there.
 */
export async function trustedHome(path: string, create: boolean): Promise<string | undefined> {
  if (create && aboutLink(path) === undefined) make(path);
  const link = aboutLink(path);
  if (link === undefined) return undefined;
  const me = process.getuid?.();
  if (me === undefined) return realpathSync.native(path); // Windows: the folder is under the user's profile, by its own rights
  if (link.isSymbolicLink() && link.uid !== me) refuse(path, "is a symbolic link that another user made");
  const real = tried(() => realpathSync.native(path)) ?? refuse(path, "is a link to nothing");
  const about = statSync(real);
  if (!about.isDirectory()) refuse(path, "is not a folder");
  if (about.uid !== me) refuse(path, "belongs to another user");
  if ((about.mode & 0o002) !== 0)
    refuse(path, "can be written by other users; remove that right (chmod 700) or name another");
  if ((about.mode & 0o020) !== 0 && readdirSync(real).length > 0) {
    refuse(path, "can be written by its group; remove that right (chmod 700) or name another");
  }
  for (const above of [dirname(path), dirname(real)]) {
    const parent = statSync(above);
    const sticky = (parent.mode & 0o1000) !== 0;
    if ((parent.mode & 0o002) !== 0 && !sticky)
      refuse(path, `can be replaced by other users, who may write in ${above}`);
  }
  if (create && (about.mode & 0o077) !== 0) chmodSync(real, 0o700);
  return real;
}

/** The ids of the journals that the data folder knows. */
export function knownIds(home: string): string[] {
  const names = tried(() => readdirSync(join(home, "journals"))) ?? [];
  return names.filter((name) => /^[0-9a-f]{32}$/u.test(name)).sort();
}

function refuse(path: string, why: string): never {
  throw new HomeError(`the data folder ${path} ${why}`);
}

function aboutLink(path: string): Stats | undefined {
  return tried(() => lstatSync(path, { throwIfNoEntry: false }));
}

function make(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (!(error instanceof Error) || ("code" in error && error.code === "EEXIST")) return;
    throw new HomeError(`the data folder cannot be made: ${error.message}`);
  }
}
