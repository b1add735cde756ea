// Alike rows: the places of the Approvals list as they stand on the screen, and the one row of requests for the same.
import * as vscode from "vscode";
import type { Question } from "../../abi/record.ts";
import { slotOf } from "../../kernel/state/call-id.ts";
import { AlikeRow, GroupRow, mark } from "../session/rows.ts";
import { arrange, type Place } from "../../views/questions/approvals.ts";

export class Places {
  #places: readonly Place[] = [];
  #agents = new Map<number, GroupRow>();
  #alike = new Map<string, AlikeRow>();

  /** What stands at the top, from above. */
  get rows(): (GroupRow | AlikeRow)[] {
    return this.#places.flatMap((p) => this.#rowAt(p) ?? []);
  }

  /** Gives each question its place; see {@link arrange} for what `shown` keeps as it is. */
  take(questions: readonly Question[], shown: boolean): void {
    this.#places = arrange(this.#places, questions, shown);
    const agents = new Map<number, GroupRow>();
    const alike = new Map<string, AlikeRow>();
    for (const place of this.#places) {
      if ("pid" in place) {
        agents.set(place.pid, this.#agents.get(place.pid) ?? mark(new GroupRow(place.pid)));
        continue;
      }
      const members = questions.filter((q) => place.alike.includes(q.id));
      const key = place.alike.join(" ");
      alike.set(key, this.#alike.get(key) ?? mark(new AlikeRow(members)));
    }
    this.#agents = agents;
    this.#alike = alike;
  }

  agent(pid: number): GroupRow | undefined {
    return this.#agents.get(pid);
  }

  /** The row that a question shares with others, if it does. */
  shared({ id }: Pick<Question, "id">): AlikeRow | undefined {
    return [...this.#alike.values()].find((row) => row.digests.has(id));
  }

  #rowAt(place: Place): GroupRow | AlikeRow | undefined {
    return "pid" in place ? this.#agents.get(place.pid) : this.#alike.get(place.alike.join(" "));
  }
}

/** The turn in whose set a question belongs: a file's new text that need not be judged each by itself. */
export function turnOf({ kind, call, asks, preview }: Question): number | undefined {
  if (kind !== "approval" || call === undefined || preview?.after === undefined) return undefined;
  if (asks.some((a) => a.once || a.secret || a.need.right === "delete")) return undefined;
  const slot = slotOf(call);
  return slot?.index === undefined ? undefined : slot.turn;
}

/** The questions of one turn's set, in the order of its calls. */
export function membersOf(questions: readonly Question[], pid: number, turn: number): Question[] {
  const index = (q: Question): number => slotOf(q.call ?? "")?.index ?? 0;
  return questions.filter((q) => q.pid === pid && turnOf(q) === turn).sort((a, b) => index(a) - index(b));
}

/** What a set is called, in the tree and on the tab of its review; no text of an agent is in it. */
export function setTitle(pid: number, turn: number): string {
  return vscode.l10n.t("Changes of agent {0}, turn {1}", pid, turn + 1);
}

/** True for the label that the editor gives to a tab of this title: it adds how many files there are. */
export function isTitled(label: string, title: string): boolean {
  return label.startsWith(`${title} (`);
}
