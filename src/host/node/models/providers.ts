// The model backend: it checks the grant, then passes the request to the provider in the model's name.
import { fault, isFault, type Fault } from "../../../abi/errors.ts";
import type { EditorModels } from "../../../abi/model.ts";
import type * as Exchange from "./exchange.ts";
import { answerMaxOf, costOf, estimateUsage, windowOf } from "./limits.ts";
import { scriptedModel } from "./scripted.ts";
import { modelName, type Connection, type Dialect, type Provider } from "./wire.ts";
import { isLiveGrant } from "../../../kernel/witness.ts";
import type { ModelBackend } from "../../../primitives/model.ts";

/** The configured providers; a missing one is unavailable. The keys are the vendors of model names. */
export interface ModelsConfig {
  readonly scripted: boolean;
  readonly openai?: Connection;
  readonly "openai-compatible"?: Connection;
  readonly anthropic?: Connection;
  readonly ollama?: Connection;
  readonly vscode?: EditorModels;
  /** The table of prices, read at every call so that a later price counts. */
  readonly prices?: () => unknown;
}

/** Tells beforehand what would keep a model from answering. */
export interface ReadyModels {
  /** Why no request for this model can be sent yet: no such vendor, no key, no address. Nothing is sent. */
  unready(model: string): Promise<Fault | undefined>;
}

/** Makes the backend. The first request to a provider loads its code. */
export function createModels(config: ModelsConfig): ModelBackend & ReadyModels {
  const providers = new Map<string, Provider>();
  if (config.scripted) providers.set("scripted", scriptedModel);
  for (const vendor of ["openai", "openai-compatible"] as const) {
    const connection = config[vendor];
    if (connection !== undefined)
      providers.set(
        vendor,
        remote(connection, vendor, async () => (await import("./openai.ts")).chatCompletions(vendor)),
      );
  }
  if (config.anthropic !== undefined)
    providers.set(
      "anthropic",
      remote(config.anthropic, "anthropic", async () => (await import("./anthropic.ts")).messagesFormat),
    );
  if (config.ollama !== undefined) providers.set("ollama", local(config.ollama));
  if (config.vscode !== undefined) providers.set("vscode", editor(config.vscode));

  return {
    async complete(request, grant, signal, onText) {
      // The entry has its own copy of the kernel with the witness: a chunk that loads later would not know
      // it.
      if (!isLiveGrant(grant) || grant.mode !== "full") {
        return fault("EFAULT", "a model was called without a live grant");
      }
      if (!grant.permits("call", `model:/${request.model}`)) {
        return fault("EACCES", `this grant does not cover the model ${request.model}`);
      }
      const provider = providers.get(vendorOf(request.model));
      if (provider === undefined) return unknownVendor(request.model, [...providers.keys()]);
      return provider.complete(request, signal, onText);
    },
    async unready(model) {
      const provider = providers.get(vendorOf(model));
      return provider === undefined ? unknownVendor(model, [...providers.keys()]) : provider.unready?.();
    },
    window: (model) => providers.get(vendorOf(model))?.window(model) ?? windowOf(model),
    answerMax: (model) => providers.get(vendorOf(model))?.answerMax(model) ?? answerMaxOf(model),
    cost: (model, spent) => costOf(config.prices?.(), model, spent),
  };
}

function remote(connection: Connection, vendor: string, format: () => Promise<Dialect>): Provider {
  let exchange: typeof Exchange | undefined;
  // A server that refused a request has told its own limits, which count more than a table.
  const window = (model: string): number => exchange?.toldWindow(connection, model) ?? windowOf(model);
  return {
    async complete(request, signal, onText) {
      const [loaded, dialect] = await Promise.all([import("./exchange.ts"), format()]);
      exchange = loaded;
      return exchange.requestAnswer(dialect, connection, vendor, request, signal, onText);
    },
    unready: () => unready(connection, vendor),
    window,
    answerMax: (model) =>
      Math.min(
        exchange?.toldAnswerMax(connection, model) ?? answerMaxOf(model),
        answerMaxOf(model),
        Math.floor(window(model) / 4),
      ),
  };
}

/** Ollama is asked for a model's window before the first answer of that model, and never without a call. */
function local(connection: Connection): Provider {
  const windows = new Map<string, number>();
  const window = (model: string): number => windows.get(model) ?? windowOf(model);
  return {
    async complete(request, signal, onText) {
      const { model } = request;
      const [{ requestAnswer }, { ollamaChat, fetchWindow }] = await Promise.all([
        import("./exchange.ts"),
        import("./ollama.ts"),
      ]);
      if (!windows.has(model)) {
        const shown = await fetchWindow(connection, modelName(model), signal);
        if (shown !== undefined) windows.set(model, shown);
      }
      return requestAnswer(ollamaChat(window), connection, "ollama", request, signal, onText);
    },
    unready: () => unready(connection, "ollama"),
    window,
    answerMax: (model) => Math.floor(window(model) / 4),
  };
}

async function unready(connection: Connection, vendor: string): Promise<Fault | undefined> {
  const target = await (await import("./exchange.ts")).targetOfConnection(connection, vendor, "");
  return isFault(target) ? target : undefined;
}

function editor(models: EditorModels): Provider {
  const window = (model: string): number => models.window(model) ?? windowOf(model);
  return {
    async complete(request, signal, onText) {
      const answer = await models.complete(request, signal, onText);
      if (isFault(answer)) return (await import("./refusals/refusal.ts")).judgeWords(request.model, answer);
      return { ...answer, usage: estimateUsage(request, answer) };
    },
    window,
    answerMax: (model) => Math.min(answerMaxOf(model), Math.floor(window(model) / 4)),
  };
}

function vendorOf(model: string): string {
  return model.slice(0, Math.max(0, model.indexOf("/")));
}

function unknownVendor(model: string, configured: readonly string[]): Fault {
  const list = configured.length === 0 ? "none" : configured.map((vendor) => `${vendor}/…`).join(", ");
  return fault(
    "EUNAVAILABLE",
    `there is no model provider for "${model}"`,
    `Configured providers: ${list}. Select a model, or set an API key or a base URL for its provider.`,
  );
}
