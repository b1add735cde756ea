// Asks real models: one tiny agent for each provider whose key is set, or that runs here; says plainly what was not run.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { cliRunSchema } from "../src/abi/cli.ts";
import { installedModels } from "../src/host/node/models/ollama.ts";

const root = join(import.meta.dirname, "..");
const LIMIT_MS = 180_000;
const WORD = "heron-1749";
const GOAL = `Read the file word.txt, then write exactly the word that stands in it into answer.txt, and finish.`;

/** What is tried, by provider: the model, or why there is none. */
interface Try {
  readonly provider: string;
  readonly model?: string;
  readonly why?: string;
}

async function tries(env: NodeJS.ProcessEnv): Promise<Try[]> {
  const local = await installedModels("http://127.0.0.1:11434");
  const named = (provider: string, variable: string, model: string | undefined, missing?: string): Try =>
    env[variable] === undefined || model === undefined
      ? { provider, why: missing ?? `${variable} is not set` }
      : { provider, model: `${provider}/${model}` };
  const chosen = env["SMOKE_OLLAMA_MODEL"] ?? local?.[0];
  return [
    named("anthropic", "ANTHROPIC_API_KEY", env["SMOKE_ANTHROPIC_MODEL"] ?? "claude-haiku-4-5"),
    named("openai", "OPENAI_API_KEY", env["SMOKE_OPENAI_MODEL"] ?? "gpt-5-mini"),
    named(
      "openai-compatible",
      "OPENAI_BASE_URL",
      env["SMOKE_COMPATIBLE_MODEL"],
      "OPENAI_BASE_URL and SMOKE_COMPATIBLE_MODEL are not both set",
    ),
    chosen === undefined
      ? {
          provider: "ollama",
          why: local === undefined ? "nothing answers on 127.0.0.1:11434" : "it has no models",
        }
      : { provider: "ollama", model: `ollama/${chosen}` },
    { provider: "vscode", why: "models of the editor are only there in the editor" },
  ];
}

/** One agent in a folder of its own; the file on the disk tells whether it did what it was told. */
async function agent(model: string): Promise<{ good: boolean; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-smoke-"));
  const home = mkdtempSync(join(tmpdir(), "agentlibos-home-"));
  try {
    writeFileSync(join(folder, "word.txt"), `${WORD}\n`);
    const grant = `allow:read,list,write:fs:/${basename(folder)}/**`;
    const words = ["run", "--workspace", folder, "--model", model, "--goal", GOAL, "--grant", grant];
    const limits = ["--budget", "modelCalls=10,tokens=200000", "--json"];
    const child = spawn(process.execPath, ["--no-warnings", join(root, "src/cli.ts"), ...words, ...limits], {
      env: { ...process.env, AGENTLIBOS_HOME: home },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    if (out === "") return { good: false, said: `ended with ${code ?? "a signal"}: ${err.trim()}` };
    const { usage, calls } = cliRunSchema.parse(JSON.parse(out));
    const failed = calls.find((call) => call.error !== undefined)?.error;
    const wrote = ((): string => {
      try {
        return readFileSync(join(folder, "answer.txt"), "utf8").trim();
      } catch {
        return "";
      }
    })();
    const spent = `${usage.modelCalls} model calls, ${usage.tokens} tokens`;
    return wrote === WORD && code === 0
      ? { good: true, said: spent }
      : {
          good: false,
          said: `${spent}; ${failed === undefined ? "no answer.txt with the word" : failed.message}`,
        };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(home, { recursive: true, force: true });
  }
}

let failed = 0;
let ran = 0;
for (const { provider, model, why } of await tries(process.env)) {
  if (model === undefined) {
    console.log(`- ${provider}: not run, ${why ?? ""}`);
    continue;
  }
  ran += 1;
  const { good, said } = await agent(model);
  if (!good) failed += 1;
  console.log(`${good ? "✔" : "✖"} ${model}: ${said}`);
}
console.log(`${ran} of the providers were run, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
