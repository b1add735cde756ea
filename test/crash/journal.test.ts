// kill -9 at random instants: no acknowledged record is lost, and every record is under a head.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { DiskPlace } from "../harness/journal.ts";
import { share } from "../support/runs.ts";

const KILLS = share(20, 3);
const CHILD = join(import.meta.dirname, "journal-child.ts");

interface Life {
  readonly from: number;
  /** What the child said to be durable: sequence number and digest of the text. */
  readonly durable: Map<number, string>;
  readonly cut: boolean;
}

/** One life of the child: killed `after` milliseconds from when it opened the journal, or earlier while it opens it. */
function live(place: DiskPlace, segmentBytes: number, after: number): Promise<Life> {
  return new Promise((resolve, reject) => {
    const args = ["--no-warnings", CHILD, place.root, place.home, String(segmentBytes)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    let timer: NodeJS.Timeout | undefined;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
      timer ??= setTimeout(() => child.kill("SIGKILL"), after);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (signal !== "SIGKILL")
        return reject(new Error(`the child ended by itself: ${code ?? signal} ${out.slice(-500)}`));
      const lines = out.split("\n").slice(0, -1); // the last line may be torn
      const open = /^open (\d+) (.*)$/u.exec(lines[0] ?? "");
      const durable = new Map<number, string>();
      for (const line of lines.slice(1)) {
        const [, seq = "", digest = ""] = /^durable (\d+) ([0-9a-f]{64})$/u.exec(line) ?? [];
        durable.set(Number(seq), digest);
      }
      resolve({ from: Number(open?.[1] ?? -1), durable, cut: open?.[2] !== "null" });
    });
  });
}

test(
  `${KILLS} kills: everything acknowledged is there, in order, under a head`,
  { timeout: 120_000 },
  async (t) => {
    const place = new DiskPlace();
    t.after(() => place.remove());
    const acknowledged = new Map<number, string>();
    let cuts = 0;
    let records = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const life = await live(place, kill % 3 === 0 ? 60_000 : 4_000_000, randomInt(0, 160));
      assert.equal(life.from, records, "the child went on exactly where the observer saw the journal end");
      for (const [seq, digest] of life.durable) acknowledged.set(seq, digest);
      if (life.cut) cuts += 1;
      const judged = await place.verify();
      assert.ok(judged.ok, judged.text.join("\n"));
      const opened = await place.open("view");
      assert.equal(opened.standing.kind, "read-only");
      records = opened.records.length;
      assert.deepEqual(
        opened.records.map((r) => r.seq),
        Array.from({ length: records }, (_, i) => i + 1),
      );
      // A kill before the first head leaves nothing that counts.
      if (records > 0) assert.equal(opened.records.at(-1)?.kind, "head");
      for (const [seq, digest] of acknowledged) {
        const record = opened.records[seq - 1];
        assert.equal(record?.kind, "process.message", `record ${seq} was acknowledged and is lost`);
        assert.equal(nodeDigests.sha256(record.data.text), digest);
      }
    }
    assert.ok(acknowledged.size > share(500), `only ${acknowledged.size} records were acknowledged`);
    t.diagnostic(
      `${acknowledged.size} acknowledged of ${records} records, ${cuts} unfinished writes were cut`,
    );
  },
);

test(
  "killed while it is made: the next start makes or continues a journal, and nothing is missed",
  { timeout: 60_000 },
  async (t) => {
    for (let kill = 0; kill < share(6, 2); kill++) {
      const place = new DiskPlace();
      t.after(() => place.remove());
      const args = ["--no-warnings", CHILD, place.root, place.home];
      const child = spawn(process.execPath, args, { stdio: "ignore" });
      // Its start takes some hundred milliseconds; wait for the first trace of its work, then for an instant.
      while (!(await exists(place.home))) await new Promise(setImmediate);
      const until = performance.now() + randomInt(0, 30) / 10;
      while (performance.now() < until);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.on("close", resolve));
      const { journal, opened } = await place.start("create");
      assert.equal(opened.standing.kind, "obeyed");
      await journal.close();
      assert.ok((await place.verify()).ok);
    }
  },
);

test(
  "looking while somebody writes: always good, never ahead of the writer, never in its way",
  { timeout: 240_000 },
  async (t) => {
    const place = new DiskPlace();
    t.after(() => place.remove());
    const child = spawn(process.execPath, ["--no-warnings", CHILD, place.root, place.home, "40000"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    child.stdout.resume();
    await new Promise((resolve) => child.stdout.once("data", resolve));
    let before = 0;
    // Each look reads all that was written so far, so there are few of them.
    for (let look = 0; look < share(12, 2); look++) {
      const judged = await place.verify();
      assert.ok(judged.ok, judged.text.join("\n"));
      assert.ok(judged.records >= before);
      before = judged.records;
    }
    const second = await place.open("write");
    assert.equal(second.standing.kind, "locked", JSON.stringify(second.standing));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    assert.ok((await place.verify()).ok);
  },
);

async function exists(path: string): Promise<boolean> {
  const { access } = await import("node:fs/promises");
  return access(path).then(
    () => true,
    () => false,
  );
}
