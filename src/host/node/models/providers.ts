// The model backend: checks the grant, then hands the request to the provider that the model's name begins with.
import { fault, type Fault } from "../../../abi/errors.ts";
import { isLiveGrant } from "../../../kernel/witness.ts";
import type { ModelBackend } from "../../../primitives/model.ts";
import type { OpenAiConfig } from "./openai.ts";
import type { Provider } from "./provider.ts";
import { scriptedModel } from "./scripted.ts";
import { answerMaxOf, windowOf } from "./windows.ts";

/** Which providers there are; one that is missing here is unavailable. Keys of the same names are vendors. */
export interface ModelsConfig {
  readonly scripted: boolean;
  readonly openai?: OpenAiConfig;
  readonly "openai-compatible"?: OpenAiConfig;
}

/** Makes the backend. A provider's library is loaded by the first request that needs it. */
export function createModels(config: ModelsConfig): ModelBackend {
  const providers = new Map<string, Provider>();
  if (config.scripted) providers.set("scripted", scriptedModel);
  for (const vendor of ["openai", "openai-compatible"] as const) {
    const settings = config[vendor];
    if (settings !== undefined) providers.set(vendor, openai(settings, vendor));
  }

  return {
    async complete(request, grant, signal, onText) {
      // The witness lives in the entry's own copy of the kernel: a chunk loaded later would not know it.
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
    window: (model) => providers.get(vendorOf(model))?.window(model) ?? windowOf(model),
    answerMax: (model) => providers.get(vendorOf(model))?.answerMax(model) ?? answerMaxOf(model),
  };
}

function openai(settings: OpenAiConfig, vendor: string): Provider {
  return {
    async complete(request, signal, onText) {
      const { completeOpenAi } = await import("./openai.ts");
      return completeOpenAi(settings, vendor, request, signal, onText);
    },
    window: windowOf,
    answerMax: answerMaxOf,
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
