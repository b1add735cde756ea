// A scratch workspace with its own user data folder, and the command line run on it as a real process.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from "node:fs";
import { realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { cliCallSchema, cliRunSchema, type CliCall, type CliRun } from "../../src/abi/cli.ts";

const SOURCE = join(import.meta.dirname, "../../src/cli.ts");
/** The built bin, which users have. */
export const BUILT = join(import.meta.dirname, "../../dist/cli.js");

/** The build, when it is of these sources (then it is tried, and starts faster); else the sources themselves. */
export const ENTRY = isBuilt() ? BUILT : SOURCE;

function isBuilt(): boolean {
  const made = join(BUILT, "../agentlibos.js");
  const source = join(SOURCE, "..");
  if (!existsSync(BUILT) || !existsSync(made)) return false;
  const times = namesIn(source).map((name) => lstatSync(join(source, name)).mtimeMs);
  return lstatSync(made).mtimeMs > Math.max(...times);
}

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Call {
  readonly tool: string;
  readonly args: unknown;
}

/** A script in short: each turn is its calls, or the text that ends the work. */
export type Turns = readonly (readonly (readonly [tool: string, args: unknown])[] | string)[];

export interface Scripted {
  readonly turns: { readonly text?: string; readonly calls?: readonly Call[] }[];
  readonly children?: readonly Scripted[];
}

export function script(turns: Turns, ...children: readonly Scripted[]): Scripted {
  return {
    turns: turns.map((turn) =>
      typeof turn === "string" ? { text: turn } : { calls: turn.map(([tool, args]) => ({ tool, args })) },
    ),
    ...(children.length === 0 ? {} : { children }),
  };
}

/** Every name below a folder, entering no link. */
export function namesIn(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = join(below, name);
      return [path, ...(lstatSync(join(folder, path)).isDirectory() ? namesIn(folder, path) : [])];
    });
}

/** Everything below a folder: kind, identity, time and content of each name. */
export function snapshot(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const about = lstatSync(path);
    const content = about.isFile()
      ? readFileSync(path, "latin1")
      : about.isSymbolicLink()
        ? readlinkSync(path)
        : "";
    found.set(name, `${about.mode} ${about.ino} ${about.mtimeMs} ${content}`);
  }
  return found;
}

export class Workspace {
  readonly scratch: string;
  /** The folder that agents work in; its name is `app`. */
  readonly folder: string;
  readonly home: string;
  #scripts = 0;

  constructor(t: TestContext) {
    this.scratch = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-cli-")));
    this.folder = join(this.scratch, "app");
    this.home = join(this.scratch, "home");
    mkdirSync(this.folder);
    t.after(() => {
      rmSync(this.scratch, { recursive: true, force: true });
    });
  }

  /** A path in the workspace. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  write(name: string, content: string): void {
    mkdirSync(join(this.path(name), ".."), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  /** Puts a file beside the workspace and gives its path. */
  file(name: string, content: unknown): string {
    const path = join(this.scratch, name);
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  /** Runs a command in the workspace. `started` gets the process, to kill it or to talk to it. */
  async run(
    args: readonly string[],
    how: {
      env?: Record<string, string>;
      started?: (child: ChildProcess) => void;
      built?: boolean;
      /** Shell words to run before, for example a limit. */
      under?: string;
    } = {},
  ): Promise<Ended> {
    const env = { ...process.env, NODE_NO_WARNINGS: "", AGENTLIBOS_HOME: this.home, ...how.env };
    const entry = how.built === true ? BUILT : ENTRY;
    const words = [process.execPath, entry, ...args];
    const [file = "", ...rest] =
      how.under === undefined ? words : ["sh", "-c", `${how.under}; exec "$@"`, "sh", ...words];
    const child = spawn(file, rest, {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    how.started?.(child);
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, out, err };
  }

  /** `run` of a script with `--json`; the output is of the contract, or the test fails. */
  async agent(
    scripted: Scripted,
    options: readonly string[] = [],
    code = 0,
  ): Promise<CliRun & { readonly err: string }> {
    const path = this.file(`script${this.#scripts++}.json`, scripted);
    const ended = await this.run(["run", "--goal", "do it", "--script", path, "--json", ...options]);
    return { ...this.parsed(ended, code), err: ended.err };
  }

  parsed(ended: Ended, code: number): CliRun {
    assert.equal(ended.code, code, `${ended.err}\n${ended.out.slice(0, 2000)}`);
    return cliRunSchema.parse(JSON.parse(ended.out));
  }

  /** The calls as `audit --json` prints them. */
  async audit(...filters: string[]): Promise<CliCall[]> {
    const { out, code, err } = await this.run(["audit", "--json", ...filters]);
    assert.equal(code, 0, err);
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => cliCallSchema.parse(JSON.parse(line)));
  }

  async verify(): Promise<Ended> {
    return this.run(["verify"]);
  }

  /** Every byte under `.agentlibos`, as text. */
  recordText(): string {
    const folder = this.path(".agentlibos");
    return namesIn(folder)
      .map((name) => join(folder, name))
      .filter((path) => lstatSync(path).isFile())
      .map((path) => readFileSync(path, "latin1"))
      .join("\n");
  }
}

/** The calls that came from a model's list of tools, in order. */
export function toolCalls(run: { readonly calls: readonly CliCall[] }, pid?: number): CliCall[] {
  return run.calls.filter((c) => c.tool !== undefined && (pid === undefined || c.pid === pid));
}

/** One call in short: `allow ok`, `deny not-run EACCES`. */
export function came(call: Pick<CliCall, "decision" | "outcome" | "error"> | undefined): string {
  if (call === undefined) return "no such call";
  return [call.decision, call.outcome, ...(call.error === undefined ? [] : [call.error.code])].join(" ");
}
