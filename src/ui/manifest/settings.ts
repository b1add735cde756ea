// Settings: the table behind the manifest's settings, and the one function that reads them.
import type * as vscode from "vscode";

interface Setting {
  readonly type: "string" | "number" | "boolean" | "object" | "array";
  readonly default: string | number | boolean | object;
  readonly scope: "application" | "machine" | "window";
  readonly description: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly minimum?: number;
}

/**
 * The settings by the part of the id after `agentlibos.`. All but window-scoped ones are restricted: a workspace
 * cannot set them.
 */
export const SETTINGS = {
  profile: {
    type: "string",
    default: "ask",
    scope: "application",
    description: "What New Agent proposes that an agent may do.",
    values: {
      ask: "Reads the folder; asks before each change.",
      readOnly: "Reads the folder; changes nothing.",
      editFreely: "Reads and edits the folder without asking; you can undo each turn.",
    },
  },
  defaultModel: {
    type: "string",
    default: "",
    scope: "application",
    description: "The model that New Agent proposes first, as vendor/family, for example openai/gpt-5.",
  },
  "budget.modelCalls": number(150, "Model calls that an agent and its children may make."),
  "budget.tokens": number(2_000_000, "Tokens that an agent and its children may use."),
  "budget.toolCalls": number(500, "Tool calls that an agent and its children may make."),
  "budget.activeMinutes": number(60, "Minutes that an agent may be active; waiting for you does not count."),
  "budget.dollars": number(5, "US dollars that an agent and its children may cost, where prices are known."),
  "budget.megabytesWritten": number(200, "Megabytes that an agent and its children may write."),
  "budget.children": number(100, "Children that an agent, its children and theirs may start in all."),
  prices: {
    type: "object",
    default: {},
    scope: "application",
    description:
      'What models cost, in US dollars per million tokens. Keys are vendor/family, or end in * and stand for all that begin so, for example {"anthropic/claude-opus*": {"input": 5, "output": 25, "cachedInput": 0.5, "storedInput": 6.25}}. A model without a price is not counted in money.',
  },
  answerWithinMinutes: {
    type: "number",
    default: 0,
    scope: "application",
    description:
      "Minutes there are to answer what an agent asks; after that it is told that nobody answered, and goes on. 0: it waits.",
    minimum: 0,
  },
  maxRunningAgents: number(5, "Model calls that run at once for one provider."),
  "openaiCompatible.baseUrl": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "The address of a server that speaks chat completions, for example http://127.0.0.1:8080/v1.",
  },
  "openai.baseUrl": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "Another address for the models of OpenAI, for example of your company's gateway. Your key for OpenAI is sent there. Empty: https://api.openai.com/v1.",
  },
  "anthropic.baseUrl": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "Another address for the models of Anthropic, for example of your company's gateway. Your key for Anthropic is sent there. Empty: https://api.anthropic.com.",
  },
  "ollama.baseUrl": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "The address of Ollama. It is asked when you choose a model, and by agents that use one of its models. Empty: what OLLAMA_HOST says, else http://127.0.0.1:11434.",
  },
  resumeOnStart: {
    type: "string",
    default: "ask",
    scope: "application",
    description: "What happens to unfinished agents when the window opens again.",
    values: {
      never: "They stay paused.",
      ask: "They stay paused, and you are asked.",
      always: "They go on.",
    },
  },
  notifications: {
    type: "string",
    default: "whenHidden",
    scope: "application",
    description: "When a notification says that agents wait for you.",
    values: {
      whenHidden: "While the approvals are hidden or the window is not focused.",
      always: "Always.",
      never: "Never.",
    },
  },
  "shell.mode": {
    type: "string",
    default: "auto",
    scope: "application",
    description: "Where the commands of agents run.",
    values: {
      auto: "In a layer where that works on this machine. Elsewhere each command asks, and runs as you would run it.",
      layered:
        "Only in a layer: a command changes nothing by itself, and what it changed is decided like an edit.",
      off: "Nowhere.",
    },
  },
  "shell.unconfined": {
    type: "string",
    default: "ask",
    scope: "application",
    description: "What happens to commands where no layer works.",
    values: {
      ask: "Each asks before it runs as you would run it; nothing of it is undone.",
      never: "They do not run.",
    },
  },
  "shell.toolFolders": {
    type: "array",
    default: [],
    scope: "machine",
    description:
      "Absolute paths of folders that commands in a layer may read, beside those of the system and of PATH, for example of a compiler in your home.",
  },
  "paths.bubblewrap": {
    type: "string",
    default: "",
    scope: "machine",
    description: "The path of bubblewrap, which makes the layers. Empty: the one on PATH.",
  },
  "git.trailer": {
    type: "boolean",
    default: true,
    scope: "application",
    description:
      "Ends the message of each commit of an agent with a line that names the agent and the record it is in.",
  },
  "checkpoints.maxSizeMB": {
    type: "number",
    default: 1024,
    scope: "machine",
    minimum: 1,
    description:
      "How much room the copies of changed files take, in megabytes. Beyond it the oldest go that no named checkpoint needs.",
  },
  "transcript.openOnStart": {
    type: "boolean",
    default: true,
    scope: "window",
    description: "Opens the transcript of an agent that you start.",
  },
  "statusBar.showCost": {
    type: "boolean",
    default: false,
    scope: "window",
    description: "Shows in the status bar what your running agents cost so far, where prices are known.",
  },
} as const satisfies Record<string, Setting>;

/** The part of a setting's id after `agentlibos.`. */
export type SettingName = keyof typeof SETTINGS;
type Value<N extends SettingName> = (typeof SETTINGS)[N] extends { readonly values: infer V }
  ? keyof V
  : (typeof SETTINGS)[N]["default"] extends infer D
    ? D extends string
      ? string
      : D extends number
        ? number
        : D extends boolean
          ? boolean
          : D extends readonly unknown[]
            ? readonly string[]
            : object
    : never;

function number<const D extends number>(value: D, description: string) {
  return { type: "number", default: value, scope: "application", description, minimum: 1 } as const;
}

/**
 * Reads a setting. An invalid value gives the default. Restricted settings are read from the user's settings only, so
 * that no workspace file can widen anything, whatever the editor merges.
 */
export function setting<N extends SettingName>(config: vscode.WorkspaceConfiguration, name: N): Value<N> {
  const entry: Setting = SETTINGS[name];
  const found = config.inspect(name);
  const given = entry.scope === "window" ? config.get<unknown>(name) : (found?.globalValue ?? entry.default);
  const listed = entry.values === undefined || Object.hasOwn(entry.values, String(given));
  const large = entry.minimum === undefined || (typeof given === "number" && given >= entry.minimum);
  const isList = Array.isArray(given) && given.every((each) => typeof each === "string");
  const good = (entry.type === "array" ? isList : typeof given === entry.type) && listed && large;
  return (good ? given : entry.default) as Value<N>;
}
