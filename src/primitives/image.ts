// Primitive `image`: images by name, and how an agent registers one. An image shows tools; it never grants anything.
import * as z from "zod";
import { fault, type Fault } from "../abi/errors.ts";
import { imageNameSchema, PROMPT_MAX, USUAL_BUDGET, type Image } from "../abi/image.ts";
import { imageHash } from "../kernel/birth.ts";
import { commit, type Core } from "../kernel/core.ts";
import { define, type Primitive } from "../kernel/operation.ts";

/** A file that says an image and cannot be taken as one: `at` is where, `text` that and why. */
export interface ImageProblem {
  readonly name: string;
  readonly at: string;
  readonly text: string;
}

export interface ReadImages {
  readonly images: readonly Image[];
  readonly problems: readonly ImageProblem[];
}

/** The image files of the workspace, as they are now. */
export interface ImageFiles {
  /** Must not throw: a file that cannot be read or understood is a problem, and the others stay. */
  read(): Promise<ReadImages>;
}

/** Images by name: a built-in one before one that was registered, before a file. */
export interface Images {
  readonly builtIn: ReadonlyMap<string, Image>;
  get(name: string): Promise<Image | undefined>;
  /** Says that there is none, what there is, and where a file of that name cannot be understood. */
  missing(name: string): Promise<Fault>;
  /** Where a file of that name stands, good or not. */
  file(name: string): Promise<string | undefined>;
}

export function imagesOf(core: Core, builtIn: ReadonlyMap<string, Image>, files: ImageFiles): Images {
  return {
    builtIn,
    async get(name) {
      const here = builtIn.get(name) ?? core.state.images.get(core.state.registered.get(name) ?? "");
      return here ?? (await files.read()).images.find((image) => image.name === name);
    },
    async missing(name) {
      const { images, problems } = await files.read();
      const said = images.map((image) => image.name);
      const names = new Set([...builtIn.keys(), ...core.state.registered.keys(), ...said]);
      const broken = problems.find((p) => p.name === name);
      const why = broken === undefined ? "" : ` ${broken.at} cannot be understood.`;
      return fault("ENOENT", `There is no image "${name}".${why}`, `Images: ${[...names].join(", ")}.`);
    },
    async file(name) {
      const { images, problems } = await files.read();
      return images.find((i) => i.name === name)?.from ?? problems.find((p) => p.name === name)?.at;
    },
  };
}

/**
 * Builds the primitive. A new name takes the right `register`; a name that was registered before takes `replace` as
 * well, so that who may add images cannot change what others were allowed to execute.
 */
export function imagePrimitive(core: Core, images: Images): Primitive {
  const now = (name: string): string | null => core.state.registered.get(name) ?? null;
  const registerOp = define({
    name: "image.register",
    tool: "register_image",
    summary:
      "Register an image that agents can be started from: its prompt and exactly the tools it lists. It grants nothing.",
    effect: "pure",
    idempotent: true,
    input: z.strictObject({
      name: imageNameSchema,
      summary: z.string().max(200).default(""),
      prompt: z.string().min(1).max(PROMPT_MAX),
      tools: z.array(z.string()).max(200),
    }),
    output: z.strictObject({ image: z.string(), version: z.string(), hash: z.string() }),
    needs({ name, tools }) {
      const known = new Set([...core.operations.values()].map((op) => op.tool));
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
      const before = core.state.images.get(now(name) ?? "")?.prompt;
      const preview = {
        title: before === undefined ? "Register an image" : "Replace an image",
        target: `image:/${name}`,
        risk: "medium" as const,
        detail: `Tools: ${tools.length === 0 ? "none" : tools.join(", ")}`,
        ...(before === undefined ? {} : { before }),
        after: prompt,
      };
      return Promise.resolve({ prestate: now(name), preview });
    },
    async invoke({ name, summary, prompt, tools }, on) {
      const before = now(name);
      if (before !== on.prestate)
        return fault("ESTALE", `Another image was registered as "${name}".`, "Look again.");
      const { pid } = on.grant;
      const from = `pid:${pid}`;
      const version = `${Number(core.state.images.get(before ?? "")?.version ?? 0) + 1}`;
      const said = { name, version, summary, prompt, tools: [...new Set(tools)] };
      const image: Image = { ...said, suggests: [], budget: USUAL_BUDGET, from };
      const hash = imageHash(core, image);
      return on.once(() => {
        commit(core, "image.register", { image, hash, by: from }, { pid });
        return { image: name, version, hash };
      });
    },
  });
  return { kind: "image", operations: [registerOp] };
}
