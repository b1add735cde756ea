// Patches: the changes that git prints, split by file, so that each file is decided by itself.
import { refuse } from "../fs/errno.ts";

/** One changed file, by its names in git. */
export interface Changed {
  /** `A`, `C`, `D`, `M`, `R`, `T` or `U`, as git has it. */
  readonly state: string;
  readonly path: string;
  /** The name before, of what was renamed or copied. */
  readonly from?: string;
  /** The object before; zeros for what is new. */
  readonly before: string;
  /** The mode and object after; zeros for what is gone or only in the work tree. */
  readonly mode: string;
  readonly object: string;
  /** The text of the change; empty when none was asked for. */
  readonly text: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ a: "\x07", b: "\b", t: "\t", n: "\n", v: "\v", f: "\f", r: "\r", '"': '"', "\\": "\\" },
};

/** A name as git prints it, without the quotation marks and escapes of a name with special characters. */
export function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  return name
    .slice(1, -1)
    .replace(/\\([0-3][0-7]{2}|.)/gsu, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : (ESCAPES[code] ?? code),
    );
}

const RAW = /^:\d{6} (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*\t([^\t]+)(?:\t([^\t]+))?$/u;

/** The number of parts that a change has in the text: a change of type is a deletion and a creation. */
function partsOf(state: string): number {
  return state === "T" ? 2 : 1;
}

/**
 * Parses `--raw`, or `--raw --patch`: first a line for each file, then its text in the same order. A text that does not
 * fit the list is refused, because no part of it could be told from another.
 */
export function parsePatch(output: string): Changed[] {
  const lines = output.split("\n");
  const listed: Omit<Changed, "text">[] = [];
  let at = 0;
  for (let line = lines[at]; line?.startsWith(":") === true; line = lines[++at]) {
    if (line.startsWith("::")) return inConflict();
    const [, mode = "", before = "", object = "", state = "", first = "", second] = RAW.exec(line) ?? [];
    if (state === "") return unclear();
    const names =
      second === undefined ? { path: unquoted(first) } : { path: unquoted(second), from: unquoted(first) };
    listed.push({ state, before, mode, object, ...names });
  }
  const starts: number[] = [];
  for (let i = at; i < lines.length; i++)
    if (/^(?:diff --(?:git|cc|combined) |\* Unmerged path )/u.test(lines[i] ?? "")) starts.push(i);
  if (starts.length === 0) return listed.map((each) => ({ ...each, text: "" }));
  if (starts.length !== listed.reduce((sum, { state }) => sum + partsOf(state), 0)) return unclear();
  let next = 0;
  return listed.map((each) => {
    const start = starts[next];
    next += partsOf(each.state);
    const text = lines.slice(start, starts[next]).join("\n");
    return { ...each, text: text.endsWith("\n") ? text : `${text}\n` };
  });
}

function inConflict(): never {
  return refuse(
    "EBUSY",
    "A merge left files in conflict, so there is no one index to compare with.",
    FROM_HEAD,
  );
}
const FROM_HEAD = "Compare with a commit: from HEAD. git_status names the files; read_file shows the marks.";

function unclear(): never {
  return refuse("EIO", "git printed changes that cannot be told apart by file.", "Name fewer paths.");
}
