// A process that changes files until it is killed: it logs each begin and end for its parent.
import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Bench } from "./fs.ts";
import { stepOf } from "./fs-steps.ts";

const [base = "", first = "0"] = process.argv.slice(2);
const bench = new Bench(["app"], undefined, base);
const log = openSync(join(base, "log"), "a");
const note = (line: unknown): void => {
  writeSync(log, `${JSON.stringify(line)}\n`);
  fsyncSync(log);
};
process.stdout.write("ready\n");
for (let i = Number(first); i < 100_000; i++) {
  const { name, args } = stepOf(i);
  bench.seen.clear();
  const got = await bench.call(name, args, { beforeInvoke: (prestate) => note({ i, name, args, prestate }) });
  note({ i, end: got.code, message: got.error?.message });
}
closeSync(log);
