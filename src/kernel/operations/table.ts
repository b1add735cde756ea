// The table of operations: every operation of one kernel by its name, and the tools that an image has of them.
import type { Image } from "../../abi/image.ts";
import type { Operation } from "../operation.ts";

/** Tools by their names, in the order in which a model is shown them. */
export type ToolTable = ReadonlyMap<string, Operation>;

/** The operations of one kernel by name. */
export class Operations extends Map<string, Operation> {
  /** Made once for each image, because an image never changes. */
  readonly #tables = new WeakMap<Image, ToolTable>();

  /** The operation behind a tool, for any image; undefined when no operation has that tool name. */
  tool(name: string): Operation | undefined {
    for (const op of this.values()) if (op.tool === name) return op;
    return undefined;
  }

  /**
   * The tools of an image, in its order; names without an operation are left out. If any of them is deferred, the tool
   * that finds deferred ones is among them.
   */
  table(image: Image): ToolTable {
    const known = this.#tables.get(image);
    if (known !== undefined) return known;
    const table = new Map<string, Operation>();
    const add = (op: Operation | undefined): void => {
      if (op?.tool !== undefined) table.set(op.tool, op);
    };
    for (const name of image.tools) add(this.tool(name));
    if ([...table.values()].some((op) => op.deferred === true))
      for (const op of this.values()) if (op.finds === true) add(op);
    this.#tables.set(image, table);
    return table;
  }
}
