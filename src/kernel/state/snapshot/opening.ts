// The fold of an opening: begins with nothing or with the rows of a snapshot, and anew when these turn out not to be good.
import type { Kinds } from "../../../abi/kind.ts";
import type { AnyRecord } from "../../../abi/record.ts";
import { Folded } from "../fold.ts";
import { fromRows } from "./rows.ts";

type Take = (record: AnyRecord) => void;

/** Folds the records of a journal that is being opened. */
export class OpeningFold {
  readonly #sha256: (text: string) => string;
  readonly #kinds: Kinds;
  readonly #remembered: AnyRecord[] | undefined;
  #folded: Folded;
  /** The number of the record that a snapshot stood for, 0 when all records were folded. */
  from = 0;

  /** A list of `remembered` records gets every record, so then no snapshot stands for some of them. */
  constructor(sha256: (text: string) => string, kinds: Kinds, remembered?: AnyRecord[]) {
    this.#sha256 = sha256;
    this.#kinds = kinds;
    this.#remembered = remembered;
    this.#folded = new Folded(sha256, kinds);
  }

  get folded(): Folded {
    return this.#folded;
  }

  /** The ways to begin, as an opening asks for them. */
  takers(): { readonly anew: () => Take; readonly resume?: (rows: unknown) => Take } {
    const anew = (): Take => this.anew();
    return this.#remembered === undefined ? { anew, resume: (rows) => this.resume(rows) } : { anew };
  }

  /** Begins with nothing. */
  anew(): Take {
    const take = this.#begin(new Folded(this.#sha256, this.#kinds));
    const remembered = this.#remembered;
    if (remembered === undefined) return take;
    remembered.length = 0;
    return (record) => {
      remembered.push(record);
      take(record);
    };
  }

  /** Begins with the rows of a snapshot; throws when they are of another format. */
  resume(rows: unknown): Take {
    return this.#begin(fromRows(rows, this.#sha256, this.#kinds));
  }

  #begin(folded: Folded): Take {
    this.#folded = folded;
    this.from = folded.state.seq;
    return (record) => {
      folded.take(record);
    };
  }
}
