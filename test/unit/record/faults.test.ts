// A disk that fails at each of its steps in turn: nothing that was acknowledged is lost, and nothing is acknowledged after it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenFile } from "../../../src/host/node/journal/disk.ts";
import { JournalError } from "../../../src/kernel/record/failure.ts";
import { DiskPlace, say } from "../../harness/journal.ts";

/** The steps of an open file that can fail. `short` writes half of the bytes before it fails. */
const STEPS = ["write", "short", "datasync", "put"] as const;
const ROUNDS = 6;

for (const step of STEPS)
  for (const code of ["EIO", "ENOSPC"])
    test(`${step} fails with ${code}, at each call in turn`, async (t) => {
      for (let nth = 0; nth < 2 * ROUNDS; nth++) {
        const place = new DiskPlace();
        try {
          const { journal } = await place.start("create", 9000);
          const method = step === "short" ? "write" : step;
          const real = OpenFile.prototype[method] as (...args: unknown[]) => unknown;
          let left = nth;
          const mocked = t.mock.method(
            OpenFile.prototype,
            method,
            function (this: OpenFile, ...args: unknown[]) {
              left -= 1;
              if (left >= 0) return real.apply(this, args);
              const error = Object.assign(new Error(`${code}: planted`), { code });
              if (method === "put") throw error;
              const [bytes, at] = args;
              if (step !== "short" || !(bytes instanceof Uint8Array)) return Promise.reject(error);
              const half = real.call(this, bytes.subarray(0, bytes.length / 2), at) as Promise<void>;
              return half.then(() => Promise.reject(error));
            },
          );
          const acknowledged: number[] = [];
          let failure: unknown;
          for (let i = 0; i < ROUNDS && failure === undefined; i++) {
            const { seq } = say(journal, i % 2 === 0 ? `long ${i} `.repeat(800) : `short ${i}`);
            await journal.durable(seq).then(
              () => void acknowledged.push(seq),
              (error: unknown) => void (failure = error),
            );
          }
          assert.equal(failure !== undefined, left < 0, "a flush whose disk failed fails, and no other one");
          if (failure !== undefined) {
            assert.ok(failure instanceof JournalError);
            assert.equal(journal.sealed?.code, code);
            assert.throws(() => say(journal, "later"), JournalError);
            await assert.rejects(journal.durable(journal.seq), JournalError);
          } else assert.equal(acknowledged.length, ROUNDS);
          await journal.close().catch(() => undefined);
          mocked.mock.restore();
          // The state is folded again from what is on the disk.
          const again = await place.start("write");
          const seqs = new Set(again.applied.map((record) => record.seq));
          assert.deepEqual(
            acknowledged.filter((seq) => !seqs.has(seq)),
            [],
          );
          await again.journal.durable(say(again.journal, "goes on").seq);
          await again.journal.close();
          assert.equal((await place.verify()).ok, true);
        } finally {
          t.mock.restoreAll();
          place.remove();
        }
      }
    });
