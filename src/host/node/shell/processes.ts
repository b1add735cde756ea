// Processes of a command, as `/proc` tells of them: how many, how much memory, and whether one is left.
import fs from "node:fs";

/** A page of memory; every Linux that Node runs on with another size counts too little, never too much. */
const PAGE = 4096;

function textOf(at: string): string {
  try {
    return fs.readFileSync(at, "latin1");
  } catch {
    return ""; // It has ended.
  }
}

function childrenOf(pid: number): number[] {
  let threads: string[];
  try {
    threads = fs.readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // It has ended.
  }
  return threads.flatMap((thread) =>
    textOf(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean).map(Number),
  );
}

/** All processes below one, parents before children; at most `max` and one. */
export function descendants(pid: number, max: number): number[] {
  const found = [pid];
  for (let i = 0; i < found.length && found.length <= max + 1; i++)
    for (const child of childrenOf(found[i] ?? 0)) found.push(child);
  return found.slice(1, max + 2);
}

/** Bytes of memory that belong to this process alone. */
function privateBytes(pid: number): number {
  const [, resident = 0, shared = 0] = textOf(`/proc/${pid}/statm`).split(" ").map(Number);
  return Math.max(0, resident - shared) * PAGE;
}

/** Bytes of private memory of these processes. */
export function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + privateBytes(pid), 0);
}

/** True while a process runs; one that has ended and was not yet waited for does not. */
export function isRunning(pid: number): boolean {
  const stat = textOf(`/proc/${pid}/stat`);
  const state = stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
  return state !== "" && state !== "Z" && state !== "X";
}

/** Sends a signal to processes that may have ended meanwhile. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended.
    }
  }
}
