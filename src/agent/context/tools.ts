// Tools: how a model sees operations. A tool is a name and a schema; it holds no authority of its own.
import * as z from "zod";
import type { Image } from "../../abi/image.ts";
import type { ToolSchema } from "../../abi/model.ts";
import { findTool } from "../../kernel/core.ts";
import type { Operation } from "../../kernel/operation.ts";

/** The tools of an image, in its order; names without an operation are left out. */
export function toolTable(
  image: Image,
  operations: ReadonlyMap<string, Operation>,
): ReadonlyMap<string, Operation> {
  const table = new Map<string, Operation>();
  for (const name of image.tools) {
    const op = findTool(operations, name);
    if (op !== undefined) table.set(name, op);
  }
  return table;
}

/** The schemas sent with a model call. JSON Schema is made from the same zod schema the door decodes with. */
export function toolSchemas(table: ReadonlyMap<string, Operation>): ToolSchema[] {
  return [...table].map(([name, op]) => {
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
  });
}
