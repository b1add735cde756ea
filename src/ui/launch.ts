// New Agent: goal, model, authority, start. Each step can be left; what was typed stays as a draft.
import * as vscode from "vscode";
import { parseCap, type Listed } from "../abi/capability.ts";
import { isFault } from "../abi/errors.ts";
import { encodeName } from "../abi/resource.ts";
import type { Budget, Image } from "../abi/image.ts";
import { grantWords } from "../views/words.ts";
import type { Drafts } from "./drafts.ts";
import { mayRunHere } from "./here.ts";
import { chooseModel } from "./models.ts";
import { refusal, unpictured } from "./plain.ts";
import type { Order, Outside } from "./runtime.ts";
import type { Session } from "./session.ts";
import { setting } from "./settings.ts";

const { t } = vscode.l10n;
/** The one line that was typed last and has not become an agent. */
const LINE = "agentlibos.draft";

/** Says that an agent was started, so that it can be shown. */
export type Started = (pid: number) => Promise<void>;

export class Launch {
  readonly #session: Session;
  readonly #outside: Outside;
  readonly #memory: vscode.Memento;
  readonly #drafts: Drafts;
  readonly #started: Started;

  constructor(session: Session, outside: Outside, memory: vscode.Memento, drafts: Drafts, started: Started) {
    this.#session = session;
    this.#outside = outside;
    this.#memory = memory;
    this.#drafts = drafts;
    this.#started = started;
  }

  /** The whole flow. A goal that somebody else brings is only proposed; nothing starts without the steps. */
  async newAgent(args: readonly unknown[]): Promise<void> {
    if (!(await mayRunHere())) return;
    const value = typeof args[0] === "string" ? args[0] : this.#memory.get(LINE, "");
    const keep = (text: string | undefined): Thenable<void> => this.#memory.update(LINE, text);
    const line = {
      ...{ title: t("New Agent"), name: t("New agent"), prompt: t("What is it to do?"), value },
      placeholder: t("For example: make the tests in test/ pass"),
      typed: (text: string) => void keep(text),
    };
    const goal = await this.#drafts.line(line, { kind: "goal" });
    if (goal === undefined) return;
    await keep(goal);
    if (await this.begin(goal)) await keep(undefined);
  }

  /** The steps after the goal. True once the agent was started. */
  async begin(goal: string): Promise<boolean> {
    if (!(await mayRunHere())) return false;
    const choice = await chooseModel(this.#outside, t("Which model?"));
    if (choice === undefined) return false;
    const image = await this.#outside.image("coding");
    if (image === undefined) return false;
    const grants = await this.#authority(image);
    if (grants === undefined) return false;
    const script = choice.scripted === undefined ? undefined : await this.#script(choice.scripted);
    if (choice.scripted !== undefined && script === undefined) return false;
    const pid = await this.start({
      goal,
      model: choice.model,
      image,
      grants,
      ...(script === undefined ? {} : { script }),
    });
    return pid !== undefined;
  }

  /** Starts an agent that a person has put together. */
  async start(order: Order): Promise<number | undefined> {
    const listed: Listed[] = [];
    for (const text of order.grants) {
      const grant = parseCap(text);
      if (isFault(grant)) return void vscode.window.showErrorMessage(refusal(grant));
      listed.push(grant);
    }
    const runtime = await this.#session.take("create");
    const root = this.#session.root;
    if (runtime === undefined || root === undefined) return undefined;
    const { goal, model, image } = order;
    const minutes = setting(vscode.workspace.getConfiguration("agentlibos"), "answerWithinMinutes");
    const within = minutes === 0 ? {} : { answerWithin: minutes * 60 };
    runtime.allow(model);
    const launched = runtime.kernel.launch(runtime.person, {
      ...{ goal, model, image, grants: listed, budget: budget(image.budget) },
      cwd: `fs:/${encodeName(root.name)}`,
      launch: {
        interactive: true,
        ...within,
        ...(order.script === undefined ? {} : { script: order.script }),
      },
    });
    if (isFault(launched)) return void vscode.window.showErrorMessage(refusal(launched));
    await runtime.kernel.durable();
    await this.#started(launched.value.pid);
    return launched.value.pid;
  }

  /** What it may do: each profile with its whole list, in words and to the letter. The settings say which is first. */
  async #authority(image: Image): Promise<string[] | undefined> {
    const config = vscode.workspace.getConfiguration("agentlibos");
    const labels = {
      ask: t("$(shield) Ask: reads the folder, asks before each change"),
      readOnly: t("$(eye) Read Only: reads the folder, changes nothing"),
      editFreely: t("$(edit) Edit Freely: edits the folder without asking, asks before it deletes"),
    };
    const profiles = ["ask", "readOnly", "editFreely"] as const;
    const items: (vscode.QuickPickItem & { readonly grants: string[] })[] = [];
    const first = setting(config, "profile");
    for (const profile of [...profiles].sort((a, b) => Number(b === first) - Number(a === first))) {
      const grants = await this.#outside.suggest(image, profile, this.#session.folders);
      items.push({ label: "", kind: vscode.QuickPickItemKind.Separator, grants });
      items.push({ label: labels[profile], grants });
      for (const text of grants) {
        const grant = parseCap(text);
        const words = isFault(grant) ? text : grantWords(t, grant);
        items.push({ label: `      ${unpictured(words)}`, description: unpictured(text), grants });
      }
    }
    const title = t("What may it do? Secrets and files that run later ask each time, whatever is chosen.");
    return (await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true }))?.grants;
  }

  async #script(which: "demo" | "file"): Promise<unknown> {
    const found = await this.#outside.script(which);
    if ("script" in found) return found.script;
    void vscode.window.showErrorMessage(refusal(found));
    return undefined;
  }
}

function budget(own: Budget): Budget {
  const config = vscode.workspace.getConfiguration("agentlibos");
  return {
    ...own,
    modelCalls: setting(config, "budget.modelCalls"),
    tokens: setting(config, "budget.tokens"),
    toolCalls: setting(config, "budget.toolCalls"),
    activeSeconds: setting(config, "budget.activeMinutes") * 60,
    microdollars: Math.round(setting(config, "budget.dollars") * 1e6),
  };
}
