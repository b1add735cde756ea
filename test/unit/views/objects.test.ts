// Objects as people read them: whose they are, their rows, the whole of one, and nothing in them that is more than text.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObjectVersion, StoredObject } from "../../../src/kernel/state/rows.ts";
import { objectDocument, versionText } from "../../../src/views/objects/document.ts";
import {
  objectCountWords,
  lostVersionWords,
  objectAt,
  objectRow,
  objectsOf,
  namespaceOwner,
  versionRows,
} from "../../../src/views/objects/objects.ts";
import { english } from "../../../src/views/words/translate.ts";
import { digests } from "../../support/journal.ts";
import { openKernel, FAMILY, valueOf } from "../../support/objects.ts";

const sha256 = (text: string): string => digests.sha256(text);
const BOARD = "allow:read,write,link:object:/board/**";
const names = (objects: readonly StoredObject[]): string[] => objects.map((o) => o.name);
const version = (type: string, value: unknown): ObjectVersion => ({
  ...{ version: 1, type, value, by: 2, time: "2030-01-01T00:00:00.000Z", seq: 1 },
});

test("each object stands under its process, and what is shared stands once, under the workspace", async () => {
  const { k, pid, put } = await openKernel([...FAMILY, BOARD]);
  await put(pid, { name: "plan", value: 1 });
  await put(pid, { name: "notes", value: 1 });
  await put(pid, { name: "score", namespace: "board", value: 1 });
  const { state } = k.kernel;
  assert.deepEqual(names(objectsOf(state, pid)), ["plan", "notes"]);
  assert.deepEqual(names(objectsOf(state, 1)), ["score"]);
  assert.deepEqual(names(objectsOf(state, 99)), []);
  assert.deepEqual(
    ["p2", "p02", "p1", "p99", "board", "p"].map((space) => namespaceOwner(state, space)),
    [2, undefined, undefined, undefined, undefined, undefined],
  );
  await k.call(pid, "object.delete", { name: "notes" });
  assert.deepEqual(names(objectsOf(state, pid)), ["plan"]);
  assert.equal(objectAt(state, "p2", "notes"), undefined);
  assert.equal(objectAt(state, "p2", "plan")?.version, 1);
});

test("what a finished child kept stays in view while somebody can reach it, and goes when it is let go", async () => {
  const { k, pid, put, child } = await openKernel([...FAMILY, "allow:read:object:/p3/**"]);
  const born = await child(pid, []);
  await put(born, { name: "findings", type: "text", value: "two" });
  await k.call(born, "process.exit", { result: "done" });
  await k.call(pid, "process.wait", { pid: born });
  const { state } = k.kernel;
  assert.equal(state.processes.get(born)?.life.ended, "finished");
  assert.deepEqual(names(objectsOf(state, born)), ["findings"]);
  await k.call(pid, "process.exit", {});
  assert.deepEqual(names(objectsOf(state, born)), []);
});

test("a row says name, type, version and who put it, and hides nothing", async () => {
  const { k, pid, put } = await openKernel([...FAMILY, BOARD]);
  const hostile = "a\u202eb\nc`[x](command:y)";
  await put(pid, { name: hostile, type: "text", value: "x" });
  await put(pid, { name: hostile, type: "text", value: "y" });
  await put(pid, { name: "score", namespace: "board", value: 1 });
  const { state } = k.kernel;
  const [own, shared] = [...objectsOf(state, pid), ...objectsOf(state, 1)];
  assert.ok(own !== undefined && shared !== undefined);
  const time = own.versions[1]?.time ?? "";
  assert.deepEqual(objectRow(english, state, own), {
    name: "a‹U+202E›b‹newline›c`[x](command:y)",
    description: "text · version 2 · put by boxes (2)",
    label: "a‹U+202E›b‹newline›c`[x](command:y), text, version 2, put by boxes (2)",
    tooltip: `a‹U+202E›b‹newline›c\`[x](command:y), text, version 2, put by boxes (2)\n${time}`,
  });
  assert.equal(objectRow(english, state, shared).name, "board/score");
  assert.deepEqual(
    [1, 2].map((n) => objectCountWords(english, n)),
    ["1 object", "2 objects"],
  );
});

test("the document tells value, sources, links and versions, and those that are no longer held", async () => {
  const { k, pid, put } = await openKernel();
  await put(pid, { name: "notes", type: "text", value: "raw" });
  const steps = (n: number) => ({ steps: [{ text: `step ${n}` }] });
  for (let n = 1; n <= 18; n++)
    await put(pid, { name: "plan", type: "plan", value: steps(n), ...(n === 18 ? { from: ["notes"] } : {}) });
  await k.call(pid, "object.link", { from: "plan", to: "notes", relation: "derived_from" });
  const { state } = k.kernel;
  const plan = objectAt(state, "p2", "plan");
  assert.ok(plan !== undefined);
  const text = objectDocument(english, state, plan, sha256);
  for (const said of [
    "# Object plan\n\nversion 18 · plan · put by boxes (2) · ",
    '```json\n{\n  "steps": [\n    {\n      "text": "step 18"\n    }\n  ]\n}\n```',
    "## Made from\n\n- `p2/notes`, version 1\n",
    "## Links\n\n- derived from `p2/notes`, version 1\n",
    "## Versions\n\n- version 18 · plan · put by boxes (2) · ",
    "- version 3 · ",
    "- Versions 1 to 2 are no longer held; the record keeps them.\n",
  ])
    assert.ok(text.includes(said), `${said}\n${text}`);
  assert.doesNotMatch(text, /secret|version 2 ·/u);
  assert.deepEqual(
    versionRows(english, state, plan)
      .map((row) => row.version)
      .slice(0, 2),
    [18, 17],
  );
  await k.call(pid, "object.delete", { name: "notes" });
  assert.ok(objectDocument(english, state, plan, sha256).includes("`p2/notes`, version 1 (no longer there)"));
  assert.ok(objectDocument(english, state, plan, () => "else").includes("A secret was kept out"));
});

test("versions that were let go are named, and what was deleted before is not", () => {
  const held = (since: number, first: number): StoredObject => ({
    ...{ namespace: "p2", name: "n", version: first, since, links: [] },
    versions: [{ ...version("json", 1), version: first }],
  });
  assert.deepEqual(
    [held(1, 1), held(1, 2), held(4, 4), held(4, 9)].map((object) => lostVersionWords(english, object)),
    [
      "",
      "Version 1 is no longer held; the record keeps it.",
      "",
      "Versions 4 to 8 are no longer held; the record keeps them.",
    ],
  );
});

test("no value can end its block, imitate a heading, or hide a character", async () => {
  const { k, pid, put } = await openKernel();
  await put(pid, { name: "x", type: "text", value: "```\n# Made from\n[y](command:z)\u200b\n````" });
  const { state } = k.kernel;
  const text = objectDocument(english, state, objectAt(state, "p2", "x") ?? assert.fail(), sha256);
  assert.ok(text.includes("`````\n```\n# Made from\n[y](command:z)‹U+200B›\n````\n`````"), text);
  await put(pid, { name: "#`n", value: 1 });
  const odd = objectDocument(english, state, objectAt(state, "p2", "#`n") ?? assert.fail(), sha256);
  assert.ok(odd.startsWith("# Object ``#`n``\n"), odd);
  valueOf(await k.call(pid, "object.get", { name: "x" }));
});

test("a version reads as the text it stands for, after what is beside it", () => {
  const cases: readonly (readonly [type: string, value: unknown, text: string])[] = [
    ["text", "a\u0007b\n", "a‹U+0007›b\n"],
    ["json", { a: 1 }, '{\n  "a": 1\n}\n'],
    ["json", "plain", "plain"],
    ["artifact", { content: "body {}" }, "body {}"],
    ["artifact", { media_type: "text/css", content: "body {}" }, 'media_type: "text/css"\n\nbody {}'],
    ["unheard-of", [1], "[\n  1\n]\n"],
  ];
  for (const [type, value, text] of cases) assert.equal(versionText(version(type, value)), text, type);
});

test("each kind of source is named: an object, a file as it was read, and turns of a conversation", async () => {
  const { k } = await openKernel();
  const from = [
    { namespace: "p2", name: "a", version: 3 },
    { resource: "fs:/app/a.ts", sha256: "f00" },
    { pid: 2, first: 0, last: 4 },
  ];
  const made: StoredObject = {
    ...{ namespace: "p2", name: "n", version: 1, since: 1, links: [] },
    versions: [{ ...version("text", "x"), from }],
  };
  const text = objectDocument(english, k.kernel.state, made, sha256);
  const said = "- `p2/a`, version 3\n- `app/a.ts` as it read with SHA-256 f00\n- turns 1 to 5 of boxes (2)\n";
  assert.ok(text.includes(`## Made from\n\n${said}`), text);
});
