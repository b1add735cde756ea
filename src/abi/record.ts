// Records: the closed list of things the journal can say. State is their fold; the audit trail is their text.
import * as z from "zod";
import { capabilitySchema } from "./capability.ts";
import { ERRNOS } from "./errors.ts";
import { budgetSchema, imageSchema, usageSchema } from "./image.ts";
import { MEMORY_REASONS, objectRefSchema, refersSchema, RELATIONS, sourceSchema } from "./object.ts";
import { policyRuleSchema } from "./policy.ts";
import { branchSchema, checkpointRecords, fileChangeSchema } from "./record/files.ts";
import { rootFolderSchema, worktreeSchema } from "./record/roots.ts";
import { launchSchema } from "./script.ts";
import { answerSchema, needSchema, questionSchema } from "./question.ts";

export { rootFolderSchema, type RootFolder, type Worktree } from "./record/roots.ts";

/** The decision about a call. `none`: the call did not reach a decision. */
export const decisionSchema = z.enum(["allow", "deny", "approved", "refused", "expired", "none"]);
export type DecisionWord = z.infer<typeof decisionSchema>;
/** The outcome of a call. */
export const outcomeSchema = z.enum(["ok", "error", "not-run", "unknown"]);
export type OutcomeWord = z.infer<typeof outcomeSchema>;
/** The end of a process. */
export const exitSchema = z.enum(["finished", "failed", "killed"]);
export type ExitWord = z.infer<typeof exitSchema>;
/** A fault as records keep it. */
export const errorSchema = z.strictObject({
  code: z.enum(ERRNOS),
  message: z.string(),
  hint: z.string(),
  /** The counts of a provider that refused a request as too long. */
  tokens: z.strictObject({ window: z.int().optional(), input: z.int().optional() }).optional(),
});

/** The actor of a record that is no call: a person, the launcher's answering rule, the kernel, or `pid:N`. */
export const actorSchema = z.string().regex(/^(person|launcher|kernel|pid:\d+)$/u);

/** The longest that one call may wait, in seconds: a week. */
export const LONGEST_WAIT = 7 * 24 * 3600;

/** Fields of the first record of a call that another call made. */
const madeFields = {
  /** The digest of its operation and arguments. Its maker may run again after a crash, and must ask for the same. */
  request: z.string().optional(),
  /** The list that its caller was narrowed to, as CAP texts. */
  within: z.array(z.string()).optional(),
};

/** The payload of each kind of record. A new kind costs one entry in this table and one case in the fold. */
export const recordData = {
  /** The first record of each opening. `cut` describes the unfinished write that was removed after the last head. */
  "journal.open": z.strictObject({
    format: z.literal(1),
    host: z.string(),
    roots: z.array(rootFolderSchema),
    policy: z.array(policyRuleSchema),
    cut: z.strictObject({ file: z.string(), byte: z.int(), bytes: z.int() }).optional(),
    /** The journal in whose place a person began this one, and its newest head. Nothing of it is valid here. */
    follows: z.strictObject({ journal: z.string(), seq: z.int(), hash: z.string() }).optional(),
  }),
  /**
   * The rules from now on. With a problem their files cannot be understood, and nothing runs until a person
   * corrects them.
   */
  "policy.set": z.strictObject({ policy: z.array(policyRuleSchema), problem: z.string().optional() }),
  /** A workspace folder that was added. One that a process owns goes with the process, except a worktree. */
  "root.add": rootFolderSchema.extend({ owner: actorSchema, worktree: worktreeSchema.optional() }),
  "root.remove": z.strictObject({ name: z.string(), by: actorSchema, reason: z.string() }),
  "journal.close": z.strictObject({ reason: z.string() }),
  /** Ends a batch: every record up to this one is real. The signature covers this line without the field itself. */
  head: z.strictObject({ signature: z.string() }),
  "process.spawn": z.strictObject({
    parent: z.int(),
    image: z.string(),
    imageHash: z.string(),
    model: z.string(),
    goal: z.string(),
    cwd: z.string(),
    budget: budgetSchema,
    depth: z.int(),
    childIndex: z.int(),
    by: actorSchema,
    launch: launchSchema.optional(),
    /**
     * How many entries of a conversation it begins with: its parent's, or the ended agent's that it is a fork
     * of.
     */
    forked: z.int().optional(),
    forkOf: z.int().optional(),
    branch: branchSchema.optional(),
  }),
  "process.signal": z.strictObject({
    signal: z.enum(["pause", "resume", "interrupt", "terminate", "kill"]),
    by: actorSchema,
    reason: z.string(),
  }),
  "process.block": z.strictObject({ on: z.enum(["message", "model"]), detail: z.string() }),
  "process.wake": z.strictObject({ from: z.enum(["message", "model"]), by: actorSchema }),
  "process.exit": z.strictObject({ exit: exitSchema, result: z.unknown(), reason: z.string() }),
  "process.reap": z.strictObject({ by: actorSchema }),
  "process.message": z.strictObject({ text: z.string(), by: actorSchema }),
  /** The same process goes on as another image. */
  "process.exec": z.strictObject({ image: z.string(), imageHash: z.string(), model: z.string() }),
  "process.cwd": z.strictObject({ cwd: z.string() }),
  /** A message from another process. It stays in the mailbox until the process takes it, which happens once. */
  "message.send": z.strictObject({
    id: z.string(),
    from: z.int(),
    text: z.string(),
    channel: z.string(),
    correlation: z.string().optional(),
    urgent: z.boolean(),
  }),
  "message.take": z.strictObject({ id: z.string() }),
  /** The end of a call's waiting; after a reload it waits for the rest. */
  "timer.set": z.strictObject({ until: z.iso.datetime() }),
  /**
   * From now on, model calls leave out the conversation before entry `from`. The summary, if there is one,
   * stands for the entries before `to`.
   */
  "process.trim": z.strictObject({
    from: z.int(),
    reason: z.string(),
    summary: objectRefSchema.extend({ to: z.int() }).optional(),
  }),
  /** The objects of its own that a process sees with its model calls from now on, or why not. Holds only changes. */
  "process.memory": z.strictObject({
    set: z.array(
      z.strictObject({ name: z.string(), version: z.int(), reason: z.enum(MEMORY_REASONS), tokens: z.int() }),
    ),
    gone: z.array(z.string()),
  }),
  "process.budget": z.strictObject({ add: budgetSchema, by: actorSchema }),
  "capability.mint": z.strictObject({ capability: capabilitySchema, takes: z.int().optional() }),
  /** A capability that its holder gave away as a whole. */
  "capability.move": z.strictObject({ id: z.string(), to: z.int() }),
  "capability.revoke": z.strictObject({ id: z.string(), by: actorSchema, reason: z.string() }),
  "question.open": questionSchema,
  "question.close": z.strictObject({
    id: z.string(),
    outcome: z.enum(["allowed", "denied", "answered", "expired", "cancelled"]),
    by: actorSchema,
    answer: answerSchema.optional(),
    /**
     * The capabilities that the answer made. The first one comes before the parts of it that other processes
     * hold.
     */
    minted: z.array(z.string()).optional(),
  }),
  "call.begin": z.strictObject({
    op: z.string(),
    tool: z.string().optional(),
    /** The arguments as they were understood. */
    args: z.unknown(),
    /** The argument that is null here: the object that this call puts holds it, or the end of a call that failed. */
    kept: z.string().optional(),
    /** The arguments that were given in another form, as given. */
    given: z.unknown().optional(),
    ...madeFields,
    /** The declaration of a registered operation. */
    hash: z.string().optional(),
    redacted: z.boolean().optional(),
    needs: z.array(needSchema),
    decision: decisionSchema,
    digest: z.string(),
    prestate: z.unknown(),
    spends: z.array(z.string()),
    reserve: usageSchema,
    /** The effect of this call, where it is less than its operation may have. */
    effect: z.enum(["kernel", "read", "write", "external"]).optional(),
  }),
  /**
   * The effect of a call on the kernel's own records, written in the same tick. After a crash the call does
   * not run again and ends with this value.
   */
  "call.did": z.strictObject({ value: z.unknown(), request: z.string().optional() }),
  /**
   * The outcome of the part of a call that must not run twice, durable before the call goes on with it. After a crash the
   * call gets this value and does not run that part again.
   */
  "call.found": z.strictObject({ value: z.unknown() }),
  /**
   * A call that a crash interrupted, and that may run again under its begin. Its old reservation is spent,
   * and it reserves anew.
   */
  "call.again": z.strictObject({ reserve: usageSchema }),
  /**
   * Something that outlives the call which opened it and ends with its process; a call that has a part of its process's
   * authority opens what ends with the call named here.
   */
  "handle.open": z.strictObject({
    id: z.string(),
    kind: z.string(),
    label: z.string(),
    endsWith: z.string().optional(),
  }),
  "handle.close": z.strictObject({ id: z.string(), why: z.string() }),
  /** A call without a begin carries its args and needs in this record; one that failed, what its begin left out. */
  "call.end": z.strictObject({
    op: z.string(),
    tool: z.string().optional(),
    args: z.unknown().optional(),
    given: z.unknown().optional(),
    ...madeFields,
    /** The argument that is null here because the object that this call put holds it. */
    kept: z.string().optional(),
    hash: z.string().optional(),
    needs: z.array(needSchema).optional(),
    decision: decisionSchema,
    outcome: outcomeSchema,
    value: z.unknown().optional(),
    refers: refersSchema.optional(),
    error: errorSchema.optional(),
    why: z.string().optional(),
    by: z.array(z.string()).optional(),
    used: usageSchema,
    micros: z.int(),
    /** The digest of the call and of its result, for the loop detector. */
    digest: z.string().optional(),
    result: z.string().optional(),
    /** True when the call changed the world. Repeating an earlier call after it is then no loop. */
    changed: z.boolean().optional(),
    /** Files as this call read or left them: their SHA-256 by resource, null for a deleted file. */
    saw: z.array(z.strictObject({ resource: z.string(), sha256: z.string().nullable() })).optional(),
    /** The tools that this call found for its model, the best first. */
    found: z.array(z.string()).optional(),
    /** The files that the call changed, as its effect reported them; `unlisted` counts those that had no room. */
    changes: z.array(fileChangeSchema).optional(),
    unlisted: z.int().positive().optional(),
    /** The text that the call put out while it ran: its beginning, its end, and how many bytes are missing between. */
    output: z
      .strictObject({
        head: z.string(),
        tail: z.string().optional(),
        omitted: z.int().positive().optional(),
      })
      .optional(),
    recovered: z.boolean().optional(),
  }),
  ...checkpointRecords,
  /** An image that is not built in. The kernel keeps it for the first process that runs it, or a process registered it. */
  "image.register": z.strictObject({ image: imageSchema, hash: z.string(), by: actorSchema }),
  /**
   * An operation that was registered at run time. `input` is the JSON Schema of its arguments, and `hash` the SHA-256 of
   * the whole declaration. One of a person is seen by all processes, one of a process by its family.
   */
  "operation.add": z.strictObject({
    name: z.string(),
    owner: z.string().regex(/^(person|pid:\d+)$/u),
    tool: z.string(),
    summary: z.string(),
    input: z.record(z.string(), z.unknown()),
    hash: z.string(),
    scope: z.enum(["family", "workspace"]),
  }),
  "operation.remove": z.strictObject({ name: z.string(), by: actorSchema, reason: z.string() }),
  "object.put": z.strictObject({
    namespace: z.string(),
    name: z.string(),
    version: z.int(),
    type: z.string(),
    value: z.unknown(),
    /** Size and SHA-256 of the given text. The record may keep another text, with secrets left out. */
    bytes: z.int().optional(),
    sha256: z.string().optional(),
    from: z.array(sourceSchema).optional(),
    /** It came out of a file, and no model has read it. */
    unread: z.literal(true).optional(),
    call: z.string().optional(),
  }),
  "object.link": z.strictObject({
    namespace: z.string(),
    name: z.string(),
    to: objectRefSchema,
    relation: z.enum(RELATIONS),
  }),
  /** Frees the name. The state drops the versions; the record keeps them. */
  "object.delete": z.strictObject({ namespace: z.string(), name: z.string() }),
} as const;

export type RecordKind = keyof typeof recordData;
export type RecordData<K extends RecordKind> = z.infer<(typeof recordData)[K]>;

/** The line format. `time` is an ISO instant in UTC. `prev` is the SHA-256 of the exact bytes of the line before. */
export interface JournalRecord<K extends RecordKind = RecordKind> {
  readonly v: 1;
  readonly seq: number;
  readonly time: string;
  readonly kind: K;
  readonly pid?: number;
  readonly call?: string;
  readonly data: RecordData<K>;
  readonly prev: string;
}

/** A record as the union over its kinds, so that a switch on `kind` narrows `data`. */
export type AnyRecord = { [K in RecordKind]: JournalRecord<K> }[RecordKind];
