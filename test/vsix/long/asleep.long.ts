// An extension host that stands still for a while, as on a machine that sleeps: its agent goes on, and pays for no sleep.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Window } from "../../../scripts/editor/workbench.ts";
import { STILL, opensWindow } from "../support/opening.ts";
import { agentIs, answerRow, showViews, step } from "../support/people.ts";
import { came, holds, record } from "../support/weather.ts";

const MODEL = "openai-compatible/small";
const replies: [string, unknown][] = [];
/** Who asked and was not answered. */
const silent: ServerResponse[] = [];

function answer(response: ServerResponse): void {
  const made = replies.shift();
  if (made === undefined) return void silent.push(response);
  const called = { name: made[0], arguments: JSON.stringify(made[1]) };
  const delta = { tool_calls: [{ index: 0, id: "c", type: "function", function: called }] };
  const events = [
    { choices: [{ delta, finish_reason: "tool_calls" }] },
    { choices: [], usage: { prompt_tokens: 30, completion_tokens: 7 } },
  ];
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`);
}

const server = createServer((request, response) => void request.resume().on("end", () => answer(response)));
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
after(() => {
  server.closeAllConnections();
  server.close();
});

let window: Window;
opensWindow(
  (on) => {
    window = on;
  },
  {
    settings: () => ({
      ...STILL,
      "agentlibos.defaultModel": MODEL,
      "agentlibos.openaiCompatible.baseUrl": `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    }),
  },
);

test("an extension host that stands still for a while goes on where it was, and pays for no sleep", async () => {
  const { editor } = window;
  await showViews(window);
  await g.command(window, "Agent libOS: New Agent…");
  await step(window, "New Agent", "Be asleep");
  await step(window, "Which model?", MODEL);
  await step(window, "What may it do?", "Ask");
  await g.until(
    () => silent.length,
    (count) => count === 1,
  );
  const hosts = editor.extensionHosts();
  for (const pid of hosts) process.kill(pid, "SIGSTOP");
  await sleep(20_000); // the time that is not to be paid for
  for (const pid of hosts) process.kill(pid, "SIGCONT");
  replies.push(["make_directory", { path: "be-asleep" }], ["finish", {}]);
  for (const response of silent.splice(0)) response.destroy();
  await answerRow(window, /app\/be-asleep/, "Allow Once");
  await agentIs(window, "Be asleep", /finished/);
  assert.equal(existsSync(join(editor.workspace, "be-asleep")), true);
  assert.deepEqual(came(editor, "fs.mkdir"), ["approved ok"]);
  holds(editor);
  const [first] = record(editor).filter(
    ({ kind, data }) =>
      kind === "call.end" && data["op"] === "model.call" && String(data["micros"]).length >= 8,
  );
  const { activeSeconds = NaN } = (first?.data["used"] ?? {}) as { activeSeconds?: number };
  assert.ok(Number(first?.data["micros"]) > 20e6, "it was longer on its way");
  assert.ok(activeSeconds < 20, String(activeSeconds));
});
