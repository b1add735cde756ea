// Tools of kinds: the tools that a kind brings, and the built-in images that list them.

/** The names of the built-in images. */
export type BuiltInImage = "coding" | "reviewer" | "tour";

/** Tools that the same built-in images list. To be listed grants nothing. */
export interface ToolSet {
  /** The tools by the names that a model knows, in the order in which an image lists them. */
  readonly names: readonly string[];
  readonly images: readonly BuiltInImage[];
  /** An image that lists one of them wishes for this; a kind that knows the word then suggests grants. */
  readonly wish?: string;
}
