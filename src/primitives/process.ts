// Primitive `process`: starting, waiting for, signalling and ending processes.
import * as z from "zod";
import { parseGrants } from "../abi/capability.ts";
import { fault, isFault, ok } from "../abi/errors.ts";
import { budgetSchema, type Image } from "../abi/image.ts";
import { living, type Core } from "../kernel/core.ts";
import { exit, signal, waitFor } from "../kernel/lifecycle.ts";
import { bornOf, spawn } from "../kernel/birth.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { FsBackend } from "./fs-backend.ts";
import { chdirOperation } from "./process-cwd.ts";

const pidSchema = z.int().positive();

/** Builds the primitive over the kernel itself; `images` are those a process may be started from. */
export function processPrimitive(
  core: Core,
  images: ReadonlyMap<string, Image>,
  files: FsBackend,
): Primitive {
  const spawnOp = define({
    name: "process.spawn",
    tool: "spawn_agent",
    summary: "Start a child agent with a goal and a listed part of your own authority; returns its pid.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject({
      goal: z.string().min(1),
      image: z.string().optional(),
      grants: z
        .array(z.string())
        .default([])
        .describe('What you pass on, for example ["allow:read,list:fs:/app/src/**"].'),
      model: z.string().optional(),
      budget: budgetSchema.default({}),
    }),
    output: z.strictObject({ pid: z.int() }),
    needs: (args, view) => [
      { resource: "process:/children", right: "spawn" },
      { resource: `image:/${args.image ?? view.image}`, right: "execute" },
    ],
    delegates: (args, view, call) => {
      const parent = living(core, view.pid);
      if (parent !== undefined && bornOf(core, parent, call) !== undefined) return [];
      const grants = parseGrants(args.grants);
      if (isFault(grants)) return grants;
      return [
        ...grants,
        { effect: "allow", rights: ["call"], resource: `model:/${args.model ?? view.model}` },
      ];
    },
    // A person who is asked must see what the child would hold; nothing of the world is looked at.
    prepare: (args, view) => {
      const passed = args.grants.length === 0 ? "nothing" : args.grants.join(", ");
      const target = `image:/${args.image ?? view.image}`;
      const detail = `Goal: ${args.goal}\nIt gets: ${passed}`;
      return Promise.resolve({
        prestate: null,
        preview: { title: "Start a child agent", target, risk: "medium", detail },
      });
    },
    async invoke(args, on) {
      const parent = living(core, on.grant.pid);
      const name = args.image ?? on.view.image;
      const image = images.get(name);
      const grants = parseGrants(args.grants);
      if (parent === undefined) return fault("EINTR", "The process has ended.");
      if (image === undefined)
        return fault("ENOENT", `There is no image "${name}".`, `Images: ${[...images.keys()].join(", ")}.`);
      if (isFault(grants)) return grants;
      const { goal } = args;
      const spawned = spawn(core, parent, on.call, {
        image,
        goal,
        budget: { ...image.budget, ...args.budget },
        grants,
        model: args.model ?? parent.model,
        cwd: parent.cwd,
      });
      return spawned.ok ? spawned.value : spawned;
    },
  });
  const waitOp = define({
    name: "process.wait",
    tool: "wait_agent",
    summary: "Wait until a child agent ends and get its result.",
    effect: "pure",
    idempotent: true,
    waits: true,
    input: z.strictObject({ pid: pidSchema }),
    output: z.strictObject({ pid: z.int(), exit: z.string(), result: z.unknown() }),
    needs: (args) => [{ resource: `process:/${args.pid}`, right: "wait" }],
    async invoke(args, on) {
      const waited = await on.waiting("child", waitFor(core, on.grant.pid, args.pid, on.signal));
      return waited.ok ? waited.value : waited;
    },
  });
  const signalOp = define({
    name: "process.signal",
    tool: "signal_agent",
    summary: "Pause, resume, interrupt, terminate or kill a child agent.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject({
      pid: pidSchema,
      signal: z.enum(["pause", "resume", "interrupt", "terminate", "kill"]),
      reason: z.string().default(""),
    }),
    output: z.strictObject({ pid: z.int() }),
    needs: (args) => [{ resource: `process:/${args.pid}`, right: "signal" }],
    async invoke(args, on) {
      return signal(core, args.pid, args.signal, `pid:${on.grant.pid}`, args.reason) ?? { pid: args.pid };
    },
  });
  const exitOp = define({
    name: "process.exit",
    tool: "finish",
    summary: "End your work with a result.",
    effect: "pure",
    idempotent: true,
    waits: true,
    alone: true,
    input: z.strictObject({ result: z.unknown().optional(), failed: z.boolean().default(false) }),
    output: z.strictObject({ ended: z.literal(true) }),
    needs: () => [],
    async invoke(args, on) {
      exit(
        core,
        on.grant.pid,
        args.failed ? "failed" : "finished",
        args.result ?? null,
        args.failed ? "the agent gave up" : "the agent finished",
      );
      return ok({ ended: true as const }).value;
    },
  });
  return { kind: "process", operations: [spawnOp, waitOp, signalOp, exitOp, chdirOperation(core, files)] };
}
