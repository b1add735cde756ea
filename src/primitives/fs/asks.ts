// Asks of one change of a file, beside those of its name: what git, a shell or an editor would do with the content.
import { isFault } from "../../abi/errors.ts";
import type { SaidReason } from "../../abi/kind.ts";
import type { CallAsk } from "../../abi/question.ts";
import type { RootFolder } from "../../abi/record.ts";
import { holdsSecrets } from "./classes/classes.ts";
import { fsReason } from "./classes/reasons.ts";
import { readingsOf } from "./classes/name.ts";
import type { View } from "../../kernel/operation.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { FsBackend, Place, Spot } from "./backend.ts";
import { MAX_TEXT } from "./change.ts";
import { shownPath } from "./path.ts";
import { plainTextAt } from "./text/text.ts";

/** A change of one file: its texts before and after, where they are known. */
export interface TextChange {
  readonly spot: Spot;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * Names that git obeys in the folder of a repository, also in one that is not called `.git` (gitrepository-layout(5)).
 * `modules` and `worktrees` hold further such folders.
 */
const OBEYED = new Set([
  ...["config", "config.worktree", "commondir", "gitdir", "hooks", "info", "objects", "modules", "worktrees"],
]);

/** The asks of a change beside those of the file's name. Each is put to a person each time. */
export async function asksOfChange(
  backend: FsBackend,
  change: TextChange,
  roots: readonly RootFolder[],
): Promise<readonly CallAsk[]> {
  const { spot } = change;
  const repository = await repositoryAround(backend, spot.place);
  const path = shownPath(spot.place);
  const fetched = newAddresses(change);
  // The record holds the reason, and no text of a file that holds secrets. A person sees the change itself.
  const fetches = holdsSecrets(spot.resource, roots) ? fsReason("fetchHidden") : fetchReason(fetched);
  const program = programReason(change);
  return [
    ...(repository === undefined ? [] : [askOf("repository", spot, fsReason("repository", repository))]),
    ...(program === undefined ? [] : [askOf("program", spot, fsReason(program, path))]),
    ...(fetched.length === 0 ? [] : [askOf("fetch", spot, fetches)]),
  ];
}

/** The same for a thing that is moved. Under its new name an editor may fetch what it did not under the old one. */
export async function asksOfMove(
  backend: FsBackend,
  from: Spot,
  to: Spot,
  { roots }: View,
  look: Grant,
  signal: AbortSignal,
): Promise<readonly CallAsk[]> {
  const wakes = from.kind === "file" && isQuiet(from.place) && !isQuiet(to.place);
  const read = wakes ? await backend.content(from, "read", MAX_TEXT, look, signal) : undefined;
  const after =
    read === undefined || isFault(read)
      ? undefined
      : await plainTextAt(backend, from.place, read.bytes, look);
  const { kind, mode } = from;
  return asksOfChange(backend, { spot: { ...to, kind, mode }, before: undefined, after }, roots);
}

function askOf(id: string, { resource }: Spot, reason: SaidReason): CallAsk {
  return { id, need: { right: "write", resource }, ...reason, once: true, secret: false };
}

/**
 * The folder on the way to a place that git takes for a repository because it holds `HEAD`. The place must be one that
 * git then obeys. A folder without `HEAD` is none, and making `HEAD` is asked for by its name.
 */
async function repositoryAround(
  backend: FsBackend,
  { folder, segments }: Place,
): Promise<string | undefined> {
  for (const [i, name] of segments.entries()) {
    if (!readingsOf(name).some((reading) => OBEYED.has(reading))) continue;
    const around = segments.slice(0, i);
    const head = await backend.examine({ folder, segments: [...around, "HEAD"] });
    if (!isFault(head) && head.kind !== "absent") return shownPath({ folder, segments: around });
  }
  return undefined;
}

/** Why a file can be run as a program: it may be now, or the change makes a script of it. */
function programReason({ spot, before, after }: TextChange): "program" | "script" | undefined {
  if (spot.kind === "file" && (spot.mode & 0o111) !== 0) return "program";
  const script = /^\uFEFF?#!/u;
  const becomes = after !== undefined && script.test(after) && !(before !== undefined && script.test(before));
  return becomes ? "script" : undefined;
}

/** Extensions of source code and prose, in which editors follow no reference to the network by themselves. */
const QUIET = new Set(
  `ts tsx mts cts js jsx mjs cjs py pyi rb go rs java kt kts scala c h cc cpp cxx hpp hh cs fs vb php swift m mm dart lua
   r jl ex exs erl hs ml clj cljs zig nim d pas pl pm sql graphql proto sh bash zsh fish ps1 bat cmd md markdown rst
   adoc txt log csv tsv diff patch tex vue svelte astro`.split(/\s+/u),
);

function isQuiet({ segments }: Place): boolean {
  return readingsOf(segments.at(-1) ?? "").every((name) => {
    const dot = name.lastIndexOf(".");
    return dot > 0 && QUIET.has(name.slice(dot + 1));
  });
}

const ADDRESS = String.raw`(?:https?|ftp|wss?|file|smb):(?:\\?/){2}[^\s"'<>)]{1,2000}`;
const SPACE = String.raw`[\s]{0,64}`;

/**
 * References that editors and their usual extensions fetch when a file is opened: schemas of JSON, YAML and TOML, DTDs,
 * entities and schemas of XML, style sheets.
 */
const FETCHED = [
  String.raw`["']?\$(?:schema|ref)["']?${SPACE}[:=]${SPACE}["']?(${ADDRESS})`,
  String.raw`\$schema${SPACE}[:=]${SPACE}(${ADDRESS})`,
  String.raw`#:schema${SPACE}(${ADDRESS})`,
  String.raw`(?:SYSTEM|PUBLIC${SPACE}(?:"[^"]{0,1000}"|'[^']{0,1000}'))${SPACE}["'](${ADDRESS})`,
  String.raw`[sS]chemaLocation${SPACE}=${SPACE}["'][^"']{0,500}?(${ADDRESS})`,
  String.raw`<[?]xml-[a-z]{1,20}[^>]{0,300}?href${SPACE}=${SPACE}["'](${ADDRESS})`,
  String.raw`<(?:[A-Za-z]{1,20}:)?(?:include|import|redefine|override)\b[^>]{0,300}?(?:href|schemaLocation)${SPACE}=${SPACE}["'](${ADDRESS})`,
  String.raw`@(?:import|use|forward|plugin|charset)${SPACE}(?:\([^)]{0,100}\)${SPACE})?(?:url\(${SPACE})?["']?(${ADDRESS})`,
].map((source) => new RegExp(source, "giu"));

/** JSON and XML spell characters in other ways; an editor fetches the address that they stand for. */
function unescaped(text: string): string {
  return text
    .replace(/\\u([0-9a-f]{4})/giu, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
    .replace(/&#(?:x([0-9a-f]{1,6})|(\d{1,7}));/giu, (all, hex?: string, ten?: string) => {
      const code = hex === undefined ? Number(ten) : parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : all;
    })
    .replace(/\\\//gu, "/");
}

function addressesIn(text: string): Set<string> {
  const plain = unescaped(text);
  return new Set(FETCHED.flatMap((each) => [...plain.matchAll(each)].map((match) => match[1] ?? "")));
}

/** The most addresses that an ask names. */
const NAMED = 3;

/** Why a change that lets an editor fetch addresses is asked for; it names at most {@link NAMED} of them. */
function fetchReason(fresh: readonly string[]): SaidReason {
  const named = fresh.slice(0, NAMED).map((address) => JSON.stringify(address.slice(0, 200)));
  const more = fresh.length - named.length;
  return more > 0 ? fsReason("fetchMore", named.join(", "), more) : fsReason("fetch", named.join(", "));
}

/** The addresses that an editor would fetch after a change and not before. */
function newAddresses({ spot, before, after }: TextChange): string[] {
  if (after === undefined || isQuiet(spot.place)) return [];
  const known = before === undefined ? new Set<string>() : addressesIn(before);
  return [...addressesIn(after)].filter((address) => !known.has(address));
}
