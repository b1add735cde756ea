// The command line's `--json` output: the shapes that scripts, CI and auditors rely on (DESIGN 10), pinned by a test.
import * as z from "zod";
import { usageSchema } from "./image.ts";
import { needSchema, questionSchema } from "./question.ts";
import { decisionSchema, errorSchema, exitSchema, outcomeSchema } from "./record.ts";
import { restoreOutcomeSchema } from "./record/files.ts";

/** The state of a process in one word. */
export const stateWordSchema = z.enum(["runnable", "running", "blocked", "paused", "zombie"]);

/**
 * One process. `parent` is its parent now: 1 for a root agent, and for a process whose parent ended first.
 */
export const cliProcessSchema = z.strictObject({
  pid: z.int(),
  parent: z.int(),
  image: z.string(),
  state: stateWordSchema,
  exit: exitSchema.nullable(),
  result: z.unknown(),
});
export type CliProcess = z.infer<typeof cliProcessSchema>;

/**
 * One call, without its value, which can be a whole file; `explain` shows the value. A call that waits for a
 * person is `none` and `not-run`. A call that a crash interrupted is `unknown` until a person has judged it.
 */
export const cliCallSchema = z.strictObject({
  pid: z.int(),
  call: z.string(),
  tool: z.string().optional(),
  syscall: z.string(),
  args: z.unknown(),
  needs: z.array(needSchema),
  decision: decisionSchema,
  outcome: outcomeSchema,
  error: errorSchema.optional(),
  /** The CAP texts that a narrowed caller held at most, for a call that such a caller made. */
  within: z.array(z.string()).optional(),
});
export type CliCall = z.infer<typeof cliCallSchema>;

/** One question to a person or to the rule that answers for them, and how it came out. */
export const cliApprovalSchema = z.strictObject({
  id: z.string(),
  pid: z.int(),
  call: z.string().optional(),
  kind: questionSchema.shape.kind,
  syscall: z.string(),
  text: z.string(),
  asks: z.array(
    z.strictObject({
      resource: z.string(),
      right: z.string(),
      reason: z.string(),
      once: z.boolean(),
      secret: z.boolean(),
    }),
  ),
  outcome: z.enum(["open", "allowed", "denied", "answered", "expired", "cancelled"]),
  by: z.string().optional(),
  /** CAP texts of what the answer minted. */
  grant: z.string().optional(),
  note: z.string().optional(),
});
export type CliApproval = z.infer<typeof cliApprovalSchema>;

/** The whole account of some families of processes. `head` is the SHA-256 of the line of the record's last head. */
export const cliRunSchema = z.strictObject({
  processes: z.array(cliProcessSchema),
  calls: z.array(cliCallSchema),
  approvals: z.array(cliApprovalSchema),
  usage: usageSchema.omit({ estimated: true }),
  journal: z.strictObject({ id: z.string(), records: z.int(), head: z.string() }),
});
export type CliRun = z.infer<typeof cliRunSchema>;

/** Every way a record can stand (DESIGN 7). */
export const STANDINGS = [
  "obeyed",
  "foreign",
  "copy",
  "rolled-back",
  "lost",
  "moved",
  "damaged",
  "newer",
  "locked",
  "read-only",
  "absent",
] as const;
/** A place in a file of a record. */
const placeSchema = z.strictObject({ file: z.string(), byte: z.int() });

/** One checkpoint: a line of `checkpoints --json`. `files` counts those that changed since. */
export const cliCheckpointSchema = z.strictObject({
  checkpoint: z.string(),
  label: z.string(),
  seq: z.int(),
  time: z.string(),
  pid: z.int(),
  files: z.int(),
});

/** The files of a restore or of its undo; with `applied` false, what a restore would do to them. */
export const cliRestoreSchema = z.strictObject({
  applied: z.boolean(),
  files: z.array(z.strictObject({ path: z.string(), outcome: restoreOutcomeSchema })),
});

/**
 * The verdict of `verify`. `head` is the SHA-256 of the line of the last good head. Records up to `before.seq` were read
 * line by line at `before.at`; this check compared the SHA-256 of their files.
 */
export const cliVerifySchema = z.strictObject({
  ok: z.boolean(),
  standing: z.enum(STANDINGS),
  journal: z.strictObject({ id: z.string(), records: z.int(), head: z.string() }),
  before: z.strictObject({ seq: z.int(), at: z.iso.datetime() }).optional(),
  defect: placeSchema.extend({ line: z.int(), what: z.string() }).optional(),
  unfinished: placeSchema.extend({ bytes: z.int() }).optional(),
  text: z.array(z.string()),
});
export type CliVerify = z.infer<typeof cliVerifySchema>;

/** The exit codes of every command. */
export const EXIT = { finished: 0, failed: 1, usage: 2, record: 3, locked: 4 } as const;
