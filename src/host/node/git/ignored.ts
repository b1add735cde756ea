// What git would ignore: names that need not be there yet, judged by the rules and the index of the repository they lie in.
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { programsOnPath } from "../programs.ts";
import { gitEnvironment } from "./environment.ts";

/** So many repositories of one folder are asked, and each is asked anew so often after it failed on a name. */
const MAX_REPOSITORIES = 32;
const MAX_FAILURES = 8;
/** git has so long for the answers to one question. */
const PATIENCE_MS = 20_000;

/** A running `git check-ignore` of one repository: it takes names and gives an answer to each, in order. */
class Asked {
  readonly #git: ChildProcessWithoutNullStreams;
  #rest = "";
  #fields: string[] = [];
  #wake: () => void = () => undefined;
  #isOver = false;

  constructor(git: string, repository: string) {
    // This command knows no literal names; a name after "./" has no meaning of its own either.
    const { GIT_LITERAL_PATHSPECS: _, ...environment } = gitEnvironment();
    const config = ["-c", "core.fsmonitor=false", "-c", `core.hooksPath=${os.devNull}`];
    this.#git = spawn(git, ["--no-pager", ...config, "check-ignore", "-z", "-v", "-n", "--stdin"], {
      cwd: repository,
      env: environment,
    });
    this.#git.stdout.setEncoding("utf8").on("data", (text: string) => {
      const fields = (this.#rest + text).split("\0");
      this.#rest = fields.pop() ?? "";
      for (const field of fields) this.#fields.push(field);
      this.#wake();
    });
    const over = (): void => {
      this.#isOver = true;
      this.#wake();
    };
    this.#git.stdin.on("error", () => undefined);
    this.#git.stderr.resume();
    this.#git.once("error", over).once("close", over);
  }

  /** The answers to the first of these names; fewer than there are names when git failed. */
  async answers(names: readonly string[]): Promise<boolean[]> {
    this.#fields = [];
    const end = setTimeout(() => this.close(), PATIENCE_MS);
    this.#git.stdin.write(names.map((name) => `./${name}\0`).join(""));
    // An answer is the file, line and text of the rule that decided, and the name.
    while (this.#fields.length < names.length * 4 && !this.#isOver)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    clearTimeout(end);
    const count = Math.min(names.length, Math.floor(this.#fields.length / 4));
    return Array.from({ length: count }, (_, i) => {
      const rule = this.#fields[i * 4 + 2] ?? "";
      return rule !== "" && !rule.startsWith("!");
    });
  }

  close(): void {
    this.#git.kill("SIGKILL");
  }
}

/** The rules of the repositories in and around one folder, as they are on disk. Without git nothing is ignored. */
export class IgnoreRules {
  readonly #root: string;
  readonly #git: string | undefined;
  readonly #asked = new Map<string, Asked>();
  /** The folder of the repository that a folder lies in, by its segments. */
  readonly #repositories = new Map<string, readonly string[]>();
  #failures = 0;

  /** Git itself is never taken from one of these folders. */
  constructor(root: string, folders: readonly string[]) {
    this.#root = root;
    [this.#git] = programsOnPath("git", folders);
  }

  /** Whether git ignores each name. A name of a folder ends in an empty segment. */
  async ignores(names: readonly (readonly string[])[]): Promise<readonly boolean[]> {
    const answers = names.map(() => false);
    const groups = new Map<readonly string[], number[]>();
    for (const [i, segments] of names.entries()) {
      const repository = this.#repositoryOf(segments.slice(0, segments.at(-1) === "" ? -2 : -1));
      groups.set(repository, [...(groups.get(repository) ?? []), i]);
    }
    for (const [repository, group] of groups) {
      let left = group;
      while (left.length > 0) {
        const asked = this.#askedOf(repository);
        if (asked === undefined) break;
        const told = await asked.answers(left.map((i) => names[i]?.slice(repository.length).join("/") ?? ""));
        for (const [k, answer] of told.entries()) answers[left[k] ?? 0] = answer;
        if (told.length === left.length) break;
        // It ends at a name that it cannot judge, as one in a sub-module that is not there. That name is not ignored.
        left = left.slice(told.length + 1);
        this.#failures += 1;
        asked.close();
        this.#asked.delete(repository.join("/"));
      }
    }
    return answers;
  }

  #askedOf(repository: readonly string[]): Asked | undefined {
    const key = repository.join("/");
    const known = this.#asked.get(key);
    if (known !== undefined) return known;
    if (this.#git === undefined || this.#failures > MAX_FAILURES) return undefined;
    if (this.#asked.size >= MAX_REPOSITORIES) return undefined;
    const asked = new Asked(this.#git, path.join(this.#root, ...repository));
    this.#asked.set(key, asked);
    return asked;
  }

  /** The nearest folder with a `.git`; else the root, around which git itself looks for one. */
  #repositoryOf(folder: readonly string[]): readonly string[] {
    const key = folder.join("/");
    const known = this.#repositories.get(key);
    if (known !== undefined) return known;
    const own = fs.existsSync(path.join(this.#root, ...folder, ".git"));
    const found = own || folder.length === 0 ? folder : this.#repositoryOf(folder.slice(0, -1));
    this.#repositories.set(key, found);
    return found;
  }

  close(): void {
    for (const asked of this.#asked.values()) asked.close();
  }
}
