// A reporter for node --test: one line a file, failures in full, skipped named, counts by file as JSON to $TEST_COUNTS.
import { appendFileSync } from "node:fs";
import { inspect } from "node:util";
import { relative } from "node:path";

/** @typedef {{passed: number, failed: number, seconds: number, failures: string[]}} Tally */

/** The suites of this script are whole files, called by their paths. */
const TOGETHER = /[\\/]scripts[\\/]testing[\\/]together\.mjs$/u;

/** How many characters of a failure stand at the end of a run once more: its reason and where it was. */
const TOLD_AGAIN = 900;

/** @param {AsyncIterable<import("node:test/reporters").TestEvent>} events */
export default async function* report(events) {
  /** @type {Map<string, Tally>} */
  const files = new Map();
  const told = new Set();
  for await (const event of events) {
    if (event.type === "test:stdout" || event.type === "test:stderr") yield event.data.message;
    if (event.type === "test:summary" && event.data.file !== undefined && !TOGETHER.test(event.data.file))
      tallyOf(files, event.data.file).seconds = event.data.duration_ms / 1000;
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, details, skip, todo } = event.data;
    const ofFile = TOGETHER.test(event.data.file ?? "");
    const file = ofFile ? name : (event.data.file ?? "?");
    const path = relative(process.cwd(), file);
    const tally = tallyOf(files, file);
    if (ofFile) tally.seconds = details.duration_ms / 1000;
    if (event.type === "test:pass" && details.type === "suite") continue;
    // A test that did not run has not passed.
    const idle = skip !== undefined || todo !== undefined;
    if (event.type === "test:pass" && !idle) {
      tally.passed++;
      continue;
    }
    const error = event.type === "test:fail" ? event.data.details.error : undefined;
    const cause = /** @type {unknown} */ (error?.cause ?? error);
    // A suite that fails only because a test inside it failed has been counted already.
    if (details.type === "suite" && error?.message.includes("subtest")) continue;
    tally.failed++;
    const failure = `${path} › ${name}${idle ? " (skipped: counts as failed)" : ""}`;
    yield `  ✖ ${failure}\n`;
    const why = cause === undefined ? "" : inspect(cause, { depth: 6, maxStringLength: 6000 });
    tally.failures.push(why === "" ? failure : `${failure}\n${indent(why.slice(0, TOLD_AGAIN))}`.trimEnd());
    // A failed `before` is the reason of every test of its file: told once.
    if (why && !told.has(why)) yield indent(why);
    told.add(why);
  }
  for (const [path, { passed, failed, seconds }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield `  ${failed ? "✖" : "✔"} ${path}  ${passed} passed${failed ? `, ${failed} failed` : ""}  ${seconds.toFixed(1)} s\n`;
  }
  const counts = [...files].map(([file, tally]) => JSON.stringify({ file, ...tally }) + "\n");
  if (process.env["TEST_COUNTS"]) appendFileSync(process.env["TEST_COUNTS"], counts.join(""));
}

/**
 * @param {Map<string, Tally>} files @param {string} file
 * @returns {Tally}
 */
function tallyOf(files, file) {
  const path = relative(process.cwd(), file);
  const tally = files.get(path) ?? { passed: 0, failed: 0, seconds: 0, failures: [] };
  files.set(path, tally);
  return tally;
}

/** @param {string} text */
function indent(text) {
  return text.replace(/^/gm, "      ") + "\n";
}
