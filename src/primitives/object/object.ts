// Primitive `object`: named values of known types, in versions that never change, each in a namespace.
import * as z from "zod";
import { isFault, type Fault } from "../../abi/errors.ts";
import { OBJECT_TYPES, RELATIONS, sourceSchema } from "../../abi/object.ts";
import type { Need } from "../../abi/resource.ts";
import type { Core } from "../../kernel/core.ts";
import { define, type Operation, type Primitive } from "../../kernel/operation.ts";
import type { StoredObject } from "../../kernel/state/rows.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend } from "../fs/backend.ts";
import { exportOperation, importOperation } from "./file.ts";
import { deleteObjectOperation, linkObjectsOperation } from "./link.ts";
import { findObject, nameArguments, namespaceFor, objectNeed, objectResource, withoutName } from "./name.ts";
import { putOperation, type ObjectTypes } from "./put.ts";

/** The most objects in one listing. */
const LIST_MAX = 500;

/** Builds the primitive over the kernel's objects, with the bridges between them and files. */
export function objectPrimitive(core: Core, files: FsBackend, types: ObjectTypes = OBJECT_TYPES): Primitive {
  return {
    kind: "object",
    operations: [
      putOperation(core, types),
      getOperation(core),
      listOperation(core),
      linkObjectsOperation(core),
      deleteObjectOperation(core),
      importOperation(core, files, types),
      exportOperation(core, files, types),
    ],
  };
}

const linkSchema = z.strictObject({ to: z.string(), version: z.int(), relation: z.enum(RELATIONS) });

/**
 * The links of an object to objects that still exist and that the reader may read: a name alone may say too
 * much.
 */
function linksOf(core: Core, object: StoredObject, grant: Grant): { links?: z.infer<typeof linkSchema>[] } {
  const links = object.links.filter(({ to }) => {
    const target = core.state.objects.get(to.namespace)?.get(to.name);
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

const getInput = z.strictObject({ ...nameArguments, version: z.int().positive().optional() });
const getOutput = z.strictObject({
  ...{ value: z.unknown(), type: z.string(), version: z.int(), by: z.int(), time: z.string() },
  from: z.array(sourceSchema).optional(),
  links: z.array(linkSchema).optional(),
});

function getOperation(core: Core): Operation {
  return define({
    name: "object.get",
    tool: "get_object",
    summary: "Read a named value kept before, with what it was made from as far as you may read that.",
    effect: "read",
    idempotent: true,
    input: getInput,
    output: getOutput,
    content: withoutName,
    needs: (args, view): readonly Need[] | Fault => {
      const need = objectNeed(args, view.pid, "read");
      return isFault(need) ? need : [need];
    },
    shows: (args, { version }, pid) => ({ namespace: namespaceFor(args, pid), name: args.name, version }),
    invoke: (args, on) => {
      const found = findObject(core, args, on.grant.pid, args.version);
      if (isFault(found)) return Promise.resolve(found);
      const { value, type, version, by, time } = found.version;
      const from = found.version.from?.filter((source) => {
        if ("first" in source) return true;
        const of = "resource" in source ? source.resource : objectResource(source.namespace, source.name);
        return on.grant.names("read", of);
      });
      const links = linksOf(core, found.object, on.grant);
      return Promise.resolve({
        ...{ value, type, version, by, time },
        ...(from === undefined || from.length === 0 ? {} : { from }),
        ...links,
      });
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
function listOperation(core: Core): Operation {
  return define({
    name: "object.list",
    tool: "list_objects",
    summary: "List the objects you may read.",
    effect: "read",
    idempotent: true,
    input: listInput,
    output: listOutput,
    needs: () => [],
    invoke: (args, on) => {
      const spaces = [...core.state.objects].filter(([n]) => n === (args.namespace ?? n));
      const readable = spaces
        .flatMap(([, names]) => [...names.values()])
        .flatMap((object) => {
          const { namespace, name, versions } = object;
          const last = versions.at(-1);
          if (last === undefined || !on.grant.names("read", objectResource(namespace, name))) return [];
          const { type, version, bytes = 0 } = last;
          const oldest = versions[0]?.version ?? version;
          return [{ namespace, name, type, version, oldest, bytes, ...linksOf(core, object, on.grant) }];
        });
      const entries = readable.slice(0, LIST_MAX);
      return Promise.resolve({ entries, truncated: entries.length < readable.length });
    },
  });
}
