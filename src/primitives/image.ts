// Primitive `image`: images by name, and how an agent registers one. An image shows tools; it never grants anything.
import * as z from "zod";
import { fault, isFault } from "../abi/errors.ts";
import {
  imageNameSchema,
  PROMPT_MAX,
  USUAL_BUDGET,
  type Image,
  type ImageFiles,
  type Images,
  type ReadImages,
} from "../abi/image.ts";
import { notesOf, type Kind, type SayNote } from "../abi/kind.ts";
import { define, type Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";
import type { State } from "../kernel/state/rows.ts";

/** Notes of images, for the person who approves one. */
const imageNotes = {
  tools: (t, names = "") => t("Tools: {0}", names),
  noTools: (t) => t("It has no tools."),
} satisfies Readonly<Record<string, SayNote>>;

const imageNote = notesOf(imageNotes);

/** Kind `image`: images, by name. */
export const imageKind: Kind = {
  name: "image",
  rights: {
    execute: (t) => t("run"),
    register: (t) => t("register"),
    replace: (t) => t("replace"),
  },
  noun: (t, name) => (name === "" ? t("any image") : t("the image {0}", name)),
  actions: {
    register: (t) => t("Register an image"),
    replace: (t) => t("Replace an image"),
  },
  notes: imageNotes,
  tools: [{ names: ["register_image"], images: ["coding"] }],
  suggests({ wishes, builtIn, profile, images }) {
    if (!builtIn || !wishes.has("spawn")) return [];
    // By name: an ask on every image would overlap the reviewer's allow, and starting the reviewer would then ask, too.
    const others = profile === "readOnly" ? [] : images.filter((name) => name !== "reviewer");
    return ["allow:execute:image:/reviewer", ...others.map((name) => `ask:execute:image:/${name}`)];
  },
};

/** The images that agents have registered, according to a record. */
export type Registered = Pick<State, "images" | "registered">;

/** Builds the search for images over the registered ones, the built-in ones and the files. */
export function createImages(
  registered: () => Registered | Promise<Registered>,
  builtIn: ReadonlyMap<string, Image>,
  files: ImageFiles,
): Images {
  const own = async (name: string): Promise<Image | undefined> => {
    if (builtIn.has(name)) return builtIn.get(name);
    const { images, registered: names } = await registered();
    return images.get(names.get(name) ?? "");
  };
  const list = async (): Promise<ReadImages> => {
    const { images: kept, registered: names } = await registered();
    const { images, problems } = await files.read();
    const theirs = [...names.values()].flatMap((hash) => kept.get(hash) ?? []);
    const hidden = images.flatMap(({ name, from = "" }) => {
      const by = theirs.find((image) => image.name === name)?.from?.replace("pid:", "agent ");
      const text = `${from}:1: an image that ${by} registered has this name already`;
      return by === undefined ? [] : [{ name, at: `${from}:1`, text }];
    });
    const free = images.filter(({ name }) => !names.has(name));
    return { images: [...builtIn.values(), ...theirs, ...free], problems: [...problems, ...hidden] };
  };
  return {
    builtIn,
    list,
    async find(name) {
      const known = await own(name);
      if (known !== undefined) return known;
      const { images, problems } = await list();
      const hint = `Images: ${images.map((image) => image.name).join(", ")}.`;
      const found = images.find((image) => image.name === name);
      const others = problems.filter((p) => p.name === name).map((p) => p.at);
      if (found === undefined) {
        const why = others.map((at) => ` ${at} cannot be understood.`).join("");
        return fault("ENOENT", `There is no image "${name}".${why}`, hint);
      }
      if (others.length === 0) return found;
      const all = [found.from, ...others].join(" and ");
      return fault("EINVAL", `More than one file says the image "${name}": ${all}.`, `Rename one. ${hint}`);
    },
    async file(name) {
      const { images, problems } = await files.read();
      return images.find((i) => i.name === name)?.from ?? problems.find((p) => p.name === name)?.at;
    },
  };
}

const registerInput = z.strictObject({
  name: imageNameSchema,
  summary: z.string().max(200).default(""),
  prompt: z.string().min(1).max(PROMPT_MAX),
  tools: z.array(z.string()).max(200),
});
const registerOutput = z.strictObject({ image: z.string(), version: z.string(), hash: z.string() });

/**
 * Builds the primitive. A new name takes the right `register`. An existing name takes `replace` as well. A
 * process that may add images then cannot change the images that others were allowed to execute.
 */
export function imagePrimitive(ops: KernelOps, images: Images): Primitive {
  const now = (name: string): string | null => ops.state.registered.get(name) ?? null;
  const registerOp = define({
    name: "image.register",
    tool: "register_image",
    summary:
      "Register an image that agents can be started from: its prompt and exactly the tools it lists. It grants nothing.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    whole: true,
    input: registerInput,
    output: registerOutput,
    needs({ name, tools }) {
      const known = new Set([...ops.operations.values()].map((op) => op.tool));
      const unknown = tools.find((tool) => !known.has(tool));
      if (unknown !== undefined)
        return fault("EINVAL", `There is no tool "${unknown}".`, "List only tools that exist.");
      return [{ resource: `image:/${name}`, right: "register" }];
    },
    async resolve({ name }) {
      if (images.builtIn.has(name))
        return fault("EEXIST", `The image "${name}" is built in.`, "Choose another name.");
      const replaces = now(name) !== null;
      const file = replaces ? undefined : await images.file(name);
      if (file !== undefined)
        return fault("EEXIST", `A file of the workspace has the name "${name}".`, "Choose another name.");
      return {
        needs: replaces ? [{ resource: `image:/${name}`, right: "replace" as const }] : [],
        state: null,
      };
    },
    prepare({ name, prompt, tools }) {
      const before = ops.state.images.get(now(name) ?? "")?.prompt;
      const preview = {
        verb: before === undefined ? "register" : "replace",
        target: `image:/${name}`,
        risk: "medium" as const,
        notes: [tools.length === 0 ? imageNote("noTools") : imageNote("tools", tools.join(", "))],
        ...(before === undefined ? {} : { before }),
        after: prompt,
      };
      return Promise.resolve({ prestate: now(name), preview });
    },
    async invoke({ name, summary, prompt, tools }, on) {
      const before = now(name);
      if (before !== on.prestate)
        return fault("ESTALE", `Another image was registered as "${name}".`, "Look again.");
      const version = `${Number(ops.state.images.get(before ?? "")?.version ?? 0) + 1}`;
      const said = { name, version, summary, prompt, tools: [...new Set(tools)] };
      return on.once(() => {
        const kept = ops.registerImage(on.grant, { ...said, budget: USUAL_BUDGET });
        return isFault(kept) ? kept : { image: name, version, hash: kept.hash };
      });
    },
  });
  return { kind: "image", operations: [registerOp] };
}
