// Ways back to a record that git or a person took away, replaced or moved, each told and carried out by the command line.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gitIn } from "../../support/git/repository.ts";
import { Workspace, script, snapshot } from "../workspace.ts";

const GRANTS = ["--grant", "allow:read,write:fs:/app/**"];
const SEGMENT = ".agentlibos/journal/00000001.jsonl";
const LONG = "a text that leaves its record for the bodies file\n".repeat(120);

function git(folder: string, ...args: string[]): string {
  return gitIn(folder, "-c", "user.name=Ann", "-c", "user.email=ann@example.invalid", ...args);
}

/** A repository in which an agent wrote a file; its record is on the same disk as the data folder. */
async function recorded(t: TestContext): Promise<Workspace> {
  const on = new Workspace(t);
  git(on.folder, "init", "-q", "-b", "main");
  await on.agent(script([[["write_file", { path: "a.txt", content: LONG }]], "done"]), GRANTS);
  git(on.folder, "add", "-A");
  git(on.folder, "commit", "-q", "-m", "first");
  return on;
}

/** What the command says about the record, which must not be obeyed now. */
async function told(on: Workspace): Promise<string> {
  const { code, err, out } = await on.run(["repair"]);
  assert.deepEqual([code, out], [3, ""], err);
  const ran = await on.run(["run", "--goal", "x", "--script", on.file("none.json", script(["done"]))]);
  assert.equal(ran.code, 3, ran.err);
  return err;
}

async function repaired(on: Workspace, how: string): Promise<string> {
  const { code, out, err } = await on.run(["repair", how]);
  assert.equal(code, 0, err);
  return out;
}

/** The record is obeyed, the first agent is on it, and the next one runs. */
async function goesOn(on: Workspace): Promise<void> {
  const verified = await on.verify();
  assert.equal(verified.code, 0, verified.err);
  assert.match((await on.run(["explain", "2.0.0"])).out, /write_file/u);
  await on.agent(script(["done"]));
}

test("`git clean -fdx` takes the record away; the data folder gives it back", async (t) => {
  const on = await recorded(t);
  git(on.folder, "clean", "-fdxq");
  assert.equal(existsSync(on.path(".agentlibos")), false);
  const said = await told(on);
  assert.match(said, /the record is gone/u);
  assert.match(said, /repair --fetch-back/u);
  assert.equal(existsSync(on.path(".agentlibos")), false, "nothing is begun in its place");
  assert.match(await repaired(on, "--fetch-back"), /2 files are back/u);
  await goesOn(on);
  assert.match((await on.run(["repair"])).out, /nothing to repair/u);
  assert.equal((await on.run(["repair", "--fetch-back"])).code, 3);
});

test("`git pull` that carries the .agentlibos of somebody else is set aside, and the own one comes back", async (t) => {
  const on = await recorded(t);
  const theirs = join(on.scratch, "theirs");
  git(on.scratch, "clone", "-q", on.folder, "theirs");
  const elsewhere = { env: { AGENTLIBOS_HOME: join(on.scratch, "their-home") } };
  const order = [
    "run",
    "--workspace",
    theirs,
    "--goal",
    "x",
    "--script",
    on.file("s.json", script(["done"])),
  ];
  assert.equal((await on.run(order, elsewhere)).code, 0);
  git(theirs, "add", "-A", "-f");
  git(theirs, "commit", "-q", "-m", "with the record");
  git(on.folder, "pull", "-q", theirs, "main");
  const said = await told(on);
  assert.match(said, /made elsewhere/u);
  assert.match(said, /keeps the record of this folder: agentlibos repair --fetch-back/u);
  assert.match(await repaired(on, "--fetch-back"), /what was there is now .*aside/u);
  assert.ok(existsSync(on.path(".agentlibos/aside/identity.json")));
  await goesOn(on);
});

test("an older copy, or an editor that saved a changed file, leaves the newest files where the data folder keeps them", async (t) => {
  const on = await recorded(t);
  const older = join(on.scratch, "older");
  cpSync(on.path(".agentlibos"), older, { recursive: true });
  await on.agent(script(["done"]));
  const newest = readFileSync(on.path(SEGMENT));
  rmSync(on.path(".agentlibos"), { recursive: true });
  cpSync(older, on.path(".agentlibos"), { recursive: true });
  assert.match(await told(on), /older state[^]*repair --fetch-back/u);
  await repaired(on, "--fetch-back");
  assert.deepEqual(readFileSync(on.path(SEGMENT)), newest);
  await goesOn(on);
  // Editors write another file and give it the name.
  const whole = readFileSync(on.path(SEGMENT), "utf8");
  writeFileSync(on.path("saved"), whole.replace('"write_file"', '"wrote_file"'));
  renameSync(on.path("saved"), on.path(SEGMENT));
  assert.match(await told(on), /is damaged[^]*repair --fetch-back/u);
  await repaired(on, "--fetch-back");
  assert.equal(readFileSync(on.path(SEGMENT), "utf8"), whole);
  await goesOn(on);
});

test("files that were changed where they lie have no better copy: that is said, and nothing is changed", async (t) => {
  const on = await recorded(t);
  const bytes = readFileSync(on.path(SEGMENT));
  bytes[500] = (bytes[500] ?? 0) ^ 1;
  writeFileSync(on.path(SEGMENT), bytes);
  const said = await told(on);
  assert.doesNotMatch(said, /fetch-back/u);
  assert.match(said, /put the files back/u);
  rmSync(on.path(".agentlibos/bodies"), { recursive: true });
  const before = snapshot(on.path(".agentlibos"));
  assert.match(await told(on), /fetch-back/u);
  const { code, err } = await on.run(["repair", "--fetch-back"]);
  assert.equal(code, 3);
  assert.match(err, /not whole either/u);
  assert.deepEqual(snapshot(on.path(".agentlibos")), before);
});

test("a record that moved with its folder goes on once a person confirms it, and a copy of it never does", async (t) => {
  const on = await recorded(t);
  const moved = join(on.scratch, "moved", "app");
  mkdirSync(join(on.scratch, "moved"));
  renameSync(on.folder, moved);
  mkdirSync(on.folder); // the command starts in it
  const there = ["--workspace", moved];
  const said = await on.run(["repair", ...there]);
  assert.deepEqual(
    [said.code, /another place[^]*repair --belongs-here/u.test(said.err)],
    [3, true],
    said.err,
  );
  assert.equal((await on.run(["resume", ...there])).code, 3);
  assert.equal((await on.run(["repair", "--belongs-here", ...there])).code, 0);
  assert.equal((await on.run(["verify", ...there])).code, 0);
  const copy = join(on.scratch, "copy", "app");
  cpSync(moved, copy, { recursive: true });
  const ofCopy = await on.run(["repair", "--workspace", copy]);
  assert.match(ofCopy.err, /a copy[^]*Work in the folder it belongs to[^]*repair --new-record/u);
  assert.equal((await on.run(["repair", "--belongs-here", "--workspace", copy])).code, 3);
  assert.equal((await on.run(["verify", ...there])).code, 0, "the journal itself is not disturbed");
});

test("a new record in the place of another names its newest head, and nothing of it is valid there", async (t) => {
  const on = await recorded(t);
  const copy = join(on.scratch, "copy", "app");
  cpSync(on.folder, copy, { recursive: true });
  const lines = readFileSync(join(copy, SEGMENT), "utf8").trimEnd().split("\n");
  const { seq } = JSON.parse(lines.at(-1) ?? "{}") as { seq: number };
  const { id } = JSON.parse(readFileSync(join(copy, ".agentlibos/identity.json"), "utf8")) as { id: string };
  const there = ["--workspace", copy];
  const begun = await on.run(["repair", "--new-record", ...there]);
  assert.equal(begun.code, 0, begun.err);
  assert.match(begun.out, new RegExp(`names record ${seq} of ${id}`, "u"));
  assert.equal((await on.run(["ps", ...there])).code, 0);
  const reading = script([[["read_file", { path: "a.txt" }]], "done"]);
  const ran = await on.run([
    "run",
    "--goal",
    "x",
    "--script",
    on.file("r.json", reading),
    "--json",
    ...there,
  ]);
  assert.match(ran.out, /ENOTCAPABLE/u, "no capability of the old record is held");
  const records = readFileSync(join(copy, SEGMENT), "utf8").split("\n").filter(Boolean);
  const [first] = records.map((line) => JSON.parse(line) as { kind: string; data: { follows?: unknown } });
  assert.equal(first?.kind, "journal.open");
  assert.deepEqual(Object.keys(first.data.follows ?? {}), ["journal", "seq", "hash"]);
  assert.equal(
    records.filter((line) => line.includes('"follows"')).length,
    1,
    "only the first opening names it",
  );
  assert.equal((await on.run(["verify", ...there])).code, 0);
  assert.ok(existsSync(join(copy, ".agentlibos/aside/journal")));
});

test("repair with two decisions at once is bad usage", async (t) => {
  const on = new Workspace(t);
  const { code, err } = await on.run(["repair", "--fetch-back", "--new-record"]);
  assert.equal(code, 2);
  assert.match(err, /takes one of/u);
  assert.equal((await on.run(["repair"])).code, 2, "there is no record");
});
