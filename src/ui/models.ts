// Models: which ones a person may choose, and the keys that some of them need.
import * as vscode from "vscode";
import type { Keys, Vendor } from "./runtime.ts";
import { setting } from "./settings.ts";

const { t } = vscode.l10n;

/** A chosen model; a script when the answers come from one. */
export interface Choice {
  readonly model: string;
  readonly scripted?: "demo" | "file";
}

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("agentlibos");

interface Item extends vscode.QuickPickItem {
  readonly choose: () => Promise<Choice | undefined>;
}

/** Lets a person choose. It never ends in nothing: what is missing can be set up from here, and the demo needs nothing. */
export async function chooseModel(keys: Keys, title: string): Promise<Choice | undefined> {
  const fixed = setting(settings(), "defaultModel");
  const items: Item[] = [];
  if (fixed !== "")
    items.push({
      label: fixed,
      description: t("your default model"),
      choose: async () => ({ model: fixed }),
    });
  if ((await keys.get("openai")) !== undefined) items.push(named("openai", t("OpenAI model…"), "gpt-5"));
  if (setting(settings(), "openaiCompatible.baseUrl") !== "")
    items.push(named("openai-compatible", t("Model of your compatible server…"), ""));
  if (process.env["AGENTLIBOS_SCRIPT"] !== undefined)
    items.push({
      label: t("Script from AGENTLIBOS_SCRIPT"),
      description: "scripted/file",
      choose: async () => ({ model: "scripted/file", scripted: "file" }),
    });
  items.push(
    {
      label: t("Scripted demo"),
      description: t("needs no key and no network; shows what an agent does"),
      choose: async () => ({ model: "scripted/demo", scripted: "demo" }),
    },
    {
      label: t("$(key) Set API Key…"),
      choose: async () => ((await setKey(keys)) ? chooseModel(keys, title) : undefined),
    },
    {
      label: t("$(server) Use a compatible server…"),
      description: t("any address that speaks chat completions"),
      choose: async () => {
        await vscode.commands.executeCommand(
          "workbench.action.openSettings",
          "agentlibos.openaiCompatible.baseUrl",
        );
        return undefined;
      },
    },
  );
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    ignoreFocusOut: true,
    matchOnDescription: true,
  });
  return chosen?.choose();
}

function named(vendor: Vendor, label: string, example: string): Item {
  const choose = async (): Promise<Choice | undefined> => {
    const name = await vscode.window.showInputBox({
      title: label,
      prompt: t("Its name"),
      value: example,
      ignoreFocusOut: true,
    });
    return name === undefined || name.trim() === "" ? undefined : { model: `${vendor}/${name.trim()}` };
  };
  return { label, description: `${vendor}/…`, choose };
}

/** Select Model…: what New Agent proposes first. */
export async function selectModel(keys: Keys): Promise<void> {
  const choice = await chooseModel(keys, t("Select the model that New Agent proposes first"));
  if (choice === undefined) return;
  const model = choice.scripted === undefined ? choice.model : "";
  await settings().update("defaultModel", model, vscode.ConfigurationTarget.Global);
}

async function vendor(title: string): Promise<Vendor | undefined> {
  const items: (vscode.QuickPickItem & { vendor: Vendor })[] = [
    { label: "OpenAI", description: "api.openai.com", vendor: "openai" },
    {
      label: t("OpenAI-compatible server"),
      description: "agentlibos.openaiCompatible.baseUrl",
      vendor: "openai-compatible",
    },
  ];
  return (await vscode.window.showQuickPick(items, { title }))?.vendor;
}

/** Keeps a key in the editor's secret storage; true when one was set. */
export async function setKey(keys: Keys): Promise<boolean> {
  const which = await vendor(t("Whose key?"));
  if (which === undefined) return false;
  const prompt = t("It is kept in the editor’s secret storage and never written into the record.");
  const key = await vscode.window.showInputBox({
    title: t("API key"),
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined || key.trim() === "") return false;
  await keys.set(which, key.trim());
  void vscode.window.showInformationMessage(t("The key was saved."));
  return true;
}

export async function removeKey(keys: Keys): Promise<void> {
  const which = await vendor(t("Whose key is to be removed?"));
  if (which === undefined) return;
  await keys.set(which, undefined);
  void vscode.window.showInformationMessage(t("The key was removed."));
}
