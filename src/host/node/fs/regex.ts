// Patterns over file texts: plain text at once, regular expressions in a thread that is ended when one takes too long.
import { Worker } from "node:worker_threads";
import { fault, type Fault } from "../../../abi/errors.ts";
import type { FoundLine, LineMatcher } from "../../../primitives/fs/text/excerpt.ts";

/** A pattern may think this long about one file, and this long about all files of a search, before it is given up. */
const PATIENCE_MS = 1000;
const WHOLE_PATIENCE_MS = 10_000;
/** So much of a line the thread sends back before and after the beginning of a match, in UTF-16 units. */
const SENT = 1000;

/**
 * The program of the thread. It is text so that it needs no file of its own in a bundle. It cuts one line at a time:
 * all lines of a file of line ends alone would not fit its memory.
 */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const pattern = new RegExp(workerData.source, workerData.flags);
parentPort.on("message", ({ text, limit, from }) => {
  const found = [];
  for (let line = 1, at = 0; at <= text.length && found.length < limit; line++) {
    const end = text.indexOf("\\n", at);
    const next = end < 0 ? text.length + 1 : end + 1;
    const content = text.slice(at, end < 0 ? text.length : text[end - 1] === "\\r" && end > at ? end - 1 : end);
    at = next;
    const match = line > from ? pattern.exec(content) : null;
    if (match === null) continue;
    let column = 1;
    for (const _ of content.slice(0, match.index)) column++;
    const before = Math.max(0, match.index - ${SENT});
    const part = content.slice(before, match.index + ${SENT});
    const after = content.length - before - part.length;
    found.push({ line, column, part, at: match.index - before, before, after });
  }
  parentPort.postMessage(found);
});
`;

/** True for what the thread sends; anything else is a bug of ours. */
function isHits(value: unknown): value is FoundLine[] {
  return Array.isArray(value);
}

class RegexMatcher implements LineMatcher {
  readonly #worker: Worker;
  #dead: Fault | undefined;
  #left = WHOLE_PATIENCE_MS;
  /** Ends the match that runs now. */
  #give: (() => void) | undefined;

  constructor(source: string, ignoreCase: boolean) {
    const workerData = { source, flags: ignoreCase ? "iu" : "u" };
    this.#worker = new Worker(THREAD, {
      eval: true,
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 },
    });
    this.#worker.unref();
    this.#worker.on("error", (error: Error) => {
      this.#dead ??= fault("EUNAVAILABLE", `The pattern could not be run: ${error.message}`);
    });
  }

  match(text: string, limit: number, from: number): Promise<readonly FoundLine[] | Fault> {
    if (this.#dead !== undefined) return Promise.resolve(this.#dead);
    return new Promise((resolve) => {
      const began = performance.now();
      const finish = (result: readonly FoundLine[] | Fault): void => {
        this.#left -= performance.now() - began;
        this.#give = undefined;
        clearTimeout(timer);
        this.#worker.off("message", onMessage);
        this.#worker.off("error", onError);
        resolve(result);
      };
      const onMessage = (found: unknown): void => finish(isHits(found) ? found : []);
      const onError = (): void =>
        finish(this.#dead ?? fault("EUNAVAILABLE", "The pattern could not be run."));
      const timer = setTimeout(
        () => {
          this.#dead = fault(
            "ETIMEDOUT",
            "The pattern takes too long on this text.",
            "Use a simpler pattern, plain text, or a narrower path.",
          );
          void this.#worker.terminate();
          finish(this.#dead);
        },
        Math.max(0, Math.min(PATIENCE_MS, this.#left)),
      );
      this.#give = onError;
      this.#worker.on("message", onMessage);
      this.#worker.on("error", onError);
      this.#worker.postMessage({ text, limit, from });
    });
  }

  readonly close = (): void => {
    this.#dead ??= fault("EINTR", "Interrupted.");
    void this.#worker.terminate();
    this.#give?.();
  };
}

/** A matcher for a regular expression, or EINVAL when it is none. */
export function lineMatcher(source: string, ignoreCase: boolean): LineMatcher | Fault {
  try {
    new RegExp(source, "u");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault(
      "EINVAL",
      `The pattern is no regular expression: ${why}`,
      "Correct it, or leave regex out to search for plain text.",
    );
  }
  return new RegexMatcher(source, ignoreCase);
}
