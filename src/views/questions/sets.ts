// Change sets: the changes that a person answers together, in their order and by folders.
import type { Kinds } from "../../abi/kind.ts";
import type { OpenAsk, Question } from "../../abi/question.ts";
import { stem } from "../../abi/resource.ts";
import { isForCall } from "../../kernel/questions/kinds.ts";
import { comparePlaces, madeBy, partsOf, placeOfChange } from "../../kernel/state/call-id.ts";
import { resourceWords } from "../words/resources.ts";
import type { Translate } from "../words/translate.ts";

/** A set with more changes, in several folders, is shown by folders. */
export const FOLDED_FROM = 30;

/** The place whose change set a question belongs to; undefined for what needs a judgement of its own. */
export function setPlaceOf(kinds: Kinds, question: Question): string | undefined {
  const { call, asks, preview } = question;
  if (!isForCall(question) || call === undefined || asks.some((a) => a.secret)) return undefined;
  if (madeBy(call) === undefined)
    return preview?.after === undefined || asks.some((a) => a.once || kinds.asksEachTime(a.need))
      ? undefined
      : placeOfChange(call);
  // A call cannot choose what it found out about files, so its removals are looked at beside its other changes.
  const whole =
    changesOf(kinds, question).length > 0 && asks.every((a) => !a.once || isPlainRemoval(kinds, a));
  return whole ? placeOfChange(call) : undefined;
}

/** True for the ask of a capability or a rule that something may be removed; no class or call asks it. */
function isPlainRemoval(kinds: Kinds, { key, need }: OpenAsk): boolean {
  return kinds.removes(need) && !/^(?:class|call):/u.test(key);
}

function changesOf(kinds: Kinds, { needs }: Question): Question["needs"] {
  return needs.filter((need) => kinds.changesFile(need));
}

/** True for a question whose call only takes files away. In a set it is unchecked at first. */
export function removesFiles(kinds: Kinds, question: Question): boolean {
  const changes = changesOf(kinds, question);
  return changes.length > 0 && changes.every((need) => kinds.removes(need));
}

/** Puts the changes of a set in order: removals first, then by their calls. */
export function inSetOrder(kinds: Kinds, members: readonly Question[]): Question[] {
  const rank = (question: Question): number => (removesFiles(kinds, question) ? 0 : 1);
  return [...members].sort((a, b) => rank(a) - rank(b) || comparePlaces(a.call ?? "", b.call ?? ""));
}

/** The changes of one folder in a set. Removals stand in folders of their own. */
export interface SetFolder {
  /** The folder as a resource. */
  readonly folder: string;
  readonly removes: boolean;
  readonly members: readonly Question[];
}

/** The folders of a set in the order of its changes. */
export function foldersOfSet(kinds: Kinds, members: readonly Question[]): SetFolder[] {
  const byFolder = Map.groupBy(members, (q) => `${removesFiles(kinds, q) ? "-" : "+"}${folderOf(kinds, q)}`);
  return [...byFolder].map(([key, own]) => ({
    ...{ folder: key.slice(1), removes: key.startsWith("-"), members: own },
  }));
}

/** The folder that a change lies in, as a resource. */
function folderOf(kinds: Kinds, question: Question): string {
  const resource = stem(changesOf(kinds, question)[0]?.resource ?? "");
  const end = resource.lastIndexOf("/");
  return end < 0 ? resource : resource.slice(0, end);
}

/** The name of a change set, for a person who knows agents by number. It contains no text of an agent. */
export function setTitle(t: Translate, place: string): string {
  const { pid = 0, turn, index, loose, below = [] } = partsOf(place) ?? {};
  const call = [loose === undefined ? (index ?? 0) + 1 : loose + 1, ...below].join(".");
  if (turn === undefined) return t("Changes of agent {0}, call {1}", pid, call);
  if (index === undefined) return t("Changes of agent {0}, turn {1}", pid, turn + 1);
  return t("Changes of agent {0}, turn {1}, call {2}", pid, turn + 1, call);
}

/** The name of the part of a change set that lies in one folder. */
export function folderTitle(
  t: Translate,
  kinds: Kinds,
  place: string,
  { folder, removes }: Omit<SetFolder, "members">,
): string {
  const words = resourceWords(t, kinds, folder);
  const title = setTitle(t, place);
  return removes ? t("{0}: removed from {1}", title, words) : t("{0}: {1}", title, words);
}
