// Models of the editor, offered by a second extension: what it is sent, what its answers become, and who may ask it.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { isFault } from "../../src/abi/errors.ts";
import type { ModelRequest } from "../../src/abi/model.ts";
import { LanguageModels } from "../../src/host/vscode/lm.ts";

type Reply = (
  progress: vscode.Progress<vscode.LanguageModelResponsePart>,
  token: vscode.CancellationToken,
  api: typeof vscode,
) => unknown;
interface Shared {
  requests: { messages: Message[]; options: { tools?: { name: string }[] } }[];
  replies: Reply[];
}
interface Message {
  role: vscode.LanguageModelChatMessageRole;
  content: {
    value?: string;
    callId?: string;
    name?: string;
    input?: unknown;
    content?: { value: string }[];
  }[];
}

const REQUEST: ModelRequest = {
  pid: 2,
  model: "vscode/test-one",
  system: "You are a test.",
  messages: [
    { role: "user", text: "Go." },
    {
      role: "assistant",
      text: "",
      calls: [
        { id: "a", tool: "read_file", args: { path: "x" } },
        { id: "b", tool: "no such", args: "{", malformed: "cut" },
      ],
    },
    { role: "tool", callId: "a", tool: "read_file", content: '{"content":"é"}' },
    { role: "tool", callId: "b", tool: "no such", content: "{}" },
    { role: "assistant", text: " ", calls: [] },
    { role: "user", text: "On." },
  ],
  tools: [{ name: "read_file", description: "Reads.", schema: { type: "object", properties: {} } }],
  turn: 3,
  values: [],
};
const yes = { canSendRequest: () => true };
const quiet = (): void => undefined;
const never = new AbortController().signal;

describe("models of the editor", () => {
  let shared: Shared;
  const says =
    (...texts: string[]): Reply =>
    (progress, _token, api) =>
      texts.forEach((text) => progress.report(new api.LanguageModelTextPart(text)));
  const ask = (
    reply: Reply | undefined,
    over: Partial<ModelRequest> = {},
    signal = never,
    onText: (delta: string) => void = quiet,
  ) => {
    shared.requests.length = 0;
    shared.replies = reply === undefined ? [] : [reply];
    return new LanguageModels(yes).complete({ ...REQUEST, ...over }, signal, onText);
  };

  before(async () => {
    const extension = vscode.extensions.getExtension<Shared>("agentlibos.test-models");
    assert.ok(extension, "the test extension is not installed");
    shared = await extension.activate();
    for (let i = 0; i < 100; i++) {
      if ((await vscode.lm.selectChatModels({ id: "test-one" })).length > 0) return;
      await new Promise((next) => setTimeout(next, 100));
    }
    assert.fail("the model is not offered");
  });

  it("are offered by name, found by id and by family, with their window", async () => {
    const models = new LanguageModels(yes);
    const offered = (await models.offered()).find(({ model }) => model === "vscode/test-one");
    assert.deepEqual(offered, { model: "vscode/test-one", label: "Test One", detail: "test-models" });
    for (const model of ["vscode/test-one", "vscode/test-family"]) {
      shared.replies = [says("hi")];
      const answer = await models.complete({ ...REQUEST, model }, never, quiet);
      assert.deepEqual(answer, { text: "hi", calls: [], stop: "end" });
      assert.equal(models.window(model), 9000);
    }
    const gone = await ask(undefined, { model: "vscode/none" });
    assert.ok(isFault(gone) && gone.code === "EUNAVAILABLE" && gone.message.includes('"none"'));
  });

  it("get the system's words before the first message, and all results of a turn in one", async () => {
    await ask(says("ok"));
    const [sent] = shared.requests;
    const { User, Assistant } = vscode.LanguageModelChatMessageRole;
    const plain = (sent?.messages ?? []).map(({ role, content }) => [
      role,
      ...content.map(
        (p) =>
          p.value ??
          (p.content === undefined ? [p.callId, p.name, p.input] : [p.callId, p.content[0]?.value]),
      ),
    ]);
    assert.deepEqual(plain, [
      [User, "You are a test.\n\nGo."],
      [Assistant, ["a", "read_file", { path: "x" }], ["b", "no_such", { malformed: "{" }]],
      [User, ["a", '{"content":"é"}'], ["b", "{}"]],
      [User, "On."],
    ]);
    assert.deepEqual(
      sent?.options.tools?.map((tool) => tool.name),
      ["read_file"],
    );
  });

  it("answer with streamed text and calls; missing ids are made up", async () => {
    const deltas: string[] = [];
    const reply: Reply = (progress, token, api) => {
      void says("I ", "look.")(progress, token, api);
      for (const id of ["c", "c"])
        progress.report(new api.LanguageModelToolCallPart(id, "read_file", { path: id }));
    };
    const answer = await ask(reply, {}, never, (d) => void deltas.push(d));
    assert.deepEqual(answer, {
      text: "I look.",
      calls: [
        { id: "c", tool: "read_file", args: { path: "c" } },
        { id: "call_3_1", tool: "read_file", args: { path: "c" } },
      ],
      stop: "calls",
    });
    assert.equal(deltas.join(""), "I look.");
  });

  it("are not asked before a person allowed it, and then once for each act of theirs", async () => {
    const models = new LanguageModels({ canSendRequest: () => undefined });
    shared.requests.length = 0;
    const complete = (): ReturnType<typeof models.complete> => {
      shared.replies = [says("hi")];
      return models.complete(REQUEST, never, quiet);
    };
    const waits = async (): Promise<void> => {
      const answer = await complete();
      assert.ok(isFault(answer) && answer.code === "EUNAVAILABLE");
      assert.equal(answer.message, "needs you: allow this model");
    };
    await waits();
    assert.equal(shared.requests.length, 0);
    models.allow("vscode/test-one");
    assert.ok(!isFault(await complete()));
    assert.equal(shared.requests.length, 1);
    await waits();
    models.allow("vscode/another");
    await waits();
    assert.equal(shared.requests.length, 1);
  });

  it("fail with a fault that says what to do", async () => {
    const cases: [make: (api: typeof vscode) => Error, code: string, message: RegExp][] = [
      [(api) => api.LanguageModelError.NoPermissions("no"), "EUNAVAILABLE", /allow this model/u],
      [(api) => api.LanguageModelError.Blocked("quota is used up"), "EUNAVAILABLE", /quota is used up/u],
      [(api) => api.LanguageModelError.NotFound("gone"), "EUNAVAILABLE", /offers no model/u],
      [() => new Error("maximum context length is 9000"), "E2BIG", /too long/u],
      [() => new Error("a\n\u202eb"), "EIO", /failed: .*a b/u],
    ];
    for (const [make, code, message] of cases) {
      const answer = await ask((_progress, _token, api) => {
        throw make(api);
      });
      assert.ok(isFault(answer), String(message));
      assert.equal(answer.code, code, answer.message);
      assert.match(answer.message, message);
    }
    const much = await ask(says(...Array.from({ length: 5 }, () => "x".repeat(1 << 20))));
    assert.ok(isFault(much) && much.message.includes("too much"));
  });

  it("stop when the agent is interrupted", async () => {
    const abort = new AbortController();
    let cancelled = false;
    const answer = await ask(
      (progress, token, api) => {
        progress.report(new api.LanguageModelTextPart("hi"));
        return new Promise<void>((resolve) => {
          token.onCancellationRequested(() => {
            cancelled = true;
            resolve();
          });
        });
      },
      {},
      abort.signal,
      () => abort.abort(),
    );
    assert.ok(isFault(answer) && answer.code === "EINTR");
    assert.equal(cancelled, true);
  });
});
