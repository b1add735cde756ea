// Objects: which types named values have, how they are linked, and what they say they were made from.
import * as z from "zod";

/** A type: what its values look like, and how a file's text becomes one and is made of one again. */
export interface ObjectType {
  readonly value: z.ZodType;
  /** The value is the text, has it as its `content`, or is what its JSON says. */
  readonly form: "text" | "content" | "json";
}

const TEXT: ObjectType = { value: z.string().min(1), form: "text" };
const STEP = z.looseObject({ text: z.string().min(1), done: z.boolean().optional() });

/**
 * The types every workspace knows; what is beside the named fields may stand there, too. The primitive takes the map it
 * judges by, so that whoever brings more types hands it a wider one.
 */
export const OBJECT_TYPES: Readonly<Record<string, ObjectType>> = {
  json: { value: z.unknown(), form: "json" },
  text: { value: z.string(), form: "text" },
  goal: TEXT,
  plan: { value: z.looseObject({ steps: z.array(STEP) }), form: "json" },
  step: TEXT,
  constraint: TEXT,
  decision: TEXT,
  message: TEXT,
  observation: TEXT,
  file_snapshot: {
    value: z.looseObject({ path: z.string(), sha256: z.string(), content: z.string() }),
    form: "content",
  },
  tool_result: { value: z.looseObject({ tool: z.string(), ok: z.boolean() }), form: "json" },
  patch: { value: z.looseObject({ path: z.string(), diff: z.string() }), form: "json" },
  test_result: {
    value: z.looseObject({ passed: z.int().nonnegative(), failed: z.int().nonnegative() }),
    form: "json",
  },
  summary: TEXT,
  artifact: { value: z.looseObject({ content: z.string() }), form: "content" },
};

/** What a process is told first of what it keeps, in this order; of all else the newest comes first. */
export const PLAN_LIKE: readonly string[] = ["goal", "plan", "step", "constraint", "decision", "summary"];

/** Types whose objects are large, and told only by images that name them. */
export const BULKY: readonly string[] = ["file_snapshot", "tool_result", "patch", "artifact"];

/**
 * Why an object of its own is told to a process or not: it is; it stands in the conversation already; it came out of a
 * file that no model has read; its image wants no such type; it may not be read; there was no room for it.
 */
export const MEMORY_REASONS = ["kept", "conversation", "file", "type", "refused", "budget"] as const;

/** What one object can be to another. */
export const RELATIONS = [
  ...(["has_plan", "has_step", "constrained_by", "supported_by", "produced", "evaluated_by"] as const),
  ...(["derived_from", "summarizes", "references", "approved_by", "rejected_by", "supersedes"] as const),
  ...(["blocked_by", "assigned_to"] as const),
] as const;

/** One version of one object. No number is given twice under one name, so it means the same content for ever. */
export const objectRefSchema = z.strictObject({ namespace: z.string(), name: z.string(), version: z.int() });
export type ObjectRef = z.infer<typeof objectRefSchema>;

/** Turns of one process, the first and the last of them, counted from 0 as in the names of calls. */
export const turnsSchema = z.strictObject({ pid: z.int(), first: z.int(), last: z.int() });
export type Turns = z.infer<typeof turnsSchema>;

/** What a version was made from: another object, a file as the process had read it, or turns that it stands for. */
export const sourceSchema = z.union([
  objectRefSchema,
  z.strictObject({ resource: z.string(), sha256: z.string() }),
  turnsSchema,
]);
export type Source = z.infer<typeof sourceSchema>;

/** The text that stands for a value in a file; by it a version is measured, and told from any other. */
export function objectText(form: ObjectType["form"], value: unknown): string {
  if (typeof value === "string") return value;
  const whole = z.looseObject({ content: z.string() }).safeParse(value);
  if (form === "content" && whole.success) return whole.data.content;
  return `${JSON.stringify(value ?? null, null, 2)}\n`;
}
