// Contributions: the generated parts of package.json and package.nls.json. A test writes them into the files.
import { COMMANDS } from "./commands.ts";
import type { ManifestCommand } from "./menus.ts";
import { CHAT_COMMANDS, PARTICIPANT, READING_TOOLS } from "./participant.ts";
import { VIEWS, WELCOME, WALKTHROUGH_STEPS, WALKTHROUGH } from "./welcome.ts";
import { SETTINGS } from "./settings.ts";

const PREFIX = "agentlibos.";

/** The generated parts of package.json, and every text that they name. */
export function manifestParts(): { parts: Record<string, unknown>; texts: Record<string, string> } {
  const texts: Record<string, string> = {};
  const text = (key: string, value: string): string => {
    texts[key] = value;
    return `%${key}%`;
  };
  const commands = Object.entries<ManifestCommand>(COMMANDS);
  const contributes = {
    viewsContainers: { activitybar: [{ id: "agentlibos", title: "Agent libOS", icon: "media/libos.svg" }] },
    views: {
      agentlibos: Object.entries(VIEWS).map(([id, view]) => ({
        id: PREFIX + id,
        name: text(`view.${id}`, view.name),
        icon: view.icon,
        ...(id === "approvals" ? { initialSize: 2 } : { initialSize: 3 }),
        // A closed view asks for no rows, so nobody waits for a long record to be read.
        ...(id === "history" ? { visibility: "collapsed" } : {}),
      })),
    },
    viewsWelcome: WELCOME.map(({ view, when, text: said }, i) => ({
      view: PREFIX + view,
      contents: text(`welcome.${view}.${i}`, said),
      when,
    })),
    commands: commands.map(([name, command]) => ({
      command: PREFIX + name,
      title: text(`command.${name}`, command.title),
      category: "Agent libOS",
      ...(command.icon === undefined ? {} : { icon: command.icon }),
    })),
    menus: { commandPalette: palette(commands), ...menus(commands) },
    keybindings: commands.flatMap(([name, { key }]) =>
      key === undefined ? [] : [{ command: PREFIX + name, ...key }],
    ),
    configuration: {
      title: "Agent libOS",
      properties: Object.fromEntries(
        Object.entries(SETTINGS).map(([name, entry]) => [PREFIX + name, property(name, entry, text)]),
      ),
    },
    walkthroughs: [walkthrough(text)],
    ...chat(text),
    jsonValidation: [
      // The workspace's file, and the user's file when the data folder has its usual name.
      { fileMatch: [".agentlibos/policy.json", "agentlibos/policy.json"], url: "./media/policy.schema.json" },
    ],
    languages: [{ id: "agentlibos", aliases: ["Agent libOS"] }],
    configurationDefaults: {
      // A request must be readable in full.
      "[agentlibos]": {
        "editor.wordWrap": "on",
        "editor.minimap.enabled": false,
        "editor.lineNumbers": "off",
        "editor.links": false,
      },
      "files.watcherExclude": { "**/.agentlibos/**": true },
      "search.exclude": { "**/.agentlibos/**": true },
    },
  };
  const restricted = Object.entries(SETTINGS).filter(([, entry]) => entry.scope !== "window");
  const untrustedWorkspaces = {
    supported: "limited",
    description: text("untrusted", "The record is readable; agents cannot run."),
    restrictedConfigurations: restricted.map(([name]) => PREFIX + name),
  };
  const virtualWorkspaces = {
    supported: "limited",
    description: text("virtual", "Agents need files on disk."),
  };
  const activationEvents = [
    "onUri",
    "workspaceContains:.agentlibos/identity.json",
    "workspaceContains:.agentlibos-tour",
    "onFileSystem:agentlibos-draft",
  ];
  return {
    parts: { activationEvents, capabilities: { untrustedWorkspaces, virtualWorkspaces }, contributes },
    texts,
  };
}

type Text = (key: string, value: string) => string;

function walkthrough(text: Text): object {
  return {
    id: WALKTHROUGH,
    title: text("walkthrough", "Get started with Agent libOS"),
    description: text("walkthrough.description", "Agents that can do only what you allow."),
    steps: Object.entries(WALKTHROUGH_STEPS).map(([id, { title, description, done }]) => ({
      id,
      title: text(`walkthrough.${id}`, title),
      description: text(`walkthrough.${id}.description`, description),
      media: { markdown: `media/walkthrough/${id}.md` },
      completionEvents: done,
    })),
  };
}

function chat(text: Text): object {
  const { description, ...participant } = PARTICIPANT;
  return {
    chatParticipants: [
      {
        ...participant,
        description: text("chat", description),
        commands: Object.entries(CHAT_COMMANDS).map(([name, said]) => ({
          name,
          description: text(`chat.${name}`, said),
        })),
      },
    ],
    languageModelTools: Object.entries(READING_TOOLS).map(
      ([name, { title, reference, description, input }]) => ({
        name,
        displayName: text(`tool.${name}`, title),
        toolReferenceName: reference,
        canBeReferencedInPrompt: true,
        userDescription: text(`tool.${name}.description`, description),
        modelDescription: description,
        inputSchema: input,
        icon: "$(pulse)",
      }),
    ),
  };
}

function palette(commands: [string, ManifestCommand][]): object[] {
  return commands.flatMap(([name, { palette: when }]) =>
    when === undefined ? [] : [{ command: PREFIX + name, when: when === "never" ? "false" : when }],
  );
}

function menus(commands: [string, ManifestCommand][]): Record<string, object[]> {
  const found: Record<string, object[]> = {};
  for (const [name, { places = [] }] of commands)
    for (const { menu, ...place } of places)
      (found[menu] ??= []).push({ command: PREFIX + name, when: place.when, group: place.group });
  return found;
}

interface Entry {
  readonly type: string;
  readonly default: unknown;
  readonly scope: string;
  readonly description: string;
  readonly values?: Readonly<Record<string, string>>;
  readonly minimum?: number;
}

function property(name: string, entry: Entry, text: Text): object {
  const { values, description, ...rest } = entry;
  return {
    ...rest,
    ...(entry.type === "array" ? { items: { type: "string" } } : {}),
    description: text(`setting.${name}`, description),
    ...(values === undefined
      ? {}
      : {
          enum: Object.keys(values),
          enumDescriptions: Object.entries(values).map(([v, said]) => text(`setting.${name}.${v}`, said)),
        }),
  };
}
