// Questions: what a person is asked about a call, and the shape of the answer.
import * as z from "zod";

/** A need as records keep it: a right on a resource, both as text. */
export const needSchema = z.strictObject({ resource: z.string(), right: z.string() });

/** One ask that a question has to settle. An approval puts its `key`, an `id@hash`, in `answers`. */
export const openAskSchema = z.strictObject({
  key: z.string(),
  need: needSchema,
  reason: z.string(),
  once: z.boolean(),
  secret: z.boolean(),
});
export type OpenAsk = z.infer<typeof openAskSchema>;

/**
 * An ask that one call adds to those of its resources. `id` names its reason in the record, for example `fetch`; `need`
 * is one of the call's needs.
 */
export type CallAsk = Omit<OpenAsk, "key"> & { readonly id: string };

/** A call as a person sees it. `before` and `after` are whole texts for a diff; sizes are bytes. */
export const previewSchema = z.strictObject({
  title: z.string(),
  target: z.string(),
  risk: z.enum(["low", "medium", "high"]),
  detail: z.string().optional(),
  before: z.string().optional(),
  after: z.string().optional(),
});
export type Preview = z.infer<typeof previewSchema>;

/** A question to a person. `permission` asks for a grant text; `budget`, `effect` and `loop` are the kernel's own. */
export const questionSchema = z.strictObject({
  id: z.string(),
  kind: z.enum(["approval", "question", "permission", "budget", "effect"]),
  pid: z.int(),
  call: z.string().optional(),
  op: z.string(),
  args: z.unknown(),
  digest: z.string(),
  /** What is wished for, as a digest that no spelling changes: a refusal of it binds the whole family. */
  wish: z.string().optional(),
  asks: z.array(openAskSchema),
  needs: z.array(needSchema),
  text: z.string(),
  preview: previewSchema.optional(),
  deadline: z.string().optional(),
});
export type Question = z.infer<typeof questionSchema>;

/** An answer. `scope` says how long an allow holds; `text` answers a free question; `note` goes to the model. */
export const answerSchema = z.strictObject({
  allow: z.boolean(),
  scope: z.enum(["once", "agent", "workspace"]),
  text: z.string().optional(),
  note: z.string().optional(),
  grant: z.string().optional(),
});
export type Answer = z.infer<typeof answerSchema>;
