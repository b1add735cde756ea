// Looking back at the desk: the History view, its filters, its documents, and the timeline of a file.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Uri } from "../../support/vscode/uri.ts";
import { TabInputTextDiff } from "../../support/vscode/values.ts";
import { bed, STILL } from "../../support/desk/bed.ts";
import * as g from "../../support/desk/gestures.ts";
import { active, agentIs, calls, done, newAgent, showViews } from "../../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on), { settings: STILL });
const file = (name: string): string => join(window.editor.workspace, name);
const write = (path: string, content: string): [string, unknown] => ["write_file", { path, content }];
const rows = (): Promise<string[]> => g.rows(window, "History");
const shows = (said: RegExp): Promise<string[]> => g.until(rows, (all) => all.some((row) => said.test(row)));
const open = async (row: RegExp): Promise<void> => {
  await shows(row);
  const { tree } = g.view(window, "History");
  const node = tree.find(({ item }) => row.test(typeof item.label === "string" ? item.label : ""));
  assert.ok(node, String(row));
  if (!tree.isOpen(node)) await tree.toggle(node, true);
};
/** A row without its time of day. */
const timeless = (row: string): string => row.replace(/(?: ·)? \d{1,2}:\d{2}\s[AP]M$/u, "");

/** The two sides of the diff in front. */
function compared(): Uri[] {
  const input = window.tabs.activeTab?.input;
  return input instanceof TabInputTextDiff
    ? [input.original, input.modified]
    : assert.fail("no diff is in front");
}

/** Hostile names and texts: links, commands, icons, and a character that turns the line around. */
const HOSTILE = "[x](command:workbench.action.quit) $(trash) \u202e https://example.com";

test("the view reads nothing before it is opened, and then shows day, agent, turn and call", async () => {
  await showViews(window);
  for (const name of ["a.txt", ".env"]) writeFileSync(file(name), `${name} one\n`);
  script.write([
    calls(
      "I look and tidy up.",
      ["read_file", { path: "a.txt" }],
      write("a.txt", "two\n"),
      write("b.txt", "b\n"),
    ),
    calls(HOSTILE, ["read_file", { path: "../outside.txt" }]),
    done,
  ]);
  await newAgent(window, "Tidy up", "Edit Freely", false);
  await agentIs(window, "Tidy up", /finished/);
  const { tree } = g.view(window, "History");
  assert.equal(tree.visible, false);
  assert.deepEqual(tree.roots, []);
  await window.execute("agentlibos.history.focus");
  const [day = ""] = await shows(/^Today /u);
  assert.match(day, /^Today \w+ \d+, \d{4}$/u);
  await open(/^Today/u);
  await open(/^Tidy up/u);
  await open(/^Turn 2/u);
  await open(/^Turn 1/u);
  await shows(/I look and tidy up/u);
  const seen = (await rows()).map(timeless);
  assert.deepEqual(seen.slice(1), [
    "Tidy up finished",
    "Turn 3 2 calls · 3,079 tokens",
    "Turn 2 2 calls · 1 denied · 3,030 tokens",
    "“[x](command:workbench.action.quit) $(trash) ‹U+202E› https://example.com”",
    "read places outside every workspace folder denied",
    "Turn 1 4 calls · 2,935 tokens",
    "“I look and tidy up.”",
    "read app/a.txt",
    "change app/a.txt",
    "change app/b.txt",
  ]);
});

test("a call opens as people read it, with the lines of its records below, and nothing in it is a link", async () => {
  await g.row(window, "History", "change app/a.txt").click();
  await active(window, /^Call 2\.0\.1\.txt$/u);
  const text = await g.editorText(window);
  assert.match(text, /^Call 2\.0\.1: fs\.write \(write_file\)\n/u);
  assert.match(
    text,
    /by +Tidy up, turn 1\n[^]*decision +allowed\n[^]*needed +change app\/a\.txt\n +changed +app\/a\.txt\n/u,
  );
  assert.match(text, /Arguments\n {2}\| \{\n {2}\| {3}"path": "a\.txt",/u);
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { kind: string }).kind),
    ["call.begin", "call.end"],
  );
  await g.row(window, "History", "workbench.action.quit").click();
  await active(window, /^Call 2\.1\.txt$/u);
  const hostile = await g.editorText(window);
  assert.ok(!hostile.includes("\u202e"));
  assert.match(hostile, /\| .*\[x\]\(command:workbench\.action\.quit\) \$\(trash\) ‹U\+202E›/u);
  assert.deepEqual(await g.textLinks(window), []);
});

test("a record opens by its number, and a call from its transcript", async () => {
  await g.command(window, "Agent libOS: Open Record…");
  await g.enter(window, "1");
  await active(window, /^Record 1\.txt$/u);
  assert.match(
    await g.editorText(window),
    /^Record 1: journal\.open\n[^]*Record 1, as it is stored\n\{"v":1,"seq":1,/u,
  );
  await g.rowButton(window, "Agents", "Tidy up", "Open Transcript");
  await active(window, /^Transcript/u);
  const links = await g.textLinks(window);
  assert.deepEqual(
    links.map(({ text }) => text),
    ["2.0.0", "2.0.1", "2.0.2", "2.1.0", "2.2.0"],
  );
  assert.ok(links.every(({ target }) => target.startsWith("agentlibos:/call/2.")));
});

test("the history is filtered by decision, file, kind, cost and text, tells so beside its title, and is cleared", async () => {
  const { tree } = g.view(window, "History");
  const by = async (way: string, ...then: string[]): Promise<void> => {
    await g.viewButton(window, "History", "Filter History");
    await g.titled(window, "Filter the history by what?");
    await g.pick(window, way);
    for (const each of then)
      if (g.asked(window).kind === "line") await g.enter(window, each);
      else await g.pick(window, each);
  };
  const beside = (words: string): Promise<string> =>
    g.until(
      () => tree.description ?? "",
      (said) => said === words,
    );
  const clear = () => g.viewButton(window, "History", "Clear the Filter");
  await by("Decision…", "denied");
  await beside("denied");
  await g.until(
    rows,
    (all) =>
      all.some((row) => row.startsWith("Turn 2 1 call")) && all.every((row) => !row.startsWith("Turn 1")),
  );
  await clear();
  await beside("");
  await by("File or Folder…", "app/b.txt");
  await beside("app/b.txt");
  await g.until(rows, (all) => all.some((row) => row.startsWith("Turn 1 1 call")));
  await clear();
  await by("Kind…", "model");
  await beside("model");
  await g.until(rows, (all) => all.some((row) => row.startsWith("Turn 1 1 call")));
  await by("Cost…", "100000");
  await beside("model · 100000 tokens or more");
  await g.until(rows, (all) => all.length === 0);
  assert.match(g.view(window, "History").text, /No call matches the filter/u);
  await clear();
  await by("Text…", "TIDY");
  await beside("“TIDY”");
  await g.until(rows, (all) => all.length === 1 && /^“I look and tidy up\.” Tidy up · /u.test(all[0] ?? ""));
  await clear();
  await shows(/^Today/u);
});

test("new calls come into the open view by themselves", async () => {
  script.write([calls("I write again.", write("a.txt", "three\n")), done]);
  await newAgent(window, "Once more", "Edit Freely", false);
  await agentIs(window, "Once more", /finished/);
  await shows(/^Once more finished/u);
});

test("the timeline of a file tells who read or changed it, and compares each change", async () => {
  writeFileSync(file("a.txt"), "a person\n");
  window.start("agentlibos.fileTimeline", Uri.file(file("a.txt")));
  await g.titled(window, "Who read or changed app/a.txt?");
  const told = (await g.choices(window)).map((row) => row.split("\n").slice(0, 2).join(" | "));
  assert.deepEqual(told, [
    "Once more: changed | write_file",
    "Tidy up: changed | write_file",
    "Tidy up read it | read_file",
    told[3],
  ]);
  await g.pick(window, "Tidy up: changed");
  await active(window, /^a\.txt: call 2\.0\.1 by Tidy up$/u);
  const sides = compared();
  const texts = await Promise.all(
    sides.map(async (side) => (await window.texts.openDocument(side)).getText()),
  );
  assert.deepEqual(texts, ["a.txt one\n", "two\n"]);
  window.start("agentlibos.fileTimeline", Uri.file(file("a.txt")));
  await g.pick(window, "Once more: changed");
  await active(window, /^a\.txt: call 3\.0\.0 by Once more$/u);
  const [, right = assert.fail()] = compared();
  // The file is no longer as this change left it, and nobody changed it through us since: the arguments tell the text.
  assert.equal((await window.texts.openDocument(right)).getText(), "three\n");
  window.start("agentlibos.fileTimeline", Uri.file(file("never.txt")));
  await g.toast(window, /No agent read or changed app\/never\.txt/).waitFor();
});
