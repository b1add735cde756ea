// A fake file-like primitive for door tests: a map of files, and a backend that records each access.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../src/abi/errors.ts";
import type { Need } from "../../src/abi/resource.ts";
import { define, type Primitive, type Probe } from "../../src/kernel/operation.ts";
import { isLiveGrant, type Grant } from "../../src/kernel/witness.ts";
import { digests } from "./journal.ts";

/** What the world was asked, in order: `read fs:/app/a`, `write fs:/app/a`, `look fs:/app/a`, `keep …`, `send …`. */
export class World {
  readonly files = new Map<string, string>();
  readonly links = new Map<string, string>();
  readonly touched: string[] = [];
  /** What effects were carried out, one entry each. */
  readonly effects: string[] = [];
  /** Called in the backend before an effect or a read is carried out; may wait, throw, or give a fault. */
  before: (what: string, signal: AbortSignal) => Promise<Fault | undefined> | Fault | undefined = () =>
    undefined;
  /** What a probe finds for what it cannot tell by digest. */
  verdict: Probe = { state: "unknown", detail: "nobody saw it" };

  /** The same world, cut off from whoever still acts on this one, as a crash would. */
  copy(): World {
    const made = new World();
    for (const [name, text] of this.files) made.files.set(name, text);
    for (const [name, target] of this.links) made.links.set(name, target);
    made.effects.push(...this.effects);
    made.before = this.before;
    made.verdict = this.verdict;
    return made;
  }

  touch(what: string, resource: string): void {
    this.touched.push(`${what} ${resource}`);
  }

  digest(resource: string): string | null {
    const text = this.files.get(resource);
    return text === undefined ? null : digests.sha256(text);
  }
}

/** Every real backend refuses like this: a grant that is not the door's, is over, only looks, or names another thing. */
export function refused(grant: Grant, mode: "look" | "full", need: Need): Fault | undefined {
  if (!isLiveGrant(grant)) return fault("EACCES", "The grant is not live.", "Call through the door.");
  if (mode === "full" && grant.mode !== "full")
    return fault("EACCES", "A look is no authority to act.", "Call through the door.");
  return grant.permits(need.right, need.resource)
    ? undefined
    : fault("EACCES", `${need.resource} was not authorised.`, "Call through the door.");
}

const at = z.string().regex(/^fs:\//u);
const prestateSchema = z.object({ pre: z.string().nullable(), post: z.string() });

/** The report of a change, whether it is carried out or found done. */
const effect = (resource: string, pre: string | null, now: string | null) => ({
  saw: [{ resource, sha256: now }],
  changes: [{ resource, pre: pre ?? "absent", post: now ?? "absent" }],
});

/** Builds the primitive over a world. */
export function boxPrimitive(world: World): Primitive {
  const real = (name: string): string => world.links.get(name) ?? name;
  const read = define({
    name: "box.read",
    tool: "read_box",
    summary: "Read a thing.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ at }),
    output: z.strictObject({ content: z.string() }),
    needs: (args) => [{ resource: args.at, right: "read" }],
    async resolve(args, _view, look) {
      const no = refused(look, "look", { resource: args.at, right: "read" });
      if (no !== undefined) return no;
      world.touch("look", args.at);
      const target = real(args.at);
      return { needs: target === args.at ? [] : [{ resource: target, right: "read" }], state: target };
    },
    async invoke(args, on) {
      const target = on.state ?? args.at;
      const no = refused(on.grant, "full", { resource: target, right: "read" });
      if (no !== undefined) return no;
      world.touch("read", target);
      const stop = await world.before(`read ${target}`, on.signal);
      if (stop !== undefined) return stop;
      const content = world.files.get(target);
      if (content === undefined) return fault("ENOENT", `${target} is not there.`, "Look around.");
      on.saw(target, world.digest(target));
      return { content };
    },
  });
  const change = (name: string, right: "write" | "delete", next: (content: string) => string | undefined) =>
    define({
      name,
      tool: `${right}_box`,
      summary: "Change a thing.",
      effect: "write",
      idempotent: false,
      input: z.strictObject({ at, content: z.string().default("") }),
      output: z.strictObject({ changed: z.string() }),
      cost: (args) => ({ toolCalls: 1, ...(right === "write" ? { bytesWritten: args.content.length } : {}) }),
      needs: (args) => [{ resource: args.at, right }],
      async prepare(args, _view, _state, look) {
        const no = refused(look, "look", { resource: args.at, right });
        if (no !== undefined) return no;
        world.touch("look", args.at);
        const prestate = { pre: world.digest(args.at), post: digests.sha256(next(args.content) ?? "gone") };
        return {
          prestate,
          preview: { verb: "change", target: args.at, risk: "medium" as const, after: args.content },
          keep: () => {
            world.touch("keep", args.at);
            return Promise.resolve(undefined);
          },
        };
      },
      async probe(args, raw): Promise<Probe> {
        const { pre, post } = prestateSchema.parse(raw);
        const now = world.digest(args.at);
        if (now === post || (right === "delete" && now === null))
          return { state: "done", value: { changed: args.at }, ...effect(args.at, pre, now) };
        return now === pre ? { state: "not-started" } : world.verdict;
      },
      async invoke(args, on) {
        const no = refused(on.grant, "full", { resource: args.at, right });
        if (no !== undefined) return no;
        world.touch(right, args.at);
        const stop = await world.before(`${right} ${args.at}`, on.signal);
        if (stop !== undefined) return stop;
        const { pre } = prestateSchema.parse(on.prestate);
        if (world.digest(args.at) !== pre) return fault("ESTALE", `${args.at} changed.`, "Read it again.");
        const text = next(args.content);
        if (text === undefined) world.files.delete(args.at);
        else world.files.set(args.at, text);
        world.effects.push(`${right} ${args.at} ${args.content}`);
        const { saw, changes } = effect(args.at, pre, world.digest(args.at));
        for (const { resource, sha256 } of saw) on.saw(resource, sha256);
        for (const each of changes) on.changed(each);
        return { changed: args.at };
      },
    });
  const send = define({
    name: "box.send",
    tool: "send_box",
    summary: "Send something out of the world.",
    effect: "external",
    idempotent: false,
    input: z.strictObject({ host: z.string(), body: z.string() }),
    output: z.strictObject({ sent: z.string() }),
    needs: (args) => [{ resource: `net:/${args.host}`, right: "connect" }],
    effectOf: ({ host }) => (host === "inside" ? "read" : "external"),
    probe: () => Promise.resolve(world.verdict),
    async invoke(args, on) {
      const no = refused(on.grant, "full", { resource: `net:/${args.host}`, right: "connect" });
      if (no !== undefined) return no;
      world.touch("send", args.host);
      const stop = await world.before(`send ${args.host}`, on.signal);
      if (isFault(stop)) return stop;
      world.effects.push(`send ${args.host} ${args.body}`);
      return { sent: args.host };
    },
  });
  return {
    kind: "box",
    operations: [
      read,
      change("box.write", "write", (content) => content),
      change("box.delete", "delete", () => undefined),
      send,
    ],
  };
}

/** A world that holds one file. */
export function worldWith(at: string, text: string): World {
  const world = new World();
  world.files.set(at, text);
  return world;
}
