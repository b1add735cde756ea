// Images: the prompt and the tools that a process runs from. All of it is visible text; none of it is
// authority.
import * as z from "zod";
import { ERRNOS, type Fault } from "./errors.ts";

/**
 * Limits of an account; a missing key is unlimited. `activeSeconds` excludes waiting for a person.
 * `microdollars` are millionths of a dollar, and count only if the price is known. `bytesWritten` counts what calls put
 * into files and objects. `children` counts every child ever started, also ended ones.
 */
export const budgetSchema = z.strictObject({
  modelCalls: z.int().nonnegative().optional(),
  toolCalls: z.int().nonnegative().optional(),
  tokens: z.int().nonnegative().optional(),
  activeSeconds: z.number().nonnegative().optional(),
  microdollars: z.int().nonnegative().optional(),
  bytesWritten: z.int().nonnegative().optional(),
  children: z.int().nonnegative().optional(),
});
export type Budget = z.infer<typeof budgetSchema>;

/** Amounts charged to an account, in the units of {@link budgetSchema}. */
export const usageSchema = z.strictObject({
  modelCalls: z.int().nonnegative(),
  toolCalls: z.int().nonnegative(),
  tokens: z.int().nonnegative(),
  activeSeconds: z.number().nonnegative(),
  microdollars: z.int().nonnegative().optional(),
  bytesWritten: z.int().nonnegative().optional(),
  children: z.int().nonnegative().optional(),
  /** Some of the tokens, and of their cost, are estimates from lengths. */
  estimated: z.literal(true).optional(),
});
export type Usage = z.infer<typeof usageSchema>;

/** The budget of an image that names none. A day of ordinary work writes some megabytes and starts a few children. */
export const USUAL_BUDGET: Budget = {
  ...{ modelCalls: 150, tokens: 2_000_000, toolCalls: 500, activeSeconds: 3600 },
  ...{ microdollars: 5_000_000, bytesWritten: 200_000_000, children: 100 },
};

/**
 * The part of its own objects that a process sees with each model call. `tokens` is the upper limit. `types`
 * are the types to show; without it, all types but bulky ones are shown.
 */
export const memorySchema = z.strictObject({
  tokens: z.int().nonnegative(),
  types: z.array(z.string()).optional(),
});
export type Memory = z.infer<typeof memorySchema>;

/** The memory of an image that names none. */
export const USUAL_MEMORY: Memory = { tokens: 2_000 };

/** The longest prompt, in characters. */
export const PROMPT_MAX = 64_000;

/** The name of an image. */
export const imageNameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,63}$/u);

const errorSchema = z.strictObject({ code: z.enum(ERRNOS), message: z.string(), hint: z.string() });

/** An entry of a conversation in an image. Results are by the index of the call. */
const bootEntrySchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("user"), text: z.string(), by: z.string() }),
  z.strictObject({
    role: z.literal("turn"),
    pid: z.int(),
    turn: z.int(),
    answer: z.unknown(),
    results: z.array(z.strictObject({ index: z.int(), value: z.unknown(), error: errorSchema.optional() })),
  }),
]);

/** What a process of an image begins with, beside its prompt: the state of another one at a checkpoint. */
const bootSchema = z.strictObject({
  pid: z.int(),
  checkpoint: z.string(),
  conversation: z.array(bootEntrySchema),
  objects: z.array(
    z.strictObject({ name: z.string(), version: z.int(), type: z.string(), value: z.unknown() }),
  ),
});
export type Boot = z.infer<typeof bootSchema>;

/**
 * An image. `tools` is the exact tool table, which grants nothing.
 */
export const imageSchema = z.strictObject({
  name: imageNameSchema,
  version: z.string(),
  summary: z.string(),
  prompt: z.string().max(PROMPT_MAX),
  tools: z.array(z.string()),
  /** Stands in older records. Nothing reads it. */
  suggests: z.array(z.string()).optional(),
  budget: budgetSchema,
  model: z.string().optional(),
  memory: memorySchema.optional(),
  /** The origin of its text, unless it is built in: the resource of a file, or `pid:N` that registered it. */
  from: z.string().optional(),
  boot: bootSchema.optional(),
});
export type Image = z.infer<typeof imageSchema>;

/**
 * A file that describes an image but cannot be used as one. `at` is its place, `text` is the place and the
 * reason.
 */
export interface ImageProblem {
  readonly name: string;
  readonly at: string;
  readonly text: string;
}

/** Images, and the files that are none. */
export interface ReadImages {
  readonly images: readonly Image[];
  readonly problems: readonly ImageProblem[];
}

/** The image files of the workspace, as they are now. */
export interface ImageFiles {
  /** Must not throw. A file that cannot be read or understood is a problem; the other files stay. */
  read(): Promise<ReadImages>;
}

/** Images by name. A built-in image comes before a registered one, and that one before a file. */
export interface Images {
  readonly builtIn: ReadonlyMap<string, Image>;
  /** ENOENT when there is none, EINVAL when two files have the name; both list the images that exist. */
  find(name: string): Promise<Image | Fault>;
  /** All images in that order, and the files that no name leads to, each with the reason. */
  list(): Promise<ReadImages>;
  /** The place of a file of that name, good or not. */
  file(name: string): Promise<string | undefined>;
}
