// Mail for an agent that people talk with: who has ended its turn hears of a message, once, and goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { mint } from "../../../src/kernel/witness.ts";
import { TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";

/** An agent whose every answer is words, with those who may speak to it; `thinking` holds its answers back. */
async function talker() {
  const heard: string[] = [];
  const gate = { open: Promise.resolve() };
  const k = await TestKernel.open({
    model: async ({ pid, messages }) => {
      if (pid !== 2) return answerOf([["ask_human", { question: "?" }]]);
      const last = messages.at(-1);
      heard.push(last !== undefined && "text" in last ? last.text : "");
      await gate.open;
      return answerOf("well");
    },
  });
  const agent = k.launch([], { launch: { interactive: true }, goal: "hello" });
  await k.settle();
  const send = async () => {
    const other = k.launch([`allow:message:process:/${agent}`], { launch: { interactive: false } });
    await k.kernel.syscall(mint.caller(other), "process.send", { pid: agent, message: "look" });
    await k.settle();
  };
  return { k, agent, heard, send, gate };
}

test("who has ended its turn thinks about a message that comes then, and waits again", async () => {
  const { k, agent, heard, send } = await talker();
  assert.deepEqual(k.kernel.standing(agent).on, ["message"]);
  await send();
  assert.equal(heard.length, 2);
  assert.match(heard[1] ?? "", /A message waits in your mailbox/u);
  assert.deepEqual(k.kernel.standing(agent).on, ["message"], "it left it there, and is not told again");
  await send();
  assert.match(heard[2] ?? "", /2 messages wait/u);
  assert.equal(heard.length, 3);
  await k.kernel.stop();
});

test("a message that comes while it thinks is heard of too", async () => {
  const { k, agent, heard, send, gate } = await talker();
  const thinking = Promise.withResolvers<undefined>();
  gate.open = thinking.promise;
  k.kernel.message(k.person, agent, "and this?");
  await k.settle();
  await send();
  thinking.resolve(undefined);
  await k.settle();
  assert.equal(heard.length, 3);
  assert.match(heard[2] ?? "", /A message waits/u);
  assert.deepEqual(k.kernel.standing(agent).on, ["message"]);
  await k.kernel.stop();
});
