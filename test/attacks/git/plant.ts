// A hostile repository: what a case plants in it, and a program that leaves a trace when it runs.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { gitIn, Workspace } from "../../support/git/repository.ts";

const texts = z.record(z.string(), z.string());

/** One attack as the data file has it. `$CANARY`, `$BASE`, `$APP` and `$SERVER` stand for what is made for it. */
export const caseSchema = z.strictObject({
  id: z.string(),
  title: z.string(),
  /** Settings of the repository. */
  config: texts.default({}),
  /** Files of the work tree; those in `.git`, too. */
  files: texts.default({}),
  /** Files that are committed on the current branch, and on a branch `other`. */
  commit: texts.default({}),
  branch: texts.default({}),
  /** Commands of git that are run at the end. */
  run: z.array(z.array(z.string())).default([]),
  /** Hooks of the repository, and of the bare one beside it. */
  hook: z.string().optional(),
  remoteHook: z.string().optional(),
  /** True when the bare repository has a commit more. */
  remoteCommit: z.boolean().default(false),
  /** True when HEAD carries a signature. */
  signed: z.boolean().default(false),
  /** A program of the work tree. */
  program: z.string().optional(),
  /** True when a server of this machine asks for a password. */
  serves: z.boolean().default(false),
  environment: texts.default({}),
  path: z.array(z.string()).default([]),
  /** The call of an agent, and the code that it ends with. */
  call: z.tuple([z.string(), z.record(z.string(), z.unknown())]),
  expect: z.string().default("ok"),
  /** What is taken away from each command of git, as patterns; then the program must run. */
  without: z
    .strictObject({
      args: z.string().optional(),
      settings: z.string().optional(),
      env: z.string().optional(),
    })
    .optional(),
  /** A command of plain git, or of a shell, in which the program must run. */
  trap: z.array(z.string()).optional(),
  shell: z.string().optional(),
});
export type GitCase = z.infer<typeof caseSchema>;

/** Leaves a trace, and then does for git what a filter or a converter would: gives back its input or the named file. */
const CANARY = `#!/bin/sh
touch "$0.ran"
case "$*" in *git-upload-pack*) exit 1;; esac
for last; do :; done
[ -f "$last" ] && cat "$last" && exit 0
[ $# -gt 0 ] || cat
exit 0
`;

function program(at: string, text: string): void {
  mkdirSync(join(at, ".."), { recursive: true });
  writeFileSync(at, text);
  chmodSync(at, 0o755);
}

/** What every case begins with: a branch beside the current one, and a bare repository of both. */
class Template extends Workspace {
  constructor() {
    super({ "a.txt": "one\n" });
    this.git("checkout", "-q", "-b", "side");
    this.commit({ "side.txt": "side\n" });
    this.git("checkout", "-q", "main");
    this.commit({ "b.txt": "b\n" });
    gitIn(this.base, "clone", "-q", "--bare", "app", "remote.git");
  }

  commit(files: Readonly<Record<string, string>>): void {
    this.write(files);
    this.git("add", "-A");
    this.git("commit", "-q", "-m", "more");
  }
}

const template = new Template();
process.once("exit", () => template.close());

/** A workspace in which one case is planted. */
export class Planted extends Workspace {
  readonly canary = join(this.base, "canary.sh");
  readonly #case: GitCase;
  readonly #server: string;

  constructor(attack: GitCase, server: string) {
    super({}, template.base);
    this.#case = attack;
    this.#server = server;
    program(this.canary, CANARY);
    if (Object.keys(attack.branch).length > 0) {
      this.git("checkout", "-q", "-b", "other", "main~1");
      this.commit(attack.branch);
      this.git("checkout", "-q", "main");
    }
    if (attack.remoteCommit) this.#pushElsewhere();
    this.#plant();
  }

  fill(text: string): string {
    return text
      .replaceAll("$CANARY", this.canary)
      .replaceAll("$BASE", this.base)
      .replaceAll("$APP", this.app)
      .replaceAll("$SERVER", this.#server);
  }

  filled<T>(value: T): T {
    return JSON.parse(this.fill(JSON.stringify(value))) as T;
  }

  /** True once the planted program, or a hook that stands for it, has run. */
  get ran(): boolean {
    return existsSync(`${this.canary}.ran`);
  }

  commit(files: Readonly<Record<string, string>>): void {
    if (Object.keys(files).length === 0) return;
    this.write(files);
    this.git("add", "-A");
    this.git("commit", "-q", "-m", "more");
  }

  #pushElsewhere(): void {
    gitIn(this.base, "clone", "-q", "remote.git", "elsewhere");
    const elsewhere = join(this.base, "elsewhere");
    const who = ["-c", "user.name=n", "-c", "user.email=e@example.invalid"];
    gitIn(elsewhere, ...who, "commit", "-q", "--allow-empty", "-m", "theirs");
    gitIn(elsewhere, "push", "-q", "origin", "main");
  }

  #plant(): void {
    const { config, files, commit, run, hook, remoteHook, signed, program: planted } = this.#case;
    const trace = `#!/bin/sh\ntouch "${this.canary}.ran"\n`;
    if (this.#case.run.length > 0 && Object.keys(commit).length > 0)
      for (const args of run) this.git(...args);
    this.commit(commit);
    this.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, this.fill(text)])));
    if (signed) this.#sign();
    for (const [key, value] of Object.entries(config)) this.git("config", this.fill(key), this.fill(value));
    if (hook !== undefined) program(join(this.app, ".git/hooks", hook), trace);
    if (remoteHook !== undefined) program(join(this.base, "remote.git/hooks", remoteHook), trace);
    if (planted !== undefined) program(join(this.app, planted), trace);
    if (this.#case.path.length > 0) symlinkSync(join(this.app, "bin"), join(this.base, "link"));
    if (Object.keys(commit).length === 0)
      for (const args of run) this.git(...args.map((arg) => this.fill(arg)));
  }

  /** Gives HEAD a signature that some program would have to look at. */
  #sign(): void {
    const text = this.git("cat-file", "commit", "HEAD");
    const signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n aGVsbG8=\n -----END PGP SIGNATURE-----\n";
    const object = text.replace("\n\n", `\n${signature}\n`);
    const args = ["-C", this.app, "hash-object", "-t", "commit", "-w", "--stdin"];
    const signed = execFileSync("git", args, { input: object, encoding: "utf8" }).trim();
    this.git("update-ref", "HEAD", signed);
  }
}

/**
 * A folder with a program `git` that takes a protection away from each command and then runs the real git. With it the
 * product itself shows that this protection, and no other, holds an attack back.
 */
export function weakGit(base: string, real: string, without: NonNullable<GitCase["without"]>): string {
  const folder = join(base, "weak");
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const patterns = [without.args, without.settings, without.env].map((pattern = "") => quoted(pattern));
  program(
    join(folder, "git"),
    `#!/bin/bash
args=${patterns[0]} settings=${patterns[1]} env=${patterns[2]} left=()
for arg; do [[ -n $args && $arg =~ $args ]] || left+=("$arg"); done
for name in $(compgen -e); do
  [[ -n $env && $name =~ $env ]] && unset "$name"
  [[ -n $settings && $name == GIT_CONFIG_KEY_* && \${!name} =~ $settings ]] && export "$name=none.such"
done
exec ${quoted(real)} "\${left[@]}"
`,
  );
  return folder;
}
