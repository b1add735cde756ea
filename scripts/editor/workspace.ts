// A scratch place for one editor: its own folders, and a copy of the demo project as a git repository.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./install.mjs";

export type Scratch = {
  /** Holds all the others. */
  readonly folder: string;
  readonly workspace: string;
  /** AGENTLIBOS_HOME: keys and heads of the journals made here. */
  readonly home: string;
  readonly data: string;
  readonly extensions: string;
  remove(): void;
};

/** It goes away when we end, unless it is to be kept. */
export function scratch(name = "app", keep = false): Scratch {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-")));
  const workspace = join(folder, name);
  const [home, data, extensions] = ["home", "data", "extensions"].map((d) => join(folder, d)) as [
    string,
    string,
    string,
  ];
  for (const path of [home, data, extensions]) mkdirSync(path);
  cpSync(join(root, "scripts", "demo"), workspace, { recursive: true });
  initGit(workspace);
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  if (!keep) process.on("exit", remove);
  return { folder, workspace, home, data, extensions, remove };
}

/** Makes the copy a repository with one commit; without git it stays a plain folder. */
function initGit(folder: string): void {
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, stdio: "ignore" });
  try {
    git("init", "--initial-branch=main");
    git("config", "user.name", "Demo");
    git("config", "user.email", "demo@example.invalid");
    git("add", ".");
    git("commit", "--message", "The demo project");
  } catch {
    // The demo works without git; only its git steps say that there is none.
  }
}
