// A machine that sleeps: the calendar jumps while something waits, works or was just opened, and nothing comes of it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import {
  at,
  folder,
  journal,
  newAgent,
  reviewInFront,
  reviewNext,
  until,
  waiting,
} from "./support/people.ts";

const README = "# Price list\n\nA tiny shop.\n";
const HOUR = 3_600_000;
const edit = (to: string) => ({
  calls: [{ tool: "edit_file", args: { path: "README.md", old_text: "# Price list", new_text: to } }],
});
const finish = { calls: [{ tool: "finish", args: {} }] };
const run = (command: string) => vscode.commands.executeCommand(`agentlibos.${command}`);
const today = Date.now;
/** From now on every clock on the wall shows a time so far from the real one. */
const jump = (ms: number): void => {
  Date.now = () => today() + ms;
};
const front = (): string => vscode.window.activeTextEditor?.document.getText() ?? "";

describe("sleeping", () => {
  const settings = vscode.workspace.getConfiguration("agentlibos");
  const held: ServerResponse[] = [];
  const server = createServer(
    (request, response) => void request.resume().on("end", () => held.push(response)),
  );

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    await settings.update("openaiCompatible.baseUrl", address, vscode.ConfigurationTarget.Global);
  });
  beforeEach(() => writeFileSync(join(folder, "README.md"), README));
  afterEach(() => jump(0));
  after(async () => {
    for (const name of ["openaiCompatible.baseUrl", "defaultModel"])
      await settings.update(name, undefined, vscode.ConfigurationTarget.Global);
    server.closeAllConnections();
    server.close();
  });

  it("an hour that passes right after a review opened does not make an answer meant", async () => {
    await newAgent("Sleep on it", [edit("# Slept"), finish]);
    await until("a question", () => waiting() === 1);
    await run("reviewNext");
    await until("a review in front", () => reviewInFront() !== undefined);
    jump(HOUR);
    await run("allowOnce");
    await sleep(300);
    assert.deepEqual([waiting(), at("README.md")], [1, README]);
  });

  it("an hour that the clock is set back does not keep a person from answering", async () => {
    await reviewNext();
    jump(-HOUR);
    await run("allowOnce");
    await until("the edit", () => at("README.md") === README.replace("# Price list", "# Slept"));
    assert.equal(waiting(), 0);
  });

  it("a request that waited over a jump is answered once, and the record says when what happened", async () => {
    await newAgent("Wait through the night", [edit("# Morning"), finish]);
    await until("a question", () => waiting() === 1);
    for (const hours of [8, -8]) {
      jump(hours * HOUR);
      await sleep(200);
      assert.deepEqual([waiting(), at("README.md")], [1, README]);
    }
    await reviewNext();
    jump(HOUR);
    await run("allowOnce");
    await until("the edit", () => at("README.md") === README.replace("# Price list", "# Morning"));
    await until("its end", () => /"op":"fs\.edit"[^\n]*"decision":"approved"/u.test(journal()));
    const times = ["question.open", "question.close"].map((kind) =>
      Date.parse(
        /"time":"([^"]+)"/u.exec(
          journal()
            .split("\n")
            .findLast((l) => l.includes(`"kind":"${kind}"`)) ?? "",
        )?.[1] ?? "",
      ),
    );
    const [opened = NaN, closed = NaN] = times;
    assert.ok(closed - opened >= HOUR && closed - opened < 2 * HOUR, `${opened} ${closed}`);
    await run("verifyAuditLog");
    await until("the verdict", () => front().startsWith("good: every byte is what was written"));
  });

  for (const hours of [1, -1])
    it(`a model call and its back-off over ${hours} hour end well, are paid once and cost no hour of work`, async () => {
      const goal = `Think for ${hours} hours`;
      await settings.update("defaultModel", "openai-compatible/slow", vscode.ConfigurationTarget.Global);
      const seen = held.length;
      await newAgent(goal, [finish]);
      await until("a request", () => held.length === seen + 1);
      jump(hours * HOUR);
      held.at(-1)?.writeHead(503).end("busy");
      await until("another attempt", () => held.length === seen + 2);
      jump(0);
      const call = { index: 0, id: "c", type: "function", function: { name: "finish", arguments: "{}" } };
      const answer = { choices: [{ delta: { tool_calls: [call] }, finish_reason: "tool_calls" }] };
      const usage = { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } };
      const events = [answer, usage].map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      held.at(-1)?.writeHead(200, { "content-type": "text/event-stream" }).end(`${events}data: [DONE]\n\n`);
      const pid = new RegExp(`"pid":(\\d+),"data":[^\\n]*${goal}`, "u").exec(journal())?.[1] ?? "";
      const end = new RegExp(`"kind":"call.end","pid":${pid},[^\\n]*"used":(\\{[^}]*\\})`, "u");
      await until("its end", () => end.test(journal()));
      const { activeSeconds, ...used } = JSON.parse(end.exec(journal())?.[1] ?? "{}") as Record<
        string,
        number
      >;
      assert.deepEqual(used, { modelCalls: 1, toolCalls: 0, tokens: 5 });
      assert.ok((activeSeconds ?? NaN) < 60, String(activeSeconds));
      await until("its exit", () => new RegExp(`"kind":"process.exit","pid":${pid},`, "u").test(journal()));
    });
});
