// The configured providers: from the environment for the command line, from settings and keys for the editor.
import type { EditorModels } from "../../../abi/model.ts";
import { createModels, type ModelsConfig } from "./providers.ts";
import { chatAddress, messagesAddress, ollamaAddress } from "./reach/address.ts";
import { isLocal, passwordOf, proxySecrets, sendByProxies } from "./reach/proxy.ts";
import type { Connection } from "./wire.ts";
import type { ModelBackend } from "../../../primitives/model.ts";

const OPENAI = "https://api.openai.com/v1";
const ANTHROPIC = "https://api.anthropic.com/v1";
const OLLAMA = "http://127.0.0.1:11434";

const withoutKey = (): undefined => undefined;

/** The variables that name the address of a provider. */
const ADDRESSES = {
  openai: "OPENAI_BASE_URL",
  anthropic: "ANTHROPIC_BASE_URL",
  ollama: "OLLAMA_HOST",
} as const;

/**
 * Reads the keys and removes them from `env`, so that no child program finds them. `secrets` are values that
 * must never reach the record; the password of a base URL or of a proxy is one. Prices are JSON, a table as in the
 * editor's settings.
 */
export function takeModelKeys(env: NodeJS.ProcessEnv): { models: ModelsConfig; secrets: string[] } {
  const take = (name: string): string | undefined => {
    const value = env[name]?.trim();
    delete env[name];
    return value === "" ? undefined : value;
  };
  const anthropic = take("ANTHROPIC_API_KEY");
  const key = take("OPENAI_API_KEY");
  const base = take(ADDRESSES.openai);
  const messages = take(ADDRESSES.anthropic);
  const ollama = env[ADDRESSES.ollama];
  const prices = pricesIn(env["AGENTLIBOS_PRICES"]);
  const send = sendByProxies({ ...env });
  const at = (vendor: keyof typeof ADDRESSES, own: string, found: string | undefined): Connection => ({
    ...{ baseUrl: found ?? own, send, key: withoutKey, keyRequired: false },
    ...(found === undefined ? {} : { source: ADDRESSES[vendor] }),
  });
  const openai: Connection = {
    ...at("openai", OPENAI, chatAddress(base)),
    ...{ key: () => key, keyRequired: base === undefined },
  };
  return {
    models: {
      scripted: true,
      openai,
      ...(base === undefined ? {} : { "openai-compatible": openai }),
      anthropic: {
        ...at("anthropic", ANTHROPIC, messagesAddress(messages)),
        ...{ key: () => anthropic, keyRequired: messages === undefined },
      },
      ollama: at("ollama", OLLAMA, ollamaAddress(ollama)),
      prices: () => prices,
    },
    secrets: [
      ...[anthropic, key, passwordOf(base), passwordOf(messages), passwordOf(ollama)],
      ...proxySecrets(env),
    ].filter((s) => s !== undefined),
  };
}

/** The settings that name the address of a provider. */
export type AddressSetting = "openai" | "anthropic" | "openaiCompatible" | "ollama";

/** The editor's settings and keys. Each is read at every call, so that a later change counts. */
export interface EditorSources {
  key(vendor: string): Promise<string | undefined>;
  /** The address that a person set; empty for none. */
  baseUrl(vendor: AddressSetting): string;
  prices(): unknown;
  readonly vscode: EditorModels;
}

/** The address of Ollama in the editor: its setting, else the environment's, else this machine. */
function editorOllama(set: string): string {
  return ollamaAddress(set) ?? ollamaAddress(process.env[ADDRESSES.ollama]) ?? OLLAMA;
}

/** The models installed at the Ollama of the editor, and its host if it is elsewhere; undefined when none answers. */
export async function ollamaModels(
  set: string,
): Promise<{ readonly names: string[]; readonly host?: string } | undefined> {
  const address = editorOllama(set);
  const names = await (await import("./ollama.ts")).installedModels(address);
  const url = URL.parse(address);
  if (names === undefined) return undefined;
  return url === null || isLocal(url) ? { names } : { names, host: url.host };
}

/** The keys of the editor, and the passwords of its proxies: values that must never reach the record. */
export function editorSecrets(keys: readonly (string | undefined)[], proxy: unknown): string[] {
  const own = typeof proxy === "string" ? passwordOf(proxy) : undefined;
  const host = passwordOf(process.env[ADDRESSES.ollama]);
  return [...keys, own, host, ...proxySecrets(process.env)].filter((value) => value !== undefined);
}

/** The providers of the editor. Its own `fetch` goes through the proxies that it knows. */
export function editorProviders(sources: EditorSources): ModelBackend {
  const keyed = (
    vendor: "openai" | "anthropic",
    own: string,
    read: (set: string) => string | undefined,
  ): Connection => ({
    get baseUrl() {
      return read(sources.baseUrl(vendor)) ?? own;
    },
    get source() {
      return `the setting agentlibos.${vendor}.baseUrl`;
    },
    key: () => sources.key(vendor),
    keyRequired: true,
  });
  return createModels({
    scripted: true,
    openai: keyed("openai", OPENAI, chatAddress),
    anthropic: keyed("anthropic", ANTHROPIC, messagesAddress),
    "openai-compatible": {
      get baseUrl() {
        return chatAddress(sources.baseUrl("openaiCompatible")) ?? "";
      },
      source: "the setting agentlibos.openaiCompatible.baseUrl",
      key: () => sources.key("openai-compatible"),
      keyRequired: false,
    },
    ollama: {
      get baseUrl() {
        return editorOllama(sources.baseUrl("ollama"));
      },
      source: "the setting agentlibos.ollama.baseUrl, else OLLAMA_HOST",
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
