// What git does not ignore: a listing by git itself, run so that nothing a repository configures can run a program.
import path from "node:path";
import type { Ignores, NodeKind, Place } from "../../../primitives/fs/backend.ts";
import { runGit } from "./run.ts";

/** One listing may take so long, and all listings of one call. */
const PATIENCE_MS = 10_000;
const WHOLE_PATIENCE_MS = 20_000;
/** So many repositories inside the folder are asked for their own rules, each by one process of git. */
const MAX_REPOSITORIES = 32;
/** So many of them are named when they could not be asked. */
const MAX_NAMED = 3;

/** Names that git lists in a folder, NUL-separated and relative to it. */
function listed(
  at: string,
  folders: readonly string[],
  patience: number,
  signal: AbortSignal,
): Promise<string> {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."];
  return runGit({ at, args, patience }, folders, signal);
}

/** Why there is no listing, in words for whoever searched. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/not a git repository/u.test(text)) return "this is no git repository";
  if (/dubious ownership/u.test(text))
    return "git does not trust this folder, because another user owns it (safe.directory)";
  if (/took too long|Interrupted/u.test(text)) return "git took too long";
  if (/not installed/u.test(text)) return "git is not installed";
  return `git failed (${text.split("\n")[0]?.slice(0, 200) ?? ""})`;
}

/** The names that one repository does not ignore below one folder. */
class Listing {
  /** `name` is a listed thing, `name/` a folder on the way to one. */
  readonly #known = new Set<string>();

  constructor(output: string) {
    for (const name of output.split("\0")) {
      const plain = name.replace(/\/$/u, "");
      if (plain === "") continue;
      this.#known.add(plain);
      for (let at = plain.lastIndexOf("/"); at > 0; at = plain.lastIndexOf("/", at - 1)) {
        const above = plain.slice(0, at);
        if (this.#known.has(`${above}/`)) break;
        this.#known.add(`${above}/`);
      }
    }
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** A listed thing that is a folder is a repository of its own, for whose content this listing does not speak. */
  shows(names: readonly string[], kind: NodeKind): boolean {
    const whole = names.join("/");
    if (this.#known.has(whole) || (kind === "folder" && this.#known.has(`${whole}/`))) return true;
    return names.some((_, i) => i > 0 && this.#known.has(names.slice(0, i).join("/")));
  }
}

/** The rules of the repositories in and around one folder, each learned when the walk comes to it. */
class GitIgnores implements Ignores {
  readonly #ask: (segments: readonly string[]) => Promise<string>;
  readonly #below: readonly string[];
  /** By the path of the folder from the root on. Git could not tell of an unknown one, and shows nothing of an ignored. */
  readonly #listings = new Map<string, Listing | "unknown" | "ignored">();
  readonly #notes: string[] = [];
  #unlisted: string | undefined;
  #asked = 0;
  /** True once everything is shown because git ignores all that is in the folder itself. */
  #lifted = false;

  constructor(below: readonly string[], ask: (segments: readonly string[]) => Promise<string>) {
    this.#below = below;
    this.#ask = ask;
  }

  /** Asks the repository that the folder itself is in. */
  async begin(): Promise<void> {
    this.#unlisted = await this.#learn(this.#below);
    // Whoever names a folder means what is in it. An empty listing then says only that all of it is ignored.
    const key = this.#below.join("/");
    const listing = this.#listings.get(key);
    if (listing instanceof Listing && listing.isEmpty) this.#listings.set(key, "ignored");
  }

  /** Asks git in a folder; gives the reason when git cannot tell. */
  async #learn(segments: readonly string[]): Promise<string | undefined> {
    const key = segments.join("/");
    try {
      this.#listings.set(key, new Listing(await this.#ask(segments)));
      return undefined;
    } catch (error) {
      this.#listings.set(key, "unknown");
      return reason(error);
    }
  }

  readonly enters = async ({ segments }: Place): Promise<void> => {
    if (segments.length <= this.#below.length || this.#listings.has(segments.join("/"))) return;
    this.#asked += 1;
    if (this.#asked > MAX_REPOSITORIES) return;
    const why = await this.#learn(segments);
    if (why !== undefined) this.#notes.push(`${JSON.stringify(segments.join("/"))}: ${why}`);
  };

  readonly shows = (place: Place, kind: NodeKind): boolean => {
    const { segments } = place;
    // Git's own folder is never searched; its objects are noise and its config may hold tokens.
    if (segments.includes(".git")) return false;
    for (let i = segments.length - 1; i >= this.#below.length; i--) {
      const listing = this.#listings.get(segments.slice(0, i).join("/"));
      if (listing instanceof Listing) return listing.shows(segments.slice(i), kind);
      this.#lifted ||= listing === "ignored";
      if (listing !== undefined) return true;
    }
    return true;
  };

  get note(): string | undefined {
    const own = [...this.#listings.values()].some((listing) => listing instanceof Listing);
    const where = own ? "What is in no repository of its own was not filtered" : "Nothing was filtered";
    const some = this.#notes.slice(0, MAX_NAMED).join("; ");
    const more = this.#notes.length > MAX_NAMED ? `; and ${this.#notes.length - MAX_NAMED} more` : "";
    const notes = [
      ...(this.#unlisted === undefined ? [] : [`${where}: ${this.#unlisted}.`]),
      ...(this.#lifted ? ["Git ignores everything in this folder, so all of it was looked at."] : []),
      ...(some === "" ? [] : [`Repositories inside that were not filtered: ${some}${more}.`]),
      ...(this.#asked > MAX_REPOSITORIES
        ? [`Only the first ${MAX_REPOSITORIES} repositories inside were filtered by their own rules.`]
        : []),
    ];
    return notes.length === 0 ? undefined : notes.join(" ");
  }
}

/**
 * The names below a folder that git does not ignore, by the repository that each is in. Git only filters: what is there
 * is for the walk to say. `root` and `folders` are real paths; git itself is taken from outside all of them.
 */
export async function gitIgnores(
  root: string,
  folders: readonly string[],
  below: readonly string[],
  signal: AbortSignal,
): Promise<Ignores> {
  const end = performance.now() + WHOLE_PATIENCE_MS;
  const ignores = new GitIgnores(below, (segments) => {
    const patience = Math.max(1, Math.min(PATIENCE_MS, end - performance.now()));
    return listed(path.join(root, ...segments), folders, patience, signal);
  });
  await ignores.begin();
  return ignores;
}
