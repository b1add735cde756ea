// The records that earlier versions wrote, read from the files under `test/stored` by the scan itself.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyRecord } from "../../src/abi/record.ts";
import { nodeDigests, nodeSignatures } from "../../src/host/node/digests.ts";
import type { JournalFile } from "../../src/kernel/ports/files.ts";
import { scanner } from "../../src/kernel/record/files/scan.ts";

const STORED = join(import.meta.dirname, "1b7a234");

function filesOf(folder: string): JournalFile[] {
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const bytes = readFileSync(join(folder, file));
      const read = (from: number, to: number): Promise<Uint8Array> =>
        Promise.resolve(bytes.subarray(from, to));
      return { name: file.replace(/\.jsonl$/u, ""), size: bytes.length, read };
    });
}

/** The stored records, by the name of their scenario. */
export async function storedRecords(): Promise<[name: string, records: readonly AnyRecord[]][]> {
  const scan = scanner(nodeDigests, nodeSignatures);
  const all: [string, AnyRecord[]][] = [];
  for (const name of readdirSync(STORED)) {
    const folder = join(STORED, name, "record");
    const records: AnyRecord[] = [];
    const source = {
      identity: readFileSync(join(folder, "identity.json")),
      segments: filesOf(join(folder, "journal")),
      bodies: filesOf(join(folder, "bodies")),
    };
    const { defect } = await scan(source, { record: (record) => void records.push(record) });
    assert.equal(defect, undefined);
    all.push([name, records]);
  }
  return all;
}
