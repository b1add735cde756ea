// When nothing can be written: a failed disk, a viewer, a record that is too large, a clock that was set back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { Folded } from "../../../src/kernel/state/fold.ts";
import { Kernel } from "../../../src/kernel/kernel.ts";
import { JournalError } from "../../../src/kernel/record/failure.ts";
import { mint } from "../../../src/kernel/witness.ts";
import { primitives } from "../../../src/primitives/index.ts";
import { digests, FakeClock } from "../../support/journal.ts";
import { NO_EDITOR } from "../../../src/primitives/fs/diagnostics.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import {
  NO_COMMANDS,
  NO_FILES,
  NO_FILES_NOW,
  NO_GIT,
  NO_WORKTREES,
  NO_IMAGE_FILES,
} from "../../support/kernel/nothing.ts";
import { kinds } from "../../harness/kinds.ts";

const FILE = "fs:/app/a.txt";
const loud: unknown[] = [];
const hear = (error: unknown): void => void loud.push(error);
before(() => process.on("unhandledRejection", hear));
after(() => {
  process.off("unhandledRejection", hear);
  assert.deepEqual(loud, [], "no promise was forgotten");
});

/** Makes every later append and wait fail, as the real journal does once its store has failed. */
function breakDisk(k: TestKernel): void {
  const why = fault("EIO", "the journal cannot be written: the disk went away", "Reload.");
  k.journal.append = () => {
    throw new JournalError(why);
  };
  k.journal.durable = () => Promise.reject(new JournalError(why));
  k.kernel.seal(why);
}

test("when the disk fails under a begin, the effect does not happen and every later call says why", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:write:fs:/app/**"]);
  const held = Promise.withResolvers<undefined>();
  k.journal.durable = () => held.promise;
  const call = k.call(pid, "box.write", { at: FILE, content: "x" });
  await k.settle();
  const count = k.records.length;
  breakDisk(k);
  held.reject(new JournalError(fault("EIO", "gone", "")));
  assert.equal(code(await call), "EIO");
  assert.deepEqual(k.world.effects, []);
  assert.equal(code(await k.call(pid, "box.write", { at: FILE, content: "x" })), "EIO");
  assert.equal(code(k.answer({}, "q1")), "EIO");
  assert.equal(k.kernel.signal(k.person, pid, "kill", "x")?.code, "EIO");
  assert.equal(k.kernel.message(k.person, pid, "x")?.code, "EIO");
  assert.equal(code(k.kernel.revoke(k.person, "cap1", "x")), "EIO");
  assert.equal(k.records.length, count);
  const next = await k.crash();
  assert.equal(next.process(pid).life.ended, undefined, "the process is not to blame");
});

test("a family that loses its disk in the middle falls silent, and goes on from the record", async () => {
  const script = [
    [
      ["write_box", { at: FILE, content: "x" }],
      ["ask_human", { question: "Well?" }],
    ],
    "done",
  ] as const;
  for (let at = 8; at < 24; at++) {
    const k = await TestKernel.open({ model: turns({ 2: [...script] }) });
    k.kernel.onRecord((record) => {
      if (record.seq === at)
        queueMicrotask(() => {
          breakDisk(k);
        });
    });
    k.launch(["allow:write:fs:/app/**"]);
    await k.settle();
    if (k.kernel.writable) k.answer({ text: "yes" });
    await k.kernel.rest();
    await k.kernel.stop();
    const next = await k.crash();
    await next.kernel.rest();
    if (next.open.length > 0) next.answer({ text: "yes" });
    await next.kernel.rest();
    assert.deepEqual(next.world.effects, [`write ${FILE} x`], `cut at ${at}`);
    assert.equal(next.process(2).life.ended, "finished");
  }
});

test("a viewer shows everything and changes nothing", async () => {
  const k = await TestKernel.open({ model: turns({ 2: [[["ask_human", { question: "Well?" }]]] }) });
  k.launch([]);
  await k.settle();
  const talk = {
    request: () => {
      throw new Error("no");
    },
    reserve: () => ({ tokens: 0 }),
    received: (_: number, answer: ModelAnswer) => answer,
    text: () => undefined,
  };
  const models = {
    complete: () => Promise.reject(new Error("no")),
    window: () => 1,
    answerMax: () => 1,
    cost: () => undefined,
  };
  const viewer = Kernel.open({
    clock: new FakeClock(),
    digests,
    folded: new Folded((text) => digests.sha256(text), kinds, k.records.slice(0, 5)),
    primitives: (ops) =>
      primitives({
        ops,
        images: new Map(),
        imageFiles: NO_IMAGE_FILES,
        files: NO_FILES,
        filesNow: NO_FILES_NOW,
        past: { at: () => Promise.resolve(fault("EIO", "no past", "none")) },
        git: NO_GIT,
        worktrees: NO_WORKTREES,
        diagnostics: NO_EDITOR,
        commands: NO_COMMANDS,
        models,
        talk,
      }),
  });
  viewer.follow(k.records.slice(5));
  assert.equal(viewer.state.seq, k.kernel.state.seq);
  assert.equal(viewer.state.questions.size, 1);
  const person = mint.person("person");
  const codes = [
    code(await viewer.syscall(mint.caller(2), "capability.list", {})),
    code(viewer.answer(person, "q1", { allow: true, scope: "once" })),
    viewer.signal(person, 2, "kill", "x")?.code,
    viewer.message(person, 2, "x")?.code,
    code(viewer.revoke(person, "cap1", "x")),
    code(viewer.launch(person, { image: BOXES } as never)),
  ];
  assert.deepEqual(new Set(codes), new Set(["EUNAVAILABLE"]));
  viewer.retry(person, 2);
  viewer.resumeAll();
  assert.equal(viewer.mayGo(mint.caller(2)), false);
  assert.equal(viewer.state.seq, k.kernel.state.seq);
  await viewer.rest();
  await viewer.stop();
});

test("five megabytes of arguments are refused or kept, with a clear error, and lose nothing", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:write:fs:/app/**"]);
  const much = "x".repeat(5_000_000);
  assert.equal(code(await k.call(pid, "object.put", { name: "n", value: much })), "E2BIG");
  assert.equal(
    code(await k.call(pid, "object.put", { name: "n", value: Array(1_000_000).fill(7) })),
    "E2BIG",
  );
  assert.equal(code(await k.call(pid, "human.ask", { question: much })), "EINVAL");
  assert.equal(code(await k.call(pid, much, {})), "ENOSYS");
  assert.equal(code(await k.call(pid, "box.write", { at: FILE, content: much })), "ok");
  assert.equal(k.process(pid).life.ended, undefined);
});

test("a record that the journal does not take becomes an end without what made it so", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:read,write:fs:/app/**", "allow:spawn:process:/children;uses=3"]);
  k.world.files.set(FILE, "text");
  const append = k.journal.append.bind(k.journal);
  k.journal.append = (kind, data, at) => {
    if (JSON.stringify(data).includes("too much"))
      throw new JournalError(fault("E2BIG", "the record is too large", ""));
    return append(kind, data, at);
  };
  const write = await k.call(pid, "box.write", { at: FILE, content: "too much" });
  assert.ok(!write.ok && write.code === "E2BIG" && write.hint !== "");
  assert.deepEqual([k.lastEnd.outcome, k.lastEnd.args, k.lastEnd.error?.code], ["not-run", null, "E2BIG"]);
  k.world.files.set(FILE, "too much");
  const read = await k.call(pid, "box.read", { at: FILE });
  assert.equal(code(read), "E2BIG");
  assert.deepEqual([k.lastEnd.outcome, k.lastEnd.value], ["error", undefined]);
  assert.equal(code(await k.call(pid, "nothing", { a: "too much" })), "E2BIG");
  assert.equal(k.process(pid).life.ended, undefined, "and its process goes on");
  assert.equal(k.of("call.end").length, 3);
  assert.deepEqual(k.world.effects, []);
});

test("what JSON cannot say is refused on record, and ends nobody", async () => {
  const k = await TestKernel.open();
  const pid = k.launch([]);
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;
  for (const value of [loop, 10n, () => 1, Symbol("x"), new Map([[1, 2]]), new Date(0), NaN]) {
    const result = await k.call(pid, "no.such", { value });
    assert.equal(code(result), "ENOSYS");
  }
  assert.equal(k.of("call.end").length, 7);
  assert.equal(k.process(pid).life.ended, undefined);
});

test("a clock that is set back does not bring back what has expired", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["allow:read:fs:/app/**;until=2026-01-01T01:00:00.000Z"]);
  k.world.files.set(FILE, "x");
  assert.equal(code(await k.call(pid, "box.read", { at: FILE })), "ok");
  k.clock.advance(3_600_001);
  assert.equal(code(await k.call(pid, "box.read", { at: FILE })), "ENOTCAPABLE");
  k.clock.advance(-7_200_000);
  assert.equal(code(await k.call(pid, "box.read", { at: FILE })), "ENOTCAPABLE");
  const again = await k.crash();
  assert.equal(code(await again.call(pid, "box.read", { at: FILE })), "ENOTCAPABLE", "nor after a reload");
});

test("an answer that is none is refused and mints nothing (P28)", async () => {
  const k = await TestKernel.open();
  const pid = k.launch(["ask:write:fs:/app/**"]);
  const call = k.call(pid, "box.write", { at: FILE, content: "x" });
  await k.settle();
  const count = k.records.length;
  const { id } = k.question;
  for (const given of [
    {},
    { allow: "yes", scope: "once" },
    { allow: true, scope: "forever" },
    { allow: true },
    null,
  ])
    assert.equal(code(k.kernel.answer(k.person, id, given as never)), "EINVAL", JSON.stringify(given));
  assert.equal(k.records.length, count);
  k.answer({ allow: false });
  await call;
});

test("a process that was told to terminate ends although it is paused", async () => {
  const slow = Promise.withResolvers<undefined>();
  const k = await TestKernel.open({
    model: turns({
      2: [
        [
          ["write_box", { at: FILE, content: "x" }],
          ["read_box", { at: FILE }],
        ],
      ],
    }),
  });
  k.world.before = (touch) => (touch.startsWith("write") ? slow.promise : undefined);
  k.launch(["allow:read,write:fs:/app/**"]);
  await k.settle();
  k.kernel.signal(k.person, 2, "pause", "wait");
  k.kernel.signal(k.person, 2, "terminate", "no, stop");
  slow.resolve(undefined);
  await k.settle();
  assert.equal(k.process(2).life.ended, "killed");
  assert.deepEqual(k.world.effects, [`write ${FILE} x`]);
});

test("all hear the records in their order, also when one of them answers as it hears", async () => {
  const k = await TestKernel.open();
  const first: number[] = [];
  const last: string[] = [];
  k.kernel.onRecord((record) => {
    first.push(record.seq);
    if (record.kind === "question.open") k.answer({ allow: false }, record.data.id);
  });
  k.kernel.onRecord((record) => last.push(`${record.seq} ${record.kind}`));
  const pid = k.launch(["ask:write:fs:/app/**"]);
  assert.equal(code(await k.call(pid, "box.write", { at: FILE, content: "x" })), "ECANCELED");
  assert.deepEqual(
    last,
    k.records.slice(1).map((r) => `${r.seq} ${r.kind}`),
  );
  assert.deepEqual(
    first,
    [...first].sort((a, b) => a - b),
  );
});

test("a listener that throws breaks nothing: the record is written and the others hear it", async () => {
  const k = await TestKernel.open();
  let heard = 0;
  k.kernel.onRecord(() => {
    throw new Error("a view has a bug");
  });
  k.kernel.onRecord(() => (heard += 1));
  const pid = k.launch(["allow:write:fs:/app/**"]);
  assert.equal(code(await k.call(pid, "box.write", { at: FILE, content: "x" })), "ok");
  assert.equal(heard, k.records.length - 1);
});
