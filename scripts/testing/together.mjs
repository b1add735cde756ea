// Runs the test files that its arguments name in one process, one after another: loading the sources costs more than most tests.
// Each file is a suite, so its hooks are its own, and it ends after the time that node --test gives a file.
import { suite } from "node:test";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** In milliseconds, for all tests of a file. */
const LIMIT = 300_000;

for (const file of process.argv.slice(2))
  suite(file, { timeout: LIMIT }, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
