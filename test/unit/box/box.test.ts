// The box: one primitive of the test tree that uses every shared mechanism together, added by its folder and a line.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { parseCap } from "../../../src/abi/capability.ts";
import type { BuiltInImage } from "../../../src/abi/kind.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { builtInImage } from "../../../src/agent/images.ts";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import * as program from "../../../src/primitives/index.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { grantWords } from "../../../src/views/words/resources.ts";
import { english, type Translate } from "../../../src/views/words/translate.ts";
import { Boxes } from "../../support/box/backend.ts";
import { box } from "../../support/box/box.ts";
import { PACKER } from "../../support/box/image.ts";
import { voteKind } from "../../support/box/vote.ts";
import { code, TestKernel, type Setup } from "../../support/kernel.ts";
import { added, kinds } from "../../support/registry.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "box-")));
after(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

/** A kernel with boxes and real files, and a process that holds these grants. */
async function open(grants: readonly string[], more: Setup = {}) {
  const here = join(base, String((count += 1)));
  const app = join(here, "app");
  mkdirSync(app, { recursive: true });
  const roots = [{ name: "app", path: app }];
  const boxes = new Boxes(here);
  const opened: { k?: TestKernel } = {};
  const folders = () => opened.k?.kernel.state.roots ?? roots;
  const files = nodeFs({ folders, reserved: () => [], preImages: join(here, "pre") });
  const k = (opened.k = await TestKernel.open({ ...added(here), roots, files, hands: true, ...more }));
  return { k, boxes, app, pid: k.launch(grants) };
}

const BOX = "allow:open,pack:box:/app/**";
const value = (result: Awaited<ReturnType<TestKernel["call"]>>): unknown =>
  result.ok ? result.value : result;

test("a heavy thing is asked for by its very call, in words of its kind, and by nobody's grant settled", async () => {
  const { k, pid } = await open([BOX, "allow:pack:box:/app/tools"]);
  const light = { at: "app/tools", thing: "a file" };
  assert.deepEqual(value(await k.call(pid, "box.pack", light)), { number: 1 });
  const heavy = k.call(pid, "box.pack", { at: "app/tools", thing: "an anvil ".repeat(5) });
  await k.settle();
  assert.deepEqual(
    k.question.asks.map(({ key, reason }) => [key, reason]),
    [["call:heavy", "it is heavy"]],
  );
  const view = questionView(english, k.kernel, k.question, k.kernel.previewOf(k.question), k.person);
  assert.match(questionText(english, view), /Pack something into app\/tools/u);
  k.answer();
  assert.deepEqual(value(await heavy), { number: 2 });
});

test("which files a call made stands in its end, and in no record before it", async () => {
  const { k, app, pid } = await open([BOX, "allow:write:fs:/app/out/**"]);
  for (const thing of ["one", "two"]) await k.call(pid, "box.pack", { at: "app/tools", thing });
  const done = await k.call(pid, "box.unpack", { at: "app/tools", into: "app/out" });
  assert.deepEqual(value(done), { folder: "fs:/app/out/unpacked-1" });
  assert.equal(readFileSync(join(app, "out/unpacked-1/2.txt"), "utf8"), "two");
  const begin = k.of("call.begin").find((r) => r.data.op === "box.unpack");
  assert.doesNotMatch(JSON.stringify(begin), /unpacked-1/u);
  assert.deepEqual(
    k.lastEnd.changes?.map(({ resource, pre }) => [resource, pre]),
    ["1", "2"].map((n) => [`fs:/app/out/unpacked-1/${n}.txt`, "absent"]),
  );
});

test("a lid is told as it opens, and its program runs until its process ends, and no longer", async () => {
  const { k, boxes, pid } = await open([BOX]);
  const heard: string[] = [];
  k.kernel.onOutput(({ call, text }) => heard.push(`${call} ${text}`));
  const held = await k.call(pid, "box.hold", { at: "app/tools" });
  assert.equal(code(held), "ok");
  await k.settle();
  assert.match(heard.join(""), /creaks\.\n.*It is open\.\n$/su);
  assert.equal(k.lastEnd.output?.head, "The lid of app/tools creaks.\nIt is open.\n");
  await until(() => runs(boxes.lids()[0]?.program ?? 0));
  const [lid] = boxes.lids();
  k.kernel.signal(k.person, pid, "kill", "enough");
  await k.settle();
  assert.deepEqual(boxes.lids(), []);
  await until(() => !runs(lid?.program ?? 0));
});

test("a process closes its own lids alone", async () => {
  const { k, boxes, pid } = await open([BOX]);
  const other = k.launch([BOX]);
  for (const who of [pid, other]) await k.call(who, "box.hold", { at: "app/tools" });
  assert.deepEqual(value(await k.call(pid, "box.close", { at: "app/tools" })), { closed: 1 });
  assert.equal(boxes.lids().length, 1);
  assert.deepEqual([...k.kernel.state.handles.keys()], [other]);
  await k.kernel.stop();
  assert.deepEqual(boxes.lids(), []);
});

test("the steps of a box reach that box and nothing else that its process holds", async () => {
  const { k, pid } = await open([BOX, "allow:read,write:fs:/app/**", "deny:open:box:/app/shut"]);
  const steps = [
    { op: "box.pack", args: { at: "app/tools", thing: "saw" } },
    { op: "box.open", args: { at: "app/tools" } },
    { op: "box.open", args: { at: "app/other" } },
    { op: "fs.write", args: { path: "a.txt", content: "x" } },
    { op: "box.teach", args: { at: "app/tools", tool: "count_saws" } },
    { op: "box.run", args: { at: "app/tools", steps: [{ op: "box.hold", args: { at: "app/tools" } }] } },
  ];
  const came = ["ok", "ok", "ENOTCAPABLE", "ENOTCAPABLE", "EACCES", "ok"];
  assert.deepEqual(value(await k.call(pid, "box.run", { at: "app/tools", steps })), { came });
  assert.match(k.lastEnd.output?.head ?? "", /^box\.pack: ok\nbox\.open: ok\n/u);
  assert.equal(k.kernel.state.handles.size, 0, "the lid that a step held ended with the steps");
  assert.equal(code(await k.call(pid, "box.run", { at: "app/shut", steps })), "EACCES");
});

test("a tool that a box brings comes with its schema, goes with its owner, and opens no box by itself", async () => {
  const { k, pid } = await open([BOX, "allow:spawn:process:/children", "allow:execute:image:/boxes"]);
  await k.call(pid, "box.pack", { at: "app/tools", thing: "a red saw" });
  const made = value(await k.call(pid, "box.teach", { at: "app/tools", tool: "count_tools" }));
  const { name, hash } = made as { name: string; hash: string };
  assert.equal(name, `box/p${pid}/count_tools`);
  assert.deepEqual(value(await k.call(pid, name, { word: "red" })), 1);
  assert.equal(k.lastEnd.hash, hash);
  assert.equal(code(await k.call(pid, name, { words: "red" })), "EINVAL");
  const { pid: child } = value(await k.call(pid, "process.spawn", { goal: "part" })) as { pid: number };
  assert.equal(code(await k.call(child, name, { word: "red" })), "ENOTCAPABLE");
  assert.equal(code(await k.call(k.launch([BOX]), name, { word: "red" })), "ENOSYS");
  assert.equal(code(await k.call(pid, "box.forget", { tool: "count_tools" })), "ok");
  assert.equal(code(await k.call(pid, name, { word: "red" })), "ENOSYS");
});

test("a yard is a workspace folder until it is left; a grant on another folder does not reach into it", async () => {
  const { k, pid } = await open([BOX, "allow:read:fs:/app/**"]);
  const reader = k.launch(["allow:read:fs:/**"]);
  assert.equal(code(await k.call(pid, "box.visit", { at: "app/tools", name: "yard" })), "ok");
  const read = (who: number) => k.call(who, "fs.read", { path: "yard/weeds.txt" });
  assert.equal(code(await read(pid)), "ENOTCAPABLE");
  assert.match(JSON.stringify(await read(reader)), /behind box:\/app\/tools/u);
  assert.equal(code(await k.call(reader, "box.leave", { name: "yard" })), "EACCES");
  assert.equal(code(await k.call(pid, "box.leave", { name: "yard" })), "ok");
  assert.notEqual(code(await read(reader)), "ok");
});

test("its rare tools are found before their schemas are sent, and are in the table of an image that lists them", async () => {
  const { k } = await open([]);
  const pid = k.launch([BOX], { image: PACKER });
  const sent = () => k.talk.request(pid).tools.map(({ name }) => name);
  const before = sent();
  assert.ok(before.includes("pack_box") && !before.includes("visit_box"), before.join());
  await k.call(pid, "tools.find", { query: "yard" });
  assert.deepEqual(
    sent().filter((tool) => !before.includes(tool)),
    ["visit_box", "leave_box"],
  );
});

test("its tools stand in the built-in images that its kind names, beside those of the program", async () => {
  const { k } = await open([]);
  const tableOf = (name: BuiltInImage): readonly string[] => {
    const image = builtInImage(kinds, name);
    const own = builtInImage(program.kinds, name).tools;
    assert.deepEqual([...k.core.operations.table(image).keys()].slice(0, image.tools.length), image.tools);
    return image.tools.filter((tool) => !own.includes(tool));
  };
  assert.deepEqual(
    tableOf("coding"),
    box.kind.tools?.flatMap(({ names }) => names),
  );
  assert.deepEqual(tableOf("reviewer"), ["open_box"]);
  assert.deepEqual(tableOf("tour"), []);
  const image = builtInImage(kinds, "coding");
  const pid = k.launch([], { image });
  const { tools } = k.talk.request(pid);
  assert.ok(tools.some(({ name }) => name === "pack_box"));
  assert.equal(
    code(await k.call(pid, "box.open", { at: "app/tools" })),
    "ENOTCAPABLE",
    "to see it grants nothing",
  );
});

/** The German words of the kind, as its folder brings them. */
const words = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../support/box/de.json"), "utf8"),
) as Record<string, string>;
const german: Translate = (text, ...values) => english(words[text] ?? `? ${text}`, ...values);

test("its nouns, verbs, actions and questions stand in both languages", () => {
  const { kind } = box;
  const { shown } = voteKind;
  const asking = {
    id: "q1",
    kind: "vote",
    pid: 2,
    op: "",
    args: {},
    digest: "",
    asks: [],
    needs: [],
    text: "x",
  };
  const said = (t: Translate): string[] => [
    ...Object.values(kind.rights).map((say) => say(t)),
    ...[true, false].map((tree) => kind.noun(t, "app/tools", tree)),
    ...Object.values(kind.actions ?? {}).map((say) => say(t, "app/tools", "app/out")),
    ...(kind.classWords?.(t) ?? []).flat(),
    ...[shown.heading(t), shown.line?.(t, asking, kinds) ?? ""],
    ...(shown.rows?.(t, asking) ?? []).map(([name]) => name),
    ...(shown.answering.by === "choices"
      ? [shown.answering.ask?.(t) ?? "", ...shown.answering.choices(asking).map((one) => one.label(t))]
      : []),
  ];
  const [first, second] = [said(english), said(german)];
  assert.ok(first.length > 15 && second.every((text, i) => text !== first[i] && !text.startsWith("?")));
  const listed = parseCap("allow:open,empty:box:/app/**", kinds);
  assert.ok(!isFault(listed));
  assert.match(grantWords(german, kinds, listed), /öffnen.*ausleeren.*die Kisten von app/u);
});

/** True while a program runs; one that has ended and was not waited for does not. */
function runs(program: number): boolean {
  const stat = `/proc/${program}/stat`;
  return existsSync(stat) && !/\) Z /u.test(readFileSync(stat, "utf8"));
}

/** Waits for something that another program does. */
async function until(test: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !test(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(test());
}
