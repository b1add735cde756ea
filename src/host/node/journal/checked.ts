// Checked: the part of a record that a check read line by line before, known again by the digests of its files.
import * as z from "zod";
import type { Scan, Scanned, JournalSource } from "../../../kernel/ports/files.ts";
import { nodeDigests, nodeSignatures } from "../digests.ts";
import { systemClock } from "../clock.ts";
import { tried } from "./disk.ts";
import { Meter, type Waiting } from "./files/meter.ts";
import type { KnownJournal } from "./known.ts";

const filesSchema = z.array(
  z.strictObject({ name: z.string(), lines: z.string(), bodies: z.string().nullable() }),
);
/** Where that part ends, when it was read, and the SHA-256 of each of its files. */
const markSchema = z.strictObject({
  format: z.literal(1),
  at: z.iso.datetime(),
  last: z.strictObject({ seq: z.int().positive(), hash: z.string() }),
  end: z.strictObject({ segment: z.string(), line: z.int(), bytes: z.int(), bodyBytes: z.int() }),
  files: filesSchema,
});
type Mark = z.infer<typeof markSchema>;
const signedSchema = z.strictObject({ mark: z.string(), signature: z.string() });

/** The part of a record that a check did not read line by line, because it did so before. */
export interface CheckedBefore {
  /** The last record of it. */
  readonly seq: number;
  /** When the newest of it was read line by line, as an ISO time. */
  readonly at: string;
}

/** A check of a record that the data folder knows. */
export interface Checking extends Waiting {
  readonly scan: Scan;
  /** Where the mark is kept; undefined where none is to be used. */
  readonly known: KnownJournal | undefined;
  /** Reads every line, also of the part that was checked before. */
  readonly full: boolean;
}

/**
 * One check. Every byte is read: whole segments that were checked before only for their digests, and the rest line by
 * line. The mark that knows them is signed with the record's own key. It shortens checks and is never obeyed.
 */
export class Check {
  readonly #checking: Checking;
  /** Present when a part was known again. */
  before: CheckedBefore | undefined;
  #done: { readonly scanned: Scanned; readonly source: JournalSource; readonly meter: Meter } | undefined;
  #mark: Mark | undefined;

  constructor(checking: Checking) {
    this.#checking = checking;
  }

  /** Does the work of a scan. It rejects when the check is stopped. */
  readonly scan: Scan = async (source, options) => {
    const { scan, known, full } = this.#checking;
    const meter = new Meter(source, this.#checking);
    const mark = full || known === undefined ? undefined : readMark(known);
    const fits =
      mark !== undefined &&
      (options.expect?.seq ?? 0) >= mark.last.seq &&
      (await isAsChecked(mark, source, meter));
    if (fits) {
      const { last, end } = mark;
      const scanned = await scan(meter.watch(source), {
        ...options,
        since: { last, end, sealed: { last, end } },
      });
      // The place of a defect is told by a reading of the whole.
      if (scanned.defect === undefined) {
        this.before = { seq: mark.last.seq, at: mark.at };
        this.#mark = mark;
        this.#done = { scanned, source, meter };
        return scanned;
      }
    }
    const again = new Meter(source, this.#checking);
    const scanned = await scan(again.watch(source), options);
    this.#done = { scanned, source, meter: again };
    return scanned;
  };

  /** Remembers what was checked, if a segment was finished since. Call it only for a record that is good. */
  async remember(): Promise<void> {
    const { known } = this.#checking;
    const { scanned, source, meter } = this.#done ?? {};
    const sealed = scanned?.sealed;
    if (known === undefined || source === undefined || sealed === undefined) return;
    if (sealed.last.seq === this.#mark?.last.seq) return;
    const files = [...(this.#mark?.files ?? [])];
    for (const segment of source.segments) {
      if (segment.name > sealed.end.segment) break;
      if (files.some(({ name }) => name === segment.name)) continue;
      const body = source.bodies.find(({ name }) => name === segment.name);
      const lines = meter?.digest("journal", segment);
      const bodies = body === undefined || body.size === 0 ? null : meter?.digest("bodies", body);
      if (lines === undefined || bodies === undefined) return;
      files.push({ name: segment.name, lines, bodies });
    }
    const at = new Date(systemClock.now()).toISOString();
    await writeMark(known, { format: 1, at, ...sealed, files });
  }
}

/** True when these are the files that were checked, byte for byte, and no others stand among them. */
async function isAsChecked(mark: Mark, { segments, bodies }: JournalSource, meter: Meter): Promise<boolean> {
  const before = segments.filter(({ name }) => name <= mark.end.segment);
  if (before.length !== mark.files.length) return false;
  for (const [i, segment] of before.entries()) {
    const file = mark.files[i];
    if (file?.name !== segment.name || (await meter.digestOf("journal", segment)) !== file.lines)
      return false;
    const body = bodies.find(({ name }) => name === segment.name);
    const digest = body === undefined || body.size === 0 ? null : await meter.digestOf("bodies", body);
    if (digest !== file.bodies) return false;
  }
  return true;
}

function messageOf(id: string, mark: string): string {
  return `agentlibos-checked-1|${id}|${nodeDigests.sha256(mark)}`;
}

/** The mark, if the key of this record signed it. */
function readMark(known: KnownJournal): Mark | undefined {
  const identity = known.identity();
  const text = known.checked();
  if (identity === undefined || text === undefined) return undefined;
  return tried(() => {
    const { mark, signature } = signedSchema.parse(JSON.parse(text));
    const isOwn = nodeSignatures.verifies(identity.publicKey, messageOf(identity.id, mark), signature);
    return isOwn ? markSchema.parse(JSON.parse(mark)) : undefined;
  });
}

async function writeMark(known: KnownJournal, mark: Mark): Promise<void> {
  const signer = known.signer();
  if ("detail" in signer) return;
  const text = JSON.stringify(mark);
  const signature = signer.sign(messageOf(signer.journalId, text));
  await known.setChecked(JSON.stringify({ mark: text, signature }) + "\n");
}
