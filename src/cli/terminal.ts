// The terminal: it reads one typed line for one question, and hears Ctrl+C.
import { readFileSync } from "node:fs";
import { complain, isSeen, show } from "./print.ts";

/**
 * How long keys count for nothing once a question stands on the screen, in milliseconds. Each such key starts the time
 * anew. The editor's reviews wait as long.
 */
const INERT = 700;

/** Input that follows a line within this time was not typed by hand, in milliseconds. */
const BURST = 150;

/** The key for Ctrl+C as the terminal sends it while it passes every key on. */
const INTERRUPT = "\u0003";

/** True when a person can be asked: they can type, and they see what is printed. */
export function hasPerson(): boolean {
  return process.stdin.isTTY && isSeen();
}

/** Hears input until `stop` is called or the input ends; then `over` is called once. */
function listen(hear: (text: string) => void, over: () => void): () => void {
  const { stdin } = process;
  stdin.setEncoding("utf8");
  const stop = (): void => {
    stdin.off("data", hear).off("end", stop).pause();
    over();
  };
  stdin.on("data", hear).once("end", stop).resume();
  return stop;
}

/**
 * Shows a text and throws away all input, also what was typed before, until none came for `time` milliseconds. True
 * when there was any. The terminal passes every key on meanwhile, so a line that was only begun goes too.
 */
async function discard(time: number, signal: AbortSignal, text = ""): Promise<boolean> {
  const { stdin } = process;
  let heard = false;
  stdin.setRawMode(true);
  const shown = show(text);
  await new Promise<void>((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => stop(), time);
    };
    const stop = listen(
      (keys) => {
        heard = true;
        if (keys.includes(INTERRUPT)) process.kill(process.pid, "SIGINT");
        wait();
      },
      () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        resolve();
      },
    );
    signal.addEventListener("abort", stop, { once: true });
    void shown.then(wait);
  });
  stdin.setRawMode(false);
  return heard;
}

/** Reads one line. The terminal edits it, and Ctrl+C stays a signal. Undefined when the input ended before. */
function typedLine(signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = "";
    const stop = listen(
      (more) => {
        text += more;
        if (text.includes("\n")) stop();
      },
      () => {
        signal.removeEventListener("abort", stop);
        resolve(text.includes("\n") ? text.replace(/\r?\n$/u, "") : undefined);
      },
    );
    signal.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Shows a question and reads one line for it. Undefined when the input ended or `signal` fired first: then nobody
 * answered. Keys from before the question could be read are no answer, and of several lines at once none is. Without
 * `text` the question stands there already.
 */
export async function readAnswer(
  text: string,
  prompt: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted || process.stdin.readableEnded) return undefined;
  let early = text !== "" && (await discard(INERT, signal, text + prompt));
  if (text === "") await show(prompt);
  for (;;) {
    if (early) await show(`\nKeys that were pressed too early were not taken.\n${prompt}`);
    if (signal.aborted || process.stdin.readableEnded) return undefined;
    const line = await typedLine(signal);
    if (line === undefined || signal.aborted) return undefined;
    if (!line.includes("\n") && !(await discard(BURST, signal))) return line;
    await discard(INERT, signal);
    await show(`\nSeveral lines came at once, so none of them was taken.\n${prompt}`);
    early = false;
  }
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

/** Prints Node's own warnings and the errors that nothing caught as we print, and leaves out experimental notices. */
export function catchNotices(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") void complain(`${warning.name}: ${warning.message}\n`);
  });
  process.on("uncaughtException", (error: unknown) => {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    void complain(`${text}\n`).finally(() => process.exit(1));
  });
}

/** The version in a manifest. */
export function versionIn(manifest: URL): string {
  return /"version": *"([^"]*)"/u.exec(readFileSync(manifest, "utf8"))?.[1] ?? "";
}
