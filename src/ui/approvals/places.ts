// Places: the top rows of the Approvals list: agents, and rows of alike requests.
import type { Kinds } from "../../abi/kind.ts";
import type { Question } from "../../abi/question.ts";
import { AlikeRow, GroupRow, markRow } from "../session/rows.ts";
import { arrangeQuestions, type QueuePlace } from "../../views/questions/approvals.ts";

/** The top rows of the list. A place keeps its row object while it exists. */
export class QueueRows {
  #places: readonly QueuePlace[] = [];
  #agents = new Map<number, GroupRow>();
  #alike = new Map<string, AlikeRow>();

  /** The rows at the top level, in order. */
  get rows(): (GroupRow | AlikeRow)[] {
    return this.#places.flatMap((p) => this.#rowAt(p) ?? []);
  }

  /** Gives each question a place. {@link arrangeQuestions} says which places are kept while the list is `shown`. */
  take(kinds: Kinds, questions: readonly Question[], shown: boolean): void {
    this.#places = arrangeQuestions(kinds, this.#places, questions, shown);
    const agents = new Map<number, GroupRow>();
    const alike = new Map<string, AlikeRow>();
    for (const place of this.#places) {
      if ("pid" in place) {
        agents.set(place.pid, this.#agents.get(place.pid) ?? markRow(new GroupRow(place.pid)));
        continue;
      }
      const members = questions.filter((q) => place.alike.includes(q.id));
      const key = place.alike.join(" ");
      alike.set(key, this.#alike.get(key) ?? markRow(new AlikeRow(members)));
    }
    this.#agents = agents;
    this.#alike = alike;
  }

  agent(pid: number): GroupRow | undefined {
    return this.#agents.get(pid);
  }

  /** The row that a question shares with alike ones, if any. */
  shared({ id }: Pick<Question, "id">): AlikeRow | undefined {
    return [...this.#alike.values()].find((row) => row.digests.has(id));
  }

  #rowAt(place: QueuePlace): GroupRow | AlikeRow | undefined {
    return "pid" in place ? this.#agents.get(place.pid) : this.#alike.get(place.alike.join(" "));
  }
}
