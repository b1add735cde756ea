// The day's first agent in an editor that speaks German: each view, step, review and document is read in German.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../../scripts/editor/gestures.ts";
import { speak } from "../../../scripts/editor/language.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import { opensWindow } from "../support/opening.ts";
import { active, answer, answerable, calls, done, step } from "../support/people.ts";

let window: Window;
const script = opensWindow(
  (on) => {
    window = on;
  },
  { alone: true, prepare: (place) => speak(place, "de") },
);

const GOAL = "Den Korb zählen";

test("the views and the first words in them are German", async () => {
  await g.openContainer(window);
  await g.view(window, "Anfragen").getByText("Nichts wartet auf Sie.").waitFor();
  await g.view(window, "Agenten").getByText("Ein Agent kann nur, was Sie erlauben").waitFor();
});

test("New Agent's steps and what it may do are German", async () => {
  script.write([
    calls(
      "Ich sehe nach.",
      ["read_file", { path: "README.md" }],
      ["read_file", { path: ".env" }],
      ["write_file", { path: "zahl.txt", content: "drei\n" }],
    ),
    done,
  ]);
  await g.command(window, "Agent libOS: Neuer Agent…");
  await step(window, "Neuer Agent", GOAL);
  await step(window, "Welches Modell?", "Skript aus AGENTLIBOS_SCRIPT");
  await window.page.locator(".quick-input-title", { hasText: "Was darf er?" }).waitFor();
  const offered = (await g.choices(window)).join("\n");
  assert.match(offered, /darf alles in app lesen und auflisten/u);
  assert.match(offered, /fragt jedes Mal, bevor er alles in app .*ändern/u);
  await step(window, "Was darf er?", "Fragen");
  await active(window, /^Mitschrift von Agent 2/u);
});

test("the requests and the review are German, and what would be stored is not", async () => {
  await g.row(window, "Anfragen", /zahl\.txt/u).waitFor();
  await g.row(window, "Agenten", GOAL).getByText("braucht Sie").waitFor();
  await g.row(window, "Anfragen", /\.env/u).click();
  await active(window, /^Anfrage q/u);
  const shown = await g.until(
    () => g.editorText(window),
    (text) => text.includes("Ein Ja würde speichern"),
  );
  assert.match(shown, /möchte etwas tun, wonach gefragt werden muss/u);
  assert.match(shown, /Risiko {2}/u);
  assert.match(shown, /für diesen einen Aufruf, sonst nichts: er darf app\/\.env lesen/u);
  assert.match(shown, /allow:read:fs:\/app\/\.env/u);
  await g.shot(window, "german");
  await answerable(window, /\.env/u);
  await answer(window, "Ablehnen", /zahl\.txt/u);
});

test("what a command would change is one set, and its words are German", async () => {
  const command = "sed -i 's/Price list/Preise/' README.md && echo neu > neu.txt && rm package.json";
  script.write([calls("Ich räume auf.", ["run_command", { command }]), done]);
  await g.command(window, "Agent libOS: Neuer Agent…");
  await step(window, "Neuer Agent", "Aufräumen");
  await step(window, "Welches Modell?", "Skript aus AGENTLIBOS_SCRIPT");
  await step(window, "Was darf er?", "Fragen");
  await g
    .row(window, "Anfragen", /Dateien/u)
    .last()
    .click();
  await active(window, /^Änderungen von Agent \d+/u);
  await window.page.locator(".multiDiffEntry .view-line").first().waitFor();
  await sleep(1000); // each file is compared and coloured by itself
  await g.shot(window, "german-set");
});
