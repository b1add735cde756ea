// Attacks on what leaves, at the desk: secrets that an agent wants to read, and where they must not be found afterwards.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../support/desk/bed.ts";
import type { DeskEditor } from "../support/desk/editor.ts";
import * as g from "../support/desk/gestures.ts";
import { active, agentIs, calls, done, newAgent, showViews, waiting } from "../support/desk/people.ts";

let editor: DeskEditor;
let window: g.Window;
const script = bed((on) => {
  window = on;
  editor = on.editor;
});

const record = (): string =>
  readFileSync(join(editor.workspace, ".agentlibos/journal/00000001.jsonl"), "utf8");

test("L6: a secret file is asked for by name each time, once only, with no lasting way to allow it", async () => {
  const SECRET = "zwiebel-4711-secret-value";
  const names = [".env", ".env.local", "deploy.pem"];
  for (const name of names) writeFileSync(join(editor.workspace, name), `TOKEN=${SECRET}\n`);
  script.write([calls("I read.", ...names.map((path): [string, unknown] => ["read_file", { path }])), done]);
  await newAgent(window, "Read secrets");
  for (const name of names) {
    const menu = await g.row(window, "Approvals", `app/${name}`).menu();
    assert.ok(menu.includes("Deny"), menu.join(", "));
    assert.deepEqual(
      menu.filter((entry) => entry.includes("Allow for")),
      [],
      name,
    );
  }
  const [first, ...rest] = names;
  assert.ok(first);
  await g.row(window, "Approvals", `Read app/${first}`).click();
  await active(window, /^Request /);
  await g.sleep(900);
  await g.key(window, "Control+Enter");
  // A row that is answered leaves, and the next ones move into its place: only then is one of them meant.
  const gone = (name: string): Promise<unknown> =>
    g.until(
      () => waiting(window),
      (rows) => rows.every((r) => !new RegExp(`app/${name.replaceAll(".", "\\.")}(?!\\.)`).test(r)),
    );
  await gone(first);
  for (const name of rest) {
    await showViews(window);
    await g.sleep(800);
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
  assert.ok(!window.logged.some((line) => line.includes(SECRET)), "nor in what the extension logs");
});
