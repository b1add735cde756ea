// A kind of resource of a test's own works everywhere that authority is judged, shown and narrowed, without a change in src.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { parseCap, printCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { Kinds } from "../../../src/abi/kind.ts";
import { overlaps } from "../../../src/abi/resource.ts";
import { suggestedGrants } from "../../../src/agent/images.ts";
import { IMAGES } from "../../harness/images.ts";
import { readPolicyFile } from "../../../src/host/node/policy-files.ts";
import { define } from "../../../src/kernel/operation.ts";
import { policyText } from "../../../src/views/agents/policy.ts";
import { likenessOf } from "../../../src/views/questions/approvals.ts";
import { narrowRule } from "../../../src/views/questions/narrow.ts";
import { QuestionRow } from "../../../src/views/questions/row.ts";
import { grantWords, resourceWords } from "../../../src/views/words/resources.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds as own } from "../../harness/kinds.ts";
import { boxKind } from "../../support/box/kind.ts";
import { BOXES, code, TestKernel, type Setup } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { kinds } from "../../support/registry.ts";

/** An operation that opens or empties a box. `text` is put into it. */
const useBox = define({
  name: "box.use",
  tool: "use_box",
  summary: "Use a box.",
  effect: "external",
  idempotent: false,
  input: z.strictObject({ at: z.string(), right: z.enum(["open", "empty"]), text: z.string().default("") }),
  output: z.strictObject({ done: z.literal(true) }),
  needs: ({ at, right }) => [{ resource: `box:/${at}`, right }],
  prepare: ({ at }) =>
    Promise.resolve({ prestate: null, preview: { target: `box:/${at}`, risk: "low" as const } }),
  invoke: () => Promise.resolve({ done: true as const }),
});

const ROOTS = [
  { name: "app", path: "/w/app" },
  { name: "desk", path: "/w/desk" },
  { name: "sealed", path: "/w/sealed" },
];

const SETUP: Setup = {
  kinds,
  roots: ROOTS,
  more: () => [{ kind: "box", operations: [useBox] }],
  hands: true,
};
const opened = (): Promise<TestKernel> => TestKernel.open(SETUP);

function capOf(text: string) {
  const listed = parseCap(text, kinds);
  assert.ok(!isFault(listed), text);
  return listed;
}

test("a grant names its own rights, and no program without the kind reads it", () => {
  const text = "allow:open,empty:box:/desk/**";
  assert.equal(printCap(capOf(text)), text);
  assert.ok(isFault(parseCap(text, own)));
  const stray = parseCap("allow:write:box:/desk/**", kinds);
  assert.ok(isFault(stray));
  assert.equal(stray.hint, "Rights there: open, pack, empty, lend.");
  assert.throws(() => new Kinds([boxKind, boxKind]), /same name/u);
});

test("restrictions fold as the kind says, and only for that kind", () => {
  assert.ok(overlaps("box:/desk/left_top", "box:/Desk/left-top", kinds));
  assert.ok(!overlaps("object:/desk/left_top", "object:/desk/left-top", kinds));
});

test("a person reads its nouns, verbs and class rules", () => {
  assert.equal(resourceWords(english, kinds, "box:/desk/top"), "the box desk/top");
  assert.equal(
    grantWords(english, kinds, capOf("allow:open,empty:box:/desk/**")),
    "may open and empty out the boxes of desk",
  );
  assert.match(policyText(english, kinds, [], []), /asks +to empty out a box/u);
});

test("a policy file may be about it, and its examples are checked by its fold", async () => {
  const folder = mkdtempSync(join(tmpdir(), "kinds-"));
  const rule = (match: string) =>
    JSON.stringify({
      rules: [{ effect: "deny", rights: ["open"], resource: "box:/desk/a_b", reason: "r", match: [match] }],
    });
  const read = async (text: string, by: Kinds) => {
    const file = join(folder, "policy.json");
    writeFileSync(file, text);
    return readPolicyFile("user", file, by);
  };
  try {
    assert.equal((await read(rule("open:box:/desk/A-B"), kinds)).rules.length, 1);
    assert.match((await read(rule("open:box:/desk/c"), kinds)).problem?.text ?? "", /is not about this/u);
    assert.match((await read(rule("open:box:/desk/A-B"), own)).problem?.text ?? "", /resource kind|right/u);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the door judges by its classes: reserved, asked, settled by an exact allow, secret", async () => {
  const k = await opened();
  const pid = k.launch(["allow:open,empty:box:/desk/**", "allow:open:box:/sealed/**"]);
  const call = (at: string, right: string, text = "") => k.call(pid, "box.use", { at, right, text });
  assert.deepEqual(await call("desk/top", "open"), { ok: true, value: { done: true } });
  const sealed = await call("sealed/x", "open");
  assert.ok(
    !sealed.ok && sealed.code === "EACCES" && sealed.message.includes("it is sealed"),
    JSON.stringify(sealed),
  );
  const mine = await call(`p${pid}/x`, "open");
  assert.ok(
    !mine.ok && mine.code === "ENOTCAPABLE",
    "its own boxes lie in no workspace folder, so it is suspended",
  );

  const wide = call("desk/top", "empty");
  await k.settle();
  assert.deepEqual(
    k.question.asks.map(({ key, once }) => [key, once]),
    [["class:loss", false]],
  );
  k.answer({ allow: false });
  assert.equal((await wide).ok, false);
  const exact = k.launch(["allow:empty:box:/desk/top"]);
  assert.equal((await k.call(exact, "box.use", { at: "desk/top", right: "empty" })).ok, true);

  const secret = call("desk/letters", "open", "a private text");
  await k.settle();
  assert.deepEqual(k.question.asks[0]?.secret, true);
  k.answer();
  assert.equal((await secret).ok, true);
  assert.ok(
    !JSON.stringify(k.records).includes("a private text"),
    "the record keeps no text of a secret box",
  );
});

test("a grant is bound to the place that the kind names, and its own baseline comes with every birth", async () => {
  const k = await opened();
  const pid = k.launch(["allow:open:box:/desk/**"]);
  const held = k.kernel.state.capabilities.heldBy(pid).map(({ cap }) => [printCap(cap), cap.place]);
  assert.deepEqual(
    held.filter(([text]) => text?.includes("box:")),
    [
      ["allow:open:box:/desk/**", "/w/desk"],
      [`allow:open:box:/p${pid}/**`, ""],
    ],
  );
});

test("several like approvals offer one grant on the folder around them", async () => {
  const k = await opened();
  const pid = k.launch(["ask:open:box:/desk/**"]);
  for (const name of ["a", "b", "c"]) {
    const done = k.call(pid, "box.use", { at: `desk/left/${name}`, right: "open" });
    await k.settle();
    k.answer();
    await done;
  }
  const last = k.call(pid, "box.use", { at: "desk/left/d", right: "open" });
  await k.settle();
  const rule = narrowRule(k.kernel.state, k.question, k.kernel.now());
  assert.equal(rule?.text, "allow:open:box:/desk/left/**");
  k.answer({ allow: false });
  await last;
});

test("a request that takes something away shows as that, and never shares a row", async () => {
  const k = await opened();
  const pid = k.launch(["ask:open,empty:box:/desk/**"]);
  const asked = async (right: string) => {
    const done = k.call(pid, "box.use", { at: "desk/top", right });
    await k.settle();
    const { question } = k;
    const row = new QuestionRow(english, k.kernel, question);
    k.answer({ allow: false });
    await done;
    return [row.icon, likenessOf(kinds, question) !== undefined];
  };
  assert.deepEqual(await asked("empty"), ["trash", false]);
  assert.deepEqual(await asked("open"), ["key", true]);
});

test("calls of a turn wait for those that change what they use, and for no others", async () => {
  const use = (right: string, text = ""): [string, object] => ["use_box", { at: "desk/top", right, text }];
  const image = { ...BOXES, name: "desk", tools: ["use_box"] };
  const model = turns({ 2: [[use("open"), use("open"), use("empty"), use("open", "again")]] });
  const k = await TestKernel.open({ ...SETUP, hands: false, model, images: new Map([["desk", image]]) });
  const pid = k.launch(["allow:open:box:/desk/**", "allow:empty:box:/desk/top"], { image });
  await k.kernel.rest();
  const steps = k.records.flatMap(({ kind, call }) =>
    call?.startsWith(`${pid}.0.`) === true ? [`${kind} ${call.slice(-1)}`] : [],
  );
  assert.deepEqual(steps, [
    ...["call.begin 0", "call.begin 1", "call.end 0", "call.end 1"],
    ...["call.begin 2", "call.end 2", "call.begin 3", "call.end 3"],
  ]);
});

test("only a holder of its right for sharing passes any other right on", async () => {
  const k = await opened();
  const giver = k.launch(["allow:open:box:/desk/**", "allow:message:process:/3"]);
  const receiver = k.launch([]);
  const pass = () =>
    k.call(giver, "capability.delegate", { pid: receiver, grants: ["allow:open:box:/desk/top"] });
  const refused = await pass();
  assert.ok(!refused.ok && refused.message.includes("lend on box:/desk/top is not held"), code(refused));
  k.kernel.give(k.person, giver, capOf("allow:lend:box:/desk/**"));
  assert.equal(code(await pass()), "ok");
});

test("a person orders what the kind lets init ask for, and nothing reserved", async () => {
  const k = await opened();
  const empty = (at: string) => k.kernel.order(k.person, "box.use", { at, right: "empty" });
  assert.equal(code(await empty("desk/top")), "ok");
  assert.equal(code(await empty("sealed/x")), "EACCES");
  assert.equal(
    code(await k.kernel.order(k.person, "box.use", { at: "desk/top", right: "open" })),
    "ENOTCAPABLE",
  );
});

test("New Agent suggests its grants beside those of the other kinds", () => {
  const image = IMAGES.get("reviewer");
  assert.ok(image);
  assert.deepEqual(suggestedGrants(kinds, image, "ask", ROOTS.slice(1, 2)), [
    "allow:read,list:fs:/desk/**",
    "ask:open:box:/desk/**",
  ]);
});

test("the record keeps no text of a call that was not understood and names something secret", async () => {
  const k = await opened();
  const pid = k.launch([]);
  const burn = (text: string, at: string) => k.call(pid, "box.use", { at, right: "burn", text });
  assert.equal(code(await burn("a private text", "letters")), "EINVAL");
  assert.ok(!JSON.stringify(k.records).includes("a private text"));
  await burn("an open text", "stamps");
  assert.ok(JSON.stringify(k.records).includes("an open text"));
});
