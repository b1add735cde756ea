// Images: what a process is executed from. Everything in one is visible text; none of it is authority.
import * as z from "zod";
import type { Fault } from "./errors.ts";

/**
 * Limits an account may carry; a missing key is unlimited. `activeSeconds` excludes waiting for a person; `microdollars`,
 * millionths of a dollar, count only where the price is known.
 */
export const budgetSchema = z.strictObject({
  modelCalls: z.int().nonnegative().optional(),
  toolCalls: z.int().nonnegative().optional(),
  tokens: z.int().nonnegative().optional(),
  activeSeconds: z.number().nonnegative().optional(),
  microdollars: z.int().nonnegative().optional(),
});
export type Budget = z.infer<typeof budgetSchema>;

/** What has been charged to an account, in the units of {@link budgetSchema}. */
export const usageSchema = z.strictObject({
  modelCalls: z.int().nonnegative(),
  toolCalls: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  activeSeconds: z.number().nonnegative(),
  microdollars: z.int().nonnegative().optional(),
  /** Some of the tokens, and of the money for them, were guessed from lengths. */
  estimated: z.literal(true).optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/** What an image that names no budget of its own may spend. */
export const USUAL_BUDGET: Budget = {
  ...{ modelCalls: 150, tokens: 2_000_000, toolCalls: 500, activeSeconds: 3600 },
  microdollars: 5_000_000,
};

/**
 * How much of its own objects a process is told with each model call: at most so many tokens, of objects of these types,
 * or of any but bulky ones.
 */
export const memorySchema = z.strictObject({
  tokens: z.int().nonnegative(),
  types: z.array(z.string()).optional(),
});
export type Memory = z.infer<typeof memorySchema>;

/** What an image that says nothing of memory gives its processes. */
export const USUAL_MEMORY: Memory = { tokens: 2_000 };

/** The longest prompt, in characters. */
export const PROMPT_MAX = 64_000;

export const imageNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/u);

/** An image: `tools` is the exact tool table; `suggests` are CAP texts a person may accept, never granted by themselves. */
export const imageSchema = z.strictObject({
  name: imageNameSchema,
  version: z.string(),
  summary: z.string(),
  prompt: z.string().max(PROMPT_MAX),
  tools: z.array(z.string()),
  suggests: z.array(z.string()),
  budget: budgetSchema,
  model: z.string().optional(),
  memory: memorySchema.optional(),
  /** Where its text comes from, unless it is built in: the resource of a file, or `pid:N` that registered it. */
  from: z.string().optional(),
});
export type Image = z.infer<typeof imageSchema>;

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
  /** ENOENT when there is none, EINVAL when two files have the name; both say what there is. */
  find(name: string): Promise<Image | Fault>;
  /** All of them in that order, and the files that no name leads to, each with the reason. */
  list(): Promise<ReadImages>;
  /** Where a file of that name stands, good or not. */
  file(name: string): Promise<string | undefined>;
}
