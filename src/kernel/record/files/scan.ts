// The scan: reads a journal from its first byte to its last, and reports up to which head it is valid.
import type { Identity } from "../../../abi/record/identity.ts";
import { whyTooDeep } from "../measure.ts";
import { BodyReader, readJournalLines, type RawLine } from "./bytes.ts";
import { isSigned, judgeHeads, positionOf, type Head } from "./heads.ts";
import { isEnvelope, isRecord, jsonOf, looksLikeHead, MAX_BODY, MAX_LINE } from "../line.ts";
import { readIdentity, prevOf, splitHead, whyNoRecord, textOf } from "../line.ts";
import { withNewer } from "./newer.ts";
import { FOREIGN_LIMITS, Sense } from "./sense.ts";
import type { Digests, SignatureCheck } from "../../ports.ts";
import { FIRST_SEGMENT, nextSegment } from "../../ports/files.ts";
import type { Defect, JournalFile, JournalSource, Scan, Scanned } from "../../ports/files.ts";

type Options = Parameters<Scan>[1];

/** A line that could not be accepted. */
interface Suspect {
  readonly at: Defect;
  /** If the next line continues `hash`, this line is as written, and the defect is at `at` instead. */
  readonly otherwise?: { readonly hash: string; readonly at: Defect };
  /** True when it may be the beginning of an unfinished write. */
  readonly torn: boolean;
}

/** Makes the scan from its two ports. */
export function scanner(digests: Digests, signatures: SignatureCheck): Scan {
  return async (source, options) =>
    withNewer(await new JournalScan(digests, signatures, source, options).run(), source, digests);
}

/**
 * One scan. It checks the chain line by line. Through the chain a signature covers everything before it, so the last
 * one of each segment is enough. Only when that one is wrong, earlier ones are checked to find the first defect.
 */
class JournalScan {
  readonly #digests: Digests;
  readonly #signatures: SignatureCheck;
  readonly #source: JournalSource;
  readonly #options: Options;
  #identity: Identity = { format: 1, id: "", publicKey: "" };
  #seq = 0;
  #hash: string;
  /** The place of the line whose hash is `#hash`. */
  #previous: Defect = {
    file: "identity.json",
    line: 1,
    byte: 0,
    what: "it is not what the first record continues",
  };
  #good: Head | undefined;
  #heads: Head[] = [];
  #expected: string | undefined;
  #defect: Defect | undefined;
  #sealed: Scanned["sealed"];
  /** Present for a journal that is not obeyed here. */
  readonly #sense: Sense | undefined;
  /** The most bytes of a line: fewer where strangers may have written it. */
  readonly #longest: number;

  constructor(digests: Digests, signatures: SignatureCheck, source: JournalSource, options: Options) {
    this.#digests = digests;
    this.#signatures = signatures;
    this.#source = source;
    this.#options = options;
    this.#hash = digests.sha256(source.identity);
    this.#sense = options.foreign && new Sense();
    const { since, publicKey } = options;
    this.#longest = this.#sense === undefined && publicKey === undefined ? MAX_LINE : FOREIGN_LIMITS.line;
    if (since !== undefined) {
      this.#seq = since.last.seq;
      this.#hash = since.last.hash;
      this.#sealed = since.sealed;
      this.#good = { ...since.last, bareHash: "", signature: "", at: this.#previous, end: since.end };
    }
    if (options.expect?.seq === this.#seq) this.#expected = this.#hash;
  }

  async run(): Promise<Scanned> {
    const identity = readIdentity(this.#source.identity, this.#digests, this.#options.publicKey);
    if ("what" in identity) this.#defect = identity;
    else this.#identity = identity;
    const { bodies } = this.#source;
    const large = this.#sense?.sizes(this.#source);
    if (large !== undefined) this.#defect ??= { line: 0, ...large, refused: true };
    const from = this.#options.since?.end ?? { segment: FIRST_SEGMENT, line: 0, bytes: 0, bodyBytes: 0 };
    const segments = this.#source.segments.filter((s) => s.name >= from.segment);
    if ((segments[0]?.size ?? 0) < from.bytes) {
      const file = `journal/${from.segment}.jsonl`;
      this.#defect = { file, line: from.line, byte: from.bytes, what: "it is shorter than it was" };
    }
    let name = from.segment;
    let bodyEnd = 0;
    let size = 0;
    for (const [i, file] of segments.entries()) {
      if (this.#defect !== undefined) break;
      if (file.name !== name) {
        this.#defect = { file: `journal/${name}.jsonl`, line: 0, byte: 0, what: "the file is missing" };
        break;
      }
      const reader = new BodyReader(
        name,
        bodies.find((b) => b.name === name),
        this.#digests,
        i === 0 ? from.bodyBytes : 0,
        this.#sense === undefined ? MAX_BODY : FOREIGN_LIMITS.body,
      );
      await this.#scanSegment(file, reader, i === segments.length - 1, i === 0 ? from : undefined);
      name = nextSegment(name);
      bodyEnd = reader.size;
      size = file.size;
    }
    const stray = bodies.find((b) => b.size > 0 && !this.#source.segments.some((s) => s.name === b.name));
    if (stray !== undefined) {
      this.#defect ??= {
        file: `bodies/${stray.name}`,
        line: 0,
        byte: 0,
        what: "no segment goes with this file",
      };
    }
    return this.#makeResult(segments.at(-1)?.name ?? FIRST_SEGMENT, size, bodyEnd);
  }

  async #scanSegment(
    file: JournalFile,
    reader: BodyReader,
    isLast: boolean,
    from = { line: 0, bytes: 0 },
  ): Promise<void> {
    const where = `journal/${file.name}.jsonl`;
    let { line } = from;
    let suspect: Suspect | undefined;
    let headFollows = false;
    this.#heads = [];
    for await (const lines of readJournalLines(file, from.bytes, this.#longest)) {
      if (this.#sense !== undefined && suspect?.otherwise === undefined && suspect?.torn === false) break;
      for (const raw of lines) {
        line += 1;
        if (suspect === undefined) {
          const read = this.#acceptLine(raw, { file: where, line, byte: raw.byte, what: "" }, reader);
          suspect = read instanceof Promise ? await read : read;
        } else if (suspect.otherwise !== undefined)
          suspect = resolveSuspect(suspect, prevOf(textOf(raw.bytes)));
        if (suspect !== undefined && raw.ended && looksLikeHead(raw.bytes)) headFollows = true;
      }
    }
    this.#checkSignatures();
    if (this.#defect !== undefined) return;
    const end = this.#good?.end.segment === file.name ? this.#good.end.bytes : 0;
    if (suspect !== undefined) {
      const needed = headFollows || !isLast || this.#isBeyond();
      // With a known newest head, anything behind it may be dropped; without one, only an unfinished write.
      const mayBeDropped = this.#options.expect !== undefined || suspect.torn;
      if (needed || !mayBeDropped) this.#defect = suspect.at;
    } else if (!isLast && (end !== file.size || end === 0)) {
      this.#defect = { file: where, line, byte: file.size, what: "the file does not end in a head" };
    } else if (!isLast && reader.next !== reader.size) {
      const what = "no record names the bytes from here on";
      this.#defect = { file: `bodies/${file.name}`, line: 0, byte: reader.next, what };
    } else if (!isLast) this.#sealed = this.#good && positionOf(this.#good);
  }

  /** Accepts one line, or returns why not. Only a line with bodies needs to be awaited. */
  #acceptLine(
    raw: RawLine,
    at: Defect,
    reader: BodyReader,
  ): Suspect | undefined | Promise<Suspect | undefined> {
    if (!raw.ended && raw.bytes.length > this.#longest)
      return makeSuspect({ ...at, refused: true }, `the line has more than ${this.#longest} bytes`);
    const odd = whyTooDeep(raw.bytes) ?? this.#sense?.line(raw.bytes) ?? this.#lateness();
    if (odd !== undefined) return makeSuspect({ ...at, refused: true }, odd);
    const text = textOf(raw.bytes);
    if (!raw.ended) {
      // A whole line and one more byte: the write was finished, and its newline was altered.
      const torn = jsonOf(textOf(raw.bytes.subarray(0, -1))) === undefined;
      return { at: { ...at, what: "the line has no end" }, torn };
    }
    const json = jsonOf(text);
    if (text === undefined || json === undefined) return makeSuspect(at, "it is no JSON text");
    if (!isEnvelope(json)) return makeSuspect({ ...at, newer: true }, "it is no record of this format");
    if (json.seq !== this.#seq + 1)
      return makeSuspect(at, `it is record ${json.seq} where ${this.#seq + 1} belongs`);
    const hash = this.#digests.sha256(raw.bytes);
    if (json.prev !== this.#hash) {
      const suspect = {
        ...makeSuspect(at, "it does not continue the line before"),
        otherwise: { hash, at: this.#previous },
      };
      return this.#judgeBroken(suspect, text, json.seq);
    }
    const chained = { text, hash, end: raw.byte + raw.bytes.length + 1 };
    if (!text.includes('$body"')) return this.#acceptRecord(json, at, chained, reader);
    return reader.fill(json).then((wrong) => {
      if (wrong === undefined) return this.#acceptRecord(json, at, chained, reader);
      const suspect = makeSuspect(at, wrong.what);
      if (wrong.at === undefined) return suspect;
      return wrong.at.refused === true
        ? { at: wrong.at, torn: false }
        : { ...suspect, otherwise: { hash, at: wrong.at } };
    });
  }

  /** Accepts a line of the chain with its bodies in place, if it is a record. */
  #acceptRecord(
    record: unknown,
    at: Defect,
    { text, hash, end }: { text: string; hash: string; end: number },
    reader: BodyReader,
  ): Suspect | undefined {
    if (!isRecord(record))
      return makeSuspect({ ...at, newer: true }, whyNoRecord(record) ?? "it is no record");
    const odd = this.#sense?.record(record);
    if (odd !== undefined) return makeSuspect({ ...at, refused: true }, odd);
    if (record.kind === "head") {
      const split = splitHead(text);
      if (split === undefined) return makeSuspect(at, "it is no head to the letter");
      const place = { segment: reader.name, line: at.line, bytes: end, bodyBytes: reader.next };
      const bareHash = this.#digests.sha256(split.bare);
      this.#heads.push({ seq: record.seq, hash, bareHash, signature: split.signature, at, end: place });
    }
    this.#seq = record.seq;
    this.#hash = hash;
    this.#previous = { ...at, what: "it is not what was written: the next line continues another" };
    if (this.#options.expect?.seq === record.seq) this.#expected = hash;
    this.#options.record?.(record);
    const late = this.#lateness();
    return late === undefined ? undefined : makeSuspect({ ...at, refused: true }, late);
  }

  /** Why a journal that is not obeyed is read no further: its time is over. */
  #lateness(): string | undefined {
    return this.#options.foreign?.late() === true ? "reading up to here took too long" : undefined;
  }

  /** Judges a line that does not continue the previous one. If either is a head, its signature decides. */
  #judgeBroken(suspect: Suspect, text: string, seq: number): Suspect {
    const last = this.#heads.at(-1) ?? this.#good;
    if (last?.at.line === this.#previous.line && last.at.file === this.#previous.file) {
      const isGood = isSigned(this.#signatures, this.#identity, last);
      return { at: isGood ? suspect.at : this.#previous, torn: false };
    }
    const split = splitHead(text);
    const bareHash = split && this.#digests.sha256(split.bare);
    const own =
      bareHash && isSigned(this.#signatures, this.#identity, { signature: split.signature, bareHash });
    const { expect } = this.#options;
    const known = expect?.seq === seq && expect.hash === suspect.otherwise?.hash;
    return own === true || known ? { at: this.#previous, torn: false } : suspect;
  }

  #checkSignatures(): void {
    const signed = (head: Head): boolean => isSigned(this.#signatures, this.#identity, head);
    const { good, bad } = judgeHeads(this.#heads, signed, () => this.#lateness() !== undefined);
    this.#good = good ?? this.#good;
    if (bad !== undefined) this.#defect = { ...bad.at, what: "the signature of this head is wrong" };
  }

  #isBeyond(): boolean {
    return (this.#options.expect?.seq ?? 0) > (this.#good?.seq ?? 0);
  }

  #makeResult(segment: string, size: number, bodySize: number): Scanned {
    const [good, fresh] = [this.#good, { segment, line: 0, bytes: 0, bodyBytes: 0 }];
    const end =
      good !== undefined && (this.#defect !== undefined || good.end.segment === segment) ? good.end : fresh;
    const { expect } = this.#options;
    const expected = this.#isBeyond() ? "beyond" : this.#expected === expect?.hash ? "covered" : "differs";
    if (expected === "beyond" && size > end.bytes) {
      const what = "the newest head known is not behind these lines";
      this.#defect ??= { file: `journal/${segment}.jsonl`, line: end.line + 1, byte: end.bytes, what };
    }
    const clean = this.#defect === undefined;
    return {
      id: this.#identity.id,
      publicKey: this.#identity.publicKey,
      records: good?.seq ?? 0,
      last: { seq: good?.seq ?? 0, hash: good?.hash ?? this.#digests.sha256(this.#source.identity) },
      end,
      ...(this.#sealed === undefined ? {} : { sealed: this.#sealed }),
      ...(this.#defect === undefined ? {} : { defect: this.#defect }),
      ...(clean && size > end.bytes
        ? { tail: { file: `journal/${segment}.jsonl`, byte: end.bytes, bytes: size - end.bytes } }
        : {}),
      ...(clean && bodySize > end.bodyBytes
        ? { bodyTail: { file: `bodies/${segment}`, byte: end.bodyBytes, bytes: bodySize - end.bodyBytes } }
        : {}),
      ...(expect === undefined ? {} : { expected }),
    };
  }
}

function makeSuspect(at: Defect, what: string): Suspect {
  return { at: { ...at, what }, torn: false };
}

/** Decides by the `prev` of the following line whether the suspect or the line before it is the defect. */
function resolveSuspect({ at, otherwise }: Suspect, prev: string | undefined): Suspect {
  return { at: otherwise !== undefined && prev === otherwise.hash ? otherwise.at : at, torn: false };
}
