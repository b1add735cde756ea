// Primitive `object`: named values with versions in a process's own namespace.
import * as z from "zod";
import { fault, isFault, type Fault } from "../abi/errors.ts";
import { encodeName, parseResource, type Need } from "../abi/resource.ts";
import { commit, type Core } from "../kernel/core.ts";
import { define, type Primitive } from "../kernel/operation.ts";

const nameSchema = z.string().regex(/^[^/]{1,200}$/u, "a name has 1 to 200 characters and no slash");
const namespaceSchema = z
  .string()
  .regex(/^[^/]{1,200}$/u)
  .optional();

/** The largest value of one object, in characters of its JSON. */
const VALUE_MAX = 1_000_000;

/** Builds the primitive over the kernel's objects. A namespace defaults to the caller's own, `p<pid>`. */
export function objectPrimitive(core: Core): Primitive {
  const need = (
    args: { name: string; namespace?: string | undefined },
    pid: number,
    right: "read" | "write",
  ): Need[] | Fault => {
    const resource = parseResource(
      `object:/${encodeName(args.namespace ?? `p${pid}`)}/${encodeName(args.name)}`,
    );
    return isFault(resource) ? resource : [{ resource, right }];
  };
  const putOp = define({
    name: "object.put",
    tool: "put_object",
    summary: "Keep a named value; each put makes a new version.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject({
      name: nameSchema,
      namespace: namespaceSchema,
      type: z.string().default("json"),
      value: z.unknown(),
    }),
    output: z.strictObject({ name: z.string(), version: z.int() }),
    needs: (args, view) => need(args, view.pid, "write"),
    invoke: (args, on) => {
      const namespace = args.namespace ?? `p${on.grant.pid}`;
      const before = core.state.objects.get(`${namespace}/${args.name}`);
      // Dispatched again after a crash, the version this very call made is found by its call id.
      if (before?.call === on.call) return Promise.resolve({ name: args.name, version: before.version });
      if ((JSON.stringify(args.value) ?? "null").length > VALUE_MAX) {
        return Promise.resolve(
          fault("E2BIG", "The value is too large for one object.", "Keep it in a file or in parts."),
        );
      }
      const version = (before?.version ?? 0) + 1;
      const { name, type, value } = args;
      commit(
        core,
        "object.put",
        { namespace, name, version, type, value: value ?? null, call: on.call },
        { pid: on.grant.pid },
      );
      return Promise.resolve({ name, version });
    },
  });
  const getOp = define({
    name: "object.get",
    tool: "get_object",
    summary: "Read a named value kept before.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ name: nameSchema, namespace: namespaceSchema }),
    output: z.strictObject({ value: z.unknown(), type: z.string(), version: z.int() }),
    needs: (args, view) => need(args, view.pid, "read"),
    invoke: (args, on) => {
      const found = core.state.objects.get(`${args.namespace ?? `p${on.grant.pid}`}/${args.name}`);
      if (found === undefined)
        return Promise.resolve(fault("ENOENT", `There is no object "${args.name}".`, "See list_objects."));
      return Promise.resolve({ value: found.value, type: found.type, version: found.version });
    },
  });
  const listOp = define({
    name: "object.list",
    tool: "list_objects",
    summary: "List the objects you may read.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({}),
    output: z.strictObject({
      entries: z.array(
        z.strictObject({ namespace: z.string(), name: z.string(), type: z.string(), version: z.int() }),
      ),
    }),
    needs: () => [],
    invoke: (_, on) => {
      const readable = [...core.state.objects.values()].filter((o) =>
        on.grant.entry("read", `object:/${encodeName(o.namespace)}/${encodeName(o.name)}`),
      );
      return Promise.resolve({
        entries: readable.map(({ namespace, name, type, version }) => ({ namespace, name, type, version })),
      });
    },
  });
  return { kind: "object", operations: [putOp, getOp, listOp] };
}
