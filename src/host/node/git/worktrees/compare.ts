// Comparing a worktree with its base and with the workspace: per file, three ways, with the bytes that would be put there.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { WorktreeChange, WorktreeFolder } from "../../../../primitives/git/worktrees.ts";
import type { ChangeProblem } from "../../../../primitives/shell/backend.ts";
import { fsResource } from "../../../../abi/resource.ts";
import { quotedName } from "../../../../abi/quoted.ts";
import { sha256 } from "../../fs/bytes.ts";
import { refuse } from "../../fs/errno.ts";
import { storeFile } from "../../fs/preimage.ts";
import type { Roots } from "../../fs/roots.ts";
import { parsePatch } from "../patch.ts";
import type { Repository } from "../repository.ts";
import { GitFailed } from "../run.ts";
import { openBoth } from "./state.ts";

/** The most files, and the most bytes of one file. */
const MAX_FILES = 2000;
const MAX_BYTES = 64 * 1024 * 1024;

/** A file as it stands at a place: its bytes and whether it can be run; a word for what is no file; undefined for nothing. */
type Stands = { readonly bytes: Buffer; readonly executable: boolean } | "other" | undefined;

/** Reads a regular file of at most {@link MAX_BYTES} below a folder. No link is followed, also none on the way. */
function standsAt(base: string, name: string): Stands {
  const names = name.split("/");
  for (let i = 1; i < names.length; i++) {
    const above = fs.lstatSync(path.join(base, ...names.slice(0, i)), { throwIfNoEntry: false });
    if (above === undefined) return undefined;
    if (!above.isDirectory()) return "other";
  }
  const at = path.join(base, name);
  const stat = fs.lstatSync(at, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile() || stat.size > MAX_BYTES) return "other";
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  const fd = fs.openSync(at, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    return { bytes: fs.readFileSync(fd), executable: (stat.mode & 0o100) !== 0 };
  } finally {
    fs.closeSync(fd);
  }
}

/** A text that git printed, if that is exactly its bytes. */
function plainText(text: string | undefined): string | undefined {
  return text === undefined || text.includes("\0") || text.includes("\ufffd") ? undefined : text;
}

/** The text of a file at a commit, as a checkout would write it. Undefined for what is not there or no text. */
export async function committedText(
  repository: Repository,
  commit: string,
  name: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const of = `${commit}:${name}`;
    return plainText(await repository.run(["cat-file", "--filters", of], signal));
  } catch (error) {
    if (error instanceof GitFailed) return undefined;
    throw error;
  }
}

/** Compares one worktree. */
class ThreeWay {
  readonly #origin: Repository;
  readonly #tree: Repository;
  readonly #base: string;
  /** The folder of copies, and one for files of a moment. */
  readonly #folders: { readonly store: string; readonly scratch: string };
  readonly #signal: AbortSignal;

  constructor(
    { origin, tree }: { readonly origin: Repository; readonly tree: Repository },
    base: string,
    folders: { readonly store: string; readonly scratch: string },
    signal: AbortSignal,
  ) {
    this.#origin = origin;
    this.#tree = tree;
    this.#base = base;
    this.#folders = folders;
    this.#signal = signal;
  }

  /** The names that the worktree has otherwise than the base, each with its mode there. */
  async names(): Promise<Map<string, string>> {
    const options = ["--raw", "--no-renames", "--no-abbrev", "--ignore-submodules=none"];
    const changed = parsePatch(await this.#tree.run(["diff", ...options, this.#base, "--"], this.#signal));
    const others = await this.#tree.run(["ls-files", "-z", "--others", "--exclude-standard"], this.#signal);
    const names = new Map(changed.map((each) => [each.path, each.mode]));
    for (const name of others.split("\0")) if (name !== "") names.set(name, "100644");
    if (names.size > MAX_FILES)
      refuse(
        "E2BIG",
        `${names.size} files differ, and one merge takes ${MAX_FILES}.`,
        "Merge the branch with git, in a terminal.",
      );
    return names;
  }

  /** Git's name for the content of a file, with line ends as git stores them; undefined for none. */
  async #objectOf(bytes: Buffer | undefined, name: string): Promise<string | undefined> {
    if (bytes === undefined) return undefined;
    const at = path.join(this.#folders.scratch, "content");
    fs.writeFileSync(at, bytes);
    return (await this.#tree.run(["hash-object", `--path=${name}`, "--", at], this.#signal)).trim();
  }

  async #baseOf(name: string): Promise<{ object: string; mode: string } | undefined> {
    const [entry = ""] = (
      await this.#tree.run(["ls-tree", "-z", "--full-tree", this.#base, "--", name], this.#signal)
    ).split("\0");
    const [, mode = "", object = ""] = /^(\d+) \w+ ([0-9a-f]+)\t/u.exec(entry) ?? [];
    return object === "" ? undefined : { object, mode };
  }

  /** What merging does to one file; undefined when the workspace has it already. */
  async compare(name: string, mode: string): Promise<WorktreeChange | undefined> {
    const resource = this.#origin.resources(name)[0] ?? fsResource(this.#origin.top.folder, name.split("/"));
    const [mine, theirs] = [standsAt(this.#origin.path, name), standsAt(this.#tree.path, name)];
    const base = await this.#baseOf(name);
    const told = (problem: ChangeProblem): WorktreeChange => ({
      ...{ name, resource, kind: "other", bytes: 0, executable: false, problem },
      change: theirs === undefined ? "deleted" : base === undefined ? "created" : "changed",
    });
    if (mode.startsWith("12") || base?.mode.startsWith("12") === true) return told("link");
    if (mode === "160000" || base?.mode === "160000") return told("special");
    if (name.includes("\ufffd")) return told("name");
    if (mine === "other" || theirs === "other") return told("kind");
    const isRun = base?.mode === "100755";
    const [had, wants] = [await this.#objectOf(mine?.bytes, name), await this.#objectOf(theirs?.bytes, name)];
    const sameBytes = mine !== undefined && theirs !== undefined && mine.bytes.equals(theirs.bytes);
    if (mine === undefined && theirs === undefined) return undefined;
    if ((sameBytes || (had !== undefined && had === wants)) && mine?.executable === theirs?.executable)
      return undefined;
    let bytes = theirs?.bytes;
    if (had !== base?.object && had !== wants) {
      // Both changed it.
      bytes = wants === base?.object ? mine?.bytes : await this.#merged(name, mine?.bytes, theirs?.bytes);
      if (bytes === undefined) return told("conflict");
    } else if (had === wants) bytes = mine?.bytes;
    const executable =
      theirs === undefined
        ? false
        : theirs.executable === isRun
          ? (mine?.executable ?? isRun)
          : theirs.executable;
    const pre = mine === undefined ? {} : { pre: sha256(mine.bytes) };
    if (bytes === undefined)
      return { name, resource, kind: "file", change: "deleted", ...pre, bytes: 0, executable: false };
    const post = await this.#keep(bytes);
    if (mine !== undefined && pre.pre === post && mine.executable === executable) return undefined;
    const change = mine === undefined ? "created" : "changed";
    return { name, resource, kind: "file", change, ...pre, post, bytes: bytes.length, executable };
  }

  /** Merges two changed texts line by line. Undefined for a conflict, and for what is no text. */
  async #merged(name: string, mine?: Buffer, theirs?: Buffer): Promise<Buffer | undefined> {
    const base = await committedText(this.#tree, this.#base, name, this.#signal);
    const texts = [mine, base === undefined ? undefined : Buffer.from(base), theirs];
    const at = texts.map((bytes, i) => {
      if (bytes === undefined || plainText(bytes.toString("utf8")) === undefined) return undefined;
      const file = path.join(this.#folders.scratch, ["mine", "base", "theirs"][i] ?? "");
      fs.writeFileSync(file, bytes);
      return file;
    });
    const [first, second, third] = at;
    if (first === undefined || second === undefined || third === undefined) return undefined;
    try {
      return Buffer.from(
        await this.#tree.run(["merge-file", "-p", "-q", first, second, third], this.#signal),
      );
    } catch (error) {
      if (error instanceof GitFailed) return undefined;
      throw error;
    }
  }

  async #keep(bytes: Buffer): Promise<string> {
    const digest = sha256(bytes);
    const at = path.join(this.#folders.scratch, "kept");
    fs.writeFileSync(at, bytes);
    await storeFile(this.#folders.store, at, digest);
    return digest;
  }
}

/** Compares a worktree with its base and the workspace folder. The bytes to put there are in `store` by their digest. */
export async function compareWorktree(
  roots: Roots,
  at: WorktreeFolder,
  store: string,
  signal: AbortSignal,
): Promise<readonly WorktreeChange[]> {
  const { origin, tree } = await openBoth(roots, at, signal);
  if (tree === undefined)
    return refuse(
      "ENOENT",
      `The folder of ${quotedName(at.name)} is gone.`,
      "Its branch may still be there.",
    );
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "agentlibos-merge-"));
  try {
    const compared = new ThreeWay({ origin, tree }, at.worktree.base, { store, scratch }, signal);
    const changes: WorktreeChange[] = [];
    for (const [name, mode] of [...(await compared.names())].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const change = await compared.compare(name, mode);
      if (change !== undefined) changes.push(change);
    }
    return changes;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}
