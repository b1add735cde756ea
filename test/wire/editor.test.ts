// Models of the editor: the parts that they send and get back, over the classes of the editor's interface.
import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { answerMessage, type ModelAnswer, type ModelRequest } from "../../src/abi/model.ts";
import { isFault } from "../../src/abi/errors.ts";
import * as values from "../support/vscode/values.ts";
import { REQUEST } from "./server.ts";

/** What the model answers next, and what it was sent. */
const model = {
  ...{ id: "m", family: "f", vendor: "v", name: "M", maxInputTokens: 9000 },
  parts: [] as unknown[],
  fails: undefined as Error | undefined,
  sent: [] as values.LanguageModelChatMessage[][],
  async sendRequest(messages: values.LanguageModelChatMessage[]) {
    model.sent.push(messages);
    if (model.fails !== undefined) throw model.fails;
    const { parts } = model;
    return {
      stream: (async function* () {
        yield* parts;
      })(),
    };
  },
};
const api: Readonly<Record<string, unknown>> = {
  ...values,
  lm: { selectChatModels: async () => [model] },
  l10n: { t: (text: string) => text },
};
Object.assign(globalThis, { editorApi: api });
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === "vscode"
      ? { url: "models:vscode", format: "module", shortCircuit: true }
      : next(specifier, context),
  load(url, context, next) {
    if (url !== "models:vscode") return next(url, context);
    const lines = Object.keys(api).map((name) => `export const ${name} = globalThis.editorApi.${name};`);
    return { format: "module", source: lines.join("\n"), shortCircuit: true };
  },
});
const { LanguageModels } = await import("../../src/host/vscode/lm.ts");
const models = new LanguageModels({ canSendRequest: () => true });
const MODEL = "vscode/m";
const never = new AbortController().signal;

async function ask(parts: unknown[], messages: ModelRequest["messages"] = REQUEST.messages, of = MODEL) {
  Object.assign(model, { parts, fails: undefined });
  let streamed = "";
  const answer = await models.complete(
    { ...REQUEST, model: of, messages },
    never,
    (text) => (streamed += text),
  );
  assert.ok(!isFault(answer), JSON.stringify(answer));
  return { answer, streamed, sent: model.sent.at(-1) ?? [] };
}

const text = (value: string) => new values.LanguageModelTextPart(value);
const call = (id: string) => new values.LanguageModelToolCallPart(id, "read_file", { path: id });
const data = (bytes: number[], type: string) =>
  new values.LanguageModelDataPart(Uint8Array.from(bytes), type);
const thinking = (value: string | string[], id?: string, metadata?: Readonly<Record<string, unknown>>) =>
  new values.LanguageModelThinkingPart(value, id, metadata);
const usage = { input: 1, output: 1 };

/** The request after this answer, as the record gives it back. */
async function after(answer: Omit<ModelAnswer, "usage">, of = MODEL): Promise<unknown[]> {
  const recorded = JSON.parse(JSON.stringify({ ...answer, usage })) as ModelAnswer;
  const { sent } = await ask([text("ok")], [...REQUEST.messages, answerMessage(recorded)], of);
  return sent[1]?.content ?? [];
}

test("text, calls, thoughts and data come back in their order", async () => {
  const parts = [
    ...[thinking("I sh", "t1"), thinking(["ould ", "look."], "t1", { signature: "sig==" }), call("a")],
    ...[thinking("", "t2", { redactedData: "box" }), text("Now "), text("this."), call("b")],
    data([0, 1, 255], "stateful_marker"),
  ];
  const { answer, streamed } = await ask(parts);
  assert.deepEqual(
    [answer.text, streamed, answer.stop, answer.from],
    ["Now this.", "Now this.", "calls", MODEL],
  );
  assert.deepEqual(
    answer.reasoning?.map((thought) => thought.text),
    ["I should look.", ""],
  );
  assert.deepEqual(await after(answer), [
    ...[thinking("I should look.", "t1", { signature: "sig==" }), call("a")],
    ...[thinking("", "t2", { redactedData: "box" }), text("Now this."), call("b")],
    data([0, 1, 255], "stateful_marker"),
  ]);
});

test("thoughts and data go to no other model, and not when the record has changed them", async () => {
  const { answer } = await ask([
    thinking("Hm.", "t", { s: 1 }),
    text("Now."),
    call("a"),
    data([1], "marker"),
  ]);
  const plain = [text("Now."), call("a")];
  assert.deepEqual(await after({ ...answer, from: "vscode/other" }), plain);
  const redacted = answer.reasoning?.map((thought) => ({ ...thought, text: "[redacted:secret]" })) ?? [];
  assert.deepEqual(await after({ ...answer, reasoning: redacted }), [...plain, data([1], "marker")]);
});

test("plain answers are as they were, and unknown parts are left out", async () => {
  const { answer } = await ask([text("hi"), { surprise: true }, null, "text", call("a"), call("a")]);
  assert.deepEqual(answer, {
    text: "hi",
    calls: [
      { id: "a", tool: "read_file", args: { path: "a" } },
      { id: "call_4_1", tool: "read_file", args: { path: "a" } },
    ],
    stop: "calls",
  });
});

test("data without end is too much", async () => {
  Object.assign(model, {
    parts: Array.from({ length: 5 }, () => new values.LanguageModelDataPart(new Uint8Array(1 << 20), "x")),
  });
  const result = await models.complete({ ...REQUEST, model: MODEL }, never, () => undefined);
  assert.ok(isFault(result) && result.code === "EIO" && /too much/u.test(result.message));
});
