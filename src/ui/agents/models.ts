// Models: the models that a person may choose, and the API keys that some vendors need.
import * as vscode from "vscode";
import { askForLine, choose, inform, withoutIcons, type Choice } from "../session/messages.ts";
import type { Keys, Outside, Vendor } from "../session/runtime.ts";
import { setting } from "../manifest/settings.ts";
import { visibleLine } from "../../views/words/visible.ts";

const { t } = vscode.l10n;

/** A chosen model, with a script when its answers come from one. */
export interface ModelChoice {
  readonly model: string;
  readonly scripted?: "demo" | "file";
}

/** A model that is listed first, with the reason. */
export interface SuggestedModel {
  readonly model: string;
  readonly about: string;
}

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("agentlibos");

interface Item extends Choice {
  readonly choose: () => Promise<ModelChoice | undefined>;
}

/** How long other extensions may take to list their models, in milliseconds. */
const OFFER_MS = 2_000;

/**
 * Lets a person choose a model. There is always a choice: missing settings can be made from this list, and the demo
 * needs none.
 */
export async function chooseModel(
  outside: Outside,
  title: string,
  first?: SuggestedModel,
): Promise<ModelChoice | undefined> {
  const chosen = await choose(itemsOf(outside, title, first), {
    title,
    placeHolder: t("Choose a model, or set one up"),
    ignoreFocusOut: true,
    matchOnDescription: true,
  });
  return chosen?.choose();
}

async function itemsOf(outside: Outside, title: string, first?: SuggestedModel): Promise<Item[]> {
  const { keys, models } = outside;
  const late = new Promise<[]>((resolve) => setTimeout(resolve, OFFER_MS, []));
  const [editor, local, anthropic, openai] = await Promise.all([
    Promise.race([models.editor().catch(() => []), late]),
    models.ollama(),
    keys.get("anthropic"),
    keys.get("openai"),
  ]);
  const again = (): Promise<ModelChoice | undefined> => chooseModel(outside, title, first);
  const fixed = setting(settings(), "defaultModel");
  const compatible = namedModelItem("openai-compatible", t("Model of your compatible server…"), "");
  return [
    // A scripted model needs its script, which is listed further down.
    ...(first === undefined || first.model.startsWith("scripted/")
      ? []
      : [modelItem(first.model, first.model, first.about)]),
    ...(fixed === "" ? [] : [modelItem(fixed, fixed, t("your default model"))]),
    ...(process.env["AGENTLIBOS_SCRIPT"] === undefined
      ? []
      : [
          {
            label: t("Script from AGENTLIBOS_SCRIPT"),
            description: "scripted/file",
            choose: async () => ({ model: "scripted/file", scripted: "file" as const }),
          },
        ]),
    ...editor.map((each) => ({
      ...modelItem(`$(vscode) ${withoutIcons(each.label)}`, each.model, `${each.detail} · ${each.model}`),
      ours: true,
    })),
    ...(local === undefined
      ? [{ label: "Ollama", description: t("does not answer; choose to look again"), choose: again }]
      : local.names.length === 0
        ? [{ label: "Ollama", description: t("has no models yet; choose to look again"), choose: again }]
        : local.names.map((name) => ({
            ...modelItem(
              `$(device-desktop) ${withoutIcons(name)}`,
              `ollama/${name}`,
              local.host === undefined
                ? t("Ollama, on this machine")
                : t("Ollama, at {0}", visibleLine(local.host)),
            ),
            ours: true,
          }))),
    vendorItem(keys, "anthropic", anthropic, t("Anthropic model…"), "claude-sonnet-5"),
    vendorItem(keys, "openai", openai, t("OpenAI model…"), "gpt-5"),
    setting(settings(), "openaiCompatible.baseUrl") === ""
      ? {
          ...{ label: t("$(server) Use a compatible server…"), ours: true },
          description: t("any address that speaks chat completions"),
          choose: async () => ((await askServer()) ? compatible.choose() : undefined),
        }
      : compatible,
    {
      label: t("Scripted demo"),
      description: t("needs no key and no network; shows what an agent does"),
      choose: async () => ({ model: "scripted/demo", scripted: "demo" }),
    },
    {
      ...{ label: t("$(key) Set API Key…"), ours: true },
      choose: async () => ((await setKey(keys)) ? again() : undefined),
    },
  ];
}

function modelItem(label: string, name: string, description: string): Item {
  return { label, description, choose: async () => ({ model: name }) };
}

/** A vendor that needs a key. Without one, the key is asked for first. */
function vendorItem(
  keys: Keys,
  vendor: Vendor,
  key: string | undefined,
  label: string,
  example: string,
): Item {
  const item = namedModelItem(vendor, label, example);
  if (key !== undefined) return item;
  const description = t("needs an API key, which is asked for first");
  return {
    ...item,
    description,
    choose: async () => ((await askKey(keys, vendor)) ? item.choose() : undefined),
  };
}

function namedModelItem(vendor: Vendor, label: string, example: string): Item {
  const choose = async (): Promise<ModelChoice | undefined> => {
    const name = await askForLine({
      title: label,
      prompt: t("Its name"),
      value: example,
      ignoreFocusOut: true,
    });
    return name === undefined || name.trim() === "" ? undefined : { model: `${vendor}/${name.trim()}` };
  };
  return { label, description: `${vendor}/…`, choose };
}

/**
 * Asks for the address of a compatible server and keeps it in the settings. It is asked for here, because the settings
 * of a remote machine stand on a page of their own. True when an address was given.
 */
async function askServer(): Promise<boolean> {
  const url = await askForLine({
    title: t("The address of your server"),
    prompt: t("It usually ends in /v1, for example http://127.0.0.1:8080/v1."),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const { protocol = "" } = URL.canParse(text.trim()) ? new URL(text.trim()) : {};
      return protocol === "http:" || protocol === "https:"
        ? undefined
        : t("An address begins with http:// or https://.");
    },
  });
  if (url === undefined) return false;
  await settings().update("openaiCompatible.baseUrl", url.trim(), vscode.ConfigurationTarget.Global);
  return true;
}

/** Select Model…: sets the model that New Agent proposes first. */
export async function selectModel(outside: Outside): Promise<void> {
  const choice = await chooseModel(outside, t("Select the model that New Agent proposes first"));
  if (choice === undefined) return;
  const chosen = choice.scripted === undefined ? choice.model : "";
  await settings().update("defaultModel", chosen, vscode.ConfigurationTarget.Global);
}

/** The name and address of each vendor that needs a key. */
const VENDOR_TEXTS: Readonly<Record<Vendor, readonly [label: string, where: string]>> = {
  anthropic: ["Anthropic", "api.anthropic.com"],
  openai: ["OpenAI", "api.openai.com"],
  "openai-compatible": [t("OpenAI-compatible server"), "agentlibos.openaiCompatible.baseUrl"],
};

/** The vendors in the order of the list. */
export const VENDORS = Object.keys(VENDOR_TEXTS) as readonly Vendor[];

async function pickVendor(title: string): Promise<Vendor | undefined> {
  const items = VENDORS.map((vendor) => {
    const [label, description] = VENDOR_TEXTS[vendor];
    return { label, description, vendor };
  });
  return (await choose(items, { title }))?.vendor;
}

/** Saves a key in the editor's secret storage. True when a key was set. */
export async function setKey(keys: Keys): Promise<boolean> {
  const vendor = await pickVendor(t("Whose key?"));
  return vendor !== undefined && askKey(keys, vendor);
}

async function askKey(keys: Keys, vendor: Vendor): Promise<boolean> {
  const prompt = t("It is kept in the editor’s secret storage and never written into the record.");
  const key = await askForLine({
    title: t("API key for {0}", VENDOR_TEXTS[vendor][0]),
    prompt,
    password: true,
    ignoreFocusOut: true,
  });
  if (key === undefined || key.trim() === "") return false;
  await keys.set(vendor, key.trim());
  void inform(t("The key was saved."));
  return true;
}

/** Removes the key of a vendor. */
export async function removeKey(keys: Keys): Promise<void> {
  const vendor = await pickVendor(t("Whose key is to be removed?"));
  if (vendor === undefined) return;
  await keys.set(vendor, undefined);
  void inform(t("The key was removed."));
}
