// The table of operations: those that are built in, and those that were registered since and can go again.
import type { Image } from "../../abi/image.ts";
import { fault } from "../../abi/errors.ts";
import type { RecordData } from "../../abi/record.ts";
import * as z from "zod";
import type { Operation } from "../operation.ts";
import { familyRoot } from "../state/account.ts";
import type { State } from "../state/rows.ts";

/** The declaration of an operation that was registered at run time. */
export type RegisteredOperation = RecordData<"operation.add">;

/** Tools by their names, in the order in which a model is shown them. */
export type ToolTable = ReadonlyMap<string, Operation>;

/** The operations of a kernel as its readers see them; nobody can add one through it. */
export type OperationTable = Pick<Operations, "find" | "tool" | "table" | "get" | "values">;

/** The operations of one kernel. As a map it holds the built-in ones, which no registered one ever hides. */
export class Operations extends Map<string, Operation> {
  readonly #state: Readonly<State>;
  /** The built-in tools of an image, made once, because an image never changes. */
  readonly #tables = new WeakMap<Image, ToolTable>();
  /** The registered operations whose code is here, by name. */
  readonly #code = new Map<string, Operation>();

  constructor(state: Readonly<State>) {
    super();
    this.#state = state;
  }

  /** The operation of a name that a process may call: a built-in one, or one that was registered for it. */
  find(name: string, pid: number): Operation | undefined {
    const row = this.has(name) ? undefined : this.#state.operations.get(name);
    return row !== undefined && this.#isFor(row, pid) ? this.#registered(row) : this.get(name);
  }

  /** The operation behind a tool for a process of any image; undefined when there is no such tool. */
  tool(name: string, pid: number): Operation | undefined {
    const own = this.#builtIn(name);
    if (own !== undefined || this.#state.operations.size === 0) return own;
    return this.#registeredFor(pid).find((op) => op.tool === name);
  }

  /**
   * The tools of an image, in its order, and behind them those that were registered for the process; names without an
   * operation are left out. If any of them is deferred, the tool that finds deferred ones is among them.
   */
  table(image: Image, pid?: number): ToolTable {
    let known = this.#tables.get(image);
    if (known === undefined) {
      known = this.#tableOf(image.tools);
      this.#tables.set(image, known);
    }
    const more = pid === undefined || this.#state.operations.size === 0 ? [] : this.#registeredFor(pid);
    if (more.length === 0) return known;
    const registered = more.filter((op) => this.#builtIn(op.tool ?? "") === undefined);
    return withFinder(this, new Map([...known, ...registered.map((op) => [op.tool ?? "", op] as const)]));
  }

  /** Brings the code of a registered operation. */
  bring(name: string, op: Operation): void {
    this.#code.set(name, op);
  }

  /** Lets the code of a registered operation go. */
  drop(name: string): void {
    this.#code.delete(name);
  }

  #builtIn(tool: string): Operation | undefined {
    for (const op of this.values()) if (op.tool === tool) return op;
    return undefined;
  }

  #tableOf(tools: readonly string[]): ToolTable {
    const ops = tools.flatMap((name) => this.#builtIn(name) ?? []);
    return withFinder(this, new Map(ops.map((op) => [op.tool ?? "", op])));
  }

  #registeredFor(pid: number): Operation[] {
    const rows = [...this.#state.operations.values()].filter((row) => this.#isFor(row, pid));
    return rows.map((row) => this.#registered(row));
  }

  #registered(row: RegisteredOperation): Operation {
    const op = this.#code.get(row.name);
    return op?.hash === row.hash ? op : absent(row);
  }

  /** True when the process is of the owner's family, or when the operation is a person's. */
  #isFor({ scope, owner }: RegisteredOperation, pid: number): boolean {
    if (scope === "workspace") return true;
    const family = familyRoot(this.#state, Number(owner.slice("pid:".length)));
    return family !== undefined && family === familyRoot(this.#state, pid);
  }
}

/** The table, and in it the tool that finds deferred ones, if it has any. */
function withFinder(all: ReadonlyMap<string, Operation>, table: Map<string, Operation>): ToolTable {
  if ([...table.values()].some((op) => op.deferred === true))
    for (const op of all.values()) if (op.finds === true && op.tool !== undefined) table.set(op.tool, op);
  return table;
}

/** Stands for a registered operation whose code is not here, for example since a restart: every call says so. */
function absent({ name, tool, summary, hash }: RegisteredOperation): Operation {
  const why = fault(
    "EUNAVAILABLE",
    `The code of the tool "${tool}" is not here; it was lost when the runtime was started again.`,
    "Register it again exactly as it was, or do without it.",
  );
  return {
    ...{ name, tool, summary, hash, absent: true, deferred: true, effect: "external", idempotent: false },
    ...{ input: z.unknown(), output: z.unknown(), prepares: false },
    decode: () => why,
    shows: () => undefined,
    told: () => undefined,
    recorded: (value) => value,
  };
}
