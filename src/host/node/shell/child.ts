// A child under limits: started, watched, ended with everything that it started.
import { spawn, type ChildProcess } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { ShellConnection, ShellEnd, ShellLimits } from "../../../primitives/shell/backend.ts";
import type { Pipe } from "./pipe.ts";
import { descendants, isRunning, memoryOf, signalAll } from "./processes.ts";

/** After SIGTERM a command has so long to end by itself. */
const GRACE_MS = 2000;
/** The first look at a running command comes after so long, and then one after the other. */
const FIRST_LOOK_MS = 50;
const LOOK_MS = 200;
/** What a command left behind has so long to let go of the output. Only unconfined commands can leave something. */
const DRAIN_MS = 300;
/** A command runs behind everything that a person waits for. */
const NICENESS = 19;
/** So much of an error of the programs that make the layer is told. */
const MAX_ERROR = 2000;

/** The layer must stand after so long. */
const SETUP_MS = 20_000;

/** A command as the system starts it. */
export interface Start {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** A file that is its standard input. */
  readonly stdin: string | undefined;
  /** Where the output goes; without it the child has two streams of its own. */
  readonly pipe: Pipe | undefined;
  /** A file that it has open with the number 5. */
  readonly filter?: string | undefined;
  /** True in a layer: it says when the layer stands, and all its processes end with the first one. */
  readonly isolated: boolean;
}

/** What a command is connected to; `begins` is called before its first step. */
export interface ChildConnection extends ShellConnection {
  begins?(): void;
}

/** The ways of a running child to its host. */
export interface ChildHooks {
  emit(text: string): void;
  /** Called when the layer stands, before the first step of the command. */
  begins?(): void;
  /** Bytes that its layer takes on disk; measured seldom when measuring takes long. */
  disk?(): Promise<number>;
  /** Ends it; the reason is `stopped`. */
  readonly stop: AbortSignal;
}

/** A child that ended. */
export interface ChildEnd {
  /** As a shell gives it: 128 and the number for a signal. */
  readonly exit: number;
  readonly signal?: string;
  readonly ended?: ShellEnd;
  readonly seconds: number;
}

/** Gives an exit code as a shell does, and the name of the signal that it stands for. */
function exitOf(code: number | null, signal: NodeJS.Signals | null): { exit: number; signal?: string } {
  const numbers: Readonly<Record<string, number>> = os.constants.signals;
  const exit = code ?? 128 + (numbers[signal ?? "SIGKILL"] ?? 0);
  const name = Object.keys(numbers).find((each) => exit > 128 && numbers[each] === exit - 128);
  return { exit, ...(name === undefined ? {} : { signal: name }) };
}

/** One child from its start to its end. */
class Child {
  readonly #start: Start;
  readonly #limits: ShellLimits;
  readonly #hooks: ChildHooks;
  readonly #child: ChildProcess;
  /** Milliseconds of a clock that only grows; undefined until the layer stands. */
  #began: number | undefined;
  /** The first process of the command's own namespace, which ends all others with it. */
  #init: number | undefined;
  #ended: ShellEnd | undefined;
  #error = "";
  readonly #decoder = new TextDecoder();
  #bytes = 0;
  #setup: NodeJS.Timeout | undefined;
  readonly #over = new AbortController();

  constructor(start: Start, limits: ShellLimits, hooks: ChildHooks) {
    this.#start = start;
    this.#limits = limits;
    this.#hooks = hooks;
    const { file, args, cwd, env, stdin, pipe, isolated } = start;
    const input = stdin === undefined ? undefined : fs.openSync(stdin, "r");
    const filter = start.filter === undefined ? undefined : fs.openSync(start.filter, "r");
    // In a layer the host and the command agree over these; elsewhere the end of the first tells that the host is gone.
    const agreement = isolated
      ? (["pipe", "pipe", filter] as const)
      : pipe === undefined
        ? []
        : ["pipe" as const];
    try {
      this.#child = spawn(file, args, {
        cwd,
        env,
        detached: true,
        stdio: [input ?? "ignore", pipe?.end ?? "pipe", "pipe", ...agreement],
      });
    } finally {
      if (pipe !== undefined) fs.closeSync(pipe.end);
      for (const opened of [input, filter]) if (opened !== undefined) fs.closeSync(opened);
    }
  }

  async run(): Promise<ChildEnd | { readonly failed: string }> {
    const { pipe, isolated } = this.#start;
    const exited = this.#exited();
    const drained = this.#drain();
    const { pid } = this.#child;
    if (pid === undefined) {
      const failed = await exited;
      pipe?.output.destroy();
      return { failed: "error" in failed ? failed.error : "it could not be started" };
    }
    this.#setup = isolated ? setTimeout(() => this.#kill(), SETUP_MS) : undefined;
    if (isolated) this.#agree();
    else {
      this.#child.stdio[3]?.on("error", () => undefined);
      this.#begin([pid]);
    }
    const time = setTimeout(() => this.#end("time"), this.#limits.seconds * 1000);
    const stop = (): void => this.#end("stopped");
    this.#hooks.stop.addEventListener("abort", stop);
    if (this.#hooks.stop.aborted) stop();
    const watching = this.#watch();
    const came = await exited;
    this.#over.abort();
    for (const timer of [this.#setup, time]) clearTimeout(timer);
    this.#hooks.stop.removeEventListener("abort", stop);
    // Only when the first process is gone has the kernel ended all others, and nothing changes the layer any more.
    while (this.#init !== undefined && isRunning(this.#init)) await sleep(1);
    // Without a layer the rest of its group is ended, too.
    if (!isolated) signalAll([-pid], "SIGKILL");
    await Promise.race([drained, sleep(isolated ? SETUP_MS : DRAIN_MS, undefined, { ref: false })]);
    pipe?.output.destroy();
    await watching;
    if ("error" in came) return { failed: came.error };
    if (this.#ended !== undefined && this.#began === undefined)
      return { failed: "it was stopped before it began" };
    if (this.#began === undefined) return { failed: this.#error.trim() || "the layer could not be made" };
    return {
      ...exitOf(came.code, came.signal),
      ...(this.#ended === undefined ? {} : { ended: this.#ended }),
      seconds: (performance.now() - this.#began) / 1000,
    };
  }

  #exited(): Promise<{ code: number | null; signal: NodeJS.Signals | null } | { error: string }> {
    const child = this.#child;
    child.stderr?.on("data", (bytes: Buffer) => {
      if (this.#error.length < MAX_ERROR) this.#error += bytes.toString("latin1");
      if (this.#start.pipe === undefined) this.#take(bytes);
    });
    return new Promise((resolve) => {
      child.once("error", (error) => resolve({ error: error.message }));
      child.once("exit", (code, signal) => resolve({ code, signal }));
    });
  }

  /** Reads the output to its end. */
  #drain(): Promise<void> {
    const output = this.#start.pipe?.output ?? this.#child.stdout;
    if (output === null) return Promise.resolve();
    output.on("data", (bytes: Buffer) => this.#take(bytes));
    return new Promise((resolve) => {
      const over = (): void => {
        this.#hooks.emit(this.#decoder.decode());
        resolve();
      };
      output.once("end", over);
      output.once("error", () => resolve());
      output.once("close", () => resolve());
    });
  }

  #take(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#bytes > this.#limits.output) this.#end("output");
    else this.#hooks.emit(this.#decoder.decode(bytes, { stream: true }));
  }

  /** Waits for the word that the layer stands, and gives the word to begin. */
  #agree(): void {
    const [, , , go, ready] = this.#child.stdio;
    // A child that ended before takes no word; its exit says so.
    go?.on("error", () => undefined);
    ready?.on("error", () => undefined);
    (ready as Readable | null)?.once("end", () => {
      // Nobody is left who could say that the layer stands.
      if (this.#began === undefined) go?.destroy();
    });
    (ready as Readable | null)?.once("data", () => {
      // Without a word it ends by itself. To kill the maker of a layer could leave what it has just started.
      if (this.#ended !== undefined) return void go?.destroy();
      const inside = descendants(this.#child.pid ?? 0, 8);
      [this.#init] = inside;
      this.#begin(inside);
      if (go !== null && go !== undefined && "end" in go) go.end("\n");
    });
  }

  /** These are the processes that all others come from; what they start has their rank. */
  #begin(pids: readonly number[]): void {
    clearTimeout(this.#setup);
    for (const pid of pids) tryTo(() => os.setPriority(pid, NICENESS));
    this.#began = performance.now();
    this.#hooks.begins?.();
  }

  /** Looks at the command while it runs; ends it when it takes more than it may. */
  async #watch(): Promise<void> {
    let nextDisk = 0;
    for (let ms = FIRST_LOOK_MS; await this.#lasts(ms); ms = LOOK_MS) {
      if (this.#began === undefined) continue;
      const { processes, memory, disk } = this.#limits;
      const pids = descendants(this.#init ?? this.#child.pid ?? 0, processes);
      if (pids.length > processes) return this.#end("processes");
      if (memoryOf(pids) > memory) return this.#end("memory");
      const now = performance.now();
      if (this.#hooks.disk === undefined || now < nextDisk) continue;
      if ((await this.#hooks.disk()) > disk) return this.#end("disk");
      nextDisk = now + 20 * (performance.now() - now);
    }
  }

  /** Waits; false when the command has ended. */
  async #lasts(ms: number): Promise<boolean> {
    await sleep(ms, undefined, { signal: this.#over.signal }).catch(() => undefined);
    return !this.#over.signal.aborted;
  }

  /** Ends it for a reason. A command that takes too much has no time to end by itself. */
  #end(why: ShellEnd): void {
    if (this.#ended !== undefined || this.#over.signal.aborted) return;
    this.#ended = why;
    if (why !== "time" && why !== "stopped") return this.#kill();
    const first = this.#init ?? this.#child.pid;
    if (first === undefined || this.#began === undefined) return;
    const own = this.#start.isolated ? [] : [first];
    signalAll([...descendants(first, this.#limits.processes), ...own], "SIGTERM");
    const kill = setTimeout(() => this.#kill(), GRACE_MS);
    this.#child.once("exit", () => clearTimeout(kill));
  }

  /** Ends all processes. In a layer the end of the first one is the end of all. */
  #kill(): void {
    const { pid, stdio } = this.#child;
    if (pid === undefined) return;
    stdio[3]?.destroy();
    const left = this.#start.isolated ? [] : descendants(pid, this.#limits.processes);
    signalAll([...(this.#start.isolated ? [pid] : [-pid, pid]), ...left], "SIGKILL");
  }
}

function tryTo(step: () => void): void {
  try {
    step();
  } catch {
    // It ended already, or the system does not let it.
  }
}

/** Runs a child to its end; `failed` when the command was never begun. */
export async function runChild(
  start: Start,
  limits: ShellLimits,
  hooks: ChildHooks,
): Promise<ChildEnd | { readonly failed: string }> {
  return new Child(start, limits, hooks).run();
}
