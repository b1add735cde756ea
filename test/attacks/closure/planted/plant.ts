// Loaded before a test: it plants the fault with the number `PLANTED` in the sources as they are loaded.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FAULTS } from "./faults.ts";

const planted = FAULTS[Number(process.env["PLANTED"])];
if (planted === undefined) throw new Error("there is no such fault");
const { file, text, instead } = planted;
const path = join(import.meta.dirname, "../../../..", file);
const code = readFileSync(path, "utf8");
if (code.split(text).length !== 2) throw new Error(`${file} has not once ${text}`);

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.startsWith("file:") || fileURLToPath(url) !== path) return loaded;
    return { ...loaded, source: code.replace(text, () => instead) };
  },
});
