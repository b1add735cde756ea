// A disk that fails at every named step in turn, under a whole run with checkpoints and a restore: what was acknowledged
// stays, files are whole, and the next start goes on.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
// It replaces steps of the disk, so it comes before every module that uses them.
import { disk } from "./disk-points.mjs";
import { kindOf, pointsIn, somePoints } from "./points.ts";
import { LONG } from "../support/runs.ts";

const { boot, verifyRecord } = await import("../../src/boot.ts");
const { createModels } = await import("../../src/host/node/models/providers.ts");
const { parseGrants } = await import("../../src/abi/capability.ts");
const { isFault } = await import("../../src/abi/errors.ts");
const { builtInImage } = await import("../../src/agent/images.ts");
const { kinds } = await import("../../src/primitives/index.ts");
const { DiskPlace, say } = await import("../harness/journal.ts");

/** So many points are played in a short run, of those of a run and of those of a snapshot. */
const POINTS = 16;
const SNAPSHOT_POINTS = 4;

const LONG_TEXT = "a text that leaves its record for the bodies\n".repeat(150);
const SCRIPT = {
  turns: [
    [
      ["write_file", { path: "a.txt", content: "a two\n" }],
      ["write_file", { path: "new/b.txt", content: LONG_TEXT }],
    ],
    [["create_checkpoint", { label: "here" }]],
    [
      ["edit_file", { path: "a.txt", old_text: "two", new_text: "three" }],
      ["delete_file", { path: "c.txt" }],
      ["move_file", { from: "d.txt", to: "moved/d.txt" }],
    ],
    [["finish", { result: "done" }]],
  ].map((calls) => ({ calls: calls.map(([tool, args]) => ({ tool, args })) })),
};
const GRANTS = ["allow:read,list,write,delete:fs:/app/**", "allow:create:checkpoint:/self"];

interface World {
  readonly base: string;
  readonly where: { root: string; home: string; roots: { name: string; path: string }[] };
}

function fresh(): World {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-faults-")));
  const root = join(base, "app");
  mkdirSync(root);
  for (const name of ["a.txt", "c.txt", "d.txt"]) writeFileSync(join(root, name), `${name} one\n`);
  return { base, where: { root, home: join(base, "home"), roots: [{ name: "app", path: root }] } };
}

/** A record that can no longer be written tells so by its fault; any other error is a bug. */
const TOLD = /cannot be written|cannot be read back|was closed|data folder cannot be made/u;

/** Runs the agent or goes on with it, then goes back to its checkpoint and takes that back. Gives the heads that were durable. */
async function play({ where }: World): Promise<{ seq: number; hash: string }[]> {
  const heads: { seq: number; hash: string }[] = [];
  const models = createModels({ scripted: true });
  const opening = { ...where, host: "faults", mode: "create", policy: [], models } as const;
  const on = await boot(opening).catch((error: unknown) => void assert.match(String(error), TOLD));
  if (on === undefined) return heads;
  const note = async (): Promise<void> => {
    await on.kernel.durable();
    heads.push(on.head());
  };
  try {
    const { kernel, person } = on;
    if (!kernel.writable) return heads;
    if (kernel.state.processes.get(2) === undefined) {
      const [image, grants] = [builtInImage(kinds, "coding"), parseGrants(GRANTS, kinds)];
      assert.ok(!isFault(grants));
      const launch = { interactive: false, script: SCRIPT };
      kernel.launch(person, {
        ...{ image, goal: "work", model: "scripted/script", grants, cwd: "fs:/app", budget: {}, launch },
      });
    } else kernel.resumeAll();
    await kernel.rest();
    await note();
    await kernel.order(person, "checkpoint.restore", { checkpoint: "2.0" });
    await note();
    await kernel.order(person, "checkpoint.undo", {});
    await note();
  } catch (error) {
    assert.match(String(error), TOLD);
  } finally {
    await on.close();
  }
  return heads;
}

interface Line {
  readonly kind: string;
  readonly call?: string;
  readonly data: {
    readonly outcome?: string;
    readonly changes?: readonly { readonly resource: string; readonly post: string }[];
  };
}

const sha256 = (data: Buffer | string): string => createHash("sha256").update(data).digest("hex");

/** Compares the files with the record, and the record with what was acknowledged. */
async function check(
  { base, where }: World,
  heads: readonly { seq: number; hash: string }[],
  what: string,
): Promise<void> {
  const verdict = await verifyRecord(where);
  assert.equal(verdict.ok, true, `${what}: ${verdict.text.join("\n")}`);
  const folder = join(where.root, ".agentlibos", "journal");
  const lines = readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n").slice(0, -1));
  for (const { seq, hash } of heads)
    if (seq > 0)
      assert.equal(sha256(lines[seq - 1] ?? ""), hash, `${what}: record ${seq} was acknowledged and is lost`);
  const records = lines.map((line) => JSON.parse(line) as Line);
  const ends = records.flatMap(({ kind, call }) => (kind === "call.end" ? [call] : []));
  assert.equal(new Set(ends).size, ends.length, `${what}: a call ended twice`);
  const now = new Map<string, string>();
  for (const { kind, data } of records)
    if (kind === "call.end") for (const { resource, post } of data.changes ?? []) now.set(resource, post);
  for (const [resource, post] of now) {
    if (!/^[0-9a-f]{64}$|^absent$/u.test(post)) continue; // folders
    const path = join(base, resource.slice("fs:/".length));
    assert.equal(existsSync(path) ? sha256(readFileSync(path)) : "absent", post, `${what}: ${resource}`);
  }
  const names = readdirSync(where.root, { recursive: true }).map(String);
  assert.deepEqual(
    names.filter((name) => name.endsWith(".tmp") || name.endsWith(".draft")),
    [],
    `${what}: something half done is left`,
  );
}

/** Each point with each way to fail in a long run; else the ways by turns. */
function faultsAt(points: readonly string[]): string[] {
  const steps = [...new Set(points.map((point) => point.replace(/[+~]$/u, "")))];
  const ways = (step: string): string[] =>
    /^(?:write|append) /u.test(step) ? ["=EIO", "=ENOSPC", "~=EIO", "=short"] : ["=EIO", "=ENOSPC"];
  return steps.flatMap((step, i) => {
    const all = ways(step).map((way) => step + way);
    return LONG ? all : all.slice(i % all.length, (i % all.length) + 1);
  });
}

test("a disk that fails at each step of a run and a restore loses nothing that was acknowledged", async (t) => {
  const whole = fresh();
  disk.aim();
  await check(whole, await play(whole), "no fault");
  const steps = [...disk.steps];
  rmSync(whole.base, { recursive: true });
  const seen = new Set(steps.map(kindOf));
  for (const kind of [
    "write lines",
    "write bodies",
    "sync bodies",
    "write head",
    "open key",
    "rename place",
    "rename copy",
  ])
    assert.ok(seen.has(kind), `no "${kind}" was seen`);
  const faults = faultsAt(pointsIn(steps));
  let reached = 0;
  for (const fault of somePoints(faults, POINTS)) {
    const world = fresh();
    disk.aim(fault);
    const heads = await play(world);
    if (disk.reached) reached += 1;
    disk.aim();
    heads.push(...(await play(world)));
    assert.ok(heads.length >= 3, `${fault}: the next start does not go on`);
    await check(world, heads, fault);
    rmSync(world.base, { recursive: true });
  }
  assert.ok(reached > POINTS / 2, `only ${reached} faults were reached`);
  t.diagnostic(`${reached} faults at ${faults.length} places of ${seen.size} kinds of steps`);
});

test("a snapshot that the disk does not take costs only time, and is no failure of the record", async () => {
  const { Journal } = await import("../../src/kernel/record/journal.ts");
  const { Snapshots } = await import("../../src/kernel/record/snapshots.ts");
  const { Redactor } = await import("../../src/kernel/record/redact.ts");
  const { systemClock } = await import("../../src/host/node/clock.ts");
  const { nodeDigests } = await import("../../src/host/node/digests.ts");
  const snapshotted = async (): Promise<InstanceType<typeof DiskPlace>> => {
    const place = new DiskPlace();
    const { store, signer, last, standing } = await place.open("create");
    assert.ok(store !== undefined && signer !== undefined, JSON.stringify(standing));
    const parts = { last, store, signer, clock: systemClock, digests: nodeDigests, redactor: new Redactor() };
    const snapshots = new Snapshots(store, 0, () => JSON.stringify("x".repeat(100_000)));
    const journal = new Journal({ ...parts, snapshots, apply: () => undefined });
    for (let i = 0; i < 1_100; i++) say(journal, `${i}`);
    await journal.durable();
    await journal.close();
    return place;
  };
  disk.aim();
  const dry = await snapshotted();
  const points = pointsIn(disk.steps.filter((step) => step.includes(" snapshot ")));
  dry.remove();
  assert.ok(points.includes("rename snapshot #1"), "no snapshot was written");
  for (const fault of somePoints(faultsAt(points), SNAPSHOT_POINTS)) {
    disk.aim(fault);
    const place = await snapshotted();
    assert.ok(disk.reached, fault);
    disk.aim();
    assert.equal((await place.verify()).ok, true, fault);
    const again = await place.start("write");
    await again.journal.durable(say(again.journal, "goes on").seq);
    await again.journal.close();
    place.remove();
  }
});
