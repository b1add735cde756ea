// The terminal: it writes whole texts, reads a person's line, and hears Ctrl+C.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** True when nobody reads the output any more; the run itself is still good. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")
  );
}

/**
 * Writes text and waits until the reader has taken all of it; a large account goes through a pipe in pieces.
 */
export function writeText(stream: NodeJS.WriteStream, text: string): Promise<void> {
  // The stream reports an error twice: to this callback and as an event. Without a listener the event would
  // end the program.
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined || isGone(error)) resolve();
      else reject(error);
    });
  });
}

/** True when a person can be asked: input and output are both a terminal. */
export function hasPerson(): boolean {
  return process.stdin.isTTY && process.stdout.isTTY;
}

/**
 * Shows a text and reads one line. Undefined when the input ended or `signal` fired first: then nobody answered.
 * The terminal stays in its own line mode, so that Ctrl+C remains a signal to this program.
 */
export function readLine(prompt: string, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, terminal: false });
    let answer: string | undefined;
    const stop = (): void => {
      lines.close();
    };
    signal.addEventListener("abort", stop, { once: true });
    lines.once("line", (line) => {
      answer = line;
      lines.close();
    });
    lines.once("close", () => {
      signal.removeEventListener("abort", stop);
      process.stdin.pause();
      resolve(answer);
    });
    process.stderr.write(prompt);
  });
}

/** Calls `first` at the first Ctrl+C (or an orderly request to end) and exits at once at the second. */
export function onInterrupt(first: () => void): void {
  let heard = false;
  const hear = (): void => {
    if (heard) process.exit(130);
    heard = true;
    first();
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, hear);
}

/** Keeps Node's notices about experimental features off the terminal; other warnings stay. */
export function quietNotices(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/** The version in a manifest. */
export function versionIn(manifest: URL): string {
  return /"version": *"([^"]*)"/u.exec(readFileSync(manifest, "utf8"))?.[1] ?? "";
}
