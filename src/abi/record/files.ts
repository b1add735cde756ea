// Changes of files in records, checkpoints to which files can go back, and the plans of restores.
import * as z from "zod";

/**
 * A change of one file: the SHA-256 of its content before and after. Where nothing stands it is `absent`. A folder is
 * `folder`, or `folder:` and the digest of the list of its files that was kept. Other things have other words.
 */
export const fileChangeSchema = z.strictObject({
  ...{ resource: z.string(), pre: z.string(), post: z.string() },
  /** It could be run as a program before, and it can now. */
  ran: z.literal(true).optional(),
  runs: z.literal(true).optional(),
});
export type FileChange = z.infer<typeof fileChangeSchema>;

/**
 * The outcome of going back for one file. `restored` and `removed` change it, `equal` needs nothing. `conflict` stays,
 * because somebody else changed it, too, and of a `gone` one no copy is kept.
 */
export const restoreOutcomeSchema = z.enum(["restored", "removed", "equal", "conflict", "gone"]);
export type RestoreOutcome = z.infer<typeof restoreOutcomeSchema>;

/** The plan of a restore for one file: what stands there before, what shall, and what comes of it. */
export const restoreStepSchema = z.strictObject({
  ...{ resource: z.string(), from: z.string(), to: z.string(), outcome: restoreOutcomeSchema },
  /** Whether it may be run as a program afterwards, where that is known. */
  executable: z.boolean().optional(),
  /** It could be run as a program before. */
  ran: z.literal(true).optional(),
  /** Why it stays. */
  why: z.enum(["changed", "between", "others", "kind", "large"]).optional(),
  /** The families that changed it, for `others`. */
  by: z.array(z.int()).optional(),
});
export type RestoreStep = z.infer<typeof restoreStepSchema>;

/** The value of the operations that bring files back; `why` tells why a file stays. */
export const restoredSchema = z.strictObject({
  files: z.array(
    z.strictObject({ path: z.string(), outcome: restoreOutcomeSchema, why: z.string().optional() }),
  ),
});

/**
 * Present for a process that goes on from a checkpoint of the one that it is a fork of. That one pays for it, so its
 * limits bind and its budget is shared. Its goal stands in the conversation that it begins with.
 */
export const branchSchema = z.strictObject({
  checkpoint: z.string(),
  /** The number of the record at which the other one stood. */
  seq: z.int(),
  /** The number of its next turn. */
  turns: z.int(),
  /** How many children the other one had at the checkpoint that had ended, so that later ones are numbered behind them. */
  ended: z.int(),
});

/** The value of a branch: the old and the new agents, parents first, and as CAP texts what is held and what is not. */
export const branchedSchema = z.strictObject({
  processes: z.array(
    z.strictObject({ from: z.int(), to: z.int(), held: z.array(z.string()), left: z.array(z.string()) }),
  ),
});

/** The payloads of the records of checkpoints, by their kinds. */
export const checkpointRecords = {
  /** A position of the record to which files can go back. Those before turns and commands need no record. */
  "checkpoint.create": z.strictObject({ id: z.string(), label: z.string().optional() }),
  /**
   * The plan of a restore, before its first effect. After a crash it goes on by this plan, and an undo is made from it.
   * `undoes` names the restore that it takes back.
   */
  "checkpoint.restore": z.strictObject({
    ...{ id: z.string(), checkpoint: z.string(), call: z.string() },
    undoes: z.string().optional(),
    files: z.array(restoreStepSchema),
  }),
  /** Nothing of the restore is left to do. */
  "checkpoint.restored": z.strictObject({ id: z.string() }),
} as const;
