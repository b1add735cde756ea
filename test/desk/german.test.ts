// The day's first agent in an editor that speaks German: its transcript, its receipt and the record are read in German.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import * as g from "../support/desk/gestures.ts";
import { active, answer, calls, done, step } from "../support/desk/people.ts";

let window: g.Window;
const script = bed(
  (on) => {
    window = on;
    return begin();
  },
  { language: "de" },
);

const GOAL = "Den Korb zählen";

/** The first agent, whose read of the secret file was denied and whose new file waits. */
async function begin(): Promise<void> {
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
  await step(window, "Was darf er?", "Fragen");
  await active(window, /^Mitschrift von Agent 2/u);
  await g.row(window, "Anfragen", /\.env/u).click();
  await active(window, /^Anfrage q/u);
  await answer(window, "Ablehnen");
}

test("the transcript and the receipt are German", async () => {
  await g.row(window, "Anfragen", /zahl\.txt/u).click();
  await active(window, /zahl\.txt/u);
  await answer(window, "Einmal erlauben");
  await g.until(
    () => g.row(window, "Agenten", GOAL).innerText(),
    (row) => row.includes("fertig"),
  );
  await g.command(window, "Agent libOS: Mitschrift öffnen");
  await active(window, /^Mitschrift von Agent 2/u);
  const transcript = await g.until(
    () => g.editorText(window),
    (text) => text.includes("## Runde 1"),
  );
  assert.match(transcript, /^Modell `/mu);
  assert.match(transcript, /## Ziel/u);
  assert.match(transcript, /erlaubt, ausgeführt/u);
  await g.command(window, "Agent libOS: Quittung anzeigen");
  await active(window, /^Quittung von Agent 2/u);
  const receipt = await g.until(
    () => g.editorText(window),
    (text) => text.includes("Nachprüfen:"),
  );
  assert.match(receipt, /### Agent 2 \(coding\) fertig/u);
  assert.match(receipt, /\*\*Geändert \(1\)\*\*/u);
  assert.match(receipt, /Verbraucht: Modellaufrufe: 2/u);
  assert.match(receipt, /abgelehnt von einem Menschen/u);
});

test("an explanation, the audit log and the verdict on the record are German", async () => {
  await g.command(window, "Agent libOS: Entscheidung erklären…");
  await g.pick(window, ".env");
  await active(window, /^Aufruf 2\.0\.1/u);
  const explained = await g.until(
    () => g.editorText(window),
    (text) => text.includes("Befugnis"),
  );
  assert.match(explained, /Ergebnis: verweigert, nicht ausgeführt/u);
  await g.command(window, "Agent libOS: Prüfprotokoll öffnen");
  await active(window, /^Prüfprotokoll/u);
  await g.until(
    () => g.editorText(window),
    (text) => text.includes("verweigert, nicht ausgeführt"),
  );
  await g.command(window, "Agent libOS: Prüfprotokoll prüfen");
  await active(window, /^Geprüftes Protokoll/u);
  await g.until(
    () => g.editorText(window),
    (text) => text.includes("gut: Jedes Byte ist, wie es geschrieben wurde"),
  );
});
