// Model keys of the command line: taken from the environment once, and taken out of it for everything started later.
import type { OpenAiConfig } from "./openai.ts";
import type { ModelsConfig } from "./providers.ts";

const OPENAI = "https://api.openai.com/v1";

/**
 * Reads the keys and removes them from `env`, so that no program started by us finds them there. `secrets` are values
 * that must never reach the record; a base URL may carry a password and is one of them.
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
  const at = (baseUrl: string): OpenAiConfig => ({
    baseUrl,
    key: () => key,
    keyRequired: baseUrl === OPENAI,
  });
  return {
    models: {
      scripted: true,
      openai: at(base ?? OPENAI),
      ...(base === undefined ? {} : { "openai-compatible": at(base) }),
    },
    secrets: [anthropic, key, passwordOf(base)].filter((s) => s !== undefined),
  };
}

function passwordOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { password } = new URL(url);
  return password === "" ? undefined : decodeURIComponent(password);
}
