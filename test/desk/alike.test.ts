// Many questions and one person at the desk: the same asked by several or again and again, and what has an end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed, STILL } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import {
  agentIs,
  answer,
  calls,
  done,
  newAgent,
  nothingWaits,
  press,
  review,
  showViews,
  waiting,
} from "../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on), { settings: { ...STILL, "agentlibos.answerWithinMinutes": 45 } });

const file = (name: string): string => join(window.editor.workspace, name);
const journal = (): string => readFileSync(file(".agentlibos/journal/00000001.jsonl"), "utf8");
const start = (goal: string): Promise<void> => newAgent(window, goal, "Ask", false);

async function approvalsShow(what: RegExp): Promise<void> {
  await g.until(
    () => waiting(window),
    (rows) => rows.some((row) => what.test(row)),
  );
}

/** Looks at something else, and then at the approvals again. */
async function lookAway(): Promise<void> {
  await g.key(window, "Control+Shift+E");
  assert.equal(g.view(window, "Approvals").tree.visible, false);
  await g.sleep(500);
  await showViews(window);
}

test("what several ask for alike stands in one row once nobody looked, and what came later is not answered by it", async () => {
  const make = calls("I make it.", ["make_directory", { path: "docs" }]);
  script.write([make, done]);
  for (const goal of ["Ada", "Grace", "Edsger"]) await start(goal);
  await approvalsShow(/Edsger/);
  assert.equal((await waiting(window)).filter((row) => /×/.test(row)).length, 0, "not while somebody looks");
  await lookAway();
  await approvalsShow(/3 × .*docs/);
  await start("Alan");
  await approvalsShow(/Alan/);
  await approvalsShow(/3 × .*docs/);
  await g.row(window, "Approvals", /3 × .*docs/).twist();
  await g.until(
    () => waiting(window),
    (rows) => rows.filter((row) => /docs.*(?:Ada|Grace|Edsger)/s.test(row)).length === 4,
  );
  await g.sleep(900);
  await g.rowButton(window, "Approvals", /3 × .*docs/, "Allow Once");
  await agentIs(window, "Ada", /finished/);
  assert.ok(existsSync(file("docs")));
  const closed = (outcome: string) => journal().split(`"outcome":"${outcome}","by":"person"`).length - 1;
  await g.until(
    () => closed("allowed"),
    (count) => count === 3,
  );
  await approvalsShow(/Alan/);
  await g.rowButton(window, "Approvals", /docs/, "Deny");
  await nothingWaits(window);
  assert.equal(closed("denied"), 1);
});

test("after three approvals in a folder the rule is offered first, and Enter alone does not choose it", async () => {
  const write = (name: string) => calls("I write.", ["write_file", { path: `src/${name}`, content: "x\n" }]);
  script.write([...["one", "two", "three", "four", "five"].map(write), done]);
  await start("Write five");
  for (const name of ["one", "two", "three"]) {
    await review(window, new RegExp(`src/${name}`), new RegExp(name));
    await answer(window, "Allow Once");
  }
  await approvalsShow(/src\/four.*you allowed this 3 times/s);
  await review(window, /src\/four/, /four/);
  await g.until(
    () => g.statusBar(window),
    (bar) => bar.includes("You allowed this 3 times"),
  );
  await press(window, "Allow for…");
  const [first] = await g.choices(window);
  assert.match(first ?? "", /you allowed this 3 times/);
  assert.match(first ?? "", /allow:write:fs:\/app\/src\/\*\*/);
  await g.sleep(500);
  await g.key(window, "Enter");
  await g.sleep(500);
  assert.ok((await g.choices(window)).length > 1, "nothing was chosen");
  assert.equal(existsSync(file("src/four")), false);
  await g.pick(window, "you allowed this 3 times");
  await agentIs(window, "Write five", /finished/);
  assert.ok(existsSync(file("src/five")));
  assert.match(journal(), /"grant":"allow:write:fs:\/app\/src\/\*\*"/);
});

test("a question with an end says until when, and ends as answered by nobody", async () => {
  script.write([calls("I ask.", ["ask_human", { question: "Which colour?", seconds: 20 }]), done]);
  await start("Ask for a while");
  await approvalsShow(/Which colour\?.*answer before \d\d:\d\d:\d\d/s);
  await g.sleep(20_000);
  await agentIs(window, "Ask for a while", /finished/);
  await nothingWaits(window);
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.until(
    () => g.rows(window, "Approvals"),
    (rows) => rows.some((row) => /Which colour\?.*nobody answered/s.test(row)),
  );
});
