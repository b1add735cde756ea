// `npm start -- --browser` as a newcomer runs it: what it prints, who is let in, and that Ctrl+C ends all of it.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import type { Child } from "../../scripts/editor/children.mjs";
import { start } from "../../scripts/editor/children.mjs";
import { until } from "../../scripts/editor/gestures.ts";
import { QUIET, browser, root } from "../../scripts/editor/install.mjs";
import { ready } from "../../scripts/editor/workbench.ts";

let started: Child;
let address: URL | undefined;

before(async () => {
  started = start(process.execPath, [join(root, "scripts/start.mjs"), "--browser"], { cwd: root });
  let over = false;
  void started.ended.then(() => (over = true));
  const said = await until(
    () => started.output(),
    (text) => over || text.includes("Ctrl+C"),
    240,
  );
  if (over) throw new Error(`npm start ended:\n${said}`);
  address = new URL(/http:\S+/.exec(said)?.[0] ?? "");
});
after(async () => {
  await started.stop();
  const folder = address?.searchParams.get("folder");
  if (folder) rmSync(dirname(folder), { recursive: true, force: true });
});

test("it prints the steps, the address, what to do and how to check the record", () => {
  const lines = started.output().trim().split("\n");
  // A step that takes long says now and then how far it is.
  const steps = lines.filter((line) => /^\[\d\/\d\] [^:]+$/u.test(line));
  assert.deepEqual(steps, ["[1/4] packages", "[2/4] build", "[3/4] editor", "[4/4] workspace"]);
  assert.match(started.output(), /Agent libOS icon → Run the Tour/);
  assert.match(started.output(), /AGENTLIBOS_HOME=\S+ \S+ \S*dist\/cli\.js verify --workspace \S+/);
  assert.equal(lines.at(-1), "Ctrl+C stops everything it started");
});

test("it listens on this machine alone and asks for the token", async () => {
  assert.ok(address);
  assert.equal(address.hostname, "127.0.0.1");
  assert.ok((address.searchParams.get("tkn") ?? "").length >= 32);
  assert.equal((await fetch(address.origin)).status, 403);
  assert.equal((await fetch(`${address.origin}/?tkn=guess`)).status, 403);
});

test("the address opens the editor with the extension in it", async () => {
  const chrome = await chromium.launch({ executablePath: await browser(), args: QUIET });
  try {
    const page = await chrome.newPage();
    await page.goto(address?.href ?? "");
    await ready(page);
  } finally {
    await chrome.close();
  }
});

test("Ctrl+C ends the server too", async () => {
  const origin = address?.origin ?? "";
  process.kill(-started.pid, "SIGINT"); // the terminal signals the whole group
  await started.ended;
  const silent = () =>
    fetch(origin).then(
      () => false,
      () => true,
    );
  await until(silent, (yes) => yes, 5);
});
