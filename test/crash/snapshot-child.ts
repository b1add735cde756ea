// A program to be killed while it closes: it writes so many records that its state is written down at the end.
import { systemClock } from "../../src/host/node/clock.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { openJournal } from "../../src/host/node/journal/open.ts";
import { Journal } from "../../src/kernel/record/journal.ts";
import { Redactor } from "../../src/kernel/record/redact.ts";
import { Snapshots } from "../../src/kernel/record/snapshots.ts";
import { scan } from "../harness/journal.ts";

const [root = "", home = ""] = process.argv.slice(2);
const opened = await openJournal({
  ...{ root, home, roots: [{ name: "w", path: root }], scan, mode: "create" },
});
const { store, signer, last } = opened;
if (store === undefined || signer === undefined) throw new Error(JSON.stringify(opened.standing));
let count = last.seq;
const journal = new Journal({
  ...{ last, store, signer, clock: systemClock, digests: nodeDigests },
  redactor: new Redactor(),
  snapshots: new Snapshots(store, 0, () => JSON.stringify({ count, filler: "x".repeat(100_000) })),
  apply: (record) => void (count = record.seq),
});
for (let i = 0; i < 1_200; i++) journal.append("process.message", { text: `${i}`, by: "person" }, { pid: 2 });
await journal.durable();
await journal.close();
