// Encodings: bytes to text and back. UTF-8 and UTF-16 are told here; old encodings are loaded when one is met.
import type { DecodedText, LikelyEncodings, NoText } from "../../../../primitives/fs/text/form.ts";

const MARKS: readonly {
  readonly encoding: string;
  readonly label: string;
  readonly mark: readonly number[];
}[] = [
  { encoding: "utf-8-bom", label: "utf-8", mark: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", label: "utf-16le", mark: [0xff, 0xfe] },
  { encoding: "utf-16be", label: "utf-16be", mark: [0xfe, 0xff] },
];

/** An encoding that the first bytes of a file tell: by their mark, else UTF-8 as long as nothing speaks against it. */
export interface ToldEncoding {
  readonly encoding: string;
  /** The name that `TextDecoder` knows, and the bytes of the mark. */
  readonly label: string;
  readonly mark: number;
}

/** The encoding by the first bytes. */
export function toldBy(bytes: Uint8Array): ToldEncoding {
  const marked = MARKS.find((m) => m.mark.every((b, i) => bytes[i] === b));
  return {
    encoding: marked?.encoding ?? "utf-8",
    label: marked?.label ?? "utf-8",
    mark: marked?.mark.length ?? 0,
  };
}

/** The reason for bytes that begin with a mark that the rest does not keep to. */
export const BROKEN: NoText = {
  why: "begins with the byte order mark of an encoding that its bytes are not in",
};

/** Decodes UTF-8 and marked UTF-16. Undefined for anything else, and for text with a NUL character. */
function decodeUnicode(bytes: Uint8Array): DecodedText | undefined {
  const { encoding, label, mark } = toldBy(bytes);
  try {
    const text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes.subarray(mark));
    return text.includes("\0") ? undefined : { text, encoding };
  } catch {
    return undefined;
  }
}

/** A guess looks at so many bytes. */
const SAMPLE = 64 * 1024;

/** The part of bytes that says most about their encoding: from the first line that is not ASCII; undefined without one. */
export function takeSample(bytes: Uint8Array): Uint8Array | undefined {
  let at = 0;
  while (at < bytes.length && (bytes[at] ?? 0) < 0x80 && bytes[at] !== 0) at++;
  if (at === bytes.length) return undefined;
  // An even start keeps the pairs of UTF-16 together.
  const from = (bytes.lastIndexOf(10, at) + 1) & ~1;
  return bytes.subarray(from, from + SAMPLE);
}

/** The text of bytes, or why they are none. Encoding the text again gives the same bytes. */
export async function decode(
  bytes: Uint8Array,
  likely: () => Promise<LikelyEncodings>,
): Promise<DecodedText | NoText> {
  const unicode = decodeUnicode(bytes);
  if (unicode !== undefined) return unicode;
  if (toldBy(bytes).mark > 0) return BROKEN;
  const { candidatesFor, noneFits } = await import("./guess.ts");
  const isWhole = bytes.length <= SAMPLE;
  const candidates = await candidatesFor(isWhole ? bytes : (takeSample(bytes) ?? bytes), likely, isWhole);
  if ("why" in candidates) return candidates;
  for (const encoding of candidates) {
    const pass = await passIn(encoding);
    const text = pass(bytes, true);
    if (text !== undefined) return { text, encoding };
  }
  return noneFits(candidates);
}

/**
 * Decodes a file chunk by chunk, each as far as its characters are whole. Undefined once the bytes are not in the
 * encoding, or would not come back from it.
 */
export type Pass = (bytes: Uint8Array, isLast: boolean) => string | undefined;

/** Starts a pass in UTF-8 or UTF-16; the bytes of the mark are left out. */
export function unicodePass(label: string, mark: number): Pass {
  const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true });
  let skipped = mark;
  return (bytes, isLast) => {
    const from = Math.min(skipped, bytes.length);
    skipped -= from;
    try {
      const text = decoder.decode(bytes.subarray(from), { stream: !isLast });
      return text.includes("\0") ? undefined : text;
    } catch {
      return undefined;
    }
  };
}

/** A part without any place to end at is not decoded further than this, in bytes. */
const MAX_OPEN = 4 * 1024 * 1024;

/** Starts a pass in an encoding without a mark. */
export async function passIn(encoding: string): Promise<Pass> {
  const { isPlausible } = await import("./guess.ts");
  if (encoding.startsWith("utf-16")) {
    const wide = unicodePass(encoding.slice(0, 8), 0);
    return (bytes, isLast) => {
      const text = wide(bytes, isLast);
      return text !== undefined && isPlausible(text) ? text : undefined;
    };
  }
  const { decodeOld, encodeOld, wholeBytes } = await import("./charsets.ts");
  let open: Buffer = Buffer.alloc(0);
  return (bytes, isLast) => {
    open = Buffer.concat([open, bytes]);
    const end = isLast ? open.length : wholeBytes(open, encoding);
    const part = open.subarray(0, end);
    const text = decodeOld(part, encoding);
    open = Buffer.from(open.subarray(end));
    const comes = isPlausible(text) && Buffer.compare(encodeOld(text, encoding), part) === 0;
    return comes && open.length <= MAX_OPEN ? text : undefined;
  };
}

/** The position of the first character that does not come back from an encoding. */
function firstLost(text: string, back: string): number {
  let at = 0;
  while (at < text.length && text[at] === back[at]) at++;
  const before = text.charCodeAt(at - 1);
  return at > 0 && before >= 0xd800 && before < 0xdc00 ? at - 1 : at;
}

/** The bytes of a text in an encoding, with its mark; else the position of the first character that it does not have. */
export async function encode(text: string, encoding: string): Promise<Uint8Array | { readonly at: number }> {
  const marked = MARKS.find((m) => m.encoding === encoding);
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  if (encoding === "utf-8-bom") return new TextEncoder().encode(`\ufeff${text}`);
  if (encoding.startsWith("utf-16")) {
    const bytes = Buffer.from(marked === undefined ? text : `\ufeff${text}`, "utf16le");
    return encoding.startsWith("utf-16be") ? bytes.swap16() : bytes;
  }
  const { decodeOld, encodeOld } = await import("./charsets.ts");
  const bytes = encodeOld(text, encoding);
  const back = decodeOld(bytes, encoding);
  return back === text ? bytes : { at: firstLost(text, back) };
}
