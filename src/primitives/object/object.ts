// Primitive `object`: named values of known types, in versions that never change, each in a namespace.
import * as z from "zod";
import { isFault, type Fault } from "../../abi/errors.ts";
import {
  OBJECT_TYPES,
  objectResource,
  objectText,
  refText,
  RELATIONS,
  sourceSchema,
} from "../../abi/object.ts";
import type { Need } from "../../abi/resource.ts";
import { wholeStart } from "../../abi/size.ts";
import { define, type Operation, type Primitive } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { Reader } from "../../kernel/reader.ts";
import type { StoredObject } from "../../kernel/state/rows.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend } from "../fs/backend.ts";
import { exportOperation, importOperation } from "./file.ts";
import { deleteObjectOperation, linkObjectsOperation } from "./link.ts";
import { nameArguments, namespaceFor, objectNeed, readObject, withoutName } from "./name.ts";
import { putOperation, type ObjectTypes } from "./put.ts";

/** The most objects in one listing. */
const LIST_MAX = 500;

/** Builds the primitive over the kernel's objects, with the bridges between them and files. */
export function objectPrimitive(
  ops: KernelOps,
  files: FsBackend,
  types: ObjectTypes = OBJECT_TYPES,
): Primitive {
  return {
    kind: "object",
    operations: [
      putOperation(ops, types),
      getOperation(ops),
      listOperation(ops),
      linkObjectsOperation(ops),
      deleteObjectOperation(ops),
      importOperation(ops, files, types),
      exportOperation(ops, files, types),
    ],
  };
}

const linkSchema = z.strictObject({ to: z.string(), version: z.int(), relation: z.enum(RELATIONS) });

/**
 * The links of an object to objects that still exist and that the reader may read: a name alone may say too
 * much.
 */
function linksOf(
  reader: Reader,
  object: StoredObject,
  grant: Grant,
): { links?: z.infer<typeof linkSchema>[] } {
  const links = object.links.filter(({ to }) => {
    const target = reader.state.objects.get(to.namespace)?.get(to.name);
    const there = target !== undefined && target.versions.length > 0 && to.version >= target.since;
    return there && grant.names("read", objectResource(to.namespace, to.name));
  });
  const shown = links.map(({ to, relation }) => ({
    to: `${to.namespace}/${to.name}`,
    version: to.version,
    relation,
  }));
  return shown.length === 0 ? {} : { links: shown };
}

const getInput = z.strictObject({
  ...nameArguments,
  version: z.int().positive().optional(),
  from: z.int().nonnegative().optional().describe("The character to begin at."),
});
const getOutput = z.strictObject({
  ...{ value: z.unknown(), type: z.string(), version: z.int(), by: z.int(), time: z.string() },
  from: z.array(sourceSchema).optional(),
  links: z.array(linkSchema).optional(),
});

/** The version in one line, and what it was made from and is linked to. */
function headWords({ type, version, by, time, from = [], links = [] }: z.infer<typeof getOutput>): string {
  const sources = from.map((source) => {
    if ("first" in source) return `turns ${source.first + 1} to ${source.last + 1} of process ${source.pid}`;
    return "resource" in source ? source.resource : refText(source);
  });
  const made = sources.length === 0 ? [] : [`made from ${sources.join(", ")}`];
  const to = links.length === 0 ? [] : [linkWords(links)];
  return `(${[`${type}, version ${version}, put by process ${by} at ${time}`, ...made, ...to].join("; ")})`;
}

function linkWords(links: readonly z.infer<typeof linkSchema>[]): string {
  return links.map(({ to, version, relation }) => `${relation} ${to}@${version}`).join(", ");
}

/** The longest part of a value that is told at once, in characters. */
const PART_MAX = 55_000;

/** The text of a value from a character on. A part of it says first which, and how to get the next. */
function partWords({ type, value }: z.infer<typeof getOutput>, from: number): string {
  const text = objectText(OBJECT_TYPES[type]?.form ?? "json", value);
  const part = wholeStart(text.slice(from), PART_MAX);
  const to = from + part.length;
  if (from === 0 && to === text.length) return text;
  const next = to >= text.length ? "" : ` Call again with from ${to} for the next part.`;
  return `(Characters ${from} to ${to} of ${text.length}.${next})\n${part}`;
}

function getOperation(reader: Reader): Operation {
  return define({
    name: "object.get",
    tool: "get_object",
    summary: "Read a named value kept before, with what it was made from as far as you may read that.",
    effect: "read",
    idempotent: true,
    input: getInput,
    output: getOutput,
    content: withoutName,
    repeats: "value",
    told: (value, { from = 0 }) => `${headWords(value)}\n${partWords(value, from)}`,
    needs: (args, view): readonly Need[] | Fault => {
      const need = objectNeed(args, view.pid, "read");
      return isFault(need) ? need : [need];
    },
    shows: (args, { version }, pid) => ({ namespace: namespaceFor(args, pid), name: args.name, version }),
    invoke: async (args, on) => {
      const found = await readObject(reader, args, on.grant.pid, args.version);
      if (isFault(found)) return found;
      const { value, type, version, by, time } = found.version;
      const from = found.version.from?.filter((source) => {
        if ("first" in source) return true;
        const of = "resource" in source ? source.resource : objectResource(source.namespace, source.name);
        return on.grant.names("read", of);
      });
      const links = linksOf(reader, found.object, on.grant);
      return {
        ...{ value, type, version, by, time },
        ...(from === undefined || from.length === 0 ? {} : { from }),
        ...links,
      };
    },
  });
}

const listInput = z.strictObject({ namespace: nameArguments.namespace });
const listOutput = z.strictObject({
  entries: z.array(
    z.strictObject({
      ...{ namespace: z.string(), name: z.string(), type: z.string(), version: z.int() },
      /** The oldest version that can still be read. */
      oldest: z.int(),
      bytes: z.int(),
      links: z.array(linkSchema).optional(),
    }),
  ),
  truncated: z.boolean(),
});

/** Lists the objects that {@link getOperation} would give without asking anybody; it spends nothing. */
function listOperation(reader: Reader): Operation {
  return define({
    name: "object.list",
    tool: "list_objects",
    summary: "List the objects you may read.",
    effect: "read",
    idempotent: true,
    input: listInput,
    output: listOutput,
    told: ({ entries, truncated }) =>
      [
        `${entries.length}${truncated ? " of more" : ""} objects: namespace/name, type, newest version (oldest that is kept), bytes`,
        ...entries.map(({ namespace, name, type, version, oldest, bytes, links }) => {
          const to = links === undefined ? "" : `  ${linkWords(links)}`;
          return `${namespace}/${name}  ${type}  ${version} (${oldest})  ${bytes}${to}`;
        }),
        ...(truncated ? ["List one namespace at a time to see the others."] : []),
      ].join("\n"),
    needs: () => [],
    invoke: (args, on) => {
      const spaces = [...reader.state.objects].filter(([n]) => n === (args.namespace ?? n));
      const readable = spaces
        .flatMap(([, names]) => [...names.values()])
        .flatMap((object) => {
          const { namespace, name, versions } = object;
          const last = versions.at(-1);
          if (last === undefined || !on.grant.names("read", objectResource(namespace, name))) return [];
          const { type, version, bytes = 0 } = last;
          const oldest = versions[0]?.version ?? version;
          return [{ namespace, name, type, version, oldest, bytes, ...linksOf(reader, object, on.grant) }];
        });
      const entries = readable.slice(0, LIST_MAX);
      return Promise.resolve({ entries, truncated: entries.length < readable.length });
    },
  });
}
