// Questions: what a person is asked about a call, and the shape of the answer.
import * as z from "zod";
import type { Need } from "./resource.ts";

/** A need as records keep it: a right on a resource, both as text. */
export const needSchema = z.strictObject({ resource: z.string(), right: z.string() });

/** A need as records keep it. Its words are left out, because the arguments of the call hold them. */
export function recordedNeed({ resource, right }: Need): z.infer<typeof needSchema> {
  return { resource, right };
}

/** A fact that a person reads before answering: a word that a kind of resource knows, and the values in its sentence. */
export const noteSchema = z.strictObject({
  key: z.string(),
  values: z.array(z.union([z.string(), z.number()])),
});
export type Note = z.infer<typeof noteSchema>;

/** One ask that a question has to settle. An approval puts its `key`, an `id@hash`, in `answers`. */
export const openAskSchema = z.strictObject({
  key: z.string(),
  need: needSchema,
  /** An English sentence, for models and programs. */
  reason: z.string(),
  /** The same as a note, for people. Records of earlier versions and asks of rules have the sentence alone. */
  why: noteSchema.optional(),
  once: z.boolean(),
  secret: z.boolean(),
});
export type OpenAsk = z.infer<typeof openAskSchema>;

/**
 * An ask that one call adds to those of its resources. `id` names its reason in the record, for example `fetch`; `need`
 * is one of the call's needs.
 */
export type CallAsk = Omit<OpenAsk, "key"> & { readonly id: string };

/**
 * A call as a person sees it: data, which views put into the reader's words. `before` and `after` are whole texts for a
 * diff.
 */
export const previewSchema = z.strictObject({
  /** The action, as a word that a kind of resource knows: `create`. Without it, the needs of the call say what it does. */
  verb: z.string().optional(),
  /** An English sentence in its place, in records of earlier versions. */
  title: z.string().optional(),
  target: z.string(),
  /** The place that the target gets, for a move. */
  to: z.string().optional(),
  /** The real name that a link leads to. */
  link: z.string().optional(),
  risk: z.enum(["low", "medium", "high"]),
  notes: z.array(noteSchema).optional(),
  /** A text of the agent that is shown as it is. In records of earlier versions also notes, as English sentences. */
  detail: z.string().optional(),
  before: z.string().optional(),
  after: z.string().optional(),
});
export type Preview = z.infer<typeof previewSchema>;

/** The parts of a preview that name the action. */
export type PreviewNames = Pick<Preview, "verb" | "title" | "target" | "to">;

/** A question to a person. Its `kind` names a row of the table in `kernel/questions/kinds.ts`, or one of a primitive. */
export const questionSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  /** Why its process counts as blocked. The record has it for kinds that a primitive brings. */
  stop: z.enum(["approval", "question"]).optional(),
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
  /** The grant that it proposes, as CAP text. */
  grant: z.string().optional(),
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
