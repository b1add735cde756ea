// The state as plain rows: JSON by id, from which all indexes are rebuilt. A snapshot is these rows, signed.
import type { Capability } from "../../../abi/capability.ts";
import type { Image } from "../../../abi/image.ts";
import type { Kinds } from "../../../abi/kind.ts";
import type { PolicyRule } from "../../../abi/policy.ts";
import type { RecordData } from "../../../abi/record.ts";
import { keyRule } from "../../authority/decide.ts";
import { rulesIn } from "../../authority/rules.ts";
import type { Checkpoint, FileSince, RestoreRow } from "../../checkpoints/rows.ts";
import type { Held } from "../../authority/capabilities.ts";
import { Folded } from "../fold.ts";
import type { OpenHandle } from "../handles.ts";
import type { WorkspaceRoot, Written } from "../roots.ts";
import type { AskedQuestion, ConversationEntry, Decided, OpenCall, State, StoredObject } from "../rows.ts";
import { entryOf, entryRow, processOf, processRow, type EntryRow, type ProcessRow } from "./process.ts";
import { at, Numbered, Shared } from "./tables.ts";

/**
 * The format of the rows. It must grow whenever the fold gives another state for the same records, or a row another
 * shape: then a snapshot of an earlier format is left unused and the whole record is folded.
 */
export const ROWS_FORMAT = 5;

/** The fields of a capability that many capabilities have in common. */
type CapabilityForm = Omit<Capability, "id" | "holder" | "parent">;

/** What is special about one capability. */
interface CapabilityStatus {
  readonly parent?: string;
  /** The uses that are left, where some were spent. */
  readonly left?: number;
  readonly revoked?: true;
  /** Its place in the order of gifts, where that is not the order of minting. */
  readonly since?: number;
}

/** A capability as a row: its id, its holder, the number of its form, and what is special about it. */
export type CapabilityTuple =
  | readonly [id: string, holder: number, form: number]
  | readonly [id: string, holder: number, form: number, status: CapabilityStatus];

/** The whole state in rows. */
export interface StateRows {
  readonly format: number;
  readonly seq: number;
  readonly time: string;
  /** The latest time of any record. */
  readonly latest: string;
  readonly roots: readonly WorkspaceRoot[];
  readonly policy: readonly PolicyRule[];
  readonly policyProblem?: string | undefined;
  readonly next: Readonly<
    Record<"pid" | "capability" | "question" | "message" | "checkpoint" | "restore", number>
  >;
  readonly entries: readonly EntryRow[];
  readonly asked: readonly AskedQuestion[];
  /** The numbers of the questions that the state holds. */
  readonly questions: readonly number[];
  readonly processes: readonly ProcessRow[];
  readonly forms: readonly CapabilityForm[];
  readonly capabilities: readonly CapabilityTuple[];
  /** The namespaces that outlived their processes. */
  readonly left: readonly string[];
  readonly decided: readonly Decided[];
  readonly open: readonly OpenCall[];
  readonly written: readonly Written[];
  readonly handles: readonly OpenHandle[];
  readonly objects: readonly StoredObject[];
  readonly images: readonly (readonly [hash: string, image: Image])[];
  readonly registered: readonly (readonly [name: string, hash: string])[];
  readonly operations: readonly RecordData<"operation.add">[];
  readonly checkpoints: readonly CheckpointRow[];
  readonly restores: readonly RestoreRow[];
}

/** A checkpoint as a row. */
type CheckpointRow = Omit<Checkpoint, "changes"> & { readonly changes: readonly FileSince[] };

/** Writes a state down. The rows share their values with the state, so they must be printed before the next record. */
export function toRows(state: Readonly<State>): StateRows {
  const entries = new Numbered<ConversationEntry>();
  const asked = new Numbered<AskedQuestion>();
  const forms = new Shared<CapabilityForm>();
  const { seq, time, latest, roots, policyProblem, decided } = state;
  const processes = [...state.processes.values()].map((process) => processRow(process, entries, asked));
  const questions = [...state.questions.values()].map((each) => asked.of(each));
  const held = [...state.capabilities.all()];
  const places = placesOfGifts(held);
  const capabilities = held.map((each, nth) => capabilityTuple(each, forms, nth, places?.get(each) ?? nth));
  return {
    ...{ format: ROWS_FORMAT, seq, time, latest, roots, policy: rulesIn(state), policyProblem },
    next: {
      ...{ pid: state.nextPid, capability: state.nextCapability },
      ...{ question: state.nextQuestion, message: state.nextMessage },
      ...{ checkpoint: state.nextCheckpoint, restore: state.nextRestore },
    },
    ...{ entries: entries.all().map(entryRow), asked: asked.all(), questions, processes },
    ...{ forms: forms.all(), capabilities, left: [...state.capabilities.leading.left], decided },
    open: [...state.open.values()],
    written: state.written,
    handles: [...state.handles.values()].flatMap((own) => [...own.values()]),
    objects: [...state.objects.values()].flatMap((names) => [...names.values()]),
    images: [...state.images],
    registered: [...state.registered],
    operations: [...state.operations.values()],
    checkpoints: [...state.checkpoints.values()].map((each) => ({
      ...each,
      changes: [...each.changes.values()],
    })),
    restores: state.restores,
  };
}

/**
 * The place of each capability in the order of gifts. A capability that moved was given again, later than it was minted;
 * undefined when none has moved, so that the order is that of minting.
 */
function placesOfGifts(held: readonly Held[]): ReadonlyMap<Held, number> | undefined {
  const moved = held.some(({ since }, i) => since < (held[i - 1]?.since ?? 0));
  if (!moved) return undefined;
  return new Map(held.toSorted((a, b) => a.since - b.since).map((each, place) => [each, place]));
}

function capabilityTuple(
  { cap, left, revoked }: Held,
  forms: Shared<CapabilityForm>,
  nth: number,
  since: number,
): CapabilityTuple {
  const { id, holder, parent, ...form } = cap;
  const status = {
    ...(parent === undefined ? {} : { parent }),
    ...(left === cap.uses || left === undefined ? {} : { left }),
    ...(revoked ? { revoked } : {}),
    ...(since === nth ? {} : { since }),
  };
  const number = forms.of(form);
  return Object.keys(status).length === 0 ? [id, holder, number] : [id, holder, number, status];
}

/** True for rows of this very format: by its number their fields are known, because only the own key signs a snapshot. */
function isRows(rows: unknown): rows is StateRows {
  return typeof rows === "object" && rows !== null && "format" in rows && rows.format === ROWS_FORMAT;
}

/**
 * Makes the state of rows that {@link toRows} wrote. It throws when they do not fit each other. The caller has checked
 * who wrote them: rows are obeyed like the records that they stand for.
 */
export function fromRows(rows: unknown, sha256: (text: string) => string, kinds: Kinds): Folded {
  if (!isRows(rows)) throw new RangeError("rows of another format cannot be read");
  const folded = new Folded(sha256, kinds);
  const { state } = folded;
  const { seq, time, latest, roots, next } = rows;
  const policy = rows.policy.map(keyRule);
  const { policyProblem, written } = rows;
  Object.assign(state, { seq, time, latest, roots, policy, policyProblem, written });
  Object.assign(state, { nextPid: next.pid, nextCapability: next.capability });
  Object.assign(state, { nextQuestion: next.question, nextMessage: next.message });
  Object.assign(state, { nextCheckpoint: next.checkpoint, nextRestore: next.restore });
  const entries = rows.entries.map((row) => entryOf(row, state.unhashed));
  for (const row of rows.processes) state.processes.set(row.pid, processOf(row, entries, rows.asked));
  for (const number of rows.questions) {
    const asked = at(rows.asked, number);
    state.questions.set(asked.question.id, asked);
  }
  state.capabilities.restore(
    rows.capabilities.map(([id, holder, form, status = {}], nth) => {
      const { parent, left, revoked = false, since = nth } = status;
      const cap = { ...at(rows.forms, form), id, holder, ...(parent === undefined ? {} : { parent }) };
      return { cap, left: left ?? cap.uses, revoked, since };
    }),
  );
  for (const namespace of rows.left) state.capabilities.leading.left.add(namespace);
  for (const each of rows.decided) state.decided.push(each);
  for (const call of rows.open) state.open.set(call.id, call);
  for (const handle of rows.handles) {
    const own = state.handles.get(handle.pid) ?? new Map<string, OpenHandle>();
    state.handles.set(handle.pid, own.set(handle.id, handle));
  }
  for (const object of rows.objects) {
    const names = state.objects.get(object.namespace) ?? new Map<string, StoredObject>();
    state.objects.set(object.namespace, names.set(object.name, object));
  }
  for (const [hash, image] of rows.images) state.images.set(hash, image);
  for (const [name, hash] of rows.registered) state.registered.set(name, hash);
  for (const operation of rows.operations) state.operations.set(operation.name, operation);
  for (const row of rows.checkpoints) {
    const changes = new Map(row.changes.map((change) => [change.resource, change]));
    state.checkpoints.set(row.id, { ...row, changes });
    state.newestCheckpoint = row.id;
  }
  state.restores = rows.restores;
  return folded;
}
