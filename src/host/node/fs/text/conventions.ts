// Conventions: the files in which a workspace says how its texts are encoded, read without following any link.
import { parse } from "jsonc-parser";
import type { Place } from "../../../../primitives/fs/backend.ts";
import type { Conventions } from "../../../../primitives/fs/text/form.ts";
import { readWhole } from "../bytes.ts";
import { codeOf, Refusal } from "../errno.ts";
import type { Roots } from "../roots.ts";
import { walkTo } from "../walk.ts";

/** Larger files of rules are not read, in bytes. */
const MAX_RULES = 64 * 1024;
const NEVER = new AbortController().signal;

/** The editor's settings for one file; undefined where no editor says them. */
export type TextSettings = (file: string) => { readonly encoding?: string; readonly guess?: boolean };

/** The text of a small file inside a workspace folder; undefined when it is not there or may not be touched. */
async function smallText(roots: Roots, place: Place): Promise<string | undefined> {
  try {
    const at = walkTo(roots, place, "refuse", false, true);
    if (at.kind === "outside") return undefined;
    try {
      if (at.node?.kind !== "file" || at.node.stat.size > BigInt(MAX_RULES)) return undefined;
      return new TextDecoder().decode((await readWhole(at.node, MAX_RULES, NEVER)).bytes);
    } finally {
      at.close();
    }
  } catch (error) {
    if (error instanceof Refusal || codeOf(error) !== undefined) return undefined;
    throw error;
  }
}

/** The settings that a workspace folder itself holds, for where no editor says them. */
async function folderSettings(
  roots: Roots,
  folder: string,
): Promise<Pick<Conventions, "encoding" | "guess">> {
  const text = await smallText(roots, { folder, segments: [".vscode", "settings.json"] });
  if (text === undefined) return {};
  const settings: unknown = parse(text);
  if (typeof settings !== "object" || settings === null) return {};
  const said = new Map<string, unknown>(Object.entries(settings));
  const [encoding, guess] = [said.get("files.encoding"), said.get("files.autoGuessEncoding")];
  return {
    ...(typeof encoding === "string" ? { encoding } : {}),
    ...(typeof guess === "boolean" ? { guess } : {}),
  };
}

/** The conventions for a place: `.editorconfig` from its folder up to the workspace folder, and the editor's settings. */
export async function conventionsAt(
  roots: Roots,
  { folder, segments }: Place,
  settings: TextSettings | undefined,
): Promise<Conventions> {
  const editorconfig: { text: string; below: readonly string[] }[] = [];
  for (let depth = segments.length - 1; depth >= 0; depth--) {
    const above = segments.slice(0, depth);
    const text = await smallText(roots, { folder, segments: [...above, ".editorconfig"] });
    if (text !== undefined) editorconfig.push({ text, below: segments.slice(depth) });
  }
  if (settings === undefined) return { editorconfig, ...(await folderSettings(roots, folder)) };
  return { editorconfig, ...settings([roots.get(folder).folder.path, ...segments].join("/")) };
}
