// Runs the command line as a real process on a scratch workspace, kills it, and checks the files and the record.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DISK_POINTS } from "./points.ts";

const CLI = join(import.meta.dirname, "..", "..", "dist", "cli.js");

export interface Workspace {
  readonly scratch: string;
  readonly folder: string;
  readonly script: string;
  readonly files: number;
}

/** The last line of a file; of every third one it is so long that its text leaves the record for the bodies. */
const tail = (i: number): string => (i % 3 === 0 ? `${"a long line ".repeat(400)}\n` : "");

/** A workspace and a script of `files` writes, as many edits of each written file, and edits of one common counter. */
export function makeWorkspace(files: number, perTurn: number): Workspace {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-crash-"));
  const folder = join(scratch, "app");
  mkdirSync(folder);
  writeFileSync(join(folder, "counter.txt"), "n=0\n");
  const turns: { calls: { tool: string; args: unknown }[] }[] = [];
  for (let from = 0; from < files; from += perTurn) {
    const some = Array.from({ length: Math.min(perTurn, files - from) }, (_, i) => from + i);
    turns.push({
      calls: some.map((i) => ({
        tool: "write_file",
        args: { path: `out/f${i}.txt`, content: `file ${i} new\n${tail(i)}` },
      })),
    });
    const edits = some.map((i) => ({
      tool: "edit_file",
      args: { path: `out/f${i}.txt`, old_text: "new", new_text: "edited" },
    }));
    const turn = from / perTurn;
    const counter = {
      tool: "edit_file",
      args: { path: "counter.txt", old_text: `n=${turn}\n`, new_text: `n=${turn + 1}\n` },
    };
    turns.push({ calls: [...edits, counter] });
  }
  const script = join(scratch, "script.json");
  writeFileSync(script, JSON.stringify({ turns }));
  return { scratch, folder, script, files };
}

export function discard(on: Workspace): void {
  rmSync(on.scratch, { recursive: true, force: true });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts a command; `started` gets the child so that a test can kill it. */
export function command(
  on: Workspace,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  started?: (child: ChildProcess) => void,
): Promise<Ended> {
  const isWatched = env["DISK_KILL"] !== undefined || env["DISK_LOG"] !== undefined;
  const preload = isWatched ? ["--import", DISK_POINTS] : [];
  const child = spawn(
    process.execPath,
    ["--no-warnings", ...preload, CLI, ...args, "--workspace", on.folder],
    {
      env: { ...process.env, ...env, AGENTLIBOS_HOME: join(on.scratch, "home") },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  started?.(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      resolve({ code, signal, out, err });
    });
  });
}

export function run(
  on: Workspace,
  env: NodeJS.ProcessEnv = {},
  started?: (child: ChildProcess) => void,
): Promise<Ended> {
  const grants = ["--grant", "allow:read,list,write,delete:fs:/app/**"];
  return command(on, ["run", "--goal", "write", "--script", on.script, ...grants, "--json"], env, started);
}

/** Resumes until it ends by itself. A crash before the agent was on record left nothing to resume: then run anew. */
export async function finish(on: Workspace): Promise<Ended> {
  const resumed = await command(on, ["resume", "--json"]);
  if (resumed.code !== 2) return resumed;
  return run(on);
}

interface Line {
  readonly kind: string;
  readonly call?: string;
  readonly data: { readonly op?: string; readonly outcome?: string };
}

/** How often each call of these operations began, and how it ended each time, as the record has it. */
export function callsIn(
  on: Workspace,
  operations: RegExp,
): { readonly begins: ReadonlyMap<string, number>; readonly ends: ReadonlyMap<string, readonly string[]> } {
  const folder = join(on.folder, ".agentlibos", "journal");
  const lines = readdirSync(folder)
    .sort()
    .flatMap((f) => readFileSync(join(folder, f), "utf8").split("\n"))
    .filter((l) => l !== "")
    .map((l) => JSON.parse(l) as Line);
  const ends = new Map<string, string[]>();
  const begins = new Map<string, number>();
  for (const { kind, call, data } of lines) {
    if (call === undefined || !operations.test(data.op ?? "")) continue;
    if (kind === "call.begin") begins.set(call, (begins.get(call) ?? 0) + 1);
    if (kind === "call.end") ends.set(call, [...(ends.get(call) ?? []), data.outcome ?? ""]);
  }
  return { begins, ends };
}

/** What must hold after the last resume: each file as if nothing had happened, each effect begun and ended once. */
export async function checkDone(on: Workspace, last: Ended, what: string): Promise<void> {
  assert.equal(last.code, 0, `${what}: resume said ${last.code}\n${last.err}\n${last.out.slice(0, 2000)}`);
  for (let i = 0; i < on.files; i += 1) {
    assert.equal(
      readFileSync(join(on.folder, "out", `f${i}.txt`), "utf8"),
      `file ${i} edited\n${tail(i)}`,
      `${what}: f${i}`,
    );
  }
  assert.deepEqual(readdirSync(join(on.folder, "out")).length, on.files, `${what}: leftovers in out/`);
  const { ends, begins } = callsIn(on, /^fs\./u);
  const wrong = [...ends].filter(([call, outcomes]) => outcomes.join() !== "ok" || begins.get(call) !== 1);
  assert.deepEqual(wrong, [], `${what}: calls that did not begin and end well exactly once`);
  const verified = await command(on, ["verify"]);
  assert.equal(verified.code, 0, `${what}: verify said ${verified.code}: ${verified.out}${verified.err}`);
}
