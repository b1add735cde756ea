// A kind of question that a primitive brings, at the desk: its row, its answers, and what is left of it without the primitive.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { replaceRegistry } from "../harness/registering.ts";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { agentIs, calls, cli, done, newAgent, nothingWaits } from "../support/desk/people.ts";

/** The registry of primitives as the program gets it: with a vote in the place of `ask_human`, while it is switched on. */
const hooks = replaceRegistry("test/support/voting.ts");
const switched = { on: true };
Object.assign(globalThis, { voting: switched });

let window: g.Window;
const script = bed((on) => (window = on));
after(() => hooks.deregister());

const ask = calls("I ask.", ["ask_human", { question: "Where to?" }]);

test("it has a row with its words and icon, and is answered from its own list", async () => {
  script.write([ask, calls("So ${0.0.answer}."), done]);
  await newAgent(window, "Ask for a vote");
  const row = g.row(window, "Approvals", /Vote: Where to\?/u);
  await row.waitFor();
  assert.ok(!(await row.buttons()).includes("Allow Once"));
  await row.click();
  const shown = await g.until(
    () => g.editorText(window),
    (text) => text.includes("asks for a vote"),
  );
  assert.match(shown, /Voters {2}one/u);
  await g.rowButton(window, "Approvals", /Vote: Where to\?/u, "Answer Question");
  assert.deepEqual((await g.choices(window)).slice(0, 3), ["Go left", "Go right", "Go home"]);
  await g.pick(window, "Go right");
  await agentIs(window, "Ask for a vote", /your turn/u);
  assert.match(cli(window.editor, "history").out + cli(window.editor, "audit").out, /human\.ask/u);
  await nothingWaits(window);
});

test("without the primitive its row is plain, and the only answer is no", async () => {
  script.write([ask, done]);
  await newAgent(window, "Ask once more");
  await g.row(window, "Approvals", /Vote: Where to\?/u).waitFor();
  switched.on = false;
  await window.reload();
  const row = g.row(window, "Approvals", /"Where to\?"/u);
  await row.waitFor();
  assert.ok(!(await row.buttons()).includes("Allow Once"));
  await g.rowButton(window, "Approvals", /"Where to\?"/u, "Answer Question");
  assert.deepEqual(await g.choices(window), ["Deny"]);
  await g.pick(window, "Deny");
  await nothingWaits(window);
});
