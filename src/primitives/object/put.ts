// Versions of objects: `object.put`, and the steps that every new version shares.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Leaving } from "../../abi/model.ts";
import { OBJECT_TYPES, objectText, type ObjectType, type Source } from "../../abi/object.ts";
import { define, type Invocation, type Operation, type View } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { Reader } from "../../kernel/reader.ts";
import { SUMMARY, turnsOf } from "../../kernel/state/conversation.ts";
import {
  readObject,
  nameArguments,
  type NamedObject,
  namespaceFor,
  objectNeeds,
  refArgument,
  splitRef,
  staleVersion,
  withoutName,
} from "./name.ts";

/** The largest value of one object, in characters of its JSON. */
const VALUE_MAX = 1_000_000;

/** Types by their names. */
export type ObjectTypes = Readonly<Record<string, ObjectType>>;

/** The value of an operation that makes a version. */
export const storeResultSchema = z.strictObject({
  name: z.string(),
  version: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  /** True when a secret was left out of the record, and so out of the object. */
  redacted: z.literal(true).optional(),
});
export type StoreResult = z.infer<typeof storeResultSchema>;

/** The data of a new version. `expected` is the version that it must follow. */
export interface NewVersion {
  readonly type: string;
  readonly form: ObjectType["form"];
  readonly value: unknown;
  readonly from: readonly Source[];
  readonly unread?: true | undefined;
  readonly expected?: number | undefined;
}

function bytesOf(form: ObjectType["form"], value: unknown): Uint8Array {
  return new TextEncoder().encode(objectText(form, value));
}

/** Makes the next version. */
export function storeVersion(
  ops: KernelOps,
  args: NamedObject,
  given: NewVersion,
  on: Pick<Invocation<unknown>, "grant" | "call" | "once">,
): StoreResult | Fault {
  const { pid } = on.grant;
  const { name } = args;
  const namespace = namespaceFor(args, pid);
  const { type, form, value = null } = given;
  // The text of a value may be many times its JSON, because each level is indented.
  if (JSON.stringify(value).length > VALUE_MAX)
    return fault("E2BIG", "The value is too large for one object.", "Keep it in a file or in parts.");
  const bytes = bytesOf(form, value);
  const sha256 = ops.digests.sha256(bytes);
  const answer = (version: number, kept: unknown): StoreResult => ({
    ...{ name, version, bytes: bytes.length, sha256 },
    ...(ops.digests.sha256(bytesOf(form, kept)) === sha256 ? {} : { redacted: true }),
  });
  const before = ops.state.objects.get(namespace)?.get(name);
  const stale = staleVersion(ops, args, pid, given.expected);
  if (stale !== undefined) return stale;
  const version = (before?.version ?? 0) + 1;
  const from = {
    ...(given.from.length === 0 ? {} : { from: [...given.from] }),
    ...(given.unread === undefined ? {} : { unread: given.unread }),
  };
  const data = { namespace, name, version, type, value, bytes: bytes.length, sha256, ...from, call: on.call };
  return on.once(() => {
    const record = ops.write(on.grant, "object.put", data);
    if (isFault(record)) return record;
    return answer(version, record.kind === "object.put" ? record.data.value : undefined);
  });
}

/**
 * The sources that a process names, as far as it can prove them: objects that it may read, and files as it
 * read them.
 */
async function sourcesOf(reader: Reader, from: readonly string[], view: View): Promise<Source[] | Fault> {
  const sources: Source[] = [];
  for (const text of from) {
    if (text.startsWith("fs:/")) {
      const sha256 = view.seen(text);
      if (sha256 === undefined)
        return fault(
          "EINVAL",
          `${text} was not read by this process.`,
          "Name only files that you have read.",
        );
      sources.push({ resource: text, sha256 });
    } else {
      const found = await readObject(reader, splitRef(text), view.pid);
      if (isFault(found)) return found;
      sources.push(found.ref);
    }
  }
  return sources;
}

const putFrom = z
  .array(z.union([z.string().startsWith("fs:/"), refArgument]))
  .max(20)
  .optional()
  .describe("What it was made from: objects, or files you have read as fs:/folder/path.");
const ifVersion = z
  .int()
  .nonnegative()
  .optional()
  .describe("Only if this is the newest; 0: the name is free.");

/** The arguments of a put, whose value has the shape that these types name. */
function putSchema(types: ObjectTypes) {
  const type = z.enum(Object.keys(types)).default("json");
  return z
    .strictObject({ ...nameArguments, type, value: z.unknown(), from: putFrom, if_version: ifVersion })
    .superRefine((args, context) => {
      for (const issue of types[args.type]?.value.safeParse(args.value).error?.issues ?? [])
        context.addIssue({ code: "custom", path: ["value", ...issue.path], message: issue.message });
    });
}
const usualPut = putSchema(OBJECT_TYPES);

/** Builds `object.put`. */
export function putOperation(ops: KernelOps, types: ObjectTypes): Operation {
  return define({
    name: "object.put",
    tool: "put_object",
    summary: "Keep a named value; each put makes a new version.",
    keeps: "value",
    effect: "kernel",
    idempotent: true,
    input: types === OBJECT_TYPES ? usualPut : putSchema(types),
    output: storeResultSchema,
    content: withoutName,
    needs: (args, view) => {
      const read = (args.from ?? []).filter((text) => !text.startsWith("fs:/"));
      const reads = read.map((text) => [splitRef(text), "read"] as const);
      return objectNeeds([[args, "write"], ...reads], view.pid);
    },
    cost: ({ type, value }) => ({
      toolCalls: 1,
      bytesWritten: bytesOf(types[type]?.form ?? "json", value).length,
    }),
    shows: (args, { version }, pid) => ({ namespace: namespaceFor(args, pid), name: args.name, version }),
    invoke: async (args, on) => {
      const sources = await sourcesOf(ops, args.from ?? [], on.view);
      if (isFault(sources)) return sources;
      const { type, value, if_version: expected } = args;
      const form = types[type]?.form ?? "json";
      return storeVersion(ops, args, { type, form, value, from: sources, expected }, on);
    },
  });
}

/**
 * Makes the summary the next version of its object and lets the part leave, in one tick. The summary is text
 * of a model, so it is data like any object: only people and models read it.
 */
export function keepSummary(
  ops: KernelOps,
  said: string,
  { to, why }: Leaving,
  on: Pick<Invocation<unknown>, "grant" | "call" | "once">,
): StoreResult | Fault {
  const { pid } = on.grant;
  const process = ops.living(pid);
  if (process === undefined) return fault("EINTR", "The process has ended.");
  const value = said.trim();
  if (value === "") return fault("EIO", "The summary came back empty.");
  const { summary } = process;
  const earlier =
    summary === undefined
      ? []
      : [{ namespace: summary.namespace, name: summary.name, version: summary.version }];
  const from: Source[] = [...turnsOf(process.conversation.slice(0, to)), ...earlier];
  const name = SUMMARY;
  return storeVersion(
    ops,
    { name },
    { type: "summary", form: "text", value, from },
    {
      ...on,
      once: (act) =>
        on.once(() => {
          const made = act();
          if (isFault(made)) return made;
          const namespace = `p${pid}`;
          const version = ops.state.objects.get(namespace)?.get(name)?.version ?? 0;
          const stands = { namespace, name, version, to };
          const trimmed = ops.trim(on.grant, { from: to, reason: why, summary: stands });
          return trimmed ?? made;
        }),
    },
  );
}
