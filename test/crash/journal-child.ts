// A program to be killed: it writes records as fast as it can and prints which of them are durable.
import { writeSync } from "node:fs";
import { systemClock } from "../../src/host/node/clock.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { openJournal } from "../../src/host/node/journal/open.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import { scan } from "../harness/journal.ts";

const [root = "", home = "", segmentBytes = "1000000"] = process.argv.slice(2);
const opened = await openJournal({
  ...{ root, home, roots: [{ name: "w", path: root }], scan, mode: "create" },
  segmentBytes: Number(segmentBytes),
});
const { store, signer, last, standing } = opened;
if (store === undefined || signer === undefined) {
  writeSync(1, `standing ${JSON.stringify(standing)}\n`);
  process.exit(3);
}
const journal = new Journal({
  ...{ last, store, signer, clock: systemClock, digests: nodeDigests },
  redactor: new Redactor(),
  apply: () => undefined,
});
// One write a line, whole: what the observer reads was said before the kill.
writeSync(1, `open ${last.seq} ${JSON.stringify(opened.cut ?? null)}\n`);

let number = last.seq;
await Promise.all(
  Array.from({ length: 8 }, async (_, caller) => {
    for (;;) {
      const text = `${number++}:` + (number % 5 === 0 ? "long ".repeat(1000) : "short");
      const record = journal.append("process.message", { text, by: "person" }, { pid: caller + 2 });
      await journal.durable(record.seq);
      writeSync(1, `durable ${record.seq} ${nodeDigests.sha256(text)}\n`);
    }
  }),
);
