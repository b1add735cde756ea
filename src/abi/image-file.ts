// Image files: an image as editors write custom agents, with front matter and a prompt. They are read
// strictly and never executed.
import { PROMPT_MAX, USUAL_BUDGET, USUAL_MEMORY, type Image } from "./image.ts";

/** A line that the reader does not understand, and why. */
export interface Wrong {
  readonly line: number;
  readonly why: string;
}

const LISTS = ["tools", "memory-types"];
const KEYS = [...LISTS, "name", "description", "model", "memory-tokens"];

/**
 * Reads one file. The front matter is flat: a few keys with unquoted or quoted text, or lists of it. No YAML
 * library reads it. Anything beyond that is refused with its line, so nothing in a file can have two
 * meanings.
 */
export function readImageFile(
  text: string,
  about: Pick<Image, "name" | "version"> & { readonly from: string },
  known: ReadonlySet<string>,
): Image | Wrong {
  const lines = text.replace(/^\uFEFF/u, "").split(/\r\n|\n|\r/u);
  const end = lines.indexOf("---", 1);
  if (lines[0] !== "---" || end < 0)
    return { line: 1, why: "it begins with no front matter between two lines of ---" };
  const found = new Map<string, { readonly line: number; readonly values: string[] }>();
  let open: string[] | undefined;
  for (const [at, raw] of lines.slice(1, end).entries()) {
    const line = at + 2;
    if (/^\s*(?:#.*)?$/u.test(raw)) continue;
    const item = /^\s*-\s+(.*)$/u.exec(raw)?.[1];
    const [, key = "", value = ""] = /^([A-Za-z][\w-]*)\s*:(?:\s+(.*))?$/u.exec(raw) ?? [];
    if (item !== undefined && open !== undefined) {
      const one = scalar(item);
      if (one === undefined) return { line, why: "this is no plain or quoted text" };
      open.push(one);
      continue;
    }
    if (!KEYS.includes(key))
      return { line, why: `it may have ${KEYS.join(", ")}, each on its own line, and not this` };
    if (found.has(key)) return { line, why: `"${key}" is there twice` };
    const inner = /^\[(.*)\]\s*$/u.exec(value)?.[1];
    const parts = inner === undefined ? [value] : inner.split(",").filter((part) => part.trim() !== "");
    const values = value === "" ? [] : parts.map(scalar);
    const list = value === "" || inner !== undefined;
    if (!isWhole(values) || list !== LISTS.includes(key))
      return { line, why: `"${key}" is no ${LISTS.includes(key) ? "list" : "line"} of plain or quoted text` };
    found.set(key, { line, values });
    open = value === "" ? values : undefined;
  }
  const tools = found.get("tools");
  if (tools === undefined) return { line: 1, why: "it lists no tools; write tools: [read_file, finish]" };
  const stray = tools.values.find((tool) => !known.has(tool));
  if (stray !== undefined)
    return { line: lineOf(lines, tools.line, end, stray), why: `there is no tool "${stray}"` };
  const model = found.get("model");
  if (model !== undefined && !/^[^\s/]+\/\S+$/u.test(model.values[0] ?? ""))
    return { line: model.line, why: '"model" is written vendor/family' };
  const most = found.get("memory-tokens");
  if (most !== undefined && !/^\d{1,9}$/u.test(most.values[0] ?? ""))
    return { line: most.line, why: '"memory-tokens" is a whole number' };
  const types = found.get("memory-types")?.values;
  const memory = {
    tokens: most === undefined ? USUAL_MEMORY.tokens : Number(most.values[0]),
    ...(types === undefined ? {} : { types }),
  };
  const prompt = lines
    .slice(end + 1)
    .join("\n")
    .trim();
  if (prompt === "" || prompt.length > PROMPT_MAX)
    return { line: end + 2, why: `the prompt has ${prompt.length} characters, not 1 to ${PROMPT_MAX}` };
  const words = ["name", "description"].flatMap((key) => found.get(key)?.values ?? []);
  return {
    ...{ ...about, summary: words.join(": "), prompt, tools: [...new Set(tools.values)] },
    budget: USUAL_BUDGET,
    ...(model === undefined ? {} : { model: model.values[0] }),
    ...(most === undefined && types === undefined ? {} : { memory }),
  };
}

function isWhole(values: readonly (string | undefined)[]): values is string[] {
  return values.every((value) => value !== undefined);
}

/** Unquoted or quoted text; undefined for text that YAML might read as something else. */
function scalar(text: string): string | undefined {
  const quoted = /^\s*(?:"([^"\\]*)"|'([^']*)')\s*$/u.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? "";
  const bare = text.trim();
  return bare === "" || /^[-?:,[\]{}#&*!|>'"%@`]|: |:$| #/u.test(bare) ? undefined : bare;
}

/** The line that names a tool: the line of its item, or of the whole list. */
function lineOf(lines: readonly string[], from: number, end: number, tool: string): number {
  const at = lines.slice(from - 1, end).findIndex((line) => line.includes(tool));
  return from + Math.max(at, 0);
}
