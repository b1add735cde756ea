// Sense: the order and the bounds that a record must keep before a machine that does not obey it reads it.
import type { AnyRecord } from "../../../abi/record.ts";
import type { JournalSource } from "../../ports/files.ts";
import { FAMILY_LIMITS } from "../../processes/budget.ts";
import { INIT } from "../../state/life.ts";
import { measure } from "../measure.ts";
import { MAX_NESTING } from "../line.ts";

const MB = 1024 * 1024;

/**
 * The most that is read of a record that is not obeyed here. All of it together is shown within 2 s and 200 MB, also
 * when a hostile repository brought it (measured; `test/attacks/foreign/shown.test.ts`).
 */
export const FOREIGN_LIMITS = {
  /** Bytes of all its files together. */
  bytes: 32 * MB,
  records: 40_000,
  /** Processes and open questions: each is a row in the editor. */
  processes: 2_000,
  open: 1_000,
  /** Bytes of one line, and of one body. */
  line: 4 * MB,
  body: 8 * MB,
  /** Lists and objects in all lines together, and values: an empty list of 2 bytes takes more than 30 in memory. */
  lists: 1_000_000,
  values: 4_000_000,
  /** Entries of conversations that forks begin with. */
  copies: 500_000,
  /** Characters of a name, a resource and an id. */
  name: 4096,
  resource: 16_384,
  id: 256,
} as const;

const { bytes: MAX_BYTES, lists: MAX_LISTS, values: MAX_VALUES, copies: MAX_COPIES } = FOREIGN_LIMITS;

/** One reading of a foreign record. Each method tells why reading stops there; undefined when it may go on. */
export class Sense {
  #records = 0;
  #lists = 0;
  #values = 0;
  #copies = 0;
  /** The depth of each process below init. */
  readonly #depths = new Map<number, number>([[INIT, 0]]);
  #newest = INIT;
  /** How many entries the conversation of a process has at most. */
  readonly #entries = new Map<number, number>();
  readonly #capabilities = new Set<string>();
  readonly #questions = new Set<string>();
  readonly #open = new Set<string>();

  /** Judges the sizes of all files before any is read: the file and byte at which the bound is passed. */
  sizes({ segments, bodies }: JournalSource): { file: string; byte: number; what: string } | undefined {
    let room = MAX_BYTES;
    const files = [
      ...segments.map(({ name, size }) => ({ file: `journal/${name}.jsonl`, size })),
      ...bodies.map(({ name, size }) => ({ file: `bodies/${name}`, size })),
    ];
    for (const { file, size } of files) {
      if (size > room)
        return {
          file,
          byte: room,
          what: `a record that is not obeyed here is read up to ${MAX_BYTES} bytes`,
        };
      room -= size;
    }
    return undefined;
  }

  /** Judges the bytes of a line before they are parsed. */
  line(bytes: Uint8Array): string | undefined {
    const { depth, lists, values } = measure(bytes);
    this.#lists += lists;
    this.#values += values;
    if (depth > MAX_NESTING) return `it is nested ${depth} deep`;
    if (this.#lists > MAX_LISTS) return `there are more than ${MAX_LISTS} lists up to here`;
    return this.#values > MAX_VALUES ? `there are more than ${MAX_VALUES} values up to here` : undefined;
  }

  /** Judges a record that continues the chain. */
  record(record: AnyRecord): string | undefined {
    this.#records += 1;
    const { pid, call = "", kind, time, data } = record;
    if (this.#records > FOREIGN_LIMITS.records)
      return `there are more than ${FOREIGN_LIMITS.records} records`;
    if (Number.isNaN(Date.parse(time))) return `${time} is no time`;
    if (pid !== undefined && !isPid(pid)) return `${pid} is no process`;
    if (call.length > FOREIGN_LIMITS.id) return "its call has no sensible id";
    switch (kind) {
      case "process.spawn":
        return this.#spawn(pid, data);
      case "process.exit":
      case "process.reap":
        return pid === INIT ? "init never ends" : undefined;
      case "process.message":
      case "call.end":
        if (pid !== undefined) this.#entries.set(pid, (this.#entries.get(pid) ?? 0) + 1);
        return undefined;
      case "process.exec":
        return tooLong(data.image, data.imageHash, data.model);
      case "object.put":
      case "object.link":
      case "object.delete":
        return tooLong(data.namespace, data.name);
      case "operation.add":
        return tooLong(data.name, data.tool, data.summary, data.hash);
      case "capability.mint":
        return this.#mint(data.capability);
      case "capability.move":
        return this.#capabilities.has(data.id) && isPid(data.to) ? undefined : "it moves no known capability";
      case "question.open":
        return this.#ask(data);
      case "question.close":
        this.#open.delete(data.id);
        return undefined;
      default:
        return undefined;
    }
  }

  #spawn(
    pid: number | undefined,
    { parent, image, imageHash, model, cwd, forked = 0, forkOf = parent }: Data<"process.spawn">,
  ): string | undefined {
    const above = this.#depths.get(parent);
    if (pid === undefined || pid <= this.#newest)
      return `process ${pid ?? "without a number"} does not come after process ${this.#newest}`;
    if (above === undefined) return `process ${parent}, the parent of ${pid}, was not started before it`;
    if (above >= FAMILY_LIMITS.depth) return `process ${pid} is more than ${FAMILY_LIMITS.depth} deep`;
    if (this.#depths.size > FOREIGN_LIMITS.processes)
      return `there are more than ${FOREIGN_LIMITS.processes} processes`;
    const copied = Math.min(Math.max(forked, 0), this.#entries.get(forkOf) ?? 0);
    this.#copies += copied;
    if (this.#copies > MAX_COPIES) return `forks copy more than ${MAX_COPIES} entries up to here`;
    this.#newest = pid;
    this.#depths.set(pid, above + 1);
    this.#entries.set(pid, copied + 1);
    return tooLong(image, imageHash, model, cwd);
  }

  #ask({ id, pid }: Data<"question.open">): string | undefined {
    if (!isPid(pid)) return `${pid} is no process`;
    this.#open.add(id);
    if (this.#open.size > FOREIGN_LIMITS.open) return `more than ${FOREIGN_LIMITS.open} questions are open`;
    return isNew(this.#questions, "question", id);
  }

  #mint({ id, holder, parent, resource }: Data<"capability.mint">["capability"]): string | undefined {
    if (!isPid(holder)) return `${holder} is no process`;
    if (parent !== undefined && !this.#capabilities.has(parent))
      return `capability ${id.slice(0, FOREIGN_LIMITS.id)} comes from one that was not given before`;
    if (resource.length > FOREIGN_LIMITS.resource) return "its resource is too long";
    return isNew(this.#capabilities, "capability", id);
  }
}

type Data<K extends AnyRecord["kind"]> = Extract<AnyRecord, { kind: K }>["data"];

/** True for a number that a process may have: 1 is init, and no machine starts two billion. */
function isPid(pid: number): boolean {
  return Number.isInteger(pid) && pid >= INIT && pid < 2 ** 31;
}

function tooLong(...names: readonly string[]): string | undefined {
  return names.some((name) => name.length > FOREIGN_LIMITS.name) ? "a name in it is too long" : undefined;
}

/** Notes an id; tells when it was given before. */
function isNew(known: Set<string>, what: string, id: string): string | undefined {
  if (id.length > FOREIGN_LIMITS.id) return `the id of its ${what} is too long`;
  if (known.has(id)) return `${what} ${id} is there already`;
  known.add(id);
  return undefined;
}
