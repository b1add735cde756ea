// Attacks on what leaves: pictures in texts of agents that a page would fetch, and secrets that were read.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../scripts/editor/workbench.ts";
import { openEditor } from "../../scripts/editor/workbench.ts";
import { active, agentIs, calls, done, newAgent, scriptFile, showViews, waiting } from "./people.ts";

let editor: Editor;
let window: Window;
const script = scriptFile();
/** What a page asked this server for, in order. */
const fetched: string[] = [];
const server = createServer((request, response) => {
  fetched.push(request.url ?? "");
  response.writeHead(200, { "content-type": "image/svg+xml", "access-control-allow-origin": "*" });
  response.end('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
});
let site = "";
before(async () => {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  editor = await openEditor({ script: script.path });
  window = editor.window;
});
after(async () => {
  await editor?.close();
  server.close();
  script.remove();
});

const record = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");

test("L1: a picture in an agent's text is fetched by no transcript, no preview and no receipt", async () => {
  const at = (name: string): string => `${site}/${name}`;
  const texts = [
    `![a](${at("inline")}) ![b][r] ![r]\n\n[r]: ${at("reference")}`,
    `[![c](${at("linked")})](${at("link")}) ![d](<${at("angled")}>)`,
    `<img src="${at("img")}"><picture><source srcset="${at("srcset")}"><img></picture>`,
    `<video poster="${at("poster")}" src="${at("video")}"></video><svg><image href="${at("svg")}"/></svg>`,
    `<p style="background:url(${at("css")})">x</p><style>@import "${at("import")}";</style>`,
    `<link rel="stylesheet" href="${at("sheet")}"><script src="${at("script")}"></script><iframe src="${at("frame")}"></iframe>`,
  ];
  const text = texts.join("\n\n");
  // The same preview does fetch it from a page that is a person's own: so it would be seen here.
  writeFileSync(join(editor.workspace, "own.md"), `![own](${at("own")})\n`);
  await g.command(window, "Go to File...");
  await window.page.keyboard.type("own.md");
  await g.pick(window, "own.md");
  await active(window, /own\.md/);
  await g.command(window, "Markdown: Change Preview Security Settings");
  await g.pick(window, "Allow insecure local content");
  await g.command(window, "Markdown: Open Preview to the Side");
  await g.until(
    () => fetched.includes("/own"),
    (is) => is,
  );
  await g.command(window, "View: Close All Editors");
  fetched.length = 0;

  const finish = calls(text, ["finish", { result: text }]);
  script.write([
    calls(text, [text.slice(0, 60), { [text]: text }], ["read_file", { path: "README.md" }]),
    finish,
  ]);
  await newAgent(window, "Show pictures");
  await agentIs(window, "Show pictures", /finished/);
  await active(window, /^Transcript of agent/);
  await g.until(
    () => g.editorText(window),
    (shown) => shown.includes("Agent"),
  );
  await g.command(window, "Markdown: Open Preview");
  await active(window, /^Preview/);
  const frame = window.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  await frame.locator("h2", { hasText: "Turn 1" }).first().waitFor();
  await g.row(window, "Agents", "Show pictures").hover();
  await sleep(1500);
  await g.shot(window, "attack-preview");
  assert.deepEqual(fetched, []);
  await g.command(window, "View: Close All Editors");
});

test("L6: a secret file is asked for by name each time, once only, with no lasting way to allow it", async () => {
  const SECRET = "zwiebel-4711-secret-value";
  const names = [".env", ".env.local", "deploy.pem"];
  for (const name of names) writeFileSync(join(editor.workspace, name), `TOKEN=${SECRET}\n`);
  script.write([calls("I read.", ...names.map((path): [string, unknown] => ["read_file", { path }])), done]);
  await newAgent(window, "Read secrets");
  for (const name of names) {
    const row = g.row(window, "Approvals", `app/${name}`);
    await row.click({ button: "right" });
    const menu = window.page.locator(".monaco-menu .action-item");
    await menu.filter({ hasText: "Deny" }).first().waitFor();
    assert.equal(await menu.filter({ hasText: "Allow for" }).count(), 0, name);
    await window.page.keyboard.press("Escape");
  }
  const [first, ...rest] = names;
  assert.ok(first);
  await g.row(window, "Approvals", `Read app/${first}`).first().click();
  await active(window, /^Request /);
  await sleep(900);
  await window.page.keyboard.press("Control+Enter");
  // A row that is answered leaves, and the next ones move into its place: only then is one of them meant.
  const gone = (name: string): Promise<unknown> =>
    g.until(
      () => waiting(window),
      (rows) => rows.every((r) => !new RegExp(`app/${name.replaceAll(".", "\\.")}(?!\\.)`).test(r)),
    );
  await gone(first);
  for (const name of rest) {
    await showViews(window);
    await sleep(800);
    await g.rowButton(window, "Approvals", `app/${name}`, "Deny");
    await gone(name);
  }
  await agentIs(window, "Read secrets", /finished/);
  // L5: what it read is in no file of the record and in no log of the editor.
  const leaks = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => join(e.parentPath, e.name))
      .filter((path) => readFileSync(path).includes(SECRET));
  assert.ok(record().includes('"op":"fs.read"'));
  assert.deepEqual(leaks(join(editor.workspace, ".agentlibos")), []);
  assert.deepEqual(leaks(editor.data), []);
});
