// Models that the editor offers: called only when a person has allowed it or has just acted for it.
import * as vscode from "vscode";
import { fault, type Fault } from "../../abi/errors.ts";
import type { EditorModels, ModelRequest } from "../../abi/model.ts";
import { ArrivingAnswer, lmPartsOf, textPart, type EditorAnswer } from "./lm-parts.ts";

/** The time after a person's own act in which the editor may ask about a model. */
const ACT_MS = 10_000;
/** The silence after which an answer is given up. Providers may watch their own connections, but need not. */
const SILENCE_MS = 300_000;
const VENDOR = "vscode/";

/** One model as a picker shows it. */
export interface OfferedModel {
  /** As agents name it: `vscode/<id>`. */
  readonly model: string;
  readonly label: string;
  readonly detail: string;
}

/** The models of this window, behind the editor's own permission. */
export class LanguageModels implements EditorModels {
  readonly #access: Pick<vscode.LanguageModelAccessInformation, "canSendRequest">;
  readonly #acts = new Map<string, number>();
  readonly #windows = new Map<string, number>();

  constructor(access: Pick<vscode.LanguageModelAccessInformation, "canSendRequest">) {
    this.#access = access;
  }

  /** Notes an act of a person that implies a request to this model: the editor may ask about it now. */
  allow(model: string): void {
    if (model.startsWith(VENDOR)) this.#acts.set(model, performance.now() + ACT_MS);
  }

  /** The models to choose from; ids that cannot be part of a capability are left out. */
  async offered(): Promise<OfferedModel[]> {
    const found = await vscode.lm.selectChatModels();
    return found
      .filter(({ id }) => /^[\w.:/@+-]{1,200}$/u.test(id))
      .map(({ id, name, vendor }) => ({ model: VENDOR + id, label: name, detail: vendor }));
  }

  window(model: string): number | undefined {
    return this.#windows.get(model);
  }

  async complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<EditorAnswer | Fault> {
    const cancel = new vscode.CancellationTokenSource();
    const stop = (): void => cancel.cancel();
    const silence = new Silence(stop);
    signal.addEventListener("abort", stop, { once: true });
    try {
      const model = await findModel(request.model.slice(VENDOR.length));
      if (model === undefined) return noSuchModel(request.model);
      this.#windows.set(request.model, model.maxInputTokens);
      if (this.#access.canSendRequest(model) !== true && !this.#justAsked(request.model)) return ALLOW;
      if (signal.aborted) return INTERRUPTED;
      const response = await model.sendRequest(messagesOf(request), optionsOf(request), cancel.token);
      const answer = await gather(response.stream, request, silence, onText);
      if (signal.aborted) return INTERRUPTED;
      return silence.late ? SILENT : answer;
    } catch (error) {
      if (signal.aborted) return INTERRUPTED;
      return silence.late ? SILENT : faultOf(request.model, error);
    } finally {
      silence.end();
      signal.removeEventListener("abort", stop);
      cancel.dispose();
    }
  }

  /** True once for each act: the question belongs to the person's act, not to later calls. */
  #justAsked(model: string): boolean {
    const until = this.#acts.get(model) ?? 0;
    this.#acts.delete(model);
    return performance.now() < until;
  }
}

let own: LanguageModels | undefined;

/** The instance of this window: it remembers the person's latest acts. */
export function languageModels(access: vscode.LanguageModelAccessInformation): LanguageModels {
  return (own ??= new LanguageModels(access));
}

const ALLOW = fault(
  "EUNAVAILABLE",
  "needs you: allow this model",
  "Resume the agent; the editor then asks whether Agent libOS may use the model.",
);
const INTERRUPTED = fault("EINTR", "the model call was interrupted");
const SILENT = fault("EIO", "the editor's model fell silent", "Try again later, or select another model.");

function noSuchModel(model: string): Fault {
  return fault(
    "EUNAVAILABLE",
    `the editor offers no model "${model.slice(VENDOR.length)}" now`,
    "Sign in where it comes from, or select another model.",
  );
}

/** Searches by id first, which the picker stores; people type a family. */
async function findModel(name: string): Promise<vscode.LanguageModelChat | undefined> {
  const [byId] = await vscode.lm.selectChatModels({ id: name });
  return byId ?? (await vscode.lm.selectChatModels({ family: name }))[0];
}

function optionsOf({ tools }: ModelRequest): vscode.LanguageModelChatRequestOptions {
  return {
    justification: vscode.l10n.t("An agent that you started asks this model."),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map(({ name, description, schema }) => ({ name, description, inputSchema: schema })),
        }),
  };
}

/** The interface has no system role, so the system text comes before the first message. */
function messagesOf({ model, system, messages }: ModelRequest): vscode.LanguageModelChatMessage[] {
  const sent: vscode.LanguageModelChatMessage[] = [];
  let results: vscode.LanguageModelToolResultPart[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      // All results of a turn are one message.
      if (results.length > 0) sent.pop();
      results.push(new vscode.LanguageModelToolResultPart(message.callId, [textPart(message.content)]));
      sent.push(vscode.LanguageModelChatMessage.User(results));
      continue;
    }
    results = [];
    if (message.role === "user") sent.push(vscode.LanguageModelChatMessage.User(message.text.toWellFormed()));
    else {
      const parts = lmPartsOf(message, message.from === model);
      if (parts.length > 0) sent.push(vscode.LanguageModelChatMessage.Assistant(parts));
    }
  }
  const first = messages[0];
  if (system !== "" && first?.role === "user")
    sent[0] = vscode.LanguageModelChatMessage.User(`${system}\n\n${first.text}`.toWellFormed());
  return sent;
}

/** Checks every part: a provider is another extension, and its model is not trusted. */
async function gather(
  stream: AsyncIterable<unknown>,
  request: ModelRequest,
  silence: Silence,
  onText: (delta: string) => void,
): Promise<EditorAnswer | Fault> {
  const arriving = new ArrivingAnswer(request);
  for await (const part of stream) {
    silence.broken();
    const said = arriving.take(part);
    if (said !== "") onText(said);
    if (arriving.excessive)
      return fault("EIO", "the editor's model sent too much", "Ask for a shorter answer.");
  }
  return arriving.answer();
}

/** The codes are the names of the functions that make such errors. */
function faultOf(model: string, error: unknown): Fault {
  const code = error instanceof vscode.LanguageModelError ? error.code : "";
  if (code === "NoPermissions") return ALLOW;
  if (code === "NotFound") return noSuchModel(model);
  const said = shorten(error instanceof Error ? error.message : "");
  if (code === "Blocked")
    return fault("EUNAVAILABLE", `the editor's model refuses: ${said}`, "Look at its quota, or wait.");
  if (/context.{0,12}(length|window)|too (many tokens|long)/iu.test(said))
    return fault("E2BIG", `the conversation is too long for ${model}: ${said}`, "Leave older parts out.");
  return fault("EIO", `the editor's model failed: ${said}`, "Try again later, or select another model.");
}

function shorten(message: string): string {
  return message
    .slice(0, 4096)
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}

/** Ends an answer that has stopped arriving. */
class Silence {
  late = false;
  readonly #then: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(then: () => void) {
    this.#then = then;
    this.broken();
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.late = true;
      this.#then();
    }, SILENCE_MS);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
