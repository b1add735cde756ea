// Many questions and one person: the same asked by several, the same asked again and again, and what has an end.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Window } from "../../scripts/editor/workbench.ts";
import { bed, STILL } from "./bed.ts";
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
} from "./people.ts";

let window: Window;
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
  await window.page.keyboard.press("Control+Shift+E");
  await g.view(window, "Approvals").waitFor({ state: "hidden" });
  await sleep(500);
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
  await g.row(window, "Approvals", /3 × .*docs/).hover();
  await g.shot(window, "alike");
  await start("Alan");
  await approvalsShow(/Alan/);
  await approvalsShow(/3 × .*docs/);
  await g
    .row(window, "Approvals", /3 × .*docs/)
    .locator(".monaco-tl-twistie")
    .click();
  await g.until(
    () => waiting(window),
    (rows) => rows.filter((row) => /docs.*(?:Ada|Grace|Edsger)/s.test(row)).length === 4,
  );
  await g.shot(window, "alike-expanded");
  await sleep(900);
  await g.rowButton(window, "Approvals", /3 × .*docs/, "Allow Once");
  await agentIs(window, "Ada", /finished/);
  assert.ok(existsSync(file("docs")));
  const closed = (outcome: string) => journal().split(`"outcome":"${outcome}","by":"person"`).length - 1;
  await g.until(
    () => Promise.resolve(closed("allowed")),
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
  await g.shot(window, "rule-offered");
  await press(window, "Allow for…");
  const [first] = await g.choices(window);
  assert.match(first ?? "", /you allowed this 3 times/);
  assert.match(first ?? "", /allow:write:fs:\/app\/src\/\*\*/);
  await sleep(500);
  await g.shot(window, "rule-choices");
  await window.page.keyboard.press("Enter");
  await sleep(500);
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
  await g.shot(window, "deadline");
  const over = (): Promise<void> => agentIs(window, "Ask for a while", /finished/);
  await over().catch(over); // it takes longer than anything else that is waited for
  await nothingWaits(window);
  await g.row(window, "Approvals", /Recently decided/).click();
  await g.until(
    () => g.rows(window, "Approvals"),
    (rows) => rows.some((row) => /Which colour\?.*nobody answered/s.test(row)),
  );
});

test("what was denied becomes a rule, by the keyboard alone", async () => {
  script.write([
    calls("I make it.", ["make_directory", { path: "extra" }]),
    calls("I ask.", ["ask_human", { question: "What now?" }]),
    done,
  ]);
  await start("Stay for a while");
  await approvalsShow(/extra.*answer before \d\d:\d\d/s);
  await g.rowButton(window, "Approvals", /extra/, "Deny");
  await approvalsShow(/What now/);
  await g.command(window, "Agent libOS: Show Approvals");
  const { keyboard, page } = { keyboard: window.page.keyboard, page: window.page };
  const focused = g.view(window, "Approvals").locator(".monaco-list-row.focused");
  await keyboard.press("Home");
  for (let tries = 0; tries < 40; tries++) {
    const on = (await focused.count()) > 0 ? await focused.innerText() : "";
    if (/extra/.test(on)) break;
    // The first time it opens, the second time it leads to the first row inside.
    await keyboard.press(/Recently decided/.test(on) ? "ArrowRight" : "ArrowDown");
    await sleep(150);
  }
  assert.match(await focused.innerText(), /extra/);
  await keyboard.press("Shift+F10");
  const entry = page.locator(".monaco-menu .action-item.focused");
  for (let tries = 0; tries < 6; tries++) {
    await sleep(300);
    if (/Never Allow/.test((await entry.count()) > 0 ? await entry.innerText() : "")) break;
    await keyboard.press("ArrowDown");
  }
  await g.shot(window, "never-by-keyboard");
  await keyboard.press("Enter");
  await g.until(
    () => g.rows(window, "Approvals"),
    (rows) => rows.some((row) => /extra.*denied from then on/s.test(row)),
  );
  assert.match(journal(), /"effect":"deny"/);
  await g.rowButton(window, "Approvals", /What now/, "Deny");
  await agentIs(window, "Stay for a while", /finished/);
});
