// Rows of the Agents view stay as they are while others change, so that a click on one of them is not lost.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { agentIs, calls, done, newAgent } from "../support/desk/people.ts";
import { labelOf } from "../support/vscode/trees.ts";

let window: g.Window;
const script = bed((on) => (window = on));

const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const help = (goal: string): [string, unknown] => ["spawn_agent", { goal, image: "reviewer", grants: [] }];
const item = (goal: string) =>
  g.view(window, "Agents").tree.rows.find((node) => labelOf(node.item).includes(goal))?.item;

/** Answers the question that waits, and waits until nothing more comes of it. */
async function say(question: RegExp): Promise<void> {
  await g.rowButton(window, "Approvals", question, "Answer Question");
  await g.enter(window, "yes");
  await g.sleep(3000);
}

test("a child's birth and end, an object and the end of an agent change rows of their family and no other", async () => {
  script.write([ask("Shall I stay?"), done]);
  await newAgent(window, "Stay as it is");
  await agentIs(window, "Stay as it is", /needs you/);
  script.write(
    [
      ask("Shall I begin?"),
      calls("I start one.", help("Help out")),
      calls("I start another.", help("Help more")),
      calls("I wait.", ["wait_agent", { pid: "${2.0.pid}" }]),
      calls("I keep it.", ["put_object", { name: "kept", value: "x" }]),
      ask("Shall I end?"),
      done,
    ],
    [{ turns: [ask("Shall I wait?"), done] }, { turns: [ask("Shall I help?"), done] }],
  );
  await newAgent(window, "Have a child");
  await say(/Shall I begin/);
  await agentIs(window, "Help more", /needs you/);
  // The first child gave its parent another id, by which it opens: that makes all rows anew. Nothing later does.
  const [stays, parent, child] = [item("Stay as it is"), item("Have a child"), item("Help more")];
  assert.ok(stays);
  await say(/Shall I help/);
  await agentIs(window, "Help more", /finished/);
  await g.row(window, "Agents", /Objects.*1 object/s).waitFor();
  await say(/Shall I end/);
  await agentIs(window, "Have a child", /finished/);

  assert.notEqual(item("Have a child"), parent);
  assert.notEqual(item("Help more"), child);
  assert.equal(item("Stay as it is"), stays);
});

/** A text that a list would show as a picture. */
const PICTURE = "$(trash)";

test("lists show the letters of an agent's text, and no picture", async () => {
  const name = `x${PICTURE}`;
  const calling = calls("Look.", ["read_file", { path: name }], [name, { [name]: name }]);
  script.write([calling, ask(`Which ${PICTURE}?`)]);
  await newAgent(window, `Look for ${name}`);
  await agentIs(window, "Look for", /needs you/);
  for (const command of ["Explain Decision…", "Find Agent…", "Revoke Capability…", "Kill"]) {
    await g.command(window, `Agent libOS: ${command}`);
    let rows = await g.choices(window);
    if (command === "Explain Decision…" && !rows.some((row) => row.includes("read_file"))) {
      await g.pick(window, "Look for");
      rows = await g.choices(window);
    }
    const raw = g
      .asked(window)
      .items.flatMap((each) => [each.label, each.description ?? "", each.detail ?? ""]);
    assert.deepEqual(
      raw.filter((text) => /(?<!\\)\$\(trash\)/u.test(text)),
      [],
      command,
    );
    assert.ok(command === "Revoke Capability…" || rows.some((row) => row.includes(PICTURE)), rows.join("\n"));
    await g.key(window, "Escape");
  }
});
