// Status page: the state of the record, agents, models and folders, with the reasons for what is off.
import * as vscode from "vscode";
import { VENDORS } from "./models.ts";
import type { Documents } from "../documents/documents.ts";
import { setting } from "../manifest/settings.ts";
import { agentsOf, agentName, agentStateWords, agentStateOf } from "../session/agents.ts";
import { waitsForWords } from "./items.ts";
import { openQuestions } from "../session/questions.ts";
import type { Outside } from "../session/runtime.ts";
import { commandModeWords } from "../session/commands.ts";
import { listCheckpoints } from "../../kernel/checkpoints/rows.ts";
import { copiesWords } from "../../views/record/checkpoints.ts";
import type { Session } from "../session/session.ts";
import { forkWords } from "../../views/words/processes.ts";
import { visibleLine, visibleName } from "../../views/words/visible.ts";

const { t } = vscode.l10n;

/** The most agents listed. */
const LISTED = 50;

/** Opens the page. It starts nothing and asks for nothing. */
export async function showStatus(
  session: Session,
  documents: Documents,
  { keys }: Outside,
  { extension }: vscode.ExtensionContext,
): Promise<void> {
  const given = await Promise.all(VENDORS.map(async (v) => ((await keys.get(v)) === undefined ? [] : [v])));
  const { version } = extension.packageJSON as { version?: unknown };
  const text = statusText([
    recordSection(session),
    agentsSection(session),
    modelsSection(given.flat()),
    commandsSection(session),
    await checkpointsSection(session),
    {
      title: t("Folders"),
      lines: session.folders.map(({ name, path }) => [visibleLine(name), visibleLine(path)]),
      none: t("No folder is open."),
    },
    { title: t("Off"), lines: offLines(session), none: t("Nothing.") },
    {
      title: t("Versions"),
      lines: [
        ["Agent libOS", String(version)],
        [vscode.env.appName, vscode.version],
        ["Node", process.versions.node],
      ],
    },
  ]);
  documents.add("status", () => text);
  await documents.show("status", [`${t("Status")}.txt`]);
}

function recordSection({ runtime, phase, detail, writable }: Session): Section {
  const title = t("Record");
  if (runtime === undefined) return { title, lines: [], none: t("There is no record here yet.") };
  const { seq, hash } = runtime.head();
  const kind = { none: t("none"), ready: t("good"), viewer: t("watched"), foreign: t("shown, not obeyed") };
  const phaseWords = phase === "sealed" ? t("can no longer be written") : kind[phase];
  return {
    title,
    lines: [
      [t("stands"), [phaseWords, visibleLine(detail)].filter((part) => part !== "").join(": ")],
      [t("written here"), writable ? t("yes") : t("no, it is taken when you start or change something")],
      [t("journal"), runtime.id],
      [t("head"), t("record {0}, {1}", seq, hash)],
    ],
  };
}

function agentsSection({ runtime }: Session): Section {
  const kernel = runtime?.kernel;
  const all = agentsOf(kernel);
  const living = kernel === undefined ? [] : all.filter((p) => p.life.ended === undefined).reverse();
  const lines = living.slice(0, LISTED).map((p): [string, string] => {
    const want = kernel === undefined ? "" : waitsForWords(kernel, p);
    const word = kernel === undefined ? "" : agentStateWords(agentStateOf(kernel, p));
    const about = [agentName(p), word, want, ...forkWords(t, p), visibleName(p.model)].filter(
      (x) => x !== "",
    );
    return [t("process {0}", p.pid), about.join(" · ")];
  });
  const pending = openQuestions(kernel).length;
  return {
    title: t(
      "Agents: {0} not finished, {1} ended; {2} requests wait",
      living.length,
      all.length - living.length,
      pending,
    ),
    lines,
    none: t("No agent is running."),
  };
}

function modelsSection(keys: readonly string[]): Section {
  const config = vscode.workspace.getConfiguration("agentlibos");
  const fixed = setting(config, "defaultModel");
  const url = setting(config, "openaiCompatible.baseUrl");
  return {
    title: t("Models"),
    lines: [
      [t("default"), fixed === "" ? t("none chosen; New Agent asks") : visibleLine(fixed)],
      [t("keys"), keys.length === 0 ? t("none") : keys.join(", ")],
      [t("compatible server"), url === "" ? t("none") : visibleLine(url)],
    ],
  };
}

function commandsSection({ runtime }: Session): Section {
  return {
    title: t("Commands"),
    lines: [[t("place"), visibleLine(commandModeWords(runtime?.commands?.found))]],
  };
}

async function checkpointsSection({ runtime }: Session): Promise<Section> {
  const title = t("Checkpoints");
  if (runtime === undefined) return { title, lines: [], none: t("There is no record here yet.") };
  const all = listCheckpoints(runtime.kernel.state);
  const named = all.filter(({ checkpoint }) => checkpoint.before === undefined).length;
  return {
    title,
    lines: [
      [t("positions"), t("{0}, of which {1} have a name", all.length, named)],
      [t("room"), copiesWords(t, await runtime.copies())],
    ],
  };
}

/** Lists what does not work in this window now, with reasons. */
function offLines(session: Session): [string, string][] {
  const config = vscode.workspace.getConfiguration("agentlibos");
  const off: [string, string][] = [];
  const message = session.statusMessage();
  if (session.root === undefined) off.push([t("agents"), t("They need a folder on disk.")]);
  else if (!vscode.workspace.isTrusted) off.push([t("agents"), t("The folder is in Restricted Mode.")]);
  else if (message !== undefined) off.push([t("agents"), message]);
  if (setting(config, "notifications") === "never")
    off.push([t("notifications"), t("The setting agentlibos.notifications says never.")]);
  return off;
}

/** A section of the page: its heading and its lines. */
export interface Section {
  readonly title: string;
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** The text of a section without lines. */
  readonly none?: string;
}

/** The page as text: a column of names with values beside them. */
export function statusText(sections: readonly Section[]): string {
  const names = sections.flatMap((s) => s.lines.map(([name]) => name.length));
  const width = names.reduce((most, length) => Math.max(most, length), 0);
  const lines = sections.flatMap(({ title, lines: all, none = "" }) => {
    if (all.length === 0 && none === "") return [];
    const shown = all.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd());
    return [title, ...(shown.length === 0 ? [`  ${none}`] : shown), ""];
  });
  return lines.join("\n");
}
