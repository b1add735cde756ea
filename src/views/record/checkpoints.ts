// Checkpoints, restores and branches in words, for trees, pickers, the terminal, and programs.
import type { RestoreStep } from "../../abi/record/files.ts";
import { fsSegments } from "../../abi/resource.ts";
import type { Differences } from "../../kernel/checkpoints/compare.ts";
import { listCheckpoints, type Checkpoint, type Positions } from "../../kernel/checkpoints/rows.ts";
import type { State } from "../../kernel/state/rows.ts";
import { partsOf } from "../../kernel/state/call-id.ts";
import { english, type Translate } from "../words/translate.ts";
import { escapedJson, linesText, visibleLine, visibleName } from "../words/visible.ts";

/** The name of a checkpoint: the label that it was given, or what it precedes. */
export function checkpointLabel(t: Translate, { id, pid, label, before }: Checkpoint): string {
  if (before === undefined) return label === undefined ? t("asked for") : visibleLine(label);
  const turn = (partsOf(id)?.turn ?? 0) + 1;
  switch (before) {
    case "restore":
      return t("before the restore {0}", id);
    case "turn":
      return t("before turn {0} of agent {1}", turn, pid);
    case "command":
      return t("before the changes of command {0}", visibleName(id));
  }
}

/** The room that the copies of old texts take. */
export interface CopiesTaken {
  readonly bytes: number;
  /** The bound; beyond it the oldest copies go that no named checkpoint needs. */
  readonly most: number;
}

/** The room that copies take, in words. */
export function copiesWords(t: Translate, { bytes, most }: CopiesTaken): string {
  const [taken, bound] = [bytes, most].map((size) => (size / 1024 / 1024).toFixed(size < most ? 1 : 0));
  return t("The copies of old texts take {0} MB of at most {1} MB.", taken ?? "", bound ?? "");
}

/** One JSON object a line, the newest checkpoint first. */
export function checkpointsJson(state: Positions): string {
  return listCheckpoints(state)
    .map(({ checkpoint, files }) => {
      const { id, seq, time, pid } = checkpoint;
      const row = { checkpoint: id, label: checkpointLabel(english, checkpoint), seq, time, pid, files };
      return `${escapedJson(JSON.stringify(row))}\n`;
    })
    .join("");
}

/** One line a checkpoint, the newest first. */
export function checkpointsText(t: Translate, state: Positions & Pick<State, "processes">): string {
  const all = listCheckpoints(state);
  const without = [...state.processes.values()].filter(({ launch }) => launch?.checkpointEveryTurn === "off");
  const told = without.map(({ pid }) =>
    t("Agent {0} was started without a checkpoint before each turn.", pid),
  );
  if (all.length === 0)
    return linesText(told.length > 0 ? told : [t("There are no checkpoints yet: no agent changed a file.")]);
  return linesText([
    ...all.map(({ checkpoint, files }) => {
      const since = files === 1 ? t("1 file changed since") : t("{0} files changed since", files);
      return `${visibleName(checkpoint.id).padEnd(8)}  ${checkpoint.time}  ${checkpointLabel(t, checkpoint)} (${since})`;
    }),
    ...told,
  ]);
}

/** A file as people write it: the workspace folder, then the path in it. */
export function fileOfStep({ resource }: Pick<RestoreStep, "resource">): string {
  return fsSegments(resource).join("/");
}

/** Why a file stays; undefined for one that does not. */
export function staysWords(t: Translate, { why, by = [] }: RestoreStep): string | undefined {
  switch (why) {
    case "changed":
      return t("somebody changed it since");
    case "between":
      return t("somebody else changed it in between");
    case "others":
      return t("agent {0} changed it, too", by.join(", "));
    case "kind":
      return t("it is not a plain file");
    case "large":
      return t("it is too large to be kept, so this could not be undone");
    case undefined:
      return undefined;
  }
}

/** A file of a restore as it is told. */
export interface ToldFile extends Pick<RestoreStep, "outcome"> {
  readonly path: string;
  /** Why it stays, in words. */
  readonly why?: string | undefined;
}

/** The files of a plan as they are told. */
export function toldFiles(t: Translate, steps: readonly RestoreStep[]): ToldFile[] {
  return steps.map((step) => ({
    ...{ path: fileOfStep(step), outcome: step.outcome, why: staysWords(t, step) },
  }));
}

/** What comes of a file, in words. */
export function outcomeOfFile(t: Translate, { outcome, why }: ToldFile): string {
  switch (outcome) {
    case "restored":
      return t("is brought back");
    case "removed":
      return t("is removed again");
    case "equal":
      return t("is as it was");
    case "conflict":
      return t("stays: {0}", visibleLine(why ?? ""));
    case "gone":
      return t("stays: no copy of it is kept");
  }
}

/** One line a file. */
export function restoreText(t: Translate, files: readonly ToldFile[]): string {
  if (files.length === 0) return `${t("No file changed since then.")}\n`;
  return linesText(files.map((file) => `${visibleName(file.path)}  ${outcomeOfFile(t, file)}`));
}

/** The files of a restore for programs. */
export function restoreJson(applied: boolean, files: readonly ToldFile[]): string {
  const rows = files.map(({ path, outcome }) => ({ path, outcome }));
  return `${escapedJson(JSON.stringify({ applied, files: rows }))}\n`;
}

/** An agent that went on from a checkpoint. */
export interface ToldBranch {
  readonly from: number;
  readonly to: number;
  /** What it holds, and what its origin held at the checkpoint and nobody holds for it any more, as CAP texts. */
  readonly held: readonly string[];
  readonly left: readonly string[];
}

/** The new agents, with what each holds and what did not go over. */
export function branchText(t: Translate, processes: readonly ToldBranch[]): string {
  return linesText(
    processes.flatMap(({ from, to, held, left }) => [
      t("Agent {0} goes on from agent {1}.", to, from),
      ...held.map((cap) => `  ${visibleLine(cap)}`),
      ...(left.length === 0 ? [] : [`  ${t("It does not hold any more:")}`]),
      ...left.map((cap) => `    ${visibleLine(cap)}`),
    ]),
  );
}

/** The differences as text, by files, objects and agents. */
export function comparisonText(t: Translate, { files, objects, authority }: Differences): string {
  const lines = [
    ...section(
      t("Files"),
      files.map(
        ({ resource, from, to }) =>
          `${visibleName(fsSegments(resource).join("/"))}  ${fileWords(t, from, to)}`,
      ),
    ),
    ...section(
      t("Objects"),
      objects.map(
        ({ namespace, name, from, to }) =>
          `${visibleName(`${namespace}/${name}`)}  ${versionWords(t, from, to)}`,
      ),
    ),
    ...section(
      t("Authority"),
      authority.map(({ pid, cap, change }) => `${pid}  ${changeWords(t, change)}  ${visibleLine(cap)}`),
    ),
  ];
  return linesText(lines.length === 0 ? [t("Nothing is different.")] : lines);
}

/** The differences for programs. */
export function comparisonJson(comparison: Differences): string {
  return `${escapedJson(JSON.stringify(comparison))}\n`;
}

function section(heading: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [heading, ...lines.map((line) => `  ${line}`)];
}

function fileWords(t: Translate, from: string, to: string): string {
  if (from === "absent") return t("created");
  return to === "absent" ? t("deleted") : t("changed");
}

function versionWords(t: Translate, from: number | null, to: number | null): string {
  if (from === null) return t("created, version {0}", to ?? 0);
  return to === null ? t("deleted") : t("version {0}, before {1}", to, from);
}

function changeWords(t: Translate, change: Differences["authority"][number]["change"]): string {
  switch (change) {
    case "came":
      return t("came");
    case "went":
      return t("went");
    case "narrowed":
      return t("has fewer uses");
  }
}
