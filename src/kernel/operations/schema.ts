// Schemas of registered operations: JSON Schema from outside, bounded and read by zod's own converter, or refused.
import * as z from "zod";
import { fault, type Fault } from "../../abi/errors.ts";
import { whyTooLarge } from "../../abi/size.ts";

/** A JSON Schema as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A schema in both forms: the one that calls are decoded with, and the one that a model is shown. */
export interface ReadSchema {
  readonly zod: z.ZodType;
  readonly json: JsonSchema;
}

const known = new WeakSet<ReadSchema>();

/** True for a schema that {@link readSchema} read, so that it keeps the bounds and both forms say the same. */
export function wasRead(schema: ReadSchema): boolean {
  return known.has(schema);
}

function keepRead(schema: ReadSchema): ReadSchema {
  known.add(schema);
  return schema;
}

/**
 * The most that one schema may be: characters of its JSON, levels, and parts when each reference counts as a copy of what
 * it names. One schema always fits into a model call, and checking a value against it has an end.
 */
export const SCHEMA_MOST = { characters: 3000, depth: 12, parts: 1000 } as const;

/** Keywords that only describe. */
const NOTES = new Set([
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
  ...["$schema", "$comment", "$defs", "definitions"],
]);

/** Keywords that zod checks beside any type. */
const FREE = new Set(["type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"]);

/** Keywords that zod checks for these types only; beside another type it would leave them out. */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  ...keywordsOf(
    ["object"],
    "properties required additionalProperties minProperties maxProperties propertyNames",
  ),
  ...keywordsOf(
    ["array"],
    "items prefixItems minItems maxItems uniqueItems contains minContains maxContains",
  ),
  ...keywordsOf(["string"], "minLength maxLength format"),
  ...keywordsOf(["number", "integer"], "minimum maximum exclusiveMinimum exclusiveMaximum multipleOf"),
};

/** Why a keyword is refused, where it is more than unknown. */
const WHY: Readonly<Record<string, string>> = {
  pattern: "expressions from outside are not run here, so describe it in words",
  patternProperties: "expressions from outside are not run here, so list the properties",
};

function keywordsOf(types: readonly string[], keywords: string): Record<string, readonly string[]> {
  return Object.fromEntries(keywords.split(" ").map((keyword) => [keyword, types]));
}

/** Thrown on the way down a schema; {@link readSchema} turns it into a fault. */
class Unfit extends Error {}

function refuse(at: readonly string[], why: string): never {
  throw new Unfit(`${at.length === 0 ? "its root" : at.join(".").slice(0, 200)} ${why}`);
}

/** Reads the schema of arguments (`object`), or of any value; EINVAL says where it says what cannot be checked here. */
export function readSchema(given: z.ZodType | JsonSchema, of: "object" | "any"): ReadSchema | Fault {
  try {
    const zod = given instanceof z.ZodType ? given : undefined;
    const raw = zod === undefined ? given : z.toJSONSchema(zod, { io: "input", unrepresentable: "any" });
    const json = plainSchema(raw);
    if (of === "object" && json["type"] !== "object") refuse([], 'is not of type "object"');
    if (zod !== undefined) return keepRead({ zod, json });
    const root: Walk = { root: json, parts: 0 };
    if (of === "object")
      for (const keyword of ["anyOf", "oneOf", "allOf", "$ref", "enum", "const"])
        if (keyword in json) refuse([], `says "${keyword}"; it must be one object`);
    walkSchema(root, json, [], []);
    const made = z.fromJSONSchema(json, { registry: z.registry() });
    // The words of a refusal are made from this form, so it must exist.
    z.toJSONSchema(made, { io: "input", unrepresentable: "any" });
    return keepRead({ zod: made, json });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return fault(
      "EINVAL",
      `The schema cannot be used: ${why}.`.replace(/\.\.$/u, "."),
      "Say it more simply.",
    );
  }
}

/** The schema as plain JSON within its size. */
function plainSchema(raw: unknown): JsonSchema {
  const large = whyTooLarge(raw, SCHEMA_MOST.characters);
  const text = large === undefined ? (JSON.stringify(raw) ?? "null") : "";
  if (large !== undefined || text.length > SCHEMA_MOST.characters)
    refuse([], `is over ${SCHEMA_MOST.characters} characters or nested too deep`);
  const { $schema: _, ...json } = asRecord(JSON.parse(text)) ?? refuse([], "is no JSON object");
  return json;
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

/** One walk over a schema. */
interface Walk {
  readonly root: JsonSchema;
  parts: number;
}

/** Refuses what the converter leaves out, and what could take without end; `refs` are the references on the way here. */
function walkSchema(walk: Walk, given: unknown, at: readonly string[], refs: readonly string[]): void {
  walk.parts += 1;
  if (walk.parts > SCHEMA_MOST.parts) refuse([], `has more than ${SCHEMA_MOST.parts} parts`);
  if (at.length > 2 * SCHEMA_MOST.depth) refuse(at, "is nested too deep");
  if (typeof given === "boolean") return;
  const schema = asRecord(given) ?? refuse(at, "is no schema");
  for (const keyword of Object.keys(schema)) checkKeyword(schema, keyword, at);
  checkValues(schema, at);
  const inside = (keyword: string, value: unknown, ...name: string[]): void => {
    walkSchema(walk, value, [...at, keyword, ...name], refs);
  };
  for (const keyword of ["items", "additionalProperties", "contains", "propertyNames"])
    if (schema[keyword] !== undefined) inside(keyword, schema[keyword]);
  for (const keyword of ["anyOf", "oneOf", "allOf", "prefixItems"]) {
    if (schema[keyword] === undefined) continue;
    const list: unknown = schema[keyword];
    if (!Array.isArray(list) || list.length === 0) refuse([...at, keyword], "is no list of schemas");
    for (const [i, each] of (list as readonly unknown[]).entries()) inside(keyword, each, String(i));
  }
  if (schema["properties"] !== undefined)
    for (const [name, each] of Object.entries(
      asRecord(schema["properties"]) ?? refuse(at, "has no properties"),
    ))
      if (name === "__proto__") refuse(at, "names a property __proto__");
      else inside("properties", each, name);
  if (schema["$ref"] !== undefined) followRef(walk, schema["$ref"], at, refs);
}

function checkKeyword(schema: JsonSchema, keyword: string, at: readonly string[]): void {
  if (NOTES.has(keyword) || keyword.startsWith("x-")) {
    if ((keyword === "$defs" || keyword === "definitions") && at.length > 0)
      refuse(at, `says "${keyword}", which only the root may`);
    return;
  }
  if (FREE.has(keyword)) return;
  const types = BY_TYPE[keyword];
  if (types === undefined) refuse(at, `says "${keyword}": ${WHY[keyword] ?? "that cannot be checked here"}`);
  for (const instead of ["$ref", "enum", "const"])
    if (instead in schema) refuse(at, `says "${keyword}" beside "${instead}", where it would not be checked`);
  const own = Array.isArray(schema["type"]) ? (schema["type"] as unknown[]) : [schema["type"]];
  if (!types.some((type) => own.includes(type)))
    refuse(at, `says "${keyword}" and not that its type is ${types.join(" or ")}`);
}

/** Only plain values can be compared. */
function checkValues(schema: JsonSchema, at: readonly string[]): void {
  const list: unknown = schema["enum"] ?? ("const" in schema ? [schema["const"]] : []);
  if (!Array.isArray(list)) refuse(at, 'has an "enum" that is no list');
  if ((list as unknown[]).some((value) => typeof value === "object" && value !== null))
    refuse(at, "lists a value that is an object or a list");
}

/** Walks what a reference names as if it stood here. A schema that contains itself is refused. */
function followRef(walk: Walk, ref: unknown, at: readonly string[], refs: readonly string[]): void {
  const [, home = "", name = ""] = /^#\/(\$defs|definitions)\/([^/]+)$/u.exec(String(ref)) ?? [];
  const target = asRecord(walk.root[home])?.[name.replaceAll("~1", "/").replaceAll("~0", "~")];
  if (home !== "$defs" || target === undefined)
    refuse(
      at,
      `refers to ${JSON.stringify(ref).slice(0, 80)}; only #/$defs/NAME of the same schema is known`,
    );
  const path = String(ref);
  if (refs.includes(path)) refuse(at, "contains itself");
  walkSchema(walk, target, [...at, "$ref"], [...refs, path]);
}
