// Links between objects, and deleting: `object.link` and `object.delete`.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { RELATIONS } from "../../abi/object.ts";
import type { Need } from "../../abi/resource.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import {
  findObject,
  nameArguments,
  namespaceFor,
  objectNeed,
  objectNeeds,
  refArgument,
  splitRef,
  saidText,
  staleVersion,
  withoutName,
} from "./name.ts";

/** The most links that lead from one object. */
const LINKS_MAX = 100;

const linkInput = z.strictObject({ from: refArgument, to: refArgument, relation: z.enum(RELATIONS) });
const linkOutput = z.strictObject({
  from: z.string(),
  to: z.string(),
  version: z.int(),
  relation: z.string(),
});

/**
 * Links two objects. All readers of the first object see the link, so it needs a right on that object. A link
 * shows the name and version of the second object, so the caller must be able to read that. It leads to the
 * version that is newest now.
 */
export function linkObjectsOperation(ops: KernelOps): Operation {
  return define({
    name: "object.link",
    tool: "link_objects",
    summary: "Say what one object is to another.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    input: linkInput,
    output: linkOutput,
    needs: (args, view) =>
      objectNeeds(
        [
          [splitRef(args.from), "link"],
          [splitRef(args.to), "read"],
        ],
        view.pid,
      ),
    invoke: async (args, on) => {
      const { pid } = on.grant;
      const said = await saidText(ops, splitRef(args.to), pid);
      if (isFault(said)) return said;
      const from = findObject(ops, splitRef(args.from), pid);
      const to = findObject(ops, splitRef(args.to), pid, undefined, said);
      if (isFault(from)) return from;
      if (isFault(to)) return to;
      const { relation } = args;
      const { namespace, name, version } = to.ref;
      const { links } = from.object;
      const same = links.some(
        (l) =>
          l.relation === relation &&
          l.to.namespace === namespace &&
          l.to.name === name &&
          l.to.version === version,
      );
      if (!same && links.length >= LINKS_MAX)
        return fault("E2BIG", `${LINKS_MAX} links lead from it already.`, "Link from another object.");
      const { namespace: space, name: own } = from.ref;
      const made = { from: `${space}/${own}`, to: `${namespace}/${name}`, version, relation };
      if (same) return made;
      return on.once(() => {
        const data = { namespace: space, name: own, to: to.ref, relation };
        const put = ops.write(on.grant, "object.link", data);
        return isFault(put) ? put : made;
      });
    },
  });
}

const deleteInput = z.strictObject({ ...nameArguments, if_version: z.int().positive().optional() });
const deleteOutput = z.strictObject({ name: z.string(), version: z.int() });

/**
 * Frees a name: its versions and links, and links to it, are gone for every process. The record keeps them.
 * The next object of that name continues to count versions, so nobody can confuse it with the deleted one.
 */
export function deleteObjectOperation(ops: KernelOps): Operation {
  return define({
    name: "object.delete",
    tool: "delete_object",
    summary: "Delete a named value with all its versions and links.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    input: deleteInput,
    output: deleteOutput,
    content: withoutName,
    needs: (args, view): readonly Need[] | Fault => {
      const need = objectNeed(args, view.pid, "write");
      return isFault(need) ? need : [need];
    },
    invoke: (args, on) => {
      const { pid } = on.grant;
      const { name } = args;
      const namespace = namespaceFor(args, pid);
      const object = ops.state.objects.get(namespace)?.get(name);
      const found = findObject(ops, args, pid);
      const wrong = isFault(found) ? found : staleVersion(ops, args, pid, args.if_version);
      if (wrong !== undefined) return Promise.resolve(wrong);
      const gone = on.once(() => {
        const freed = ops.write(on.grant, "object.delete", { namespace, name });
        return isFault(freed) ? freed : { name, version: object?.version ?? 0 };
      });
      return Promise.resolve(gone);
    },
  });
}
