// The extension's boot list. Kernel and hosts load when there is a record to open.
import * as vscode from "vscode";
import type { Fault } from "./abi/errors.ts";
import type { RootFolder } from "./abi/record.ts";
import { editorTexts, foldersOf } from "./host/vscode/folders.ts";
import { SecretKeys } from "./host/vscode/keys.ts";
import type { LanguageModels } from "./host/vscode/lm.ts";
import { VENDORS } from "./ui/agents/models.ts";
import { programSettings } from "./ui/session/commands.ts";
import type { Outside, Runtime } from "./ui/session/runtime.ts";
import { setting } from "./ui/manifest/settings.ts";
import { Workbench } from "./ui/workbench.ts";

const policyFiles = () => import("./host/node/policy-files.ts");
const kinds = async () => (await import("./primitives/index.ts")).kinds;
const config = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration("agentlibos");

let workbench: Workbench | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Agent libOS", { log: true });
  workbench = new Workbench(outside(context, log), context, log);
  context.subscriptions.push(log, workbench);
  void workbench.begin();
}

export async function deactivate(): Promise<void> {
  await workbench?.close();
  workbench = undefined;
}

/** The place of a record, whether it exists or not. */
async function where(roots: readonly RootFolder[], root = roots[0]?.path ?? "") {
  return { root, roots, home: (await import("./host/node/journal/home.ts")).homePath() };
}

/** The outside world as the user interface needs it; the first call that needs a part loads it. */
function outside(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): Outside {
  const keys = new SecretKeys(context.secrets);
  const offered = async (): Promise<LanguageModels> =>
    (await import("./host/vscode/lm.ts")).languageModels(context.languageModelAccessInformation);
  const verify: Outside["verify"] = async (roots, waiting) => {
    const what = { ...(await where(roots)), ...waiting };
    const { ok, standing, text } = await (await import("./history.ts")).verifyRecord(what, vscode.l10n.t);
    return { good: ok, absent: standing === "absent", text: text.join("\n") };
  };
  return {
    ...{ keys, kinds, verify },
    models: {
      editor: async () => (await offered()).offered(),
      ollama: async () =>
        (await import("./host/node/models/environment.ts")).ollamaModels(setting(config(), "ollama.baseUrl")),
    },
    open: async (roots, mode) => open(context, log, keys, await offered(), roots, mode),
    watch: async (...what) => (await import("./host/node/journal/watch.ts")).watchRecord(...what),
    read: async (roots, ...what) => (await import("./history.ts")).readRecord(await where(roots), ...what),
    records: async (roots, ...what) =>
      (await import("./history.ts")).readHistory(await where(roots), ...what),
    history: async (roots) => (await import("./history.ts")).openHistory(await where(roots)),
    checkCommand: async (folder) =>
      (await import("./host/node/check-command.ts")).checkCommand(import.meta.dirname, folder),
    repair: async (roots, how) => (await import("./history.ts")).repairRecord(await where(roots), how),
    images: async (roots, on) => {
      const { imagesIn } = await import("./boot.ts");
      return imagesIn(roots, async () => on && { kernel: on.kernel, opened: on }).list();
    },
    suggest: async (...about) => (await import("./agent/images.ts")).suggestedGrants(await kinds(), ...about),
    script: readScript,
    policy: {
      places: async (root) => (await policyFiles()).policyPlaces(await where([], root)),
      read: async (root) => (await policyFiles()).readPolicy(await where([], root), await kinds()),
      mine: async () => (await policyFiles()).makeUserPolicy((await where([])).home),
    },
    tour: {
      folder: async () => {
        const [{ makeTourFolder }, { TOUR_FILES, TOUR_MARK }] = await Promise.all([
          import("./host/node/tour-folder.ts"),
          import("./agent/tour.ts"),
        ]);
        return makeTourFolder({ ...TOUR_FILES, [TOUR_MARK]: "" });
      },
      order: async (root) => {
        const { TOUR_GOAL: goal, tourGrants, tourScript } = await import("./agent/tour.ts");
        const known = await kinds();
        const image = (await import("./agent/images.ts")).builtInImage(known, "tour");
        const grants = tourGrants(known, root);
        return { goal, image, model: "scripted/tour", grants, script: tourScript(root) };
      },
      damage: async (root) => {
        const { withDamagedCopy } = await import("./host/node/tour-folder.ts");
        return withDamagedCopy(root.path, (copy) => verify([{ name: root.name, path: copy }]));
      },
    },
  };
}

async function open(
  context: vscode.ExtensionContext,
  log: vscode.LogOutputChannel,
  keys: SecretKeys,
  offered: LanguageModels,
  roots: readonly RootFolder[],
  mode: "create" | "write" | "view",
): Promise<Runtime> {
  const [{ boot, placesOf }, { editorProviders, editorSecrets }, { editorDiagnostics }] = await Promise.all([
    import("./boot.ts"),
    import("./host/node/models/environment.ts"),
    import("./host/vscode/diagnostics.ts"),
  ]);
  const given = await Promise.all(VENDORS.map((vendor) => keys.get(vendor)));
  const models = editorProviders({
    key: (vendor) => keys.get(vendor),
    baseUrl: (vendor) => setting(config(), `${vendor}.baseUrl`),
    prices: () => setting(config(), "prices"),
    vscode: offered,
  });
  const { version } = context.extension.packageJSON as { version?: unknown };
  const { copiesOf } = await import("./host/node/checkpoints/copies.ts");
  const booted = await boot({
    onBug: (bug) => log.error(bug instanceof Error ? bug : String(bug)),
    ...(await where(roots)),
    programs: placesOf(import.meta.dirname, foldersOf(context)),
    host: `agentlibos ${String(version)} editor`,
    ...{ mode, models, policy: [], keepsRules: true },
    ...{ diagnostics: editorDiagnostics, textSettings: editorTexts, ...programSettings() },
    secrets: editorSecrets(given, vscode.workspace.getConfiguration("http").get("proxy")),
    slots: setting(config(), "maxRunningAgents"),
  });
  keys.onKey = booted.keepSecret;
  const { kernel, opened, person, close, head, problem, onProblem, commands, keptFiles, files, worktrees } =
    booted;
  return {
    ...{ kernel, standing: opened.standing, id: opened.id, person, head, close, problem, onProblem },
    ...{ commands, keptFiles, files, past: booted.past, worktrees },
    ...copiesOf(opened.preimages, () => programSettings().copiesMost),
    allow: (model) => offered.allow(model),
  };
}

async function readScript(which: "demo" | "file"): Promise<{ readonly script: unknown } | Fault> {
  if (which === "demo") return { script: (await import("./agent/tour.ts")).DEMO_SCRIPT };
  const { readFile } = await import("node:fs/promises");
  const { readScript: parse } = await import("./abi/script.ts");
  const text = await readFile(process.env["AGENTLIBOS_SCRIPT"] ?? "", "utf8").catch((error: unknown) =>
    String(error),
  );
  const parsed = parse(text);
  return parsed.ok ? { script: parsed.value } : parsed;
}
