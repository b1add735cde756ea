// Snapshots in files: rows of the state, signed and bound to a head of the journal; whatever does not fit is left unread.
import { constants, opendirSync, renameSync, unlinkSync } from "node:fs";
import * as z from "zod";
import type { Signer, SignatureCheck } from "../../../../kernel/ports.ts";
import type { Scanned } from "../../../../kernel/ports/files.ts";
import type { HeadMark } from "../../../../kernel/ports/store.ts";
import { nodeDigests } from "../../digests.ts";
import { childPath, type Node } from "../../fs/node.ts";
import { OpenFile, tried } from "../disk.ts";
import { segmentFile } from "./folder.ts";
import type { HeldRecord } from "./hold.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** How many snapshots stay; an older one helps when a newer one was damaged. */
const KEPT = 3;

/** How many files are tried. Anybody may put files there, and each one tried takes time. */
const TRIED = 4;

/** The most bytes of a snapshot; a larger one is not kept. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The most names of the folder that are looked at. */
const MAX_NAMES = 1_000;

const NAME = /^(\d{1,15})\.json(?:\.draft)?$/u;
const SIGNATURE = /^,"signature":"([0-9a-f]{128})"\}\n$/u;
const SIGNATURE_BYTES = 145;

/** A head line is shorter than this. */
const HEAD_LINE = 4_096;

const headSchema = z.strictObject({ seq: z.int().positive(), hash: z.string() });
const headerSchema = z.strictObject({
  format: z.literal(1),
  journal: z.string(),
  head: headSchema,
  end: z.strictObject({
    segment: z.string().regex(/^\d{8}$/u),
    line: z.int(),
    bytes: z.int(),
    bodyBytes: z.int(),
  }),
  rows: z.unknown(),
});

/** Where a snapshot stands in its journal: its last record, and the place in the files behind it. */
export interface SnapshotPlace {
  readonly head: HeadMark;
  readonly end: Scanned["end"];
}

/** A snapshot that fits: the own key signed it for this journal, and its head is a line of this journal. */
export interface FittingSnapshot {
  readonly at: { readonly last: HeadMark; readonly end: Scanned["end"] };
  readonly rows: unknown;
}

/** The journal that a snapshot must belong to. */
interface Owner {
  readonly id: string;
  readonly publicKey: string;
  /** The newest head that the data folder knows; a snapshot behind it was never made here. */
  readonly newest: number;
}

function messageOf(id: string, digest: string): string {
  return `agentlibos-snapshot-1|${id}|${digest}`;
}

/** Writes a snapshot beside the others, whole or not at all, and removes those that are no longer of use. */
export async function keepSnapshot(
  held: HeldRecord,
  signer: Signer,
  { head, end }: SnapshotPlace,
  rows: string,
): Promise<void> {
  const folder = held.snapshots(true);
  if (folder === undefined) return;
  const start = JSON.stringify({ format: 1, journal: signer.journalId, head, end }).slice(0, -1);
  const body = Buffer.from(`${start},"rows":${rows}`);
  if (body.length + SIGNATURE_BYTES > MAX_BYTES) return;
  const signature = signer.sign(messageOf(signer.journalId, nodeDigests.sha256(body)));
  const path = childPath(folder, `${head.seq}.json`);
  const draft = `${path}.draft`;
  tried(() => {
    unlinkSync(draft);
  });
  const file = OpenFile.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.write(Buffer.concat([body, Buffer.from(`,"signature":"${signature}"}\n`)]), 0);
  } finally {
    file.close();
  }
  renameSync(draft, path);
  const own = namesIn(folder).filter(({ seq, name }) => seq <= head.seq && !name.endsWith(".draft"));
  const stay = new Set(own.slice(0, KEPT).map(({ name }) => name));
  for (const { name } of namesIn(folder))
    if (!stay.has(name))
      tried(() => {
        unlinkSync(childPath(folder, name));
      });
}

/** The snapshots that fit this journal, the newest first. */
export async function* fittingSnapshots(
  held: HeldRecord,
  owner: Owner,
  signatures: SignatureCheck,
): AsyncGenerator<FittingSnapshot, void, void> {
  const folder = held.snapshots();
  if (folder === undefined) return;
  const named = namesIn(folder).filter(({ seq, name }) => seq <= owner.newest && name.endsWith(".json"));
  for (const { name, seq } of named.slice(0, TRIED)) {
    const snapshot = tried(() => readSnapshot(childPath(folder, name), owner, signatures));
    if (snapshot?.at.last.seq === seq && (await isOnChain(held, snapshot.at))) yield snapshot;
  }
}

/** The snapshots of a folder, the newest first. */
function namesIn(folder: Node): { readonly name: string; readonly seq: number }[] {
  const found: { name: string; seq: number }[] = [];
  const listing = opendirSync(folder.self);
  try {
    for (
      let i = 0, entry = listing.readSync();
      entry !== null && i < MAX_NAMES;
      i++, entry = listing.readSync()
    ) {
      const seq = NAME.exec(entry.name)?.[1];
      if (seq !== undefined) found.push({ name: entry.name, seq: Number(seq) });
    }
  } finally {
    listing.closeSync();
  }
  return found.sort((a, b) => b.seq - a.seq);
}

/** Reads one. The signature is checked before anything of the text is understood. */
function readSnapshot(
  path: string,
  { id, publicKey }: Owner,
  signatures: SignatureCheck,
): FittingSnapshot | undefined {
  const file = OpenFile.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  let bytes: Buffer;
  try {
    const about = file.stat();
    if (!about.isFile() || about.size > MAX_BYTES) return undefined;
    bytes = file.read(0, Number(about.size));
  } finally {
    file.close();
  }
  const body = bytes.subarray(0, Math.max(0, bytes.length - SIGNATURE_BYTES));
  const signature = SIGNATURE.exec(bytes.subarray(body.length).toString("latin1"))?.[1];
  if (signature === undefined) return undefined;
  if (!signatures.verifies(publicKey, messageOf(id, nodeDigests.sha256(body)), signature)) return undefined;
  const { journal, head, end, rows } = headerSchema.parse(JSON.parse(`${body.toString()}}`));
  return journal === id ? { at: { last: head, end }, rows } : undefined;
}

/** True when the line that ends at this place is the head: no other record of the journal stands there now. */
async function isOnChain(held: HeldRecord, { last, end }: FittingSnapshot["at"]): Promise<boolean> {
  const file = segmentFile(held, "journal", end.segment);
  if (file === undefined || file.size < end.bytes) return false;
  const bytes = await file.read(Math.max(0, end.bytes - HEAD_LINE), end.bytes);
  if (bytes.at(-1) !== 10) return false;
  const line = bytes.subarray(bytes.lastIndexOf(10, bytes.length - 2) + 1, -1);
  return nodeDigests.sha256(line) === last.hash;
}
