// What a coding agent may start under the profile Ask: a reviewer, twice, unasked; any other image is asked for, grants shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { USUAL_BUDGET, type Image } from "../../../src/abi/image.ts";
import { suggestedGrants } from "../../../src/agent/images.ts";
import { IMAGES } from "../../harness/images.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { english } from "../../../src/views/words/translate.ts";
import { code, ROOTS, TestKernel } from "../../support/kernel.ts";
import { kinds } from "../../harness/kinds.ts";

const coding = IMAGES.get("coding");
assert.ok(coding);
const FILED: Image = {
  ...{ name: "finder", version: "1", summary: "", prompt: "Find.", tools: ["read_file"] },
  ...{ budget: USUAL_BUDGET, from: "fs:/app/.agents/images/finder.agent.md" },
};

async function start() {
  const imageFiles = { read: () => Promise.resolve({ images: [FILED], problems: [] }) };
  const k = await TestKernel.open({ imageFiles });
  const grants = suggestedGrants(kinds, coding as Image, "ask", ROOTS, [...IMAGES.keys(), "finder"]);
  const pid = k.launch(grants, { image: coding as Image });
  const spawn = (image: string, ...passed: string[]) =>
    k.call(pid, "process.spawn", { goal: `as ${image}`, image, grants: passed });
  return { k, pid, spawn };
}

test("coding starts two reviewers without a question, no third, and they start nobody", async () => {
  const { k, spawn } = await start();
  for (const pid of [3, 4]) {
    assert.equal(code(await spawn("reviewer", "allow:read,list:fs:/app/**")), "ok");
    assert.equal(k.process(pid).image, "reviewer");
  }
  assert.equal(code(await spawn("reviewer", "allow:read:fs:/app/a")), "ENOTCAPABLE");
  assert.equal(code(await k.call(3, "process.spawn", { goal: "deeper" })), "ENOTCAPABLE");
  assert.equal(k.of("question.open").length, 0);
});

for (const image of ["tour", "coding", "finder"])
  test(`coding asks before it starts ${image}, and every grant is shown in words and to the letter`, async () => {
    const { k, spawn } = await start();
    const passed = ["allow:read,list:fs:/app/src/**", "ask:write:fs:/app/src/**;until=2027-01-01T00:00:00Z"];
    const spawned = spawn(image, ...passed);
    await k.settle();
    const view = questionView(english, k.kernel, k.question, k.kernel.previewOf(k.question), k.person);
    const text = questionText(english, view);
    for (const shown of [
      "may read and list everything in app/src (allow:read,list:fs:/app/src/**)",
      "asks each time before it may change everything in app/src, until 2027-01-01T00:00:00Z (ask:write:fs:/app/src/**;until=2027-01-01T00:00:00Z)",
      "may call the model test/one (allow:call:model:/test/one)",
    ])
      assert.ok(view.notes.includes(`It passes on: ${shown}`) && text.includes(shown), text);
    assert.equal(/untrusted text/u.test(text), image === "finder");
    k.answer({ allow: false });
    assert.equal(code(await spawned), "ECANCELED");
    assert.equal(k.of("process.spawn").length, 1);
  });
