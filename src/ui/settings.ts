// The settings: a table that the manifest is generated from, and the one way to read them.
import type * as vscode from "vscode";

interface Setting {
  readonly type: "string" | "number" | "boolean";
  readonly default: string | number | boolean;
  readonly scope: "application" | "machine" | "window";
  readonly description: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly minimum?: number;
}

/** By the part of the id after `agentlibos.`. All but window-scoped ones are restricted: a workspace never sets them. */
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
  maxRunningAgents: number(5, "Model calls that run at once for one provider."),
  "openaiCompatible.baseUrl": {
    type: "string",
    default: "",
    scope: "machine",
    description:
      "The address of a server that speaks chat completions, for example http://127.0.0.1:8080/v1.",
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
  "transcript.openOnStart": {
    type: "boolean",
    default: true,
    scope: "window",
    description: "Opens the transcript of an agent that you start.",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
type Value<N extends SettingName> = (typeof SETTINGS)[N] extends { readonly values: infer V }
  ? keyof V
  : (typeof SETTINGS)[N]["default"] extends infer D
    ? D extends string
      ? string
      : D extends number
        ? number
        : boolean
    : never;

function number<const D extends number>(value: D, description: string) {
  return { type: "number", default: value, scope: "application", description, minimum: 1 } as const;
}

/**
 * Reads a setting. A value of another type or outside its list is the default; restricted ones are read from the
 * user's settings only, so that no workspace file can widen anything whatever the editor merges.
 */
export function setting<N extends SettingName>(config: vscode.WorkspaceConfiguration, name: N): Value<N> {
  const entry: Setting = SETTINGS[name];
  const found = config.inspect(name);
  const given = entry.scope === "window" ? config.get<unknown>(name) : (found?.globalValue ?? entry.default);
  const listed = entry.values === undefined || Object.hasOwn(entry.values, String(given));
  const large = entry.minimum === undefined || (typeof given === "number" && given >= entry.minimum);
  const good = typeof given === entry.type && listed && large;
  return (good ? given : entry.default) as Value<N>;
}
