// Notes of commands: what a command came to, as the record holds it until its changes are decided.
import * as z from "zod";
import { fault, type Fault } from "../../abi/errors.ts";
import type { Invocation } from "../../kernel/operation.ts";
import { isRedacted } from "../../kernel/record/redact.ts";
import type { Ran } from "./backend.ts";
import { reachedSchema } from "./hosts.ts";

/** A command that ran, with what it put out. */
export interface NotedRun {
  readonly ran: Ran;
  readonly output: string;
}

const problems = [
  "conflict",
  "hidden",
  "special",
  "set-id",
  "link",
  "kind",
  "not-empty",
  "name",
  "large",
] as const;
/** A change as a note holds it. */
export const changeSchema = z.strictObject({
  resource: z.string(),
  kind: z.enum(["file", "folder", "link", "other"]),
  change: z.enum(["created", "changed", "deleted"]),
  pre: z.string().exactOptional(),
  post: z.string().exactOptional(),
  bytes: z.number(),
  executable: z.boolean(),
  link: z.string().exactOptional(),
  problem: z.enum(problems).exactOptional(),
});
const ranSchema = z.strictObject({
  mode: z.enum(["layered", "unconfined"]),
  exit: z.int().exactOptional(),
  signal: z.string().exactOptional(),
  ended: z.enum(["time", "memory", "processes", "output", "disk", "stopped"]).exactOptional(),
  seconds: z.number(),
  changes: z.array(changeSchema),
  tooMany: z.strictObject({ entries: z.int(), bytes: z.int() }).exactOptional(),
  kept: z.int(),
  keptAt: z
    .array(z.strictObject({ resource: z.string(), change: changeSchema.shape.change }))
    .exactOptional(),
  git: z.array(z.string()),
  dropped: z.boolean(),
  reached: reachedSchema.exactOptional(),
});
const notedSchema = z.strictObject({ ran: ranSchema, output: z.string() });

/** The fault of a command whose changes the record does not hold whole, because a secret was among them. */
const LOST = fault(
  "ESTALE",
  "The command ran before a restart, and what it changed was not kept; the workspace is as it was.",
  "Run it again.",
);

/** The run that a call noted before a crash. */
export function notedRun(noted: unknown): NotedRun | Fault {
  const found = notedSchema.safeParse(noted);
  return !found.success || isRedacted(found.data.ran) ? LOST : found.data;
}

/** Notes a run that must not be repeated: its changes are to be decided, or it reached hosts. */
export async function noteRun(
  found: NotedRun,
  on: Pick<Invocation<unknown>, "note">,
): Promise<NotedRun | Fault> {
  const { changes, reached } = found.ran;
  return changes.length === 0 && reached === undefined ? found : ((await on.note(found)) ?? found);
}
