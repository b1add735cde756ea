// Export: a record as lines for other programs, made one record after the other, so that none must hold all of it.
import type { AnyRecord } from "../../abi/record.ts";

/** The facts about the record that an export names. */
export interface ExportAbout {
  /** The id of the journal. */
  readonly id: string;
  /** The version of this program. */
  readonly version: string;
  readonly sha256: (text: string) => string;
}

/** One export. Each line is one JSON value without its line end. */
export interface Export {
  /** The lines that are complete with this record. */
  take(record: AnyRecord): readonly string[];
  /** The last lines: of what did not end in the record. */
  end(): readonly string[];
}
