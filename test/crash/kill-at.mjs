// Loaded before the program under test: it counts file operations and kills the process at one of them.
// KILL_AT names the operation ("17" before it, "17+" after it, "17~" after half of a write); KILL_COUNT a file for the total.
import fs from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { devNull } from "node:os";

const [, at = "", how = ""] = /^(\d+)([+~]?)$/u.exec(process.env.KILL_AT ?? "") ?? [];
const target = at === "" ? Infinity : Number(at);
const countFile = process.env.KILL_COUNT;
let count = 0;

/** Ends this process as a power cut would: nothing of ours runs after it. */
function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen meanwhile.
  for (;;);
}

/** @param {Record<string, any>} owner @param {string} name */
function watch(owner, name) {
  const real = owner[name];
  owner[name] = function (/** @type {any[]} */ ...args) {
    count += 1;
    const mine = count === target;
    if (mine && how === "") die();
    if (mine && how === "~" && ArrayBuffer.isView(args[0]) && name === "write") {
      const half = Buffer.from(args[0].buffer, args[0].byteOffset, args[0].byteLength >> 1);
      const position = typeof args[3] === "number" ? args[3] : null;
      fs.writeSync(
        /** @type {{fd: number}} */ (/** @type {unknown} */ (this)).fd,
        half,
        0,
        half.length,
        position,
      );
      die();
    }
    const result = real.apply(this, args);
    if (!mine) return result;
    if (typeof result?.then === "function") return result.then(die);
    return die();
  };
}

for (const name of ["renameSync", "linkSync", "unlinkSync", "mkdirSync"]) watch(fs, name);
for (const name of ["rename", "link", "unlink", "mkdir"]) watch(fs.promises, name);
const handle = await open(devNull, "r");
for (const name of ["write", "datasync", "sync", "truncate"]) watch(Object.getPrototypeOf(handle), name);
await handle.close();
syncBuiltinESMExports();

if (countFile !== undefined) process.on("exit", () => fs.writeFileSync(countFile, String(count)));
