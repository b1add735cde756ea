// The things in boxes: looking at them, packing one, emptying a box, and unpacking it into a workspace folder.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../../src/abi/errors.ts";
import type { CallAsk } from "../../../src/abi/question.ts";
import { fsResource, type Need } from "../../../src/abi/resource.ts";
import { define, type Operation, type View } from "../../../src/kernel/operation.ts";
import type { Reader } from "../../../src/kernel/reader.ts";
import type { Grant } from "../../../src/kernel/witness.ts";
import type { Boxes, Target, Unpacked } from "./backend.ts";

/** The name of a box, as `shelf/box`. */
export const at = z.string().regex(/^\w[\w-]*\/\w[\w-]*$/u);
/** The longest thing that is packed without a question of its own. */
export const HEAVY = 40;

/** The resource of a box. */
export const boxResource = (name: string): string => `box:/${name}`;
/** The need for a right on a box. */
export const boxNeed = (right: string, name: string): Need => ({ right, resource: boxResource(name) });

/** Builds `box.open`. */
export function openOperation(boxes: Boxes): Operation {
  return define({
    name: "box.open",
    tool: "open_box",
    summary: "Look at the things in a box.",
    effect: "read",
    idempotent: true,
    input: z.strictObject({ at }),
    output: z.strictObject({ things: z.array(z.string()) }),
    needs: (args) => [boxNeed("open", args.at)],
    told: ({ things }) => things.join("\n"),
    invoke(args, on) {
      const things = boxes.things(on.grant, boxResource(args.at), "open");
      return Promise.resolve(isFault(things) ? things : { things: [...things] });
    },
  });
}

const packed = z.object({ things: z.int(), thing: z.string() });

/** Builds `box.pack`. A heavy thing is asked for each time, whoever holds what. */
export function packOperation({ digests }: Reader, boxes: Boxes): Operation {
  return define({
    name: "box.pack",
    tool: "pack_box",
    summary: "Pack a thing into a box.",
    effect: "write",
    idempotent: false,
    input: z.strictObject({ at, thing: z.string().min(1) }),
    output: z.strictObject({ number: z.int() }),
    cost: ({ thing }) => ({ toolCalls: 1, bytesWritten: thing.length }),
    needs: (args) => [boxNeed("pack", args.at)],
    prepare(args, _view, _state, look) {
      const things = boxes.things(look, boxResource(args.at), "pack");
      if (isFault(things)) return Promise.resolve(things);
      const heavy = args.thing.length > HEAVY;
      const ask: CallAsk = {
        ...{ id: "heavy", need: boxNeed("pack", args.at), reason: "it is heavy" },
        ...{ once: true, secret: false },
      };
      return Promise.resolve({
        prestate: { things: things.length, thing: digests.sha256(args.thing) },
        preview: { verb: "pack", target: args.at, risk: heavy ? "high" : "low", after: args.thing },
        asks: heavy ? [ask] : [],
      });
    },
    probe(args, prestate) {
      const { things, thing } = packed.parse(prestate);
      const now = boxes.peek(boxResource(args.at));
      const is = now[things];
      if (is === undefined) return Promise.resolve({ state: "not-started" });
      return Promise.resolve(
        digests.sha256(is) === thing
          ? { state: "done", value: { number: things + 1 } }
          : { state: "unknown", detail: "something else was packed" },
      );
    },
    async invoke(args, on) {
      const number = packed.parse(on.prestate).things + 1;
      const failed = await boxes.pack(on.grant, boxResource(args.at), args.thing, number);
      return failed ?? { number };
    },
  });
}

const emptied = z.object({ things: z.string() });

/** Builds `box.empty`. */
export function emptyOperation({ digests }: Reader, boxes: Boxes): Operation {
  return define({
    name: "box.empty",
    tool: "empty_box",
    summary: "Empty out a box, so that all is lost.",
    effect: "write",
    idempotent: true,
    input: z.strictObject({ at }),
    output: z.strictObject({ empty: z.literal(true) }),
    needs: (args) => [boxNeed("empty", args.at)],
    prepare(args, _view, _state, look) {
      const things = boxes.things(look, boxResource(args.at), "empty");
      if (isFault(things)) return Promise.resolve(things);
      return Promise.resolve({
        prestate: { things: digests.sha256(JSON.stringify(things)) },
        preview: { verb: "empty", target: args.at, risk: "high", before: things.join("\n"), after: "" },
      });
    },
    probe(args, prestate) {
      const now = boxes.peek(boxResource(args.at));
      const before = emptied.parse(prestate).things;
      if (now.length === 0) return Promise.resolve({ state: "done", value: { empty: true as const } });
      return Promise.resolve(
        digests.sha256(JSON.stringify(now)) === before
          ? { state: "not-started" }
          : { state: "unknown", detail: "other things are in it now" },
      );
    },
    async invoke(args, on) {
      const failed = await boxes.empty(on.grant, boxResource(args.at));
      return failed ?? { empty: true as const };
    },
  });
}

const unpacked = z.object({ things: z.string(), there: z.array(z.string()) });

/** Builds `box.unpack`. It learns which files it made only when it has made them. */
export function unpackOperation({ digests }: Reader, boxes: Boxes): Operation {
  const targetOf = (into: string, { roots }: View): Target | Fault => {
    const [name = "", ...segments] = into.split("/");
    const root = roots.find((each) => each.name === name);
    if (root === undefined)
      return fault("ENOENT", `There is no workspace folder ${name}.`, "Name one that is open.");
    return { resource: fsResource(name, segments), path: [root.path, ...segments].join("/") };
  };
  const made = (into: Target, { folder, files }: Unpacked) => ({
    value: { folder: `${into.resource}/${folder}` },
    changes: [...files].map(([name, text]) => ({
      ...{ resource: `${into.resource}/${folder}/${name}`, pre: "absent", post: digests.sha256(text) },
    })),
  });
  const lookAt = (look: Grant, name: string, into: Target) => {
    const things = boxes.things(look, boxResource(name), "open");
    if (isFault(things)) return things;
    return { things: digests.sha256(JSON.stringify(things)), there: [...boxes.unpacked(into)] };
  };
  return define({
    name: "box.unpack",
    tool: "unpack_box",
    summary: "Unpack a box into a new folder inside a folder of the workspace.",
    effect: "write",
    idempotent: false,
    input: z.strictObject({ at, into: at }),
    output: z.strictObject({ folder: z.string() }),
    needs: (args) => [boxNeed("open", args.at), { right: "write", resource: `fs:/${args.into}/**` }],
    prepare(args, view, _state, look) {
      const into = targetOf(args.into, view);
      const prestate = isFault(into) ? into : lookAt(look, args.at, into);
      if (isFault(prestate)) return Promise.resolve(prestate);
      const preview = { verb: "unpack", target: args.at, to: args.into, risk: "medium" as const };
      return Promise.resolve({ prestate, preview });
    },
    probe(args, prestate, view) {
      const into = targetOf(args.into, view);
      if (isFault(into)) return Promise.resolve({ state: "unknown", detail: into.message });
      const before = unpacked.parse(prestate).there;
      const found = boxes.unpackedSince(boxResource(args.at), into, before);
      return Promise.resolve(
        found === undefined ? { state: "not-started" } : { state: "done", ...made(into, found) },
      );
    },
    async invoke(args, on) {
      const into = targetOf(args.into, on.view);
      if (isFault(into)) return into;
      const done = await boxes.unpack(on.grant, boxResource(args.at), into);
      if (isFault(done)) return done;
      const { value, changes } = made(into, done);
      for (const change of changes) on.changed(change);
      return value;
    },
  });
}
