// Records that earlier versions wrote: they open, fold to the state that was read then, verify, and take new records.
import assert from "node:assert/strict";
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { boot, verifyRecord } from "../../src/boot.ts";
import { repairRecord } from "../../src/history.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { told } from "./told.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "stored-")));
after(() => {
  rmSync(base, { recursive: true, force: true });
});
const folders = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? [e.name] : []));

/** Lays a stored record out as a workspace and a data folder, as they were, in another place than before. */
function layOut(version: string, name: string): { place: string; id: string; publicKey: string } {
  const stored = join(import.meta.dirname, version, name);
  const place = join(base, version, name);
  const identity = JSON.parse(readFileSync(join(stored, "record", "identity.json"), "utf8")) as {
    id: string;
    publicKey: string;
  };
  const known = join(place, "home", "journals", identity.id);
  mkdirSync(join(place, "app"), { recursive: true });
  cpSync(join(stored, "record"), join(place, "app", ".agentlibos"), { recursive: true });
  cpSync(join(stored, "known"), known, { recursive: true });
  for (const part of ["journal", "bodies", "pre"]) mkdirSync(join(known, part), { recursive: true });
  for (const folder of [join(place, "home"), join(known, ".."), known]) chmodSync(folder, 0o700);
  chmodSync(join(known, "key"), 0o600);
  return { place, ...identity };
}

/** A stored expectation, as far as it is looked into here. */
interface Told {
  readonly id: string;
  readonly run: unknown;
  readonly state: {
    readonly nextPid: number;
    readonly seq: number;
    readonly processes: readonly (readonly [number, ToldProcess])[];
  };
}

interface ToldProcess {
  readonly life: { readonly ended?: string };
  seen?: unknown;
  repeats?: unknown;
}

for (const version of folders(import.meta.dirname)) {
  for (const name of folders(join(import.meta.dirname, version))) {
    test(`the record of ${name} by ${version} opens, folds as it did, verifies and goes on`, async () => {
      const { place, id, publicKey } = layOut(version, name);
      const root = join(place, "app");
      const where = { root, roots: [{ name: "app", path: root }], home: join(place, "home") };
      const alone = await verifyRecord({ ...where, publicKey });
      assert.ok(alone.ok, alone.text.join("\n"));

      const now = await told(place);
      const then = JSON.parse(
        readFileSync(join(import.meta.dirname, version, name, "told.json"), "utf8"),
      ) as Told;
      for (const [, process] of then.state.processes)
        if (process.life.ended !== undefined) {
          // The state no longer holds what only calls of a living process read.
          delete process.seen;
          delete process.repeats;
        }
      assert.deepEqual(JSON.parse(JSON.stringify(now)), then);

      assert.deepEqual((await verifyRecord(where)).standing, "moved");
      assert.deepEqual((await repairRecord(where, "confirm")).ok, true);
      const models = createModels({ scripted: true });
      const on = await boot({ ...where, host: "stored", mode: "write", policy: [], models });
      assert.deepEqual([on.opened.standing.kind, on.opened.id], ["obeyed", id]);
      assert.equal(on.kernel.state.nextPid, then.state.nextPid);
      assert.equal(on.kernel.state.seq > then.state.seq, true);
      await on.close();
      const again = await verifyRecord(where);
      assert.ok(again.ok, again.text.join("\n"));
    });
  }
}

test("there is a stored record of every golden scenario and of the tour", async () => {
  const { SCENARIOS } = await import("../golden/perform.ts");
  const stored = folders(join(import.meta.dirname, "1b7a234"));
  assert.deepEqual(
    ["compaction", "tour"].filter((name) => !stored.includes(name)),
    [],
  );
  assert.equal(stored.length, 18, `${Object.keys(SCENARIOS).length} scenarios now`);
});
