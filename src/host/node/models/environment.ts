// The configured providers: from the environment for the command line, from settings and keys for the editor.
import type { EditorModels } from "../../../abi/model.ts";
import { createModels, type ModelsConfig } from "./providers.ts";
import type { Connection } from "./wire.ts";
import type { ModelBackend } from "../../../primitives/model.ts";

const OPENAI = "https://api.openai.com/v1";
const ANTHROPIC = "https://api.anthropic.com/v1";
const OLLAMA = "http://127.0.0.1:11434";

const withoutKey = (): undefined => undefined;

/**
 * Reads the keys and removes them from `env`, so that no child program finds them. `secrets` are values that
 * must never reach the record; the password of a base URL is one. Prices are JSON, a table as in the editor's
 * settings.
 */
export function takeModelKeys(env: NodeJS.ProcessEnv): { models: ModelsConfig; secrets: string[] } {
  const take = (name: string): string | undefined => {
    const value = env[name]?.trim();
    delete env[name];
    return value === "" ? undefined : value;
  };
  const anthropic = take("ANTHROPIC_API_KEY");
  const key = take("OPENAI_API_KEY");
  const base = take("OPENAI_BASE_URL");
  const prices = pricesIn(env["AGENTLIBOS_PRICES"]);
  const at = (baseUrl: string): Connection => ({
    baseUrl,
    key: () => key,
    keyRequired: baseUrl === OPENAI,
  });
  return {
    models: {
      scripted: true,
      openai: at(base ?? OPENAI),
      ...(base === undefined ? {} : { "openai-compatible": at(base) }),
      anthropic: { baseUrl: ANTHROPIC, key: () => anthropic, keyRequired: true },
      ollama: { baseUrl: OLLAMA, key: withoutKey, keyRequired: false },
      prices: () => prices,
    },
    secrets: [anthropic, key, passwordOf(base)].filter((s) => s !== undefined),
  };
}

/** The editor's settings and keys. Each is read at every call, so that a later change counts. */
export interface EditorSources {
  key(vendor: string): Promise<string | undefined>;
  baseUrl(vendor: "openaiCompatible" | "ollama"): string;
  prices(): unknown;
  readonly vscode: EditorModels;
}

/** The providers of the editor. */
export function editorProviders(sources: EditorSources): ModelBackend {
  const keyed = (vendor: string, baseUrl: string): Connection => ({
    baseUrl,
    key: () => sources.key(vendor),
    keyRequired: true,
  });
  return createModels({
    scripted: true,
    openai: keyed("openai", OPENAI),
    anthropic: keyed("anthropic", ANTHROPIC),
    "openai-compatible": {
      get baseUrl() {
        return sources.baseUrl("openaiCompatible");
      },
      key: () => sources.key("openai-compatible"),
      keyRequired: false,
    },
    ollama: {
      get baseUrl() {
        return sources.baseUrl("ollama");
      },
      key: withoutKey,
      keyRequired: false,
    },
    vscode: sources.vscode,
    prices: () => sources.prices(),
  });
}

function pricesIn(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function passwordOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { password } = new URL(url);
  return password === "" ? undefined : decodeURIComponent(password);
}
