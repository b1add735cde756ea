// A second extension: it offers one model, whose answers are what the test that is running put into `replies`, and it calls
// commands as any extension can.
import * as vscode from "vscode";

/**
 * What tests reach through `exports`: requests as they came in, the replies to give, in order, and a way to call commands
 * from here.
 * @type {{ requests: object[], replies: ((...given: unknown[]) => unknown)[], run: typeof vscode.commands.executeCommand }}
 */
const shared = { requests: [], replies: [], run: (...given) => vscode.commands.executeCommand(...given) };

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
