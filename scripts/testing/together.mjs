// Runs the test files that its arguments name in one process, one after another: loading the sources costs more than most tests.
// Each file is a suite, so its hooks are its own, and it ends after a time that no busy machine needs. A file is loaded
// when the one before it has ended: what a file sets when it is loaded holds for its own tests.
import { after, suite } from "node:test";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** In milliseconds, for all tests of a file. */
const LIMIT = 900_000;

for (const file of process.argv.slice(2))
  await new Promise((/** @type {(ended: void) => void} */ ended) => {
    void suite(file, { timeout: LIMIT }, async () => {
      try {
        await import(pathToFileURL(resolve(file)).href);
      } catch (error) {
        ended();
        throw error;
      }
      // The last of its hooks.
      after(() => ended());
    });
  });
