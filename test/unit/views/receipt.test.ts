// The receipt of an agent tells how it came out, whether it finished, was stopped, was denied, or cannot go on.
import { doesNotMatch, match } from "node:assert/strict";
import { test } from "node:test";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { english } from "../../../src/views/words/translate.ts";
import { fault } from "../../../src/abi/errors.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const receiptOf = (on: TestKernel, pid = 2): string => {
  const journal = { id: "j", head: { seq: on.records.length, hash: "h" } };
  return receiptText(english, { records: on.records, state: on.kernel.state, journal }, pid, "check it");
};

test("a finished agent: its result in one line, no reason", async () => {
  const on = await TestKernel.open({ model: turns({ 2: ["All\n done `here`."] }) });
  on.launch([]);
  await on.kernel.rest();
  match(receiptOf(on), /^### Agent 2 \(boxes\) finished\n[^]*^Result: ``All done `here`\.``$/mu);
  doesNotMatch(receiptOf(on), /Why:|Failed|Denied/u);
});

test("a stopped agent: why it was stopped", async () => {
  const on = await TestKernel.open({ model: turns({ 2: [[["read_box", { at: "fs:/app/a" }]], "done"] }) });
  on.world.before = () => new Promise(() => undefined);
  on.launch(["allow:read:fs:/app/**"]);
  await on.settle();
  on.kernel.signal(on.person, 2, "kill", "the person had seen enough");
  await on.settle();
  match(receiptOf(on), /^### Agent 2 \(boxes\) stopped\n[^]*^Why: `the person had seen enough`$/mu);
});

test("denials and failures stand side by side, each with its call and its error", async () => {
  const calls = [
    ["read_box", { at: "fs:/app/a" }],
    ["read_box", { at: "fs:/other/b" }],
  ] as const;
  const on = await TestKernel.open({ model: turns({ 2: [calls, "done"] }) });
  on.world.before = () => Promise.resolve(fault("EIO", "the box is stuck"));
  on.launch(["allow:read:fs:/app/**"]);
  await on.kernel.rest();
  const text = receiptOf(on);
  match(text, /\*\*Denied \(1\)\*\*\n\n- read_box `fs:\/other\/b` \(ENOTCAPABLE\)/u);
  match(text, /\*\*Failed \(1\)\*\*\n\n- read_box \(2\.0\.0\): EIO `the box is stuck`/u);
});

test("an agent whose model fails has a receipt, which says so", async () => {
  const on = await TestKernel.open({ model: () => Promise.resolve(fault("EUNAVAILABLE", "no key `here`")) });
  on.launch([]);
  await on.kernel.rest();
  const text = receiptOf(on);
  match(text, /^### Agent 2 \(boxes\) blocked\(model\)$/mu);
  match(text, /\*\*Failed \(1\)\*\*\n\n- model\.call \(2\.0\): EUNAVAILABLE `` no key `here` ``/u);
});
