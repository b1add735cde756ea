// Opening a journal on a real disk: what is made, what is refused, and every way it can stand.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { AnyRecord } from "../../src/abi/record.ts";
import { systemClock } from "../../src/host/node/clock.ts";
import { nodeDigests, nodeSignatures } from "../../src/host/node/digests.ts";
import { openJournal } from "../../src/host/node/open-journal.ts";
import { Journal } from "../../src/kernel/journal.ts";
import { Redactor } from "../../src/kernel/redact.ts";
import { scanner } from "../../src/kernel/scan.ts";

test("smoke", async () => {
  const base = mkdtempSync(join(tmpdir(), "j-"));
  const root = join(base, "w");
  mkdirSync(root);
  const open = (mode: "create" | "write" | "view") =>
    openJournal({
      root,
      home: join(base, "home"),
      roots: [{ name: "w", path: root }],
      scan: scanner(nodeDigests, nodeSignatures),
      mode,
    });
  const start = async (mode: "create" | "write") => {
    const opened = await open(mode);
    assert.equal(opened.standing.kind, "obeyed", JSON.stringify(opened.standing));
    const { store, signer, last } = opened;
    assert.ok(store && signer);
    const seen: AnyRecord[] = [...opened.records];
    const journal = new Journal({
      last,
      store,
      signer,
      clock: systemClock,
      digests: nodeDigests,
      redactor: new Redactor(),
      apply: (r) => void seen.push(r),
      segmentBytes: 4000,
    });
    return { journal, seen, opened };
  };
  assert.equal((await open("write")).standing.kind, "absent");
  const first = await start("create");
  for (let i = 0; i < 50; i++) {
    first.journal.append(
      "process.message",
      { text: i % 5 === 0 ? "é".repeat(3000) + i : `hello ${i}`, by: "person" },
      { pid: 2 },
    );
    if (i % 3 === 0) await first.journal.durable();
  }
  assert.equal((await open("write")).standing.kind, "locked");
  await first.journal.close();
  const second = await start("write");
  assert.deepEqual(second.seen, first.seen);
  second.journal.append(
    "process.exit",
    { exit: "finished", result: { $body: { x: 1 }, $$body: "z".repeat(5000) }, reason: "" },
    { pid: 2 },
  );
  await second.journal.close();
  const viewed = await open("view");
  assert.equal(viewed.standing.kind, "read-only");
  assert.deepEqual(viewed.records, second.seen);

  rmSync(base, { recursive: true });
});
