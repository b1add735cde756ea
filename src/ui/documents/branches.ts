// Branch from Checkpoint, Restore Processes, Compare Checkpoints: agents go on from where they stood, and positions are compared.
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import { branchedSchema } from "../../abi/record/files.ts";
import { compareStates, type Differences } from "../../kernel/checkpoints/compare.ts";
import type { Checkpoint } from "../../kernel/checkpoints/rows.ts";
import { INIT } from "../../kernel/state/life.ts";
import { checkpointLabel, comparisonText } from "../../views/record/checkpoints.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { fileAt } from "../session/folders.ts";
import { askForLine, choose, confirm, inform, showFault } from "../session/messages.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { documentAt, type Documents } from "./documents.ts";
import { chooseCheckpoint } from "./restore.ts";

const { t } = vscode.l10n;
/** The most files that a comparison shows as differences; the text names all. */
const COMPARED = 500;
/** The most capabilities that a message names. */
const NAMED = 4;
/** How many comparisons of this window can be shown again. */
const TEXTS_KEPT = 20;

/** The commands by which agents go on from a checkpoint. */
export class Branches {
  readonly #session: Session;
  readonly #documents: Documents;
  /** The texts of the comparisons, by the checkpoints. */
  readonly #texts = new Map<string, string>();

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    this.#documents = documents;
    documents.add("comparison", ([ids = ""]) => this.#texts.get(ids) ?? "");
  }

  /** Lets new agents go on from a checkpoint, beside those that run now. */
  async branch(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const checkpoint = runtime && (await chooseCheckpoint(runtime, t("Go on from which checkpoint?")));
    if (runtime === undefined || checkpoint === undefined) return;
    await this.#order(runtime, checkpoint, false);
  }

  /** Ends the agents of a checkpoint, and lets new ones go on from there in their place. */
  async replace(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const title = t("Bring agents back to which checkpoint?");
    const checkpoint = runtime && (await chooseCheckpoint(runtime, title));
    if (runtime === undefined || checkpoint === undefined) return;
    const detail = t("Their work in files stays; Restore Checkpoint… brings files back.");
    const question = t("End the agents as they are now, and let them go on from there?");
    if (await confirm(question, t("Restore Processes"), detail)) await this.#order(runtime, checkpoint, true);
  }

  /** Shows what is different between two checkpoints, or between one and now: files as diffs, and all of it as a text. */
  async compare(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const first = runtime && (await chooseCheckpoint(runtime, t("Compare which checkpoint?")));
    if (runtime === undefined || first === undefined) return;
    const { state } = runtime.kernel;
    const later = [...state.checkpoints.values()].filter(
      ({ seq, id }) => seq >= first.seq && id !== first.id,
    );
    const items = [
      { label: t("now"), to: undefined },
      ...later.reverse().map((to) => ({ label: checkpointLabel(t, to), to })),
    ];
    const chosen = await choose(items, { title: t("Compare it with which?") });
    if (chosen === undefined) return;
    const from = await runtime.past.at(first.seq);
    const to = chosen.to === undefined ? state : await runtime.past.at(chosen.to.seq);
    for (const side of [from, to]) if (isFault(side)) showFault(side);
    if (isFault(from) || isFault(to)) return;
    const ids = { from: first.id, to: chosen.to?.id };
    const compared = compareStates(state, ids, from, to);
    const name = `${first.id} - ${chosen.to?.id ?? t("now")}`;
    this.#texts.set(name, comparisonText(t, compared));
    for (const old of [...this.#texts.keys()].slice(0, -TEXTS_KEPT)) this.#texts.delete(old);
    await showFiles(runtime, name, compared);
    await this.#documents.show("comparison", [name], { preview: false });
  }

  async #order(runtime: Runtime, checkpoint: Checkpoint, replace: boolean): Promise<void> {
    const agent = checkpoint.pid === INIT ? await chooseAgent(runtime, checkpoint) : checkpoint.pid;
    if (agent === undefined) return;
    const prompt = t("Said to the agent at its start; it goes on by itself when this stays empty.");
    const text = (await askForLine({ title: checkpointLabel(t, checkpoint), prompt }))?.trim();
    if (text === undefined) return;
    const said = text === "" ? {} : { text };
    const order = { checkpoint: checkpoint.id, agent, replace, ...said };
    const result = await runtime.kernel.order(runtime.person, "checkpoint.branch", order);
    await runtime.kernel.durable().catch(() => undefined);
    if (isFault(result)) {
      showFault(result);
      return;
    }
    const { processes } = branchedSchema.parse(result.value);
    const left = processes.flatMap((each) => each.left);
    const lost = left.slice(0, NAMED).map(visibleLine).join(", ");
    const more = left.length > NAMED ? "…" : "";
    const told = processes
      .slice(0, 1)
      .map(({ from, to }) => t("Agent {0} goes on from agent {1}.", to, from));
    if (left.length > 0) told.push(`${t("It does not hold any more:")} ${lost}${more}`);
    void inform(told.join(" "));
  }
}

/** Lets a person choose one of the agents that had been started by a checkpoint; a single one is taken. */
async function chooseAgent({ kernel }: Runtime, { time }: Checkpoint): Promise<number | undefined> {
  const items = [...kernel.state.processes.values()]
    .filter(({ pid, parent, started }) => pid !== INIT && parent === INIT && started <= time)
    .map(({ pid, goal }) => ({ label: visibleLine(goal), description: `${pid}`, pid }));
  const [only, ...others] = items;
  if (others.length === 0) return only?.pid ?? INIT;
  return (await choose(items, { title: t("Which agent goes on?") }))?.pid;
}

/** Compares the contents of the files that changed, as far as copies were kept. */
async function showFiles(runtime: Runtime, name: string, { files }: Differences): Promise<void> {
  const sides = files
    .slice(0, COMPARED)
    .map(({ resource, from, to }): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const uri = fileAt(runtime.kernel.state.roots, resource) ?? vscode.Uri.file("/");
      const side = (mark: string): vscode.Uri =>
        mark === "absent" ? documentAt(uri, "empty", []) : documentAt(uri, "copy", [mark]);
      return [uri, side(from), side(to)];
    });
  if (sides.length > 0) await vscode.commands.executeCommand("vscode.changes", name, sides);
}
