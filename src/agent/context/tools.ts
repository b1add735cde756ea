// Tools: how a model sees operations. A tool is a name and a schema; it holds no authority of its own.
import * as z from "zod";
import type { Image } from "../../abi/image.ts";
import type { ToolSchema } from "../../abi/model.ts";
import { estimateTokens } from "../../abi/size.ts";
import type { Operation } from "../../kernel/operation.ts";
import type { OperationTable, ToolTable } from "../../kernel/operations/table.ts";
import type { Process } from "../../kernel/state/rows.ts";

/** The most that the schemas of one model call take, in bytes of JSON. */
export const SCHEMAS_MOST = 16 * 1024;

/** The schemas of one model call, and their size in tokens. */
export interface SentTools {
  readonly tools: readonly ToolSchema[];
  readonly tokens: number;
}

/** A schema with its size in bytes of JSON. */
interface Measured {
  readonly schema: ToolSchema;
  readonly bytes: number;
}

/** Measured once for each operation: the conversion from zod costs more than the rest of a request. */
const measured = new WeakMap<Operation, Measured>();

/** The schema of an operation under a tool's name: as it was declared, or made from the one that the door decodes with. */
export function toolSchema(name: string, op: Operation): ToolSchema {
  if (op.schema !== undefined) return { name, description: op.summary, schema: { ...op.schema } };
  const { $schema: _, ...schema } = z.toJSONSchema(op.input, {
    ...{ io: "input", unrepresentable: "any" },
    // The bounds of every whole number in JSON tell a model nothing, and are a tenth of what is sent.
    override: ({ jsonSchema }) => {
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      // No model counts thousands of characters; a call that is too long is told so.
      if ((jsonSchema.maxLength ?? 0) > 1000) delete jsonSchema.maxLength;
    },
  });
  return { name, description: op.summary, schema };
}

function measure(op: Operation): Measured {
  let known = measured.get(op);
  if (known === undefined) {
    const schema = toolSchema(op.tool ?? op.name, op);
    known = { schema, bytes: new TextEncoder().encode(`${JSON.stringify(schema)},`).length };
    measured.set(op, known);
  }
  return known;
}

/** The part of a table that is the same for all processes. */
interface Fixed {
  /** The tools that every model is shown: all but the deferred ones and those without code. */
  readonly shown: readonly Operation[];
  /** The bytes that they leave for others. */
  readonly room: number;
  readonly defers: boolean;
}

/** Found once for each table, because every birth and every model call asks for it. */
const fixed = new WeakMap<ToolTable, Fixed>();

function fixedOf(table: ToolTable): Fixed {
  let known = fixed.get(table);
  if (known === undefined) {
    const all = [...table.values()];
    const shown = all.filter((op) => op.deferred !== true && op.absent !== true);
    const room = SCHEMAS_MOST - shown.reduce((sum, op) => sum + measure(op).bytes, "[]".length);
    known = { shown, room, defers: all.some((op) => op.deferred === true) };
    fixed.set(table, known);
  }
  return known;
}

/** True when a table has tools that a model is not shown until it has found or used them. */
export function defersTools(table: ToolTable): boolean {
  return fixedOf(table).defers;
}

/** The tools of a table that a model is shown: all but the deferred ones, and of those the newest that fit. */
export function shownTools(
  table: ToolTable,
  { tools: known = [] }: Pick<Process, "tools">,
): readonly Operation[] {
  const { shown, ...rest } = fixedOf(table);
  const more = new Set<Operation>();
  let { room } = rest;
  for (const name of known.toReversed()) {
    const op = table.get(name);
    if (op === undefined || op.absent === true || op.deferred !== true || more.has(op)) continue;
    room -= measure(op).bytes;
    if (room < 0) break;
    more.add(op);
  }
  if (more.size === 0) return shown;
  // In the order of the table, so that providers find the same list again.
  for (const op of shown) more.add(op);
  return [...table.values()].filter((op) => more.has(op));
}

/** The most lists of schemas that are kept for one image. */
const KEPT_MOST = 32;

/** Makes the lists of schemas that are sent with model calls. */
export class SchemaLists {
  readonly #operations: () => OperationTable;
  /** The lists by image and by the names in them. Most processes of an image are shown the same. */
  readonly #named = new WeakMap<Image, Map<string, SentTools>>();
  /** The lists by the tools in them, which for most processes of an image are one and the same array. */
  readonly #lists = new WeakMap<readonly Operation[], SentTools>();

  constructor(operations: () => OperationTable) {
    this.#operations = operations;
  }

  /** The tools that a process of an image may call, also those that its model is not shown. */
  table(image: Image, pid?: number): ToolTable {
    return this.#operations().table(image, pid);
  }

  /** The schemas that are sent with a model call of a process; a new one has called and found nothing. */
  sent(image: Image, process: Pick<Process, "tools"> & { readonly pid?: number } = {}): SentTools {
    const shown = shownTools(this.table(image, process.pid), process);
    let list = this.#lists.get(shown);
    if (list === undefined) {
      list = this.#listOf(image, shown);
      this.#lists.set(shown, list);
    }
    return list;
  }

  #listOf(image: Image, shown: readonly Operation[]): SentTools {
    const names = shown.map(({ tool = "", hash = "" }) => `${tool}${hash}`).join();
    const lists = this.#named.get(image) ?? new Map<string, SentTools>();
    const known = lists.get(names);
    if (known !== undefined) return known;
    const tools = shown.map((op) => measure(op).schema);
    const made = { tools, tokens: estimateTokens(JSON.stringify(tools)) };
    if (lists.size >= KEPT_MOST) lists.clear();
    this.#named.set(image, lists.set(names, made));
    return made;
  }
}
