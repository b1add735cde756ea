// Kill tests: `agentlibos run` dies by SIGKILL at every named step on the disk, and `resume` does the rest exactly once.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { DiskPlace } from "../harness/journal.ts";
import { DISK_POINTS, kindOf, pointsIn, somePoints, stepsOf, twoAtOnce } from "./points.ts";
import { checkDone, discard, finish, makeWorkspace, run, type Workspace } from "./run.ts";

/** So many points are played in a short run. */
const POINTS = 12;
/** So many of those around a snapshot, which only a long record gets. */
const SNAPSHOT_POINTS = 3;

/** The steps that a whole run takes. */
async function stepsOfRun(make: () => Workspace): Promise<string[]> {
  const dry = make();
  const steps = await stepsOf(async (env) => {
    const { code, err, out } = await run(dry, env);
    assert.equal(code, 0, err + out);
  });
  discard(dry);
  return steps;
}

/** Kills a run at each point, lets it be resumed, and checks what is there then. */
async function killEach(make: () => Workspace, points: readonly string[]): Promise<void> {
  await twoAtOnce(points, async (point) => {
    const on = make();
    const killed = await run(on, { DISK_KILL: point });
    // Another run may come to its end with a step less of this kind.
    assert.ok(killed.signal === "SIGKILL" || killed.code === 0, `${point}: ${killed.code} ${killed.err}`);
    await checkDone(on, await finish(on), `killed at "${point}"`);
    discard(on);
  });
}

test("killed at its appends, syncs, links, renames, copies and half-done writes, nothing is lost or done twice (P73)", async (t) => {
  const make = (): Workspace => makeWorkspace(6, 3);
  const steps = await stepsOfRun(make);
  const kinds = new Set(steps.map(kindOf));
  for (const kind of [
    ...["write lines", "sync lines", "write bodies", "sync bodies", "write head", "link second name"],
    ...[
      "link identity",
      "rename place",
      "rename key",
      "rename copy",
      "sync copy",
      "link file",
      "rename file",
    ],
  ])
    assert.ok(kinds.has(kind), `no "${kind}" was seen: the observer no longer watches`);
  const points = pointsIn(steps);
  t.diagnostic(`${points.length} points of ${kinds.size} kinds of steps`);
  await killEach(make, somePoints(points, POINTS));
});

/** Runs the program that writes a snapshot, until its end or its death. */
function snapshotting(place: DiskPlace, env: NodeJS.ProcessEnv): NodeJS.Signals | number | null {
  const child = join(import.meta.dirname, "snapshot-child.ts");
  const args = ["--no-warnings", "--import", DISK_POINTS, child, place.root, place.home];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, ...env } });
  assert.ok(signal === "SIGKILL" || status === 0, String(stderr));
  return signal ?? status;
}

test("killed while the state is written down as a snapshot, the record is whole, and half a snapshot is not used", async () => {
  const dry = new DiskPlace();
  const steps = await stepsOf(async (env) => snapshotting(dry, env));
  dry.remove();
  const points = pointsIn(steps).filter((point) => point.includes(" snapshot "));
  for (const kind of ["open", "write", "rename"])
    assert.ok(points.includes(`${kind} snapshot #1+`), `no step to ${kind} a snapshot was seen`);
  for (const point of somePoints(points, SNAPSHOT_POINTS)) {
    const place = new DiskPlace();
    assert.equal(snapshotting(place, { DISK_KILL: point }), "SIGKILL", point);
    const names = readdirSync(join(place.folder, "snapshots"));
    const isWhole = names.some((name) => name.endsWith(".json"));
    assert.equal(isWhole, point === "rename snapshot #1+", `${point}: ${names.join()}`);
    const verdict = await place.verify();
    assert.equal(verdict.ok, true, point);
    assert.ok(verdict.records > 1_200, point);
    // The next program opens it, writes its own, and leaves nothing half done.
    assert.equal(snapshotting(place, {}), 0);
    const left = readdirSync(join(place.folder, "snapshots"));
    assert.deepEqual(
      left.filter((name) => !/^\d+\.json$/u.test(name)),
      [],
      point,
    );
    assert.equal((await place.verify()).ok, true);
    place.remove();
  }
});
