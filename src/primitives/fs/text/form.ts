// Forms of texts: what the host tells of the encoding, the line ends and the parts of a text file.

/** The text of a file, without a byte order mark, with its line ends as they are. */
export interface DecodedText {
  readonly text: string;
  /** A name of `text/encodings.ts`. Encoding the text in it gives the same bytes again. */
  readonly encoding: string;
}

/** Why bytes are no text, as a sentence whose subject is the file. */
export interface NoText {
  readonly why: string;
}

/** The encodings to try, in order, for bytes that are no UTF-8; with `guessFirst` the guess comes before them. */
export interface LikelyEncodings {
  readonly names: readonly string[];
  readonly guessFirst: boolean;
}

/** The rules for texts that a workspace keeps for one place, as they lie on the disk. */
export interface Conventions {
  /** The `.editorconfig` files of the folders above, nearest first, each with the names of the place below it. */
  readonly editorconfig: readonly { readonly text: string; readonly below: readonly string[] }[];
  /** The editor's `files.encoding` and `files.autoGuessEncoding`. */
  readonly encoding?: string;
  readonly guess?: boolean;
}

/** The encoding and the line ends of a whole file; ends of each kind are counted. */
export interface FileForm {
  readonly encoding: string;
  readonly ascii: boolean;
  readonly ends: { readonly lf: number; readonly crlf: number; readonly cr: number };
}

/**
 * A part of a file. Lines and columns count from 1, columns by whole characters; both ends are included. `max` bounds
 * the characters of the answer, in which each line counts `perLine` more.
 */
export interface TextRange {
  readonly first: number;
  readonly column: number;
  readonly last: number;
  readonly lastColumn: number;
  readonly max: number;
  readonly perLine: number;
}

/** A part of a file's text, split at line ends. */
export interface Lines extends FileForm {
  readonly text: string;
  readonly sha256: string;
  readonly size: number;
  readonly first: number;
  readonly last: number;
  /** The lines and the characters of the whole file, and the characters of its first wanted line without the end. */
  readonly total: number;
  readonly characters: number;
  readonly columns: number;
  /** The last column of a last line that is not there to its end, and how many columns that line has. */
  readonly cut?: { readonly column: number; readonly columns: number };
  /** Where the next part begins, if `max` shortened this one. */
  readonly next?: { readonly line: number; readonly column: number };
}
