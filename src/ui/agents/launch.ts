// New Agent: the steps goal, image (if there is a choice), model and authority, then the start. A fork takes the same
// steps. A person can leave at each step; the typed text stays as a draft.
import * as vscode from "vscode";
import { parseCap, type Listed } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import { fsResource } from "../../abi/resource.ts";
import type { Budget, Image } from "../../abi/image.ts";
import type { Process } from "../../kernel/state/rows.ts";
import { visibleImage } from "../../views/words/visible.ts";
import { chooseAuthority, chooseForkAuthority } from "./authority.ts";
import type { Drafts } from "../documents/drafts.ts";
import { fileAt, checkMayRun } from "../session/folders.ts";
import { chooseImage } from "./images.ts";
import { chooseModel, type ModelChoice, type SuggestedModel } from "./models.ts";
import { choosePlace, makeApart } from "./apart/place.ts";
import { showError, showFault } from "../session/messages.ts";
import type { Order, Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { setting } from "../manifest/settings.ts";

const { t } = vscode.l10n;
/** The last typed line that has not become an agent. */
const LINE = "agentlibos.draft";

/** Shows a started agent. */
export type ShowStarted = (pid: number) => Promise<void>;

/** The steps that put an agent together, and its start. */
export class NewAgent {
  readonly #session: Session;
  readonly #outside: Outside;
  readonly #memory: vscode.Memento;
  readonly #drafts: Drafts;
  readonly #started: ShowStarted;

  constructor(
    session: Session,
    outside: Outside,
    memory: vscode.Memento,
    drafts: Drafts,
    started: ShowStarted,
  ) {
    this.#session = session;
    this.#outside = outside;
    this.#memory = memory;
    this.#drafts = drafts;
    this.#started = started;
  }

  /**
   * Runs all steps. A goal from another source is only proposed; nothing starts without the steps. With `apart` the agent
   * works in a worktree.
   */
  async newAgent(args: readonly unknown[], apart = false): Promise<void> {
    if (!(await checkMayRun())) return;
    const place = apart ? await choosePlace(this.#session) : undefined;
    if (apart && place === undefined) return;
    const value = typeof args[0] === "string" ? args[0] : this.#memory.get(LINE, "");
    const keep = (text: string | undefined): Thenable<void> => this.#memory.update(LINE, text);
    const line = {
      ...{
        title: apart ? t("New Agent in Worktree") : t("New Agent"),
        name: t("New agent"),
        prompt: t("What is it to do?"),
        value,
      },
      placeholder: t("For example: make the tests in test/ pass"),
      typed: (text: string) => void keep(text),
    };
    const goal = await this.#drafts.askLine(line, { kind: "goal" });
    if (goal === undefined) return;
    await keep(goal);
    if (await this.begin(goal, place)) await keep(undefined);
  }

  /** Runs the steps after the goal. True once the agent was started. */
  async begin(goal: string, place?: Order["place"]): Promise<boolean> {
    if (!(await checkMayRun())) return false;
    const chosen = await chooseImage(this.#outside, this.#session);
    if (chosen === undefined) return false;
    const { model } = chosen.image;
    const choice = await this.#model(
      model === undefined ? undefined : { model, about: t("named by its image") },
    );
    if (choice === undefined) return false;
    const { folders } = this.#session;
    const granted = place === undefined ? folders : folders.filter(({ name }) => name === place.folder);
    const grants = await chooseAuthority(this.#outside, this.#session, chosen, granted);
    return this.#go(goal, chosen.image, choice, grants, place === undefined ? {} : { place });
  }

  /**
   * Forks an ended agent, which reads `text` after the old conversation. The steps are the same, and the fork's
   * grants are shown before it starts. True once it was started.
   */
  async fork(agent: Process, text: string): Promise<boolean> {
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return false;
    const { state } = runtime.kernel;
    const { images } = await this.#outside.images(this.#session.folders, runtime);
    const builtIn = images.find(({ name, from }) => name === agent.image && from === undefined);
    const image = state.images.get(agent.imageHash) ?? builtIn;
    if (image === undefined) {
      const why = t(
        "Agent {0} cannot be forked: its image “{1}” is not there any more.",
        agent.pid,
        visibleImage(agent.image),
      );
      void showError(why);
      return false;
    }
    const choice = await this.#model({
      model: agent.model,
      about: t("the model that agent {0} had", agent.pid),
    });
    if (choice === undefined) return false;
    const chosen = { image, all: images.map(({ name }) => name) };
    const grants = await chooseForkAuthority(this.#outside, this.#session, chosen, state, agent);
    return this.#go(text, image, choice, grants, { forkOf: agent });
  }

  #model(first: SuggestedModel | undefined): Promise<ModelChoice | undefined> {
    return chooseModel(this.#outside, t("Which model?"), first);
  }

  /** Starts the agent from the choices, unless the authority step was left. */
  async #go(
    goal: string,
    image: Image,
    { model, scripted }: ModelChoice,
    grants: readonly string[] | undefined,
    more: Pick<Order, "forkOf" | "place">,
  ): Promise<boolean> {
    if (grants === undefined) return false;
    const script = scripted === undefined ? undefined : await this.#script(scripted);
    if (scripted !== undefined && script === undefined) return false;
    const order = { goal, model, image, grants };
    const rest = { ...(script === undefined ? {} : { script }), ...more };
    return (await this.start({ ...order, ...rest })) !== undefined;
  }

  /** Starts an agent from an order that a person has put together. */
  async start(order: Order): Promise<number | undefined> {
    const kinds = await this.#outside.kinds();
    const listed: Listed[] = [];
    for (const text of order.grants) {
      const grant = parseCap(text, kinds);
      if (isFault(grant)) return void showFault(grant);
      listed.push(grant);
    }
    const runtime = await this.#session.takeRuntime("create");
    const root = this.#session.root;
    if (runtime === undefined || root === undefined) return undefined;
    const { goal, model, image, forkOf, place } = order;
    const { processes } = runtime.kernel.state;
    if (forkOf !== undefined && processes.get(forkOf.pid)?.started !== forkOf.started)
      return void showError(t("The agent that this is for is not in this record."));
    const cwd = fileAt(this.#session.folders, forkOf?.cwd ?? "") === undefined ? undefined : forkOf?.cwd;
    const minutes = setting(vscode.workspace.getConfiguration("agentlibos"), "answerWithinMinutes");
    const within = minutes === 0 ? {} : { answerWithin: minutes * 60 };
    const apart = place === undefined ? undefined : await makeApart(runtime, place.folder, goal);
    if (isFault(apart)) return void showFault(apart);
    runtime.allow(model);
    const launched = runtime.kernel.launch(runtime.person, {
      ...{ goal, model, image, grants: listed, budget: budgetOf(image.budget) },
      ...{ cwd: cwd ?? fsResource(root.name, []) },
      ...(apart === undefined ? {} : { worktree: apart }),
      ...(forkOf === undefined ? {} : { forkOf: forkOf.pid }),
      launch: {
        interactive: true,
        ...within,
        ...(order.script === undefined ? {} : { script: order.script }),
      },
    });
    if (isFault(launched)) {
      if (apart !== undefined) await runtime.worktrees?.backend.remove(apart, new AbortController().signal);
      return void showFault(launched);
    }
    await runtime.kernel.durable();
    await this.#started(launched.value.pid);
    return launched.value.pid;
  }

  async #script(which: "demo" | "file"): Promise<unknown> {
    const found = await this.#outside.script(which);
    if ("script" in found) return found.script;
    showFault(found);
    return undefined;
  }
}

function budgetOf(own: Budget): Budget {
  const config = vscode.workspace.getConfiguration("agentlibos");
  return {
    ...own,
    modelCalls: setting(config, "budget.modelCalls"),
    tokens: setting(config, "budget.tokens"),
    toolCalls: setting(config, "budget.toolCalls"),
    activeSeconds: setting(config, "budget.activeMinutes") * 60,
    microdollars: Math.round(setting(config, "budget.dollars") * 1e6),
    bytesWritten: Math.round(setting(config, "budget.megabytesWritten") * 1e6),
    children: setting(config, "budget.children"),
  };
}
