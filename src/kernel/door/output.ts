// Output: the text of a running call, shown as it comes, with its beginning and its end kept for the record.
import type { RecordData } from "../../abi/record.ts";
import type { Redactor } from "../record/redact.ts";
import { RedactedStream } from "./stream.ts";

/** A piece of the output of a running call, without secrets. */
export interface OutputPiece {
  readonly pid: number;
  readonly call: string;
  readonly text: string;
}

/** How many bytes of UTF-8 are kept of the beginning, and how many of the end. */
export const OUTPUT_KEPT = 32 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The output of one call. Texts go through the redactor before they are shown or kept. */
export class Output {
  readonly #stream: RedactedStream;
  #head = "";
  #headBytes = 0;
  /** True once something did not fit into the head. */
  #isLong = false;
  #tail = "";
  #bytes = 0;

  constructor(redactor: Redactor) {
    this.#stream = new RedactedStream(redactor);
  }

  /** Takes a piece; gives what can be shown now. */
  push(piece: string): string {
    return this.#keep(this.#stream.push(piece));
  }

  /** Gives the rest; nothing comes after it. */
  end(): string {
    return this.#keep(this.#stream.end());
  }

  /** The parts that the record keeps; undefined when there was no text. */
  get kept(): RecordData<"call.end">["output"] {
    if (this.#bytes === 0) return undefined;
    const tail = endOf(this.#tail);
    const omitted = this.#bytes + this.#stream.lost - this.#headBytes - encoder.encode(tail).length;
    return {
      head: this.#head,
      ...(tail === "" ? {} : { tail }),
      ...(omitted > 0 ? { omitted } : {}),
    };
  }

  #keep(given: string): string {
    const text = given.toWellFormed();
    this.#bytes += encoder.encode(text).length;
    let rest = text;
    if (!this.#isLong) {
      const fits = startOf(text, OUTPUT_KEPT - this.#headBytes);
      this.#head += fits;
      this.#headBytes += encoder.encode(fits).length;
      rest = text.slice(fits.length);
      this.#isLong = rest !== "";
    }
    this.#tail += rest;
    if (this.#tail.length > 2 * OUTPUT_KEPT) this.#tail = endOf(this.#tail);
    return text;
  }
}

const isInside = (byte = 0): boolean => (byte & 0xc0) === 0x80;

/** The beginning of a text, in whole characters: at most `most` bytes. */
function startOf(text: string, most: number): string {
  const bytes = encoder.encode(text.slice(0, most));
  if (bytes.length <= most) return text.slice(0, most);
  let to = most;
  while (to > 0 && isInside(bytes[to])) to--;
  return decoder.decode(bytes.subarray(0, to));
}

/** The end of a text, in whole characters: at most {@link OUTPUT_KEPT} bytes. */
function endOf(text: string): string {
  const bytes = encoder.encode(text);
  let from = Math.max(0, bytes.length - OUTPUT_KEPT);
  while (from > 0 && isInside(bytes[from])) from++;
  return decoder.decode(bytes.subarray(from));
}
