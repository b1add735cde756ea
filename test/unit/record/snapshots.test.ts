// Snapshots: an opening folds only what stands behind the newest one that fits, and nothing else depends on them.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { IMAGES } from "../../harness/images.ts";
import { boot, verifyRecord, type Booted } from "../../../src/boot.ts";
import { nodeDigests, nodeSignatures } from "../../../src/host/node/digests.ts";
import { signerOf } from "../../../src/host/node/journal/keys.ts";
import { KnownJournal } from "../../../src/host/node/journal/known.ts";
import { openJournal } from "../../../src/host/node/journal/open.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import { scanner } from "../../../src/kernel/record/files/scan.ts";
import { OpeningFold } from "../../../src/kernel/state/snapshot/opening.ts";
import { kinds } from "../../harness/kinds.ts";
import { plainState } from "../../support/plain.ts";
import { share } from "../../support/runs.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "snapshots-")));
after(() => {
  rmSync(base, { recursive: true, force: true });
});
const root = join(base, "app");
const where = { root, roots: [{ name: "app", path: root }], home: join(base, "home") };
const folder = join(root, ".agentlibos", "snapshots");
const saved = join(base, "saved");

/** The capability that a person revoked after the first snapshot and before the second. */
let revoked = "";
let pid = 0;

function open(mode: "create" | "view"): Promise<Booted> {
  return boot({ ...where, host: "test", mode, policy: [], models: createModels({ scripted: true }) });
}

/** Gives the agent so many capabilities, each a record. */
function give({ kernel, person }: Booted, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const resource = `fs:/app/${kernel.state.seq}/${i}`;
    const given = kernel.give(person, pid, { effect: "allow", rights: ["read"], resource });
    assert.ok(given.ok);
    return given.value.id;
  });
}

/** What an opening does: how many records it folds, and the state that it comes to. */
async function opening(): Promise<{
  standing: string;
  from: number;
  state: unknown;
  revoked: boolean | undefined;
}> {
  const fold = new OpeningFold((text) => nodeDigests.sha256(text), kinds);
  const scan = scanner(nodeDigests, nodeSignatures);
  const { standing } = await openJournal({
    ...{ ...where, mode: "view", scan, anew: () => fold.anew() },
    resume: (rows) => fold.resume(rows),
  });
  const { state } = fold.folded;
  const held = state.capabilities.get(revoked);
  return { standing: standing.kind, from: fold.from, state: plainState(state), revoked: held?.revoked };
}

/** The numbers of the snapshots, the newest first. */
function kept(): number[] {
  return readdirSync(folder)
    .map((name) => Number(name.replace(".json", "")))
    .sort((a, b) => b - a);
}

function reset(): void {
  rmSync(folder, { recursive: true, force: true });
  cpSync(saved, folder, { recursive: true });
}

before(async () => {
  mkdirSync(root);
  let on = await open("create");
  const image = IMAGES.get("coding");
  assert.ok(image);
  const order = { image, goal: "g", model: "scripted/t", grants: [], budget: {}, cwd: "fs:/app" };
  const launched = on.kernel.launch(on.person, {
    ...order,
    launch: { script: { turns: [] }, interactive: true },
  });
  assert.ok(launched.ok);
  pid = launched.value.pid;
  await on.kernel.rest();
  [revoked = ""] = give(on, 500);
  give(on, 500);
  await on.close();
  on = await open("create");
  assert.ok(on.kernel.revoke(on.person, revoked, "no longer").ok);
  give(on, 1_000);
  await on.close();
  on = await open("create");
  give(on, 5);
  await on.close();
  cpSync(folder, saved, { recursive: true });
});

test("a runtime that closes after many records leaves a snapshot, and one after few leaves none", () => {
  assert.equal(kept().length, 2);
});

test("an opening begins at the newest snapshot and comes to the state of all records", async () => {
  reset();
  const [newest] = kept();
  const quick = await opening();
  assert.equal(quick.from, newest);
  rmSync(folder, { recursive: true });
  const whole = await opening();
  assert.equal(whole.from, 0);
  assert.deepEqual(quick.state, whole.state);
  assert.deepEqual([quick.standing, whole.standing], ["read-only", "read-only"]);
});

test("a record that was opened from a snapshot goes on, and verifies from its first byte", async () => {
  reset();
  const on = await open("create");
  assert.equal(on.opened.standing.kind, "obeyed");
  assert.equal(on.kernel.state.capabilities.get(revoked)?.revoked, true);
  give(on, 1_100);
  await on.close();
  assert.deepEqual(kept().length, 3);
  assert.ok((await verifyRecord(where)).ok);
  rmSync(saved, { recursive: true });
  cpSync(folder, saved, { recursive: true });
});

/** The newest snapshot that is there, as a path. */
const newestPath = (): string => join(folder, `${kept()[0]}.json`);

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

/** The text of a snapshot with another signature. */
function signedBy(text: string, by: (message: string) => string, id: string): string {
  const bare = text.slice(0, text.lastIndexOf(',"signature"'));
  const signature = by(`agentlibos-snapshot-1|${id}|${nodeDigests.sha256(bare)}`);
  return `${bare},"signature":"${signature}"}\n`;
}

const stranger = generateKeyPairSync("ed25519").privateKey;
const identity = (): { id: string; publicKey: string } =>
  JSON.parse(readFileSync(join(root, ".agentlibos", "identity.json"), "utf8")) as {
    id: string;
    publicKey: string;
  };

/** Makes the revoked capability live again in the text of a snapshot. */
const unrevoke = (text: string): string => text.replaceAll(',{"revoked":true}]', "]");

/** Signs with the key of the journal, which only the user's data folder holds. */
function signedByOwner(text: string): string {
  const { id } = identity();
  const known = new KnownJournal(where.home, id);
  const key = readFileSync(join(known.folder, "key"), "utf8");
  const signer = signerOf({ format: 1, ...identity() }, key);
  assert.ok(signer);
  return signedBy(text, (message) => signer.sign(message), id);
}

/** What somebody who can write in the workspace puts there. Each leaves the older snapshots beside it. */
const ATTACKS: Readonly<Record<string, () => void>> = {
  "a snapshot without the revoke, under the old signature": () => edit(newestPath(), unrevoke),
  "a snapshot without the revoke, signed by a stranger": () =>
    edit(newestPath(), (text) =>
      signedBy(unrevoke(text), (m) => sign(null, Buffer.from(m), stranger).toString("hex"), identity().id),
    ),
  "an old snapshot under the number of a newer one": () => {
    const [newest = 0, , oldest = 0] = kept();
    cpSync(join(folder, `${oldest}.json`), join(folder, `${newest}.json`));
  },
  "an old snapshot alone, from before the revoke": () => {
    for (const seq of kept().slice(0, -1)) rmSync(join(folder, `${seq}.json`));
  },
  "a snapshot with a number that no head has reached": () =>
    renameSync(newestPath(), join(folder, "999999999.json")),
  "a snapshot of another head under the own key": () =>
    edit(newestPath(), (text) => signedByOwner(unrevoke(text).replace(/"hash":"....../u, '"hash":"000000'))),
  "a snapshot of another journal under the own key": () =>
    edit(newestPath(), (text) =>
      signedByOwner(unrevoke(text).replace(/"journal":"..../u, '"journal":"0000')),
    ),
  "a snapshot of another format under the own key": () =>
    edit(newestPath(), (text) => signedByOwner(text.replace('"rows":{"format":', '"rows":{"format":9'))),
  "an empty file": () => writeFileSync(newestPath(), ""),
  "a link to a snapshot": () => {
    const path = newestPath();
    renameSync(path, join(base, "elsewhere.json"));
    symlinkSync(join(base, "elsewhere.json"), path);
  },
  "a folder under the name of a snapshot": () => {
    const path = newestPath();
    rmSync(path);
    mkdirSync(path);
  },
  "a link in the place of the folder": () => {
    rmSync(folder, { recursive: true });
    symlinkSync(saved, folder);
  },
  "a file in the place of the folder": () => {
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "");
  },
};

for (const [name, attack] of Object.entries(ATTACKS)) {
  test(`${name}: the revoke is in force, and the state is that of all records`, async () => {
    reset();
    const newest = kept()[0] ?? 0;
    rmSync(folder, { recursive: true });
    const whole = await opening();
    reset();
    attack();
    const now = await opening();
    assert.equal(now.revoked, true);
    assert.deepEqual(now.state, whole.state);
    assert.equal(now.standing, whole.standing);
    assert.ok(now.from < newest, "it is not obeyed");
    reset();
  });
}

test("a flipped bit and a missing end are found wherever they are", async () => {
  reset();
  for (const seq of kept().slice(1)) rmSync(join(folder, `${seq}.json`));
  const path = newestPath();
  const bytes = readFileSync(path);
  const places = Array.from({ length: share(60, 5) }, (_, i) =>
    Math.floor((i * (bytes.length - 1)) / (share(60, 5) - 1)),
  );
  for (const at of places) {
    const flipped = Buffer.from(bytes);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    writeFileSync(path, flipped);
    assert.equal((await opening()).from, 0, `byte ${at}`);
    writeFileSync(path, bytes);
    truncateSync(path, at);
    assert.equal((await opening()).from, 0, `cut at ${at}`);
    writeFileSync(path, bytes);
  }
  assert.equal((await opening()).from, Number(/(\d+)\.json$/u.exec(path)?.[1]));
});

test("a journal that was cut back to a snapshot from before the revoke is not obeyed", async () => {
  reset();
  const [, , oldest = 0] = kept();
  for (const seq of kept().slice(0, -1)) rmSync(join(folder, `${seq}.json`));
  const file = join(root, ".agentlibos", "journal", "00000001.jsonl");
  const bytes = readFileSync(file);
  const lines = bytes.toString().split("\n").slice(0, oldest);
  writeFileSync(file, `${lines.join("\n")}\n`);
  assert.equal((await opening()).standing, "rolled-back");
  writeFileSync(file, bytes);
  assert.equal((await opening()).standing, "read-only");
});

test("a head that was changed on the disk is no place for a snapshot, and the damage is found", async () => {
  reset();
  const [newest = 0] = kept();
  const file = join(root, ".agentlibos", "journal", "00000001.jsonl");
  const bytes = readFileSync(file);
  const lines = bytes.toString().split("\n");
  lines[newest - 1] = lines[newest - 1]?.replace('"time":"2', '"time":"3') ?? "";
  writeFileSync(file, lines.join("\n"));
  assert.equal((await opening()).standing, "damaged");
  writeFileSync(file, bytes);
  assert.equal((await opening()).from, newest);
});
