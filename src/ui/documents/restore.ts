// Create Checkpoint, Restore Checkpoint, Undo Restore: a preview as diffs, a choice of files, and one order.
import * as vscode from "vscode";
import { isFault } from "../../abi/errors.ts";
import { restoredSchema, type RestoreStep } from "../../abi/record/files.ts";
import { isChange, planFor } from "../../kernel/checkpoints/plan.ts";
import { listCheckpoints, type Checkpoint } from "../../kernel/checkpoints/rows.ts";
import { callsOf } from "../../views/record/calls.ts";
import {
  checkpointLabel,
  copiesWords,
  fileOfStep,
  outcomeOfFile,
  staysWords,
  toldFiles,
} from "../../views/record/checkpoints.ts";
import { lastingLines } from "../../views/record/lasting.ts";
import { fileAt } from "../session/folders.ts";
import { askForLine, choose, chooseSeveral, confirm, inform, showFault } from "../session/messages.ts";
import type { Runtime } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { documentAt, type Documents } from "./documents.ts";

const { t } = vscode.l10n;
/** The most files that the preview compares; the list names all. */
const COMPARED = 500;
/** So many files with changes of others are asked for one by one. */
const ASKED = 10;
/** The most lines of one kind in the dialog. */
const NAMED = 8;

interface Item extends vscode.QuickPickItem {
  readonly step: RestoreStep;
}

/** The commands of checkpoints. */
export class Restores {
  readonly #session: Session;

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    documents.add("copy", async ([digest = ""]) => (await session.runtime?.kept(digest)) ?? "");
    documents.add("empty", () => "");
  }

  /** Names the present state of the files. */
  async create(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const prompt = t("A name for the present state of the files.");
    const label = runtime && (await askForLine({ title: t("Create Checkpoint"), prompt }));
    if (runtime === undefined || label === undefined) return;
    const named = label.trim() === "" ? {} : { label: label.trim().slice(0, 200) };
    const made = await runtime.kernel.order(runtime.person, "checkpoint.create", named);
    await runtime.kernel.durable().catch(() => undefined);
    if (isFault(made)) showFault(made);
    else void inform(t("The checkpoint is taken. Restore Checkpoint… brings the files back to it."));
  }

  /** Lets a person choose a checkpoint and files, and brings them back. */
  async restore(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const checkpoint =
      runtime && (await chooseCheckpoint(runtime, t("Bring files back to which checkpoint?")));
    if (runtime === undefined || checkpoint === undefined) return;
    const plan = await planFor(runtime.kernel.state, checkpoint.id, [], runtime.files);
    const steps = (plan ?? []).filter(({ outcome }) => outcome !== "equal");
    if (steps.length === 0) {
      void inform(t("No file changed since then."));
      return;
    }
    await this.#show(runtime, checkpoint, steps);
    const chosen = await settled(await chooseFiles(runtime, steps));
    if (chosen === undefined || !(await this.#confirmed(runtime, checkpoint, chosen))) return;
    const paths = chosen.back.map(fileOfStep);
    if (paths.length > 0)
      await this.#order(runtime, "checkpoint.restore", { checkpoint: checkpoint.id, paths });
    for (const step of chosen.merge) await mergeByHand(runtime, step);
  }

  /** Takes the last restore back. */
  async undo(): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    if (runtime !== undefined) await this.#order(runtime, "checkpoint.undo", {});
  }

  /** Compares each file as it is with what it would become. */
  async #show(runtime: Runtime, checkpoint: Checkpoint, steps: readonly RestoreStep[]): Promise<void> {
    const shown = steps.filter(({ outcome }) => outcome !== "gone").slice(0, COMPARED);
    const sides = shown.map((step): [vscode.Uri, vscode.Uri, vscode.Uri] => {
      const uri = fileAt(runtime.kernel.state.roots, step.resource) ?? vscode.Uri.file("/");
      const side = (mark: string, there: vscode.Uri): vscode.Uri =>
        mark === "absent" ? documentAt(uri, "empty", []) : there;
      return [uri, side(step.from, uri), side(step.to, documentAt(uri, "copy", [step.to]))];
    });
    if (sides.length > 0)
      await vscode.commands.executeCommand("vscode.changes", checkpointLabel(t, checkpoint), sides);
  }

  /** Asks when work of others would go, or when something stays that no restore takes back. */
  async #confirmed(runtime: Runtime, checkpoint: Checkpoint, { back, asked }: Settled): Promise<boolean> {
    if (back.length === 0) return true;
    const key = `restore/${checkpoint.id}`;
    const records = await this.#session.history.of(key, { after: checkpoint.seq });
    const lasting = lastingLines(t, runtime.kernel.state.kinds, callsOf(records), checkpoint.seq);
    this.#session.history.release(key);
    const conflicts = asked ? [] : back.filter(isConflict).map(fileOfStep);
    if (conflicts.length + lasting.length === 0) return true;
    const detail = [
      ...section(t("Others changed these files, too; their changes go:"), conflicts),
      ...section(t("This cannot be taken back, and stays:"), lasting),
      t("Undo Restore brings everything back as it is now."),
    ].join("\n");
    return confirm(t("Bring back {0} files?", back.length), t("Restore"), detail);
  }

  async #order(runtime: Runtime, name: string, args: object): Promise<void> {
    const result = await runtime.kernel.order(runtime.person, name, args);
    await runtime.kernel.durable().catch(() => undefined);
    if (isFault(result)) {
      showFault(result);
      return;
    }
    const { files } = restoredSchema.parse(result.value);
    const changed = files.filter(isChange);
    const stayed = files.filter(({ outcome }) => outcome === "conflict" || outcome === "gone");
    const stays = stayed.map((file) => `${file.path} ${outcomeOfFile(t, file)}`);
    const text = [
      t("{0} files are as they were then.", changed.length),
      ...(stays.length === 0 ? [] : [stays.slice(0, NAMED).join("; ")]),
    ].join(" ");
    const again = t("Undo Restore");
    void inform(text, ...(changed.length === 0 ? [] : [again])).then(async (chosen) => {
      if (chosen === again) await this.undo();
    });
  }
}

/** The files that go back, and those that a person merges by hand; `asked` when each conflict was asked for itself. */
interface Settled {
  readonly back: readonly RestoreStep[];
  readonly merge: readonly RestoreStep[];
  readonly asked: boolean;
}

function isConflict({ outcome }: RestoreStep): boolean {
  return outcome === "conflict";
}

/**
 * Asks for each chosen file that others changed whether it stays, goes back, or is merged by hand; undefined when nothing
 * is to be done. Of many such files the dialog asks together.
 */
async function settled(chosen: readonly RestoreStep[]): Promise<Settled | undefined> {
  const asked = chosen.filter(isConflict).length <= ASKED;
  const back: RestoreStep[] = [];
  const merge: RestoreStep[] = [];
  for (const step of chosen) {
    const how = asked && isConflict(step) ? await chooseHow(step) : "back";
    if (how === undefined) return undefined;
    if (how === "back") back.push(step);
    if (how === "merge") merge.push(step);
  }
  return back.length + merge.length === 0 ? undefined : { back, merge, asked };
}

async function chooseHow(step: RestoreStep): Promise<"back" | "keep" | "merge" | undefined> {
  const back = {
    label: t("Bring It Back"),
    detail: t("The changes of others go. Undo Restore brings them back."),
    how: "back" as const,
  };
  const keep = { label: t("Keep It as It Is Now"), how: "keep" as const };
  const merge = {
    label: t("Merge by Hand"),
    detail: t("Shows both texts side by side after the restore. Take over what you want, and save."),
    how: "merge" as const,
  };
  const isText = step.why !== "kind" && step.from !== "absent" && step.to !== "absent";
  const title = t("{0}: {1}", fileOfStep(step), staysWords(t, step) ?? "");
  const items = isText ? [keep, back, merge] : [keep, back];
  return (await choose(items, { title, ignoreFocusOut: true }))?.how;
}

/** Shows the text of the checkpoint beside the file, which can be edited. The editor's merge editor takes no texts of ours. */
async function mergeByHand(runtime: Runtime, step: RestoreStep): Promise<void> {
  const uri = fileAt(runtime.kernel.state.roots, step.resource);
  if (uri === undefined) return;
  const name = fileOfStep(step);
  const title = t("Merge {0}: the checkpoint, and now", name);
  const options = { preview: false };
  await vscode.commands.executeCommand(
    "vscode.diff",
    documentAt(uri, "copy", [step.to]),
    uri,
    title,
    options,
  );
}

/** Lets a person choose a checkpoint; undefined when there is none, which is said, or none was chosen. */
export async function chooseCheckpoint(runtime: Runtime, title: string): Promise<Checkpoint | undefined> {
  const items = listCheckpoints(runtime.kernel.state).map(({ checkpoint, files }) => ({
    label: checkpointLabel(t, checkpoint),
    description: files === 1 ? t("1 file changed since") : t("{0} files changed since", files),
    detail: new Date(checkpoint.time).toLocaleString(vscode.env.language),
    checkpoint,
  }));
  if (items.length > 0) {
    const placeHolder = copiesWords(t, await runtime.copies());
    return (await choose(items, { title, placeHolder, matchOnDescription: true }))?.checkpoint;
  }
  void inform(t("There are no checkpoints yet: no agent changed a file."));
  return undefined;
}

/** A heading with the lines below it, not all of many. */
function section(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > NAMED ? [t("… and {0} more", lines.length - NAMED)] : [];
  return [heading, ...lines.slice(0, NAMED), ...more, ""];
}

/** Lets a person choose files. One that others changed is not chosen beforehand; one without a copy cannot be. */
async function chooseFiles(runtime: Runtime, steps: readonly RestoreStep[]): Promise<RestoreStep[]> {
  const told = toldFiles(t, steps);
  const items = steps.map((step, i): Item => {
    const uri = fileAt(runtime.kernel.state.roots, step.resource);
    const unsaved = vscode.workspace.textDocuments.some(
      (d) => d.isDirty && d.uri.toString() === uri?.toString(),
    );
    const file = told[i];
    const words = file === undefined ? "" : outcomeOfFile(t, file);
    return {
      label: fileOfStep(step),
      description: unsaved ? t("has changes that are not saved; stays as it is") : words,
      picked: isChange(step) && !unsaved,
      step: unsaved ? { ...step, outcome: "gone" } : step,
    };
  });
  const title = t("Which files go back?");
  const chosen = await chooseSeveral(items, { title, ignoreFocusOut: true });
  return chosen.map((item) => item.step).filter(({ outcome }) => outcome !== "gone");
}
