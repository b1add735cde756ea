// Change sets: their rows, which of their changes are checked, and which were looked at. A change set is a view; each
// question in it stays independent.
import type { Kinds } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import {
  FOLDED_FROM,
  foldersOfSet,
  inSetOrder,
  removesFiles,
  setPlaceOf,
} from "../../views/questions/sets.ts";
import { kindsOf, openQuestions } from "../session/questions.ts";
import { FolderRow, markRow, ownRow, SetRow } from "../session/rows.ts";

/** A change set, or the part of one in one folder. */
export type PartRow = SetRow | FolderRow;

/** The waiting changes by the place of their set, as they were at record `seq` of a kernel. */
interface Waiting {
  readonly kernel: Kernel | undefined;
  readonly seq: number;
  readonly byPlace: ReadonlyMap<string, readonly Question[]>;
  /** The parts of a set by its row, as far as they were asked for. */
  readonly parts: Map<SetRow, ReadonlyMap<FolderRow, readonly Question[]>>;
}

/** The change sets of the Approvals list. A set exists until it is empty, so that no row leaves its place. */
export class ChangeSets {
  readonly #kernel: () => Kernel | undefined;
  readonly #rows = new Map<string, SetRow>();
  /** The folder rows of the sets that are shown by folders. Such a set stays so. */
  readonly #folders = new Map<SetRow, Map<string, FolderRow>>();
  /** The place of each question, which never changes. */
  readonly #placeOf = new WeakMap<Question, { readonly place: string | undefined }>();
  /** The boxes that a person clicked, by question. */
  readonly #clicked = new Map<string, boolean>();
  /** Requests that a person looked at in a review of their set, or of a part of it. */
  readonly #covered = new Set<string>();
  #last: Waiting | undefined;

  constructor(kernel: () => Kernel | undefined) {
    this.#kernel = kernel;
  }

  /** Makes the rows of new sets, and forgets what no longer waits. A single change is no set. */
  arrange(): void {
    const { byPlace } = this.#waiting();
    for (const [place, row] of this.#rows) {
      if (byPlace.has(place)) continue;
      this.#rows.delete(place);
      this.#folders.delete(row);
    }
    for (const [place, [first, ...more]] of byPlace)
      if (first !== undefined && more.length > 0 && !this.#rows.has(place))
        this.#rows.set(place, markRow(new SetRow(first.pid, place)));
    const ids = new Set([...byPlace.values()].flat().map((q) => q.id));
    for (const kept of [this.#clicked, this.#covered])
      for (const id of kept.keys()) if (!ids.has(id)) kept.delete(id);
  }

  /** The set that shows a question, if any. */
  of(question: Question): SetRow | undefined {
    const place = this.#place(question);
    return place === undefined ? undefined : this.#rows.get(place);
  }

  /** The waiting members of a set or of a part, in their order. */
  members(row: PartRow): readonly Question[] {
    if (row instanceof SetRow) return this.#waiting().byPlace.get(row.place) ?? [];
    return this.#parts(row.set)?.get(row) ?? [];
  }

  /** The rows of the folders of a large set; undefined for a set whose members stand right below it. */
  folders(row: SetRow): FolderRow[] | undefined {
    const parts = this.#parts(row);
    return parts === undefined ? undefined : [...parts.keys()];
  }

  /** The row of the folder that shows a question, if its set is shown by folders. */
  folderOf(question: Question): FolderRow | undefined {
    const row = this.of(question);
    const parts = row === undefined || !this.#folders.has(row) ? undefined : this.#parts(row);
    return [...(parts ?? [])].find(([, members]) => members.includes(question))?.[0];
  }

  /** True when Allow Checked would allow it. At first every box is checked, except of what only takes files away. */
  isChecked(question: Question): boolean {
    return this.#clicked.get(question.id) ?? !removesFiles(this.#kinds, question);
  }

  check(questions: readonly Question[], checked: boolean): void {
    for (const { id } of questions) this.#clicked.set(id, checked);
  }

  /** Notes that a review was opened that shows these members. */
  cover(members: readonly Question[]): void {
    for (const { id } of members) this.#covered.add(id);
  }

  /** True when a review has shown each of these that Allow Checked would allow. */
  mayAllow(members: readonly Question[]): boolean {
    return members.every((q) => this.#covered.has(q.id) || !this.isChecked(q));
  }

  get #kinds(): Kinds {
    return kindsOf(this.#kernel());
  }

  #waiting(): Waiting {
    const kernel = this.#kernel();
    const seq = kernel?.state.seq ?? 0;
    if (this.#last !== undefined && this.#last.kernel === kernel && this.#last.seq === seq) return this.#last;
    const groups = Map.groupBy(openQuestions(kernel), (q) => this.#place(q));
    const byPlace = new Map<string, readonly Question[]>();
    for (const [place, all] of groups)
      if (place !== undefined) byPlace.set(place, inSetOrder(this.#kinds, all));
    return (this.#last = { kernel, seq, byPlace, parts: new Map() });
  }

  #parts(set: SetRow): ReadonlyMap<FolderRow, readonly Question[]> | undefined {
    const { parts, byPlace } = this.#waiting();
    const known = parts.get(set);
    const members = byPlace.get(set.place) ?? [];
    if (known !== undefined || (members.length <= FOLDED_FROM && !this.#folders.has(set))) return known;
    const folders = foldersOfSet(this.#kinds, members);
    if (folders.length < 2 && !this.#folders.has(set)) return undefined;
    const rows = this.#folders.get(set) ?? new Map<string, FolderRow>();
    this.#folders.set(set, rows);
    const made = new Map<FolderRow, readonly Question[]>();
    for (const { folder, removes, members: own } of folders) {
      const key = `${removes ? "-" : "+"}${folder}`;
      const row = rows.get(key) ?? markRow(new FolderRow(set, folder, removes));
      rows.set(key, row);
      made.set(row, own);
    }
    parts.set(set, made);
    return made;
  }

  #place(question: Question): string | undefined {
    const known = this.#placeOf.get(question) ?? { place: setPlaceOf(this.#kinds, question) };
    this.#placeOf.set(question, known);
    return known.place;
  }
}

/** The row of a change set or of a part, if this is one of ours. */
export function partRow(value: unknown): PartRow | undefined {
  return ownRow(value, SetRow) ?? ownRow(value, FolderRow);
}
