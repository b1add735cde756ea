// Programs of this machine that run for a person: found on PATH, and never one that an agent can write.
import fs from "node:fs";
import path from "node:path";
import type { Programs } from "../../primitives/shell/reading/needs.ts";
import { identityOf } from "./fs/node.ts";
import { pathEntries } from "./shell/environment.ts";

function identityAt(at: string): string | undefined {
  try {
    return identityOf(fs.statSync(at, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** True when a real path is one of the folders or lies in one, compared by identity, under whatever name. */
function liesIn(real: string, folders: ReadonlySet<string>): boolean {
  for (let at = real; ; at = path.dirname(at)) {
    const identity = identityAt(at);
    if (identity === undefined || folders.has(identity)) return true;
    if (at === path.dirname(at)) return false;
  }
}

function identitiesOf(folders: readonly string[]): Set<string> {
  return new Set(folders.flatMap((folder) => identityAt(folder) ?? []));
}

/**
 * The real path of a program, if it is a file outside these folders; undefined otherwise. The real path is what is to be
 * run: a link on the way to it may lie where an agent can change it.
 */
export function programOutside(file: string, folders: readonly string[]): string | undefined {
  try {
    const real = fs.realpathSync.native(file);
    if (!fs.statSync(real).isFile()) return undefined;
    return liesIn(real, identitiesOf(folders)) ? undefined : real;
  } catch {
    return undefined; // Not there, or a link in a circle.
  }
}

/**
 * Every program of a name on PATH, in order, by its real path; those in one of these folders are left out. An entry that
 * is empty or relative is left out too, because it means another folder wherever a shell stands.
 */
export function* programsOnPath(
  name: string,
  folders: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): IterableIterator<string> {
  const file = process.platform === "win32" ? `${name}.exe` : name;
  for (const entry of (env["PATH"] ?? "").split(path.delimiter)) {
    if (!path.isAbsolute(entry)) continue;
    const found = programOutside(path.join(entry, file), folders);
    if (found !== undefined) yield found;
  }
}

/** The endings that Windows adds to the name of a program. */
const ENDINGS = process.platform === "win32" ? ["", ".exe", ".com", ".cmd", ".bat"] : [""];

/** The programs that a command finds, and whether they lie in one of these folders. */
export function commandPrograms(folders: readonly string[], env: NodeJS.ProcessEnv = process.env): Programs {
  return {
    path: pathEntries(env),
    find(folder, name) {
      for (const ending of ENDINGS) {
        const file = path.join(folder, name + ending);
        if (programOutside(file, folders) !== undefined) return "outside";
        if (fs.existsSync(file)) return "inside";
      }
      return undefined;
    },
  };
}

/** The entries of PATH that are folders outside these, for a program that starts others for a person. */
export function foldersOnPath(folders: readonly string[], env: NodeJS.ProcessEnv = process.env): string[] {
  const identities = identitiesOf(folders);
  return pathEntries(env).filter((entry) => {
    try {
      return !liesIn(fs.realpathSync.native(entry), identities);
    } catch {
      return false; // Not there, or a link in a circle.
    }
  });
}
