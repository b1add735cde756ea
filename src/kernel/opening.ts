// Opening: joins the parts of a kernel into one core, with the operations that primitives bring.
import { fault } from "../abi/errors.ts";
import type { AnyRecord } from "../abi/record.ts";
import { LiveCalls } from "./call.ts";
import { createCore, NO_JOURNAL, type Core, type JournalPort } from "./core.ts";
import type { OutputPiece } from "./door/output.ts";
import type { HandleKind, Primitive } from "./operation.ts";
import { Operations } from "./operations/table.ts";
import { KernelOps } from "./ops.ts";
import type { Clock, Digests } from "./ports.ts";
import { ACTING } from "./questions/acts.ts";
import { addKind, type OwnQuestionKind, type QuestionKind } from "./questions/kinds.ts";
import type { StoredLines } from "./ports/store.ts";
import { Listeners } from "./record/listeners.ts";
import { RecordReader } from "./record/read-back.ts";
import { NO_RECORDS, type ReadRecord } from "./record/recall.ts";
import { applyRecord, type Folded } from "./state/fold.ts";

/** The parts of a kernel. */
export interface KernelParts {
  readonly clock: Clock;
  readonly digests: Digests;
  /** The state folded from the record so far; the kernel continues it. */
  readonly folded: Folded;
  /** Opens the journal for writing; absent for a viewer, which then refuses every change. */
  readonly journal?: (onRecord: (record: AnyRecord) => void) => JournalPort;
  /** The stored lines, for texts that the state does not hold. */
  readonly lines?: StoredLines | undefined;
  /** Receives what a listener throws; the kernel goes on. */
  readonly onBug?: (bug: unknown) => void;
  /** The cost of the first model call of a new process; without it, no birth is refused for a budget that is too small. */
  readonly firstCall?: Core["firstCall"];
  /** Builds the operations of this kernel. */
  readonly primitives: (ops: KernelOps) => readonly Primitive[];
}

const VIEWER = fault(
  "EUNAVAILABLE",
  "This record is being watched, not run, here.",
  "Act in the window that runs it.",
);

/** Joins the parts. The core is the kernel's own: whoever else holds one is a test of a part of it. */
export function openCore(parts: KernelParts): Core {
  const { clock, digests, firstCall, onBug } = parts;
  const { state } = parts.folded;
  const records = new Listeners<AnyRecord>(onBug);
  const journal = parts.journal?.((record) => {
    applyRecord(state, record);
    records.tell(record);
  });
  const operations = new Operations(state);
  const questionKinds = new Map<string, QuestionKind | OwnQuestionKind>(
    ACTING.map((kind) => [kind.name, kind]),
  );
  const handleKinds = new Map<string, HandleKind>();
  const core = createCore({
    ...{ state, clock, digests, firstCall, operations, questionKinds, handleKinds },
    recall: recallOf(parts, journal),
    ...{ journal: journal ?? NO_JOURNAL, records, output: new Listeners<OutputPiece>(onBug) },
    ...{ live: new LiveCalls(), latest: Date.parse(state.latest) || 0 },
    sealed: journal === undefined ? VIEWER : undefined,
  });
  for (const primitive of parts.primitives(new KernelOps(core))) {
    for (const op of primitive.operations) operations.set(op.name, op);
    for (const kind of primitive.questions ?? []) addKind(questionKinds, kind);
    for (const each of primitive.handles ?? []) handleKinds.set(each.kind, each);
  }
  return core;
}

/** A record is stored once it is durable; before that the store need not show it. */
function recallOf({ lines, digests }: KernelParts, journal: JournalPort | undefined): ReadRecord {
  if (lines === undefined) return NO_RECORDS;
  const reader = new RecordReader(lines, digests);
  return async (seq) => {
    await journal?.durable(seq);
    return reader.at(seq);
  };
}
