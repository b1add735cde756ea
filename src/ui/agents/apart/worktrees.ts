// Worktrees: lists them with what each holds, shows the changes of one, brings them into the workspace, or discards it.
import * as vscode from "vscode";
import { isFault } from "../../../abi/errors.ts";
import { mergedSchema, WORKTREES_BYTES } from "../../../abi/record/roots.ts";
import { WORKTREES_MOST } from "../../../kernel/state/roots.ts";
import { visibleLine } from "../../../views/words/visible.ts";
import { documentAt, type Documents } from "../../documents/documents.ts";
import { choose, chooseSeveral, confirm, inform, showFault } from "../../session/messages.ts";
import { AgentRow, ownRow } from "../../session/rows.ts";
import type { Runtime, TreeChange, TreeFolder } from "../../session/runtime.ts";
import type { Session } from "../../session/session.ts";

const { t } = vscode.l10n;
/** The most files that one comparison shows; the list names all. */
const COMPARED = 500;
/** The most names in one message. */
const NAMED = 8;

interface Tree extends TreeFolder {
  readonly pid: number;
}
type Parts = NonNullable<Runtime["worktrees"]>["backend"];

const forever = (): AbortSignal => new AbortController().signal;
const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 ** 2);

/** The worktrees on record, each with the agent that works or worked there. */
function treesOf({ kernel }: Runtime): Tree[] {
  return kernel.state.roots.flatMap(({ name, path, owner = "", worktree }) =>
    worktree === undefined ? [] : [{ name, path, worktree, pid: Number(owner.replace("pid:", "")) }],
  );
}

/** The commands of worktrees. */
export class TreeCommands {
  readonly #session: Session;

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    documents.add("empty", () => "");
    documents.add("copy", async ([digest = ""]) => (await session.runtime?.kept(digest)) ?? "");
    documents.add("base", async ([tree = "", ...name]) => {
      const { runtime } = session;
      const at = runtime && treesOf(runtime).find((each) => each.name === tree);
      if (runtime === undefined || at === undefined) return "";
      return (await runtime.worktrees?.backend.baseText(at, name.join("/"), runtime.person, forever())) ?? "";
    });
  }

  /** Lists all worktrees with the disk they take; a chosen one can be reviewed, merged or discarded. */
  async list(): Promise<void> {
    const { runtime } = this.#session;
    const tree = runtime && (await this.#pick(runtime));
    if (tree === undefined) return;
    const acts = [
      { label: t("Review Changes of the Branch"), act: () => this.#review(tree) },
      { label: t("Merge Into Workspace…"), act: () => this.#merge(tree) },
      { label: t("Discard Worktree…"), act: () => this.#discard(tree) },
    ];
    await (await choose(acts, { title: tree.worktree.branch }))?.act();
  }

  /** Shows all that the branch changes, as one comparison with the commit that it began at. */
  async review(args: readonly unknown[]): Promise<void> {
    const tree = await this.#treeOf(args);
    if (tree !== undefined) await this.#review(tree);
  }

  /** Brings chosen files into the workspace, after a comparison of each as it is with what it would become. */
  async merge(args: readonly unknown[]): Promise<void> {
    const tree = await this.#treeOf(args);
    if (tree !== undefined) await this.#merge(tree);
  }

  /** Removes a worktree; asks first when something in it is nowhere else. */
  async discard(args: readonly unknown[]): Promise<void> {
    const tree = await this.#treeOf(args);
    if (tree !== undefined) await this.#discard(tree);
  }

  /** The worktree of the row of its agent, the only one, or a chosen one. */
  async #treeOf(args: readonly unknown[]): Promise<Tree | undefined> {
    const { runtime } = this.#session;
    if (runtime === undefined) return undefined;
    const row = ownRow(args[0], AgentRow);
    if (row !== undefined) return treesOf(runtime).find(({ pid }) => pid === row.pid);
    return this.#pick(runtime);
  }

  async #pick(runtime: Runtime): Promise<Tree | undefined> {
    const trees = treesOf(runtime);
    const { worktrees, kernel } = runtime;
    if (worktrees === undefined || trees.length === 0) {
      void inform(t("There are no worktrees. New Agent in Worktree… starts an agent in one."));
      return undefined;
    }
    let all = 0;
    const items: (vscode.QuickPickItem & { readonly tree: Tree })[] = [];
    for (const tree of trees) {
      const bytes = await worktrees.backend.disk(tree);
      all += bytes;
      const works = kernel.living(tree.pid) === undefined ? "" : ` · ${t("its agent works")}`;
      const holds = await holdsWords(worktrees.backend, tree);
      items.push({
        label: visibleLine(tree.name),
        description: `${holds} · ${t("{0} MB", megabytes(bytes))}${works}`,
        detail: visibleLine(tree.path),
        tree,
      });
    }
    const title = t(
      "{0} of {1} worktrees, {2} of {3} MB",
      ...[trees.length, WORKTREES_MOST, megabytes(all), megabytes(WORKTREES_BYTES)],
    );
    return (await choose(items, { title, matchOnDescription: true }))?.tree;
  }

  /** The files that differ; undefined when there is nothing to show, which is told. */
  async #changes(runtime: Runtime, tree: Tree): Promise<readonly TreeChange[] | undefined> {
    const found = await runtime.worktrees?.backend.compare(tree, runtime.person, forever());
    if (found === undefined) return undefined;
    if (isFault(found)) return void showFault(found);
    if (found.length > 0) return found;
    void inform(t("The workspace has all that is in this worktree."));
    return undefined;
  }

  async #review(tree: Tree): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const changes = runtime && (await this.#changes(runtime, tree));
    if (changes === undefined) return;
    const sides = changes.slice(0, COMPARED).map(({ name, change }): vscode.Uri[] => {
      const file = fileIn(tree.path, name);
      const base = documentAt(file, "base", [tree.name, ...name.split("/")]);
      return [file, base, change === "deleted" ? documentAt(file, "empty", []) : file];
    });
    await vscode.commands.executeCommand("vscode.changes", tree.worktree.branch, sides);
  }

  async #merge(tree: Tree): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    const changes = runtime && (await this.#changes(runtime, tree));
    const origin = runtime?.kernel.state.roots.find(({ name }) => name === tree.worktree.of);
    if (runtime === undefined || changes === undefined || origin === undefined) return;
    const sides = changes.slice(0, COMPARED).map(({ name, change, post, problem }): vscode.Uri[] => {
      const file = fileIn(origin.path, name);
      const left = change === "created" ? documentAt(file, "empty", []) : file;
      const right =
        post === undefined
          ? problem === undefined
            ? documentAt(file, "empty", [])
            : fileIn(tree.path, name)
          : documentAt(file, "copy", [post]);
      return [file, left, right];
    });
    await vscode.commands.executeCommand("vscode.changes", tree.worktree.branch, sides);
    const paths = await chooseFiles(origin.path, tree.worktree.of, changes);
    if (paths.length === 0) return;
    const again = await runtime.worktrees?.backend.compare(tree, runtime.person, forever());
    const same = again !== undefined && !isFault(again) && sameAs(changes, again, paths);
    if (!same) return void inform(t("It has changed since it was shown. Look at it again."));
    const result = await runtime.kernel.order(runtime.person, "git.merge", { worktree: tree.name, paths });
    await runtime.kernel.durable().catch(() => undefined);
    if (isFault(result)) return void showFault(result);
    const told = mergedSchema.parse(result.value).changes;
    const stay = told.filter(({ outcome }) => outcome !== "applied").map(({ path }) => visibleLine(path));
    const words = [
      t("{0} files came into {1}.", told.length - stay.length, tree.worktree.of),
      ...(stay.length === 0 ? [] : [t("These stay as they are: {0}", stay.slice(0, NAMED).join(", "))]),
    ];
    void inform(words.join(" "));
  }

  async #discard(tree: Tree): Promise<void> {
    const runtime = await this.#session.takeRuntime();
    if (runtime?.worktrees === undefined) return;
    if (runtime.kernel.living(tree.pid) !== undefined)
      return void inform(t("Agent {0} works in this worktree. Stop it first.", tree.pid));
    const state = await runtime.worktrees.backend.look(tree, forever());
    if (isFault(state)) return void showFault(state);
    const lost = lostIn(state);
    const question = t("Discard the worktree {0}?", visibleLine(tree.name));
    const detail = t("This would be lost: {0}", lost);
    if (lost !== "" && !(await confirm(question, t("Discard"), detail))) return;
    const result = await runtime.kernel.order(runtime.person, "git.discard", { worktree: tree.name });
    await runtime.kernel.durable().catch(() => undefined);
    if (isFault(result)) showFault(result);
    else void inform(t("The worktree {0} is discarded.", visibleLine(tree.name)));
  }
}

function fileIn(folder: string, name: string): vscode.Uri {
  return vscode.Uri.joinPath(vscode.Uri.file(folder), ...name.split("/"));
}

/** True when each of these files would become what was shown. */
function sameAs(shown: readonly TreeChange[], now: readonly TreeChange[], paths: readonly string[]): boolean {
  const of = (changes: readonly TreeChange[]): string =>
    changes
      .filter(({ name }) => paths.includes(name))
      .map(({ name, post = "", problem = "" }) => `${name}\n${post}\n${problem}`)
      .join("\n\n");
  return of(shown) === of(now);
}

/** Lets a person choose files. Files that go are not chosen beforehand; one that both sides changed cannot be. */
async function chooseFiles(folder: string, of: string, changes: readonly TreeChange[]): Promise<string[]> {
  const dirty = new Set(vscode.workspace.textDocuments.filter((d) => d.isDirty).map((d) => d.uri.toString()));
  const words = { created: t("is new"), changed: t("is changed"), deleted: t("is removed") };
  const items = changes
    .toSorted((a, b) => Number(b.change === "deleted") - Number(a.change === "deleted"))
    .map(({ name, change, problem }) => {
      const unsaved = dirty.has(fileIn(folder, name).toString());
      const stays = problem !== undefined || unsaved;
      const why =
        problem === "conflict"
          ? t("both changed it; stays as it is")
          : problem === undefined
            ? t("has changes that are not saved; stays as it is")
            : t("is no plain file; stays as it is");
      return {
        ...{ label: visibleLine(name), description: stays ? why : words[change] },
        ...{ picked: !stays && change !== "deleted", name, stays },
      };
    });
  const title = t("Which files come into {0}?", of);
  const chosen = await chooseSeveral(items, { title, ignoreFocusOut: true });
  return chosen.filter(({ stays }) => !stays).map(({ name }) => name);
}

function lostIn(state: {
  readonly commits: number;
  readonly changed: number;
  readonly ignored: number;
}): string {
  const { commits, changed, ignored } = state;
  if (commits + changed + ignored === 0) return "";
  return t("{0} commits, {1} changed files, {2} ignored files", commits, changed, ignored);
}

async function holdsWords(backend: Parts, tree: Tree): Promise<string> {
  const state = await backend.look(tree, forever());
  if (isFault(state)) return t("cannot be looked at");
  if (state.gone) return t("its folder is gone");
  const lost = lostIn(state);
  return lost === "" ? t("holds nothing of its own") : lost;
}
