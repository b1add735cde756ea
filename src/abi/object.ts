// Objects: the types of named values, their links, and their sources.
import * as z from "zod";
import { encodeName } from "./resource.ts";

/** A type: the schema of its values, and how a value and the text of a file convert to each other. */
export interface ObjectType {
  readonly value: z.ZodType;
  /**
   * `text`: the value is the text. `content`: the value has the text as its `content`. `json`: the text is
   * the value's JSON.
   */
  readonly form: "text" | "content" | "json";
}

const TEXT: ObjectType = { value: z.string().min(1), form: "text" };
const STEP = z.looseObject({ text: z.string().min(1), done: z.boolean().optional() });

/**
 * The types that every workspace knows. Values may hold more than the named fields. The primitive gets the
 * map as a parameter, so a caller with more types passes a larger map.
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

/** Types that a process sees first, in this order. Of all other types, the newest object comes first. */
export const PLAN_LIKE: readonly string[] = ["goal", "plan", "step", "constraint", "decision", "summary"];

/** Types with large objects; only images that name these types show them. */
export const BULKY: readonly string[] = ["file_snapshot", "tool_result", "patch", "artifact"];

/**
 * Why a process sees an object of its own, or not. `kept`: it sees it. `conversation`: the conversation shows
 * it already. `file`: it came out of a file that no model has read. `type`: the image does not want the type.
 * `refused`: the process may not read it. `budget`: there was no room.
 */
export const MEMORY_REASONS = ["kept", "conversation", "file", "type", "refused", "budget"] as const;

/** The relations between two objects. */
export const RELATIONS = [
  ...(["has_plan", "has_step", "constrained_by", "supported_by", "produced", "evaluated_by"] as const),
  ...(["derived_from", "summarizes", "references", "approved_by", "rejected_by", "supersedes"] as const),
  ...(["blocked_by", "assigned_to"] as const),
] as const;

/**
 * One version of one object. A name never gets the same version number twice, so a reference always means the
 * same content.
 */
export const objectRefSchema = z.strictObject({ namespace: z.string(), name: z.string(), version: z.int() });
export type ObjectRef = z.infer<typeof objectRefSchema>;

/** A reference as text, as models and people read it. */
export function refText({ namespace, name, version }: ObjectRef): string {
  return `${namespace}/${name}@${version}`;
}

/** The field of a value in the record that is null because the value of an object version stands there. */
export const refersSchema = z.strictObject({ field: z.string(), to: objectRefSchema });

/** A range of turns of one process, counted from 0 as in the names of calls. */
export const turnsSchema = z.strictObject({ pid: z.int(), first: z.int(), last: z.int() });
export type Turns = z.infer<typeof turnsSchema>;

/** A source of a version: another object, a file as the process read it, or the turns that it stands for. */
export const sourceSchema = z.union([
  objectRefSchema,
  z.strictObject({ resource: z.string(), sha256: z.string() }),
  turnsSchema,
]);
export type Source = z.infer<typeof sourceSchema>;

/** The resource of an object. */
export function objectResource(namespace: string, name: string): string {
  return `object:/${encodeName(namespace)}/${encodeName(name)}`;
}

/** The text of a value in a file. Size and hash of a version come from this text. */
export function objectText(form: ObjectType["form"], value: unknown): string {
  if (typeof value === "string") return value;
  const whole = z.looseObject({ content: z.string() }).safeParse(value);
  if (form === "content" && whole.success) return whole.data.content;
  return `${JSON.stringify(value ?? null, null, 2)}\n`;
}
