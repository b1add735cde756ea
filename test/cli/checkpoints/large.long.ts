// A repository of 250,000 files (H7): a checkpoint and a restore cost what changed, and touch nothing else.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, script } from "../workspace.ts";

const FOLDERS = 500;
const FILES = 500;
const GRANTS = [
  ...["--grant", "allow:read,list,write,delete:fs:/app/**"],
  ...["--grant", "allow:create:checkpoint:/self"],
];

/** The times and identities of one file of every folder. */
function marks(on: Workspace): string[] {
  return Array.from({ length: FOLDERS }, (_, i) => {
    const { mtimeNs, ctimeNs, ino } = statSync(on.path(`d${i}`, `f${i}.txt`), { bigint: true });
    return `${mtimeNs} ${ctimeNs} ${ino}`;
  });
}

test("in 250,000 files a checkpoint copies only what changed, and a restore touches nothing else (H7)", async (t) => {
  const on = new Workspace(t);
  for (let i = 0; i < FOLDERS; i++) {
    mkdirSync(on.path(`d${i}`));
    for (let j = 0; j < FILES; j++) writeFileSync(on.path(`d${i}`, `f${j}.txt`), `${i} ${j}\n`);
  }
  const before = marks(on);
  const turns = [
    [["create_checkpoint", { label: "all of it" }]],
    [["write_file", { path: "d0/f1.txt", content: "changed\n" }]],
    [["delete_file", { path: "d1/f2.txt" }]],
    [["write_file", { path: "d2/new.txt", content: "new\n" }]],
    "done",
  ] as const;
  await on.agent(script(turns), GRANTS);
  const journals = join(on.home, "journals");
  const [id = ""] = readdirSync(journals);
  assert.equal(readdirSync(join(journals, id, "pre")).length, 2, "a copy of each file that had a content");
  const { out, code, err } = await on.run(["restore", "c1", "--apply", "--json"]);
  assert.equal(code, 0, err);
  assert.deepEqual(JSON.parse(out), {
    applied: true,
    files: [
      { path: "app/d0/f1.txt", outcome: "restored" },
      { path: "app/d1/f2.txt", outcome: "restored" },
      { path: "app/d2/new.txt", outcome: "removed" },
    ],
  });
  assert.deepEqual(
    [on.read("d0/f1.txt"), on.read("d1/f2.txt"), on.read("d2/new.txt")],
    ["0 1\n", "1 2\n", undefined],
  );
  assert.deepEqual(marks(on), before, "nothing else was touched");
});
