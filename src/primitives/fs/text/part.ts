// Parts of files: which lines and columns a read names, its value, and the value as text for a model.
import * as z from "zod";
import { fault, type Fault } from "../../../abi/errors.ts";
import { quotedName } from "../../../abi/quoted.ts";
import type { Spot } from "../backend.ts";
import { pathOf } from "../path.ts";
import { endsOf, endsWords } from "./ends.ts";
import type { Lines, TextRange } from "./form.ts";

/**
 * One answer carries at most so many characters of a file, with the numbers of its lines. A model is sent 60,000 of one
 * result, so all of it arrives.
 */
const MAX_READ = 48_000;
/** The characters that the number of a line and its separator may take. */
const NUMBER_MAX = 8;

/** The value of a read: a part of a file with its place in it. */
export const readOutput = z.strictObject({
  /** The real name, as a path argument. */
  path: z.string(),
  content: z.string(),
  /** The lines that `content` holds, from 1; both 0 when it holds none. */
  first: z.int(),
  last: z.int(),
  total: z.int(),
  bytes: z.int(),
  sha256: z.string(),
  /** A name of `text/encodings.ts`. */
  encoding: z.string(),
  truncated: z.boolean(),
  /** The kind of line ends, unless all are LF. */
  line_ends: z.enum(["crlf", "cr", "mixed"]).optional(),
  /** The first column of the first line, unless it is 1. */
  column: z.int().optional(),
  /** The last column of a last line that is not there to its end, and how many columns that line has. */
  end_column: z.int().optional(),
  columns: z.int().optional(),
  /** The characters of the whole file, and the arguments of the next part, when the answer was shortened. */
  characters: z.int().optional(),
  next: z.strictObject({ start_line: z.int(), start_column: z.int().optional() }).optional(),
});
export type ReadResult = z.infer<typeof readOutput>;

/** The arguments that name a part of a file; columns belong to the first and the last line. */
export interface PartArguments {
  readonly start_line?: number | undefined;
  readonly end_line?: number | undefined;
  readonly start_column?: number | undefined;
  readonly end_column?: number | undefined;
}

/** The part of a file that the arguments name, or why there is none such. */
export function rangeOf(args: PartArguments): TextRange | Fault {
  const {
    start_line: first = 1,
    start_column: column = 1,
    end_column: lastColumn = Number.MAX_SAFE_INTEGER,
  } = args;
  const last = args.end_line ?? (args.end_column === undefined ? Number.MAX_SAFE_INTEGER : first);
  if (last < first) return fault("EINVAL", "end_line is before start_line.", "Swap them.");
  if (last === first && lastColumn < column)
    return fault("EINVAL", "end_column is before start_column.", "Swap them.");
  return { first, column, last, lastColumn, max: MAX_READ, perLine: NUMBER_MAX };
}

/** The value of a read, or why there is no such part. */
export function readResult(spot: Spot, got: Lines, { first, column }: TextRange): ReadResult | Fault {
  if (first > Math.max(1, got.total)) {
    return fault(
      "EINVAL",
      `${spot.resource} has ${got.total} lines; there is no line ${first}.`,
      "Read from an earlier line.",
    );
  }
  if (column > 1 && column > got.columns) {
    return fault(
      "EINVAL",
      `Line ${first} of ${spot.resource} has ${got.columns} characters; there is no column ${column}.`,
      "Read from an earlier column, or from the next line.",
    );
  }
  const ends = endsOf(got.ends);
  const { cut, next } = got;
  return {
    path: pathOf(spot.place),
    content: got.text,
    first: got.total === 0 ? 0 : first,
    last: got.last,
    total: got.total,
    bytes: got.size,
    sha256: got.sha256,
    encoding: got.encoding,
    truncated: next !== undefined,
    ...(ends === "lf" || ends === "none" ? {} : { line_ends: ends }),
    ...(column === 1 ? {} : { column }),
    ...(cut === undefined ? {} : { end_column: cut.column, columns: cut.columns }),
    ...(next === undefined ? {} : { characters: got.characters, next: nextArguments(next) }),
  };
}

function nextArguments({ line, column }: { line: number; column: number }): NonNullable<ReadResult["next"]> {
  return { start_line: line, ...(column === 1 ? {} : { start_column: column }) };
}

/** The lines of a part of a file, each with its number, below a head that says which part it is. */
export function tellRead(value: ReadResult): string {
  const { path, first, last, total, column = 1, end_column: end, columns, next, characters, content } = value;
  const part = first === last ? `line ${first} of ${total}` : `lines ${first} to ${last} of ${total}`;
  const from = column === 1 ? "" : `, from column ${column} of line ${first}`;
  const to = end === undefined ? "" : `, to column ${end} of the ${columns} of line ${last}`;
  const lines = content.split(value.line_ends === "cr" ? "\r" : /\r?\n/u);
  const closed = lines.at(-1) === "" && lines.pop() !== undefined;
  const open = last === total && end === undefined && !closed;
  const then = Object.entries(next ?? {}).map(([name, at]) => `${name} ${at}`);
  const head = [
    content === ""
      ? `${quotedName(path)}: ${total === 0 ? "empty" : part}`
      : `${quotedName(path)}: ${part}${from}${to}`,
    ...(next === undefined ? [] : [`shortened to ${content.length} of ${characters} characters`]),
    ...(next === undefined ? [] : [`the next part begins at ${then.join(", ")}`]),
    ...(value.encoding === "utf-8" ? [] : [`encoding ${value.encoding}`]),
    ...(value.line_ends === undefined ? [] : [`line ends ${endsWords(value.line_ends)}`]),
    ...(open && content !== "" ? ["no line end at the end"] : []),
  ];
  return [head.join("; "), ...lines.map((line, i) => `${first + i}\t${line}`)].join("\n");
}
