// Links between objects, and letting one go: `object.link` and `object.delete`.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { RELATIONS } from "../../abi/object.ts";
import type { Need } from "../../abi/resource.ts";
import { commit, type Core } from "../../kernel/core.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import {
  findObject,
  staleVersion,
  nameArguments,
  namespaceFor,
  objectNeed,
  objectNeeds,
  refArgument,
  splitRef,
} from "./name.ts";

/** More links than this lead from no object. */
const LINKS_MAX = 100;

const linkInput = z.strictObject({ from: refArgument, to: refArgument, relation: z.enum(RELATIONS) });
const linkOutput = z.strictObject({
  from: z.string(),
  to: z.string(),
  version: z.int(),
  relation: z.string(),
});

/**
 * Whoever may link from an object says so to all its readers, so that is a right on the end it leads from; of the other
 * end a link tells the name and the version, so that must be readable. It leads to the version that is the newest now.
 */
export function linkObjectsOperation(core: Core): Operation {
  return define({
    name: "object.link",
    tool: "link_objects",
    summary: "Say what one object is to another.",
    effect: "pure",
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
    invoke: (args, on) => {
      const { pid } = on.grant;
      const from = findObject(core, splitRef(args.from), pid);
      const to = findObject(core, splitRef(args.to), pid);
      if (isFault(from)) return Promise.resolve(from);
      if (isFault(to)) return Promise.resolve(to);
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
        return Promise.resolve(
          fault("E2BIG", `${LINKS_MAX} links lead from it already.`, "Link from another object."),
        );
      const { namespace: space, name: own } = from.ref;
      const made = { from: `${space}/${own}`, to: `${namespace}/${name}`, version, relation };
      if (same) return Promise.resolve(made);
      const linked = on.once(() => {
        commit(core, "object.link", { namespace: space, name: own, to: to.ref, relation }, { pid });
        return made;
      });
      return Promise.resolve(linked);
    },
  });
}

const deleteInput = z.strictObject({ ...nameArguments, if_version: z.int().positive().optional() });
const deleteOutput = z.strictObject({ name: z.string(), version: z.int() });

/**
 * Frees a name: its versions and links, and links to it, are gone for everybody. The record keeps them, and the next
 * object of that name goes on counting versions, so that nobody takes it for the one that was deleted.
 */
export function deleteObjectOperation(core: Core): Operation {
  return define({
    name: "object.delete",
    tool: "delete_object",
    summary: "Delete a named value with all its versions and links.",
    effect: "pure",
    idempotent: true,
    input: deleteInput,
    output: deleteOutput,
    needs: (args, view): readonly Need[] | Fault => {
      const need = objectNeed(args, view.pid, "write");
      return isFault(need) ? need : [need];
    },
    invoke: (args, on) => {
      const { pid } = on.grant;
      const { name } = args;
      const namespace = namespaceFor(args, pid);
      const object = core.state.objects.get(namespace)?.get(name);
      const found = findObject(core, args, pid);
      const wrong = isFault(found) ? found : staleVersion(core, args, pid, args.if_version);
      if (wrong !== undefined) return Promise.resolve(wrong);
      const gone = on.once(() => {
        commit(core, "object.delete", { namespace, name }, { pid });
        return { name, version: object?.version ?? 0 };
      });
      return Promise.resolve(gone);
    },
  });
}
