// Reading back: single records from the store, each checked against what its line says of itself and of its bodies.
import { fault } from "../../abi/errors.ts";
import type { AnyRecord } from "../../abi/record.ts";
import type { Digests } from "../ports.ts";
import type { BodyRef, StoredLines } from "../ports/store.ts";
import { JournalError } from "./failure.ts";
import { isEnvelope, jsonOf, MAX_BODY, textOf, unpackBodies, whyNoRecord, isRecord } from "./line.ts";
import { whyTooDeep } from "./measure.ts";

/** A record as it is stored. `hash` is the SHA-256 of its line; whoever kept that hash knows it for the same record. */
export interface ReadBack {
  readonly record: AnyRecord;
  readonly hash: string;
}

/**
 * Reads records of an opened journal. A record that cannot be read as it was written rejects with a
 * {@link JournalError}. The signatures are not checked: the opening checked them, and `hash` tells a changed line.
 */
export class RecordReader {
  readonly #lines: StoredLines;
  readonly #digests: Digests;

  constructor(lines: StoredLines, digests: Digests) {
    this.#lines = lines;
    this.#digests = digests;
  }

  /** The record of this number with its bodies in place; undefined when none is stored. */
  async at(seq: number): Promise<ReadBack | undefined> {
    const line = await this.#lines.at(seq);
    return line === undefined ? undefined : this.#recordOf(line, seq);
  }

  /** The same with its line as it is stored, in which bodies are references. */
  async line(seq: number): Promise<{ readonly record: AnyRecord; readonly line: string } | undefined> {
    const bytes = await this.#lines.at(seq);
    const line = bytes === undefined ? undefined : textOf(bytes);
    if (bytes === undefined || line === undefined) return undefined;
    return { record: (await this.#recordOf(bytes, seq)).record, line };
  }

  /** The records behind this number in order, each one checked to continue the one before. */
  async *read(after: number): AsyncGenerator<ReadBack, void, void> {
    let seq = after;
    let hash: string | undefined;
    for await (const lines of this.#lines.read(after)) {
      for (const line of lines) {
        seq += 1;
        const read = await this.#recordOf(line, seq);
        if (hash !== undefined && read.record.prev !== hash)
          throw notAsWritten(seq, "it does not continue the line before");
        hash = read.hash;
        yield read;
      }
    }
  }

  async #recordOf(line: Uint8Array, seq: number): Promise<ReadBack> {
    const odd = whyTooDeep(line);
    const text = odd === undefined ? textOf(line) : undefined;
    const json = jsonOf(text);
    if (!isEnvelope(json)) throw notAsWritten(seq, odd ?? "it is no record of this format");
    if (json.seq !== seq) throw notAsWritten(seq, `record ${json.seq} is in its place`);
    if (text?.includes('$body"') === true) await this.#fill(json);
    if (!isRecord(json)) throw notAsWritten(seq, whyNoRecord(json) ?? "it is no record");
    return { record: json, hash: this.#digests.sha256(line) };
  }

  /** Puts the bodies in the place of the references to them. */
  async #fill(json: { readonly seq: number; data: unknown }): Promise<void> {
    const unpacked = unpackBodies(json.data);
    if (unpacked === undefined) throw notAsWritten(json.seq, "it refers to a body in no known way");
    for (const { ref, fill } of unpacked.slots) fill(await this.#textOf(ref, json.seq));
    json.data = unpacked.data;
  }

  async #textOf(ref: BodyRef, seq: number): Promise<string> {
    if (ref.length < 0 || ref.length > MAX_BODY)
      throw notAsWritten(seq, `no body that is read has ${ref.length} bytes`);
    const bytes = await this.#lines.body(ref);
    if (bytes === undefined) throw notAsWritten(seq, "a text of it is no longer there");
    const text = this.#digests.sha256(bytes) === ref.sha256 ? textOf(bytes) : undefined;
    if (text === undefined) throw notAsWritten(seq, "a text of it is not what was written");
    return text;
  }
}

function notAsWritten(seq: number, why: string): JournalError {
  const hint = "Verify the record; it tells the first place that was changed.";
  return new JournalError(fault("EIO", `record ${seq} cannot be read back: ${why}`, hint));
}
