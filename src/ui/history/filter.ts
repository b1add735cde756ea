// Filter of the history: the questions by which a person chooses which calls the view shows.
import * as vscode from "vscode";
import { decisionSchema, type DecisionWord } from "../../abi/record.ts";
import { fsResource, fsSegments } from "../../abi/resource.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { HistoryFilter } from "../../views/history/rows.ts";
import { decisionWords } from "../../views/words/decisions.ts";
import { agentName, agentsOf, agentStateOf, agentStateWords } from "../session/agents.ts";
import { resourceAt } from "../session/folders.ts";
import { askForLine, choose } from "../session/messages.ts";

const { t } = vscode.l10n;

/** Changes one field of a filter; undefined when the person went back. */
type Change = () => Promise<HistoryFilter | undefined>;

/** Asks by what the history is filtered, and gives the filter with that; undefined when the person went back. */
export async function chooseFilter(kernel: Kernel, now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const ways: readonly (readonly [icon: string, label: string, detail: string, change: Change])[] = [
    ["search", t("Text…"), t("Looked for in arguments, results and errors."), () => byText(now)],
    ["file", t("File or Folder…"), t("Calls that read or changed it."), () => byFile(kernel, now)],
    ["law", t("Decision…"), t("For example, only what was denied."), () => byDecision(now)],
    ["symbol-class", t("Kind…"), t("For example, only commands."), () => byKind(kernel, now)],
    ["graph", t("Cost…"), t("Calls that used many tokens."), () => byTokens(now)],
    ["pulse", t("Agent…"), t("Calls of one agent."), () => byAgent(kernel, now)],
  ];
  const items = ways.map(([icon, label, detail, change]) => ({
    ...{ label: `$(${icon}) ${label}`, detail, change, ours: true },
  }));
  const title = t("Filter the history by what?");
  return (await choose(items, { title }))?.change();
}

async function byText(now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const prompt = t("Calls whose arguments, results or errors say this.");
  const text = await askForLine({ title: t("Filter by Text"), prompt, value: now.text ?? "" });
  if (text === undefined) return undefined;
  return { ...now, text: text.trim() === "" ? undefined : text.trim() };
}

async function byFile(kernel: Kernel, now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const { roots } = kernel.state;
  const front = vscode.window.activeTextEditor?.document.uri;
  const inFront = front === undefined ? undefined : resourceAt(roots, front);
  const path = await askForLine({
    title: t("Filter by File or Folder"),
    prompt: t("A path that begins with the name of a workspace folder."),
    value: inFront === undefined ? (roots[0]?.name ?? "") : fsSegments(inFront).join("/"),
    validateInput: (text) =>
      roots.some(({ name }) => text.split("/")[0] === name)
        ? undefined
        : t("Begin with one of: {0}", roots.map(({ name }) => name).join(", ")),
  });
  const [folder = "", ...segments] = (path ?? "").split("/").filter((segment) => segment !== "");
  return path === undefined ? undefined : { ...now, resources: [fsResource(folder, segments)] };
}

async function byDecision(now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const items = decisionSchema.options.map((decision: DecisionWord) => ({
    label: decisionWords(t, decision),
    decision,
  }));
  const chosen = await choose(items, { title: t("Filter by Decision") });
  return chosen && { ...now, decision: chosen.decision };
}

async function byKind(kernel: Kernel, now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const kinds = [
    ...new Set([...kernel.operations.values()].map(({ name }) => name.split(".")[0] ?? "")),
  ].sort();
  const items = kinds.map((name) => ({
    label: name,
    description: kernel.state.kinds.get(name)?.noun(t, "", true) ?? "",
    name,
  }));
  const chosen = await choose(items, { title: t("Filter by Kind"), matchOnDescription: true });
  return chosen && { ...now, syscall: `${chosen.name}.*` };
}

async function byTokens(now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const value = await askForLine({
    title: t("Filter by Cost"),
    prompt: t("Calls that used so many tokens or more."),
    value: String(now.tokens ?? 1000),
    validateInput: (text) => (/^\d{1,9}$/u.test(text.trim()) ? undefined : t("Write a whole number.")),
  });
  return value === undefined ? undefined : { ...now, tokens: Number(value.trim()) };
}

async function byAgent(kernel: Kernel, now: HistoryFilter): Promise<HistoryFilter | undefined> {
  const items = agentsOf(kernel)
    .reverse()
    .map((process) => ({
      label: agentName(process),
      description: `${agentStateWords(agentStateOf(kernel, process))} · ${t("process {0}", process.pid)}`,
      pid: process.pid,
    }));
  const chosen = await choose(items, { title: t("Filter by Agent"), matchOnDescription: true });
  return chosen && { ...now, pid: chosen.pid };
}
