// Scripts: the answers of the scripted model, for tests, the tour and reproducible runs (DESIGN 10).
import * as z from "zod";
import { fault, ok, type Fault, type Result } from "./errors.ts";

/**
 * One tool call of a scripted answer. Arguments are passed on unchecked, so a script can also make mistakes.
 */
export interface ScriptCall {
  tool: string;
  args: unknown;
}

/** One model answer. */
export interface ScriptTurn {
  text: string;
  calls: ScriptCall[];
}

/** The answers of one process, and the scripts of the children it will spawn or fork, in order. */
export interface Script {
  turns: ScriptTurn[];
  /** The texts of its summaries, in order. A summary beyond them lists the calls. Summaries take no turn. */
  summaries?: string[] | undefined;
  children?: Script[] | undefined;
}

const turnSchema = z.strictObject({
  text: z.string().default(""),
  calls: z.array(z.strictObject({ tool: z.string().min(1), args: z.unknown().default({}) })).default([]),
});

/** The schema of a script. */
export const scriptSchema = z.strictObject({
  turns: z.array(turnSchema),
  summaries: z.array(z.string()).optional(),
  get children(): z.ZodOptional<z.ZodArray<z.ZodType<Script>>> {
    return z.array(scriptSchema).optional();
  },
});

/** The script of a process that has none. It has no turns, so the process ends at once. */
export const EMPTY_SCRIPT: Script = Object.freeze({ turns: [] });

/**
 * Checks a JSON value as a script. EINVAL names the first place that does not fit, for example
 * `turns[1].calls[0]`.
 */
export function parseScript(value: unknown): Result<Script> {
  let parsed;
  try {
    parsed = scriptSchema.safeParse(value);
  } catch {
    return malformed("", "it is nested too deep"); // a stack overflow: no real script comes near it
  }
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  const place = (issue?.path ?? []).reduce<string>(
    (at, key) => (typeof key === "number" ? `${at}[${key}]` : `${at}${at && "."}${String(key)}`),
    "",
  );
  return malformed(place, issue?.message ?? "it does not fit");
}

/** Reads a script file's text. */
export function readScript(text: string): Result<Script> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/u, ""));
  } catch (error) {
    return malformed("", error instanceof Error ? error.message : "it is not JSON");
  }
  return parseScript(value);
}

/**
 * The script of child number `index` (from 0) of a process; {@link EMPTY_SCRIPT} when it has none. It takes
 * and gives unparsed values and keeps their identity, so that a walk through a recorded script is cheap.
 */
export function childScript(script: unknown, index: number): unknown {
  if (typeof script !== "object" || script === null || !("children" in script)) return EMPTY_SCRIPT;
  const { children } = script;
  return (Array.isArray(children) ? (children as readonly unknown[])[index] : undefined) ?? EMPTY_SCRIPT;
}

function malformed(place: string, what: string): Fault {
  return fault(
    "EINVAL",
    `the script is malformed${place && ` at ${place}`}: ${what}`,
    'Write {"turns":[{"text":"…","calls":[{"tool":"read_file","args":{"path":"README.md"}}]}],"children":[…]}.',
  );
}

/**
 * The data to continue a run of the command line after a crash: its script and answering rule (DESIGN 10).
 */
export const launchSchema = z.strictObject({
  script: z.unknown().optional(),
  answer: z.enum(["deny", "allow-once", "ask"]).optional(),
  interactive: z.boolean(),
  /** Where the commands of the family run, if the launcher chose; a later run of it keeps to that. */
  sandbox: z.enum(["layered", "unconfined"]).optional(),
  /** Present when no checkpoint is taken before each turn of the family that changes files. */
  checkpointEveryTurn: z.literal("off").optional(),
  /** Seconds to answer each question of the family; without it, questions wait. */
  answerWithin: z.number().positive().optional(),
});
export type Launch = z.infer<typeof launchSchema>;
