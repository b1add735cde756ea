// Alike rows: the places of the Approvals list as they stand on the screen, and the one row of requests for the same.
import type { Question } from "../../abi/question.ts";
import { arrange, type Place } from "../../views/questions/alike.ts";
import { AlikeRow, GroupRow, mark } from "../session/rows.ts";

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
