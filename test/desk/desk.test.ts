// The desk itself: conditions of the manifest, time that stands still, and an error for what the desk has not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import { openEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import { agentIs, answer, calls, done, newAgent, review } from "../support/desk/people.ts";
import { Manifest } from "../support/vscode/manifest.ts";
import { missing, strict } from "../support/vscode/modules.ts";
import { holds } from "../support/vscode/when.ts";

let window: g.Window;
const script = bed((on) => (window = on));

test("conditions are judged as the editor judges them", () => {
  const keys: Readonly<Record<string, unknown>> = {
    view: "a.b",
    viewItem: "ask.whole.x",
    count: 0,
    on: true,
  };
  const good = (when: string): boolean => holds(when, (key) => keys[key]);
  for (const when of [
    ...["", "true", "on", "!count", "!off", "count == 0", "view == a.b", "view == 'a.b' && on"],
    ...[
      "off || on",
      "off && on || on",
      "(off || on) && !off",
      "viewItem =~ /^ask\\.((whole|seen))/",
      "count != 1",
    ],
    ...["viewItem =~ /^ask\\.((?!budget))/ && !off", "view != c", "count < 1", "off != x"],
  ])
    assert.ok(good(when), when);
  for (const when of ["false", "off", "count", "on && off", "on && !on || off", "view =~ /^b/", "off == x"])
    assert.ok(!good(when), when);
  for (const when of ["on &&", "(on", "on on", "view == ", "on ? off"]) assert.throws(() => good(when), when);
});

test("every condition of the manifest is understood, and every command in it has a title in both languages", () => {
  for (const language of ["en", "de"]) {
    const manifest = new Manifest(language);
    const { menus, keybindings, viewsWelcome } = manifest.json.contributes;
    const places = [...Object.values(menus).flat(), ...keybindings];
    for (const { when } of [...places, ...viewsWelcome]) holds(when, () => undefined);
    for (const { command } of places) assert.notEqual(manifest.title(command), "");
  }
});

test("what the desk has not tells its name when it is used", async () => {
  const notebooks = missing("vscode.notebooks") as { createRendererMessaging: unknown };
  assert.throws(() => notebooks.createRendererMessaging, /vscode\.notebooks/);
  assert.throws(() => (strict("vscode.env", {}) as { shell: string }).shell, /vscode\.env\.shell/);
  await assert.rejects(window.execute("workbench.action.unknown"), /workbench\.action\.unknown/);
});

test("time passes only where a person waits, and what nothing can bring about fails at once", async () => {
  const [began, fired] = [Date.now(), [] as number[]];
  setTimeout(() => fired.push(Date.now() - began), 60_000);
  await g.sleep(59_999);
  assert.deepEqual(fired, []);
  await g.sleep(1);
  assert.deepEqual([fired, Date.now() - began], [[60_000], 60_000]);
  const late = g.until(
    () => fired.length,
    (count) => count > 1,
  );
  await assert.rejects(late, /still not after 15 s, and nothing more happens: 1/);
});

test("a button whose condition does not hold is not there, and cannot be pressed", async () => {
  assert.deepEqual(g.view(window, "Agents").buttons(), ["New Agent…"]);
  assert.deepEqual(g.view(window, "Approvals").buttons(), []);
  await assert.rejects(g.viewButton(window, "Approvals", "Review"), /has no button Review/);
  assert.equal(await g.offers(window, "Agent libOS: Allow Once"), false);
  assert.equal(await g.offers(window, "Agent libOS: New Agent…"), true);
});

test("a window that loses its extension host gets another one, and the record is free for it", async () => {
  script.write([calls("I write.", ["write_file", { path: "lost.txt", content: "x\n" }]), done]);
  await newAgent(window, "Lose it");
  await review(window, /lost\.txt/, /lost\.txt/);
  const { host } = window;
  await g.lose(window);
  assert.notEqual(window.host, host);
  await agentIs(window, "Lose it", /paused/);
  await answer(window, "Allow Once");
  await g.command(window, "Agent libOS: Resume All");
  await agentIs(window, "Lose it", /finished/);
});

test("another window watches, is told what the first one does, and takes over once that is closed", async () => {
  script.write([calls("I make one.", ["make_directory", { path: "one" }]), done]);
  await newAgent(window, "Be watched");
  const second = await window.editor.another();
  await g.row(second, "Approvals", /app\/one/).waitFor();
  await g.until(
    () => g.view(second, "Agents").text,
    (text) => text.includes("you are watching"),
  );
  await g.rowButton(second, "Approvals", /app\/one/, "Deny");
  await g.toast(second, /you are watching/).waitFor();
  await window.close();
  window = second;
  await g.rowButton(second, "Approvals", /app\/one/, "Deny");
  await agentIs(second, "Be watched", /paused/);
  await g.rowButton(second, "Agents", /Be watched/, "Resume");
  await agentIs(second, "Be watched", /finished/);
});

test("a request nobody looks at is told after five seconds, not before", async () => {
  script.write([calls("I make two.", ["make_directory", { path: "two" }]), done]);
  await newAgent(window, "Tell me");
  await g.row(window, "Approvals", /app\/two/).waitFor();
  await g.command(window, "View: Show Explorer");
  const told = async (): Promise<boolean> =>
    (await g.toasts(window)).some((text) => text.includes("app/two"));
  await g.sleep(4000);
  assert.equal(await told(), false);
  await g.sleep(1000);
  assert.equal(await told(), true);
  await g.toastButton(window, /app\/two/, "Allow Once");
  await g.openContainer(window);
  await agentIs(window, "Tell me", /finished/);
});

test("an editor in German asks and answers in German, and an untrusted folder runs nothing", async () => {
  const editor = await openEditor({ language: "de", trust: false });
  const german = editor.window;
  assert.match(g.view(german, "Anfragen").text, /Nichts wartet auf Sie\./);
  await g.command(german, "Agent libOS: Neuer Agent…");
  await g.toast(german, /eingeschränkt/iu).waitFor();
  assert.equal(german.asks.open, undefined);
  german.trust();
  await g.command(german, "Agent libOS: Neuer Agent…");
  await g.titled(german, "Neuer Agent");
  await editor.close();
});
