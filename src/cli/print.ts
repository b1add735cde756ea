// Print: the one gate for all that the command line writes. No character that a terminal obeys or hides gets through.
import { escapedJson, visibleOutput } from "../views/words/visible.ts";

/** Begins each further row of a line that is wider than the terminal. No line of ours begins with it. */
const CONTINUED = "↳ ";

/** The least width that lines are broken for, in columns. A terminal without a size says 0. */
const LEAST_COLUMNS = 10;

/** The first code point that may fill two columns. */
const WIDE = 0x1100;

/** The columns that a character fills at most, so that a row is never longer than it is taken for. */
function columnsOf(character: string): number {
  if (character === "\t") return 8;
  return (character.codePointAt(0) ?? 0) < WIDE ? 1 : 2;
}

/**
 * Breaks lines that are wider than the terminal. It would go on at its left edge, where a long text of an agent
 * could pass for a line of ours; so each further row begins with a mark.
 */
export function brokenLines(text: string, columns: number): string {
  if (columns < LEAST_COLUMNS) return text;
  return text
    .split("\n")
    .map((line) => {
      if (line.length * 2 < columns) return line;
      let broken = "";
      let used = 0;
      for (const character of line) {
        const more = columnsOf(character);
        if (used + more > columns) {
          broken += `\n${CONTINUED}`;
          used = columnsOf("↳") + 1;
        }
        broken += character;
        used += more;
      }
      return broken;
    })
    .join("\n");
}

/** True when nobody reads the output any more; the run itself is still good. */
function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED")
  );
}

/** Writes text and waits until the reader has taken all of it; a large text goes through a pipe in pieces. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  // The stream reports an error twice: to this callback and as an event. Without a listener the event would
  // end the program.
  if (stream.listenerCount("error") === 0) stream.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => {
      if (error === null || error === undefined || isGone(error)) resolve();
      else reject(error);
    });
  });
}

function writeLines(stream: NodeJS.WriteStream, text: string): Promise<void> {
  const shown = visibleOutput(text);
  return write(stream, stream.isTTY ? brokenLines(shown, stream.columns) : shown);
}

/** True when a person sees what is printed: both outputs are a terminal. */
export function isSeen(): boolean {
  return process.stdout.isTTY && process.stderr.isTTY;
}

/** Prints a text for people on standard output. */
export function say(text: string): Promise<void> {
  return writeLines(process.stdout, text);
}

/** Prints JSON on standard output. The value stays the same, and its lines are never broken. */
export function sayJson(json: string): Promise<void> {
  return write(process.stdout, escapedJson(json));
}

/** Prints a text for people on standard error, without a name before it: a question, or what may be typed. */
export function show(text: string): Promise<void> {
  return writeLines(process.stderr, text);
}

/** Prints a complaint on standard error, after the name of the program. */
export function complain(text: string): Promise<void> {
  return show(`agentlibos: ${text}`);
}
