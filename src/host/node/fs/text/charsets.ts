// Charsets: the characters of old encodings. Bytes become text by tables and by the platform's decoder, and the way back
// is the inverse of the same, so nothing that was read is written as other bytes.
import { UPPER } from "./tables.ts";

/** A codec of one encoding. Text or bytes that it does not have become U+FFFD, or a question mark. */
interface Codec {
  decode(bytes: Uint8Array): string;
  encode(text: string): Uint8Array;
}

const GAP = "\ufffd";
const QUESTION = 0x3f;

/** A codec in which each byte is one character. */
function singleByte(upper: string): Codec {
  const table =
    [...Array(256 - upper.length).keys()].map((byte) => String.fromCharCode(byte)).join("") + upper;
  const codes = Uint16Array.from(table, (c) => c.charCodeAt(0));
  const bytes = new Map<number, number>();
  for (const [byte, code] of codes.entries()) if (code !== 0xfffd && !bytes.has(code)) bytes.set(code, byte);
  return {
    decode(given) {
      const units = new Uint16Array(given.length);
      for (let at = 0; at < given.length; at++) units[at] = codes[given[at] ?? 0] ?? 0xfffd;
      return Buffer.from(units.buffer).toString("utf16le");
    },
    encode(text) {
      const made = Buffer.alloc(text.length);
      for (let at = 0; at < text.length; at++) made[at] = bytes.get(text.charCodeAt(at)) ?? QUESTION;
      return made;
    },
  };
}

/** The first bytes of the two-byte characters of an encoding, in the order in which they are preferred. */
interface Rows {
  readonly label: string;
  readonly leads: readonly (readonly [from: number, to: number])[];
  /** True when bytes from 0x80 on can be characters by themselves. */
  readonly singles: boolean;
  /** Characters whose last bytes count, where there are several. */
  readonly last?: string;
}

const ROWS: Readonly<Record<string, Rows>> = {
  gbk: { label: "gbk", leads: [[0x81, 0xfe]], singles: true },
  gb18030: { label: "gb18030", leads: [[0x81, 0xfe]], singles: false },
  big5: { label: "big5", leads: [[0xa1, 0xfe], [0x81, 0xa0]], singles: false, last: "═╞╡╪十卅" }, // oxfmt-ignore
  shift_jis: { label: "shift_jis", leads: [[0x81, 0x9f], [0xe0, 0xec], [0xef, 0xfc], [0xed, 0xee]], singles: true }, // oxfmt-ignore
  "euc-jp": { label: "euc-jp", leads: [[0x8e, 0x8e], [0xa1, 0xfe]], singles: false }, // oxfmt-ignore
  "euc-kr": { label: "euc-kr", leads: [[0x81, 0xfe]], singles: false },
};

/** Decodes many short sequences at once and calls back with each one that is a character. */
function eachCharacter(
  decoder: InstanceType<typeof TextDecoder>,
  sequences: readonly (readonly number[])[],
  found: (text: string, bytes: readonly number[]) => void,
): void {
  // A line feed between two sequences ends each of them, because none holds one.
  const text = decoder.decode(Uint8Array.from(sequences.flatMap((sequence) => [...sequence, 10])));
  for (const [i, character] of text.split("\n").entries()) {
    const bytes = sequences[i];
    if (bytes !== undefined && character !== "" && !character.includes(GAP) && [...character].length === 1)
      found(character, bytes);
  }
}

const span = (from: number, to: number): number[] => [...Array(to - from + 1).keys()].map((i) => from + i);

/** The bytes of each character of an encoding of several bytes. */
function inverseOf(
  encoding: string,
  { label, leads, singles, last = "" }: Rows,
): Map<string, readonly number[]> {
  const decoder = new TextDecoder(label);
  const inverse = new Map<string, readonly number[]>();
  const add = (text: string, bytes: readonly number[]): void => {
    const doubled = bytes.length === 2 && last.includes(text) && (bytes[0] ?? 0) >= 0xa1;
    if (!inverse.has(text) || doubled) inverse.set(text, bytes);
  };
  if (singles) eachCharacter(decoder, span(0x80, 0xff).map((byte) => [byte]), add); // oxfmt-ignore
  for (const [from, to] of leads)
    for (const lead of span(from, to))
      eachCharacter(decoder, span(0x40, 0xfe).map((trail) => [lead, trail]), add); // oxfmt-ignore
  if (encoding === "euc-jp")
    for (const second of span(0xa1, 0xfe))
      eachCharacter(decoder, span(0xa1, 0xfe).map((third) => [0x8f, second, third]), add); // oxfmt-ignore
  if (encoding === "gb18030")
    for (const lead of span(0x81, 0x84)) {
      const rests = span(0x81, 0xfe).flatMap((third) => span(0x30, 0x39).map((fourth) => [third, fourth]));
      for (const second of span(0x30, 0x39))
        eachCharacter(decoder, rests.map((rest) => [lead, second, ...rest]), add); // oxfmt-ignore
    }
  return inverse;
}

/** The four bytes of a character above U+FFFF in GB 18030. */
function fourBytes(code: number): readonly number[] {
  const at = 189_000 + code - 0x10000;
  const [second, third] = [Math.floor(at / 1260) % 10, Math.floor(at / 10) % 126];
  return [0x81 + Math.floor(at / 12_600), 0x30 + second, 0x81 + third, 0x30 + (at % 10)];
}

function severalBytes(encoding: string, rows: Rows): Codec {
  const decoder = new TextDecoder(rows.label, { ignoreBOM: true });
  let inverse: Map<string, readonly number[]> | undefined;
  return {
    decode: (bytes) => decoder.decode(bytes),
    encode(text) {
      inverse ??= inverseOf(encoding, rows);
      const made = Buffer.alloc(4 * text.length);
      let end = 0;
      for (const character of text) {
        const code = character.codePointAt(0) ?? 0;
        const wide = encoding === "gb18030" && code > 0xffff ? fourBytes(code) : undefined;
        if (code < 0x80) made[end++] = code;
        else for (const byte of inverse.get(character) ?? wide ?? [QUESTION]) made[end++] = byte;
      }
      return made.subarray(0, end);
    },
  };
}

const codecs = new Map<string, Codec>();

/** The codec of an encoding. An encoding that the platform does not decode has every byte as a gap. */
function codecOf(encoding: string): Codec {
  let codec = codecs.get(encoding);
  if (codec === undefined) {
    const rows = ROWS[encoding];
    codec = rows === undefined ? singleByte(UPPER[encoding] ?? "") : makeSafely(encoding, rows);
    codecs.set(encoding, codec);
  }
  return codec;
}

/** A platform without the data of an encoding refuses its name. */
function makeSafely(encoding: string, rows: Rows): Codec {
  try {
    return severalBytes(encoding, rows);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return singleByte(GAP.repeat(128));
  }
}

/** The bytes of a text; a question mark stands for a character that the encoding does not have. */
export function encodeOld(text: string, encoding: string): Uint8Array {
  return codecOf(encoding).encode(text);
}

/** The text of bytes; U+FFFD stands for bytes that the encoding does not have. */
export function decodeOld(bytes: Uint8Array, encoding: string): string {
  return codecOf(encoding).decode(bytes);
}

/** The end of the last whole character in a part of a text in an old encoding. A part can end there. */
export function wholeBytes(bytes: Uint8Array, encoding: string): number {
  if (ROWS[encoding] === undefined) return bytes.length;
  // Bytes below 0x30 are never the later part of a character.
  for (let at = bytes.length; at > 0; at--) if ((bytes[at - 1] ?? 0) < 0x30) return at;
  return 0;
}
