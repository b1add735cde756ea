// Patterns over file texts: plain text at once, regular expressions in a thread that is ended when one takes too long.
import { Worker } from "node:worker_threads";
import { fault, type Fault } from "../../../abi/errors.ts";
import type { LineMatcher } from "../../../primitives/fs/backend.ts";

/** A pattern may think this long about one file before it is given up. */
const PATIENCE_MS = 1000;

/** The program of the thread. It is text so that it needs no file of its own in a bundle. */
const THREAD = `
const { parentPort, workerData } = require("node:worker_threads");
const pattern = new RegExp(workerData.source, workerData.flags);
parentPort.on("message", ({ text, limit }) => {
  const found = [];
  const lines = text.split(/\\r?\\n/);
  for (let i = 0; i < lines.length && found.length < limit; i++) if (pattern.test(lines[i])) found.push({ line: i + 1, text: lines[i] });
  parentPort.postMessage(found);
});
`;

type Hit = { line: number; text: string };

/** True for what the thread sends; anything else is a bug of ours. */
function isHits(value: unknown): value is Hit[] {
  return Array.isArray(value);
}

class RegexMatcher implements LineMatcher {
  readonly #worker: Worker;
  #dead: Fault | undefined;

  constructor(source: string, ignoreCase: boolean) {
    const workerData = { source, flags: ignoreCase ? "iu" : "u" };
    this.#worker = new Worker(THREAD, {
      eval: true,
      workerData,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    this.#worker.unref();
    this.#worker.on("error", (error: Error) => {
      this.#dead ??= fault("EUNAVAILABLE", `The pattern could not be run: ${error.message}`);
    });
  }

  match(text: string, limit: number): Promise<readonly Hit[] | Fault> {
    if (this.#dead !== undefined) return Promise.resolve(this.#dead);
    return new Promise((resolve) => {
      const finish = (result: readonly Hit[] | Fault): void => {
        clearTimeout(timer);
        this.#worker.off("message", onMessage);
        this.#worker.off("error", onError);
        resolve(result);
      };
      const onMessage = (found: unknown): void => finish(isHits(found) ? found : []);
      const onError = (): void =>
        finish(this.#dead ?? fault("EUNAVAILABLE", "The pattern could not be run."));
      const timer = setTimeout(() => {
        this.#dead = fault(
          "ETIMEDOUT",
          "The pattern takes too long on this text.",
          "Use a simpler pattern, or plain text.",
        );
        void this.#worker.terminate();
        finish(this.#dead);
      }, PATIENCE_MS);
      this.#worker.on("message", onMessage);
      this.#worker.on("error", onError);
      this.#worker.postMessage({ text, limit });
    });
  }

  close(): void {
    void this.#worker.terminate();
  }
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
