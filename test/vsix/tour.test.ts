// The tour, clicked through as a newcomer does: a window of its own, the trust dialog, each beat, the record at the end.
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { openEditor, ready } from "../../scripts/editor/workbench.ts";
import { TOUR_EDIT, TOUR_FILES } from "../../src/agent/tour.ts";
import { active, agentIs, answer, nothingWaits, review } from "./people.ts";

let editor: Editor;
let tour: Window;
let folder = "";
before(async () => {
  editor = await openEditor({
    trust: false,
    settings: { "security.workspace.trust.startupPrompt": "always" },
  });
});
after(async () => {
  await editor?.close();
  if (folder !== "") rmSync(dirname(folder), { recursive: true, force: true });
});

const text = (name: string): string => readFileSync(join(folder, name), "utf8");

test("it opens in a window of its own, even from a folder that is not trusted", async () => {
  await g.dialogButton(editor.window, /^No/);
  await g.openContainer(editor.window);
  const opening = editor.window.page.context().waitForEvent("page");
  await g.command(editor.window, "Agent libOS: Run the Tour");
  const page = await opening;
  await ready(page);
  tour = { page, editor };
  folder = new URL(page.url()).searchParams.get("folder") ?? "";
  assert.notEqual(folder, editor.workspace);
  assert.equal(existsSync(join(editor.workspace, ".agentlibos")), false);
});

test("nothing runs before the folder is trusted, and it goes on by itself after", async () => {
  await g.dialog(tour).waitFor();
  assert.equal(existsSync(join(folder, ".agentlibos")), false);
  await g.dialogButton(tour, /^Yes/);
  await g.row(tour, "Approvals", /basket\.js/).waitFor();
  await active(tour, /^Transcript of agent 2/);
});

test("its edit is written when it was allowed, not before", async () => {
  await review(tour, /basket\.js/, /Edit price-list\/src\/basket\.js/);
  assert.equal(text(TOUR_EDIT.path), TOUR_FILES[TOUR_EDIT.path]);
  await g.shot(tour, "review");
  await answer(tour, "Allow Once");
  await g.row(tour, "Approvals", /Prices below one euro/).waitFor();
  assert.equal(text(TOUR_EDIT.path), TOUR_FILES[TOUR_EDIT.path]?.replace(TOUR_EDIT.before, TOUR_EDIT.after));
});

test("it asks a question, starts a reviewer and finishes", async () => {
  await g.rowButton(tour, "Approvals", /Prices below one euro/, "Answer Question");
  await g.enter(tour, "yes, another day");
  await agentIs(tour, "Make quantities count", /finished/);
  await agentIs(tour, "Review src/basket.js", /finished/);
  await nothingWaits(tour);
});

test("at the end the record verifies, and a flipped byte is found and named", async () => {
  await active(tour, /The end of the tour/);
  await g.shot(tour, "tour-end");
  await tour.page.keyboard.press("Control+End");
  await g.until(
    () => g.editorText(tour),
    (shown) =>
      /good: every byte is what was written/.test(shown) &&
      /damaged: journal\/\d+\.jsonl, line \d+/.test(shown),
  );
});

test("the secret that it was denied is nowhere in the record", () => {
  const files = readdirSync(join(folder, ".agentlibos"), { recursive: true, withFileTypes: true });
  const texts = files.filter((f) => f.isFile()).map((f) => readFileSync(join(f.parentPath, f.name), "utf8"));
  assert.ok(texts.some((t) => t.includes("EACCES")));
  assert.ok(!texts.some((t) => t.includes("demo-secret")));
});
