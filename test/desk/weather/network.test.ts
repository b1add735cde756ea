// The network goes away under agents at the desk: they wait where people see it, stop when told to, go on when it is back.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { STILL } from "../../support/desk/bed.ts";
import { uninstall } from "../../support/desk/clock.ts";
import { openEditor, type DeskEditor } from "../../support/desk/editor.ts";
import * as g from "../../support/desk/gestures.ts";
import { agentIs, rowMenu, showViews, step } from "../../support/desk/people.ts";
import { came, holds, leave, record } from "../../support/desk/weather.ts";

/** What is done with a request: an answer, or silence from somebody who took it and never speaks. */
type Reply = "make a folder" | "finish" | "silence";
const MODEL = "openai-compatible/small";

let editor: DeskEditor;
let window: g.Window;
let server: Server | undefined;
let port = 0;
let replies: Reply[] = [];
/** Requests that were taken and not answered. */
let silent = 0;
/** All requests that were not answered. */
let taken = 0;
let folder = "";

/** The server is there, always at the same port; without a reply left it is silent. */
async function up(...next: Reply[]): Promise<void> {
  replies = next;
  if (server !== undefined) return;
  server = createServer((request, response) => void request.resume().on("end", () => answer(response)));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

/** Nobody listens at the port any more, and what was open is cut. */
async function down(): Promise<void> {
  const closed = server === undefined ? undefined : once(server, "close");
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await closed;
}

function answer(response: ServerResponse): void {
  const reply = replies.shift() ?? "silence";
  if (reply === "silence") {
    silent += 1;
    taken += 1;
    return void response.on("close", () => (silent -= 1));
  }
  const made: [string, unknown] = reply === "finish" ? ["finish", {}] : ["make_directory", { path: folder }];
  const called = { name: made[0], arguments: JSON.stringify(made[1]) };
  const delta = { tool_calls: [{ index: 0, id: "c", type: "function", function: called }] };
  const events = [
    { choices: [{ delta, finish_reason: "tool_calls" }] },
    { choices: [], usage: { prompt_tokens: 30, completion_tokens: 7 } },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`);
}

before(async () => {
  await up();
  editor = await openEditor({
    settings: {
      ...STILL,
      "agentlibos.openaiCompatible.baseUrl": `http://127.0.0.1:${port}/v1`,
      "agentlibos.defaultModel": MODEL,
    },
  });
  window = editor.window;
});
after(async () => {
  await editor?.close();
  await down();
  uninstall();
});

const there = (): boolean => existsSync(join(editor.workspace, folder));

/** An agent that wants to make a folder of its own, and then is done. */
async function start(goal: string): Promise<void> {
  folder = goal.toLowerCase().replaceAll(" ", "-");
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", goal);
  await step(window, "Which model?", MODEL);
  await step(window, "What may it do?", "Ask");
  await g.row(window, "Agents", goal).waitFor();
}

/** Lets it make its folder, once, and end. */
async function comesToItsEnd(goal: string): Promise<void> {
  await g.rowButton(window, "Approvals", `app/${folder}`, "Allow Once");
  await agentIs(window, goal, /finished/);
  assert.equal(there(), true);
  assert.equal(came(editor, "fs.mkdir").filter((each) => each === "approved ok").length, (ended += 1));
  holds(editor);
}
let ended = 0;

/** What the model calls since then were charged. */
function charged(since: number): { calls: number; tokens: number }[] {
  return record(editor)
    .filter(({ kind, data }) => kind === "call.end" && data["op"] === "model.call")
    .slice(since)
    .map(({ data }) => data["used"] as { modelCalls: number; tokens: number })
    .map(({ modelCalls, tokens }) => ({ calls: modelCalls, tokens }));
}

/** How often a call that was cut off was sent again: then the first sending is charged. */
const sentAgain = (): number => record(editor).filter(({ kind }) => kind === "call.again").length;

/** Waits until so many requests are taken and not answered. */
const silence = (count: number): Promise<number> =>
  g.until(
    () => silent,
    (now) => now === count,
  );

test("gone for a moment, it is waited for, and the call is paid once", async () => {
  await down();
  await start("Wait a moment");
  await g.sleep(1500);
  await up("make a folder", "finish");
  await comesToItsEnd("Wait a moment");
  assert.deepEqual(charged(0), [
    { calls: 1, tokens: 37 },
    { calls: 1, tokens: 37 },
  ]);
});

test("gone for longer, the rows say so, a reload changes nothing, and Resume All goes on with all of them", async () => {
  const since = charged(0).length;
  await down();
  await start("Wait for long");
  const stuck = new RegExp(`needs you.*127\\.0\\.0\\.1:${port} cannot be reached`, "s");
  await g.until(
    () => g.rows(window, "Agents"),
    (rows) => rows.some((row) => row.includes("Wait for long") && stuck.test(row)),
    40,
  );
  await g.toast(window, /does not answer/).waitFor();
  assert.deepEqual(charged(since), [{ calls: 1, tokens: 0 }]);
  await leave(window, "Reload Window");
  await agentIs(window, "Wait for long", /paused/);
  assert.equal(there(), false);
  await up("make a folder", "finish");
  await g.command(window, "Agent libOS: Resume All");
  await comesToItsEnd("Wait for long");
  assert.deepEqual(charged(since + 1), [
    { calls: 1, tokens: 37 },
    { calls: 1, tokens: 37 },
  ]);
});

test("neither silence nor the wait before another try keeps an agent from being interrupted or stopped", async () => {
  await up();
  const before = taken;
  await start("Be stopped");
  const asks = (count: number) =>
    g.until(
      () => [silent, taken],
      ([now, ever]) => now === 1 && ever === count,
    );
  await asks(before + 1);
  await agentIs(window, "Be stopped", /working/);
  await rowMenu(window, "Agents", "Be stopped", "Interrupt with Message…");
  await g.enter(window, "Hurry up.");
  await asks(before + 2);
  await rowMenu(window, "Agents", "Be stopped", "Stop");
  await agentIs(window, "Be stopped", /stopped/);
  await silence(0);
  await down();
  await start("Be stopped too");
  await rowMenu(window, "Agents", "Be stopped too", "Stop");
  await agentIs(window, "Be stopped too", /stopped/);
  await up("finish");
  await g.sleep(60_000);
  assert.equal(replies.length, 1, "nobody asks any more");
  holds(editor);
});

for (const how of ["Reload Window", "kill -9"] as const)
  test(`silence, and ${how} meanwhile: the agent comes back paused, asks again when it is told to, and does one thing`, async () => {
    const goal = how === "kill -9" ? "Be killed" : "Be loaded anew";
    await up();
    await start(goal);
    await silence(1);
    const since = charged(0).length;
    const again = sentAgain();
    await leave(window, how);
    await agentIs(window, goal, /paused/);
    await silence(0);
    assert.equal(charged(0).length, since, "nothing is asked by itself");
    await up("make a folder", "finish");
    await g.command(window, "Agent libOS: Resume All");
    await comesToItsEnd(goal);
    assert.deepEqual(
      charged(since).map(({ calls }) => calls),
      [1, 1],
    );
    assert.equal(sentAgain(), again + 1, "what was lost is paid too, when it is sent again");
  });
