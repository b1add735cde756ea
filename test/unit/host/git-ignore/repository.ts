// Repositories on the disk, and the names that a listing of them shows.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

export const base = realpathSync(mkdtempSync(join(tmpdir(), "git-ignore-")));

after(() => rmSync(base, { recursive: true, force: true }));

export const never = new AbortController().signal;

/** A tree of files, and git run in it. */
export function tree(name: string, files: Readonly<Record<string, string>>) {
  const at = join(base, name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(at, path, ".."), { recursive: true });
    writeFileSync(join(at, path), text);
  }
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", at, "-c", "user.name=n", "-c", "user.email=e", ...args], {
      encoding: "utf8",
      stdio: "pipe",
    });
  return { at, git };
}
