// A second extension that offers one model; its answers are what the test that is running put into `replies`.
import * as vscode from "vscode";

/**
 * What tests reach through `exports`: requests as they came in, and the replies to give, in order.
 * @type {{ requests: object[], replies: ((...given: unknown[]) => unknown)[] }}
 */
const shared = { requests: [], replies: [] };

const MODEL = {
  id: "test-one",
  name: "Test One",
  family: "test-family",
  version: "1",
  maxInputTokens: 9000,
  maxOutputTokens: 1000,
  capabilities: { toolCalling: true },
};

/** @type {vscode.LanguageModelChatProvider} */
const provider = {
  provideLanguageModelChatInformation: async () => [MODEL],
  provideTokenCount: async () => 1,
  async provideLanguageModelChatResponse(_model, messages, options, progress, token) {
    shared.requests.push({ messages, options });
    const reply = shared.replies.shift();
    if (reply === undefined) throw new Error("no reply is left");
    await reply(progress, token, vscode);
  },
};

/** @param {vscode.ExtensionContext} context */
export function activate(context) {
  context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider("test-models", provider));
  return shared;
}
