// Kinds of resources: everything that shared code must know about a kind, and the table of all kinds.

import type { ToolSet } from "./kind/tools.ts";
import type { SaidReason, SayAction, SayCall, SayNote, Translate } from "./kind/words.ts";

export type { BuiltInImage, ToolSet } from "./kind/tools.ts";
export { english, notesOf, reasonsOf } from "./kind/words.ts";
export type { SaidCall, SaidReason, SayAction, SayCall, SayNote, Translate } from "./kind/words.ts";

/** The ask of a class. A person is asked, each time if `once`; a command-line rule may not allow it if `secret`. */
export interface ClassAsk {
  /** Names the class within its kind. The ask's key in the record is `class:` and this. */
  readonly id: string;
  readonly reason: string;
  /** The reason as a note, which is said in the reader's language. */
  readonly why?: SaidReason["why"];
  readonly once: boolean;
  readonly secret: boolean;
  /** True when only the look of the name says so. Such an ask hides no entry of a recursive read. */
  readonly shape?: true;
}

/** The demand of a resource's class for one right. */
export interface Classification {
  /** Why nobody may reach it; then the asks do not matter. */
  readonly reserved?: string;
  /** The advice for a call that met something reserved, if there is better advice than to give up. */
  readonly hint?: string;
  readonly asks: readonly ClassAsk[];
}

/** A workspace folder as the rules of classes see it. */
export interface Folder {
  readonly name: string;
  /** Its real path. */
  readonly path: string;
  /** For a git worktree, the folder that it is of. Its names are judged as if they stood there. */
  readonly worktree?: { readonly of: string } | undefined;
}

/** Rights on one resource that come without a person's grant. */
export interface Portion {
  readonly rights: readonly string[];
  readonly resource: string;
}

/** The parts of a kind that belong to the birth of a process; each is absent where nothing comes with it. */
export interface Birth {
  /** Every process holds this by itself. */
  own?(pid: number): Portion;
  /** Whoever starts a process gives it this; a process that starts a child must hold it. */
  given?(start: { readonly model: string }): Portion;
  /** A parent gets this on its child. */
  overChild?(pid: number): Portion;
}

/** How much a launch allows: the profiles of PRODUCT.md that exist so far. */
export type Profile = "ask" | "readOnly" | "editFreely";

/** The start of an agent for which a kind suggests grants. */
export interface Suggesting {
  /** The wishes of the tools that its image lists, such as `read` or `sleep`. */
  readonly wishes: ReadonlySet<string>;
  /** True for an image of the program itself; one that somebody else wrote never starts others. */
  readonly builtIn: boolean;
  readonly profile: Profile;
  readonly folders: readonly Folder[];
  /** The names of all images. */
  readonly images: readonly string[];
}

/** A kind of resource. Optional parts are absent where the kind has no such thing. */
export interface Kind {
  /** The word before the colon of its resources. */
  readonly name: string;
  /** Its rights, each with its verb for people. */
  readonly rights: Readonly<Record<string, (t: Translate) => string>>;
  /** A resource in words. An empty name means every resource of the kind; `tree` is true for a whole tree. */
  noun(t: Translate, name: string, tree: boolean): string;
  /** The actions that previews of its operations name, in words. No two kinds share the word of an action. */
  readonly actions?: Readonly<Record<string, SayAction>>;
  /** The notes that previews of its operations hold, in words. No two kinds share the key of a note. */
  readonly notes?: Readonly<Record<string, SayNote>>;
  /** Its operations in words, by their names after the dot, where the arguments alone would say too little. */
  readonly calls?: Readonly<Record<string, SayCall>>;

  /** The tools of its operations, with the built-in images that list them. */
  readonly tools?: readonly ToolSet[];
  /** Its operations, by their names after the dot, whose effects no restore of files takes back. */
  readonly lasting?: readonly string[];

  /** True when its needs tell the words of a command, so that a rule may name leading ones. */
  readonly worded?: true;
  /** True when a first segment `.` begins the names of things in workspace folders: `/./<folder>/<path>`. */
  readonly placed?: true;
  /** Resources that the grammar refuses elsewhere. They name what is always reserved. */
  readonly special?: readonly string[];
  /** Folds a path, case-folded already, where different texts may name one thing. Denies and asks compare folded. */
  fold?(path: string): string;

  /** Judges a resource for one right by its name alone. It is called for each need, so it must be fast. */
  classify?(resource: string, right: string, folders: readonly Folder[]): Classification;
  /** The classes whose ask an allow on exactly the resource settles, also one given at launch; nothing wider does. */
  readonly settledExactly?: readonly string[];
  /** True when a text in the arguments of a call could name something secret. */
  mayNameSecret?(text: string): boolean;
  /** Its class rules for people: what is done, and with what. */
  classWords?(t: Translate): readonly (readonly [done: string, about: string])[];
  /** Rights that only look at a resource, and rights that change it. Other rights do neither. */
  readonly readBy?: readonly string[];
  readonly changedBy?: readonly string[];
  /** The right to list a folder. It reaches everything below, and a working directory needs it. */
  readonly listedBy?: string;
  /** The right to take a resource away. */
  readonly removedBy?: string;
  /** True for a right on a resource that is asked for each time: no answer covers later calls. */
  askedEachTime?(right: string, resource: string): boolean;

  /** The workspace folder to whose real path a grant is bound; undefined for a resource in no folder. */
  folderOf?(resource: string): string | undefined;
  /** The same name in another workspace folder, or all of that one for every folder; undefined for what lies in none. */
  inFolder?(resource: string, folder: string): string | undefined;
  /** For resources that are files: the right by which a call changes the text of one. */
  readonly editedBy?: string;

  /**
   * The namespace that a resource leads into: the empty name for all, undefined for none. A private namespace lives as
   * long as its process, or as a living process that holds a capability leading into it.
   */
  namespaceOf?(resource: string): string | undefined;
  /** The right whose holder alone may pass on any other right; without it each holder may. */
  readonly sharedBy?: string;
  /** True for a right that a process owns without a capability, so that it may give it to others. */
  owns?(pid: number, right: string, resource: string): boolean;

  /**
   * The grant that is offered after several like approvals: the same resource, or also the folders around several.
   * Absent where an approval depends on the arguments, too.
   */
  readonly narrows?: "resource" | "folders";
  readonly birth?: Birth;
  /** The grants that New Agent suggests, as CAP texts. They grant nothing before a person accepts them. */
  suggests?(start: Suggesting): readonly string[];
  /** Init asks for this before a person's order runs, and the order answers. */
  readonly ordered?: Portion;
}

/** A need of a call, as far as its kind judges it. */
interface NeedOf {
  readonly right: string;
  readonly resource: string;
}

/** The prefix of the keys of class asks. */
export const CLASS = "class:";

/** The worktrees in a list of folders, each with the folder that it is of; most lists have none. */
const origins = new WeakMap<readonly Folder[], ReadonlyMap<string, string> | undefined>();

function originsIn(folders: readonly Folder[]): ReadonlyMap<string, string> | undefined {
  if (origins.has(folders)) return origins.get(folders);
  const found = new Map(folders.flatMap(({ name, worktree }) => (worktree ? [[name, worktree.of]] : [])));
  const known = found.size === 0 ? undefined : found;
  origins.set(folders, known);
  return known;
}

/** All kinds of resources that a program knows. */
export class Kinds {
  readonly all: readonly Kind[];
  /** The tools of operations over no kind of resource. */
  readonly others: readonly ToolSet[];
  readonly #byName: ReadonlyMap<string, Kind>;
  readonly #actions: ReadonlyMap<string, SayAction>;
  readonly #notes: ReadonlyMap<string, SayNote>;

  constructor(all: readonly Kind[], others: readonly ToolSet[] = []) {
    this.all = all;
    this.others = others;
    this.#byName = new Map(all.map((kind) => [kind.name, kind]));
    if (this.#byName.size < all.length) throw new Error("two kinds of resources have the same name");
    const actions = all.flatMap((kind) => Object.entries(kind.actions ?? {}));
    this.#actions = new Map(actions);
    if (this.#actions.size < actions.length) throw new Error("two kinds of resources have the same action");
    const notes = all.flatMap((kind) => Object.entries(kind.notes ?? {}));
    this.#notes = new Map(notes);
    if (this.#notes.size < notes.length) throw new Error("two kinds of resources have the same note");
  }

  /** All tools, in the order of the kinds. */
  get tools(): ToolSet[] {
    return [...this.all.flatMap(({ tools = [] }) => tools), ...this.others];
  }

  /** Every right on any kind, each once. */
  get rights(): string[] {
    return [...new Set(this.all.flatMap((kind) => Object.keys(kind.rights)))];
  }

  get(name: string): Kind | undefined {
    return this.#byName.get(name);
  }

  /** The action that a preview names, in words; undefined when no kind knows it. */
  action(verb: string): SayAction | undefined {
    return this.#actions.get(verb);
  }

  /** How a note of a preview is said; undefined when no kind knows it. */
  note(key: string): SayNote | undefined {
    return this.#notes.get(key);
  }

  /** How the calls of an operation are said; undefined when no kind has words for them. */
  sayCall(op: string): SayCall | undefined {
    const dot = op.indexOf(".");
    const { calls = {} } = this.#byName.get(op.slice(0, dot)) ?? {};
    const verb = op.slice(dot + 1);
    return Object.hasOwn(calls, verb) ? calls[verb] : undefined;
  }

  /** True for an operation whose effects no restore of files takes back. */
  lasts(op: string): boolean {
    const dot = op.indexOf(".");
    return this.#byName.get(op.slice(0, dot))?.lasting?.includes(op.slice(dot + 1)) === true;
  }

  /** The kind of a canonical resource; undefined when there is none of that name. */
  of(resource: string): Kind | undefined {
    const colon = resource.indexOf(":");
    return colon < 0 ? undefined : this.#byName.get(resource.slice(0, colon));
  }

  /** True for an ask that only an allow on exactly its resource settles. */
  settlesExactly({
    key,
    need,
  }: {
    readonly key: string;
    readonly need: { readonly resource: string };
  }): boolean {
    if (!key.startsWith(CLASS)) return false;
    return this.of(need.resource)?.settledExactly?.includes(key.slice(CLASS.length)) === true;
  }

  /** True for a need that is asked for each time. */
  asksEachTime({ right, resource }: NeedOf): boolean {
    return this.of(resource)?.askedEachTime?.(right, resource) === true;
  }

  /** True for a need that only looks at its resource. */
  reads({ right, resource }: NeedOf): boolean {
    return this.of(resource)?.readBy?.includes(right) === true;
  }

  /** True for a need that changes its resource. */
  changes({ right, resource }: NeedOf): boolean {
    return this.of(resource)?.changedBy?.includes(right) === true;
  }

  /** True for a need that changes a file or a folder. */
  changesFile(need: NeedOf): boolean {
    return this.changes(need) && this.of(need.resource)?.editedBy !== undefined;
  }

  /** True for a need that takes its resource away. */
  removes({ right, resource }: NeedOf): boolean {
    return this.of(resource)?.removedBy === right;
  }

  /** True for a need that reaches everything below the folder that it names. */
  lists({ right, resource }: NeedOf): boolean {
    return this.of(resource)?.listedBy === right;
  }

  /** True when the content that a need is about may be secret. */
  isSecret(need: NeedOf, folders: readonly Folder[]): boolean {
    const found = this.of(need.resource)?.classify?.(need.resource, need.right, folders);
    return found?.asks.some((ask) => ask.secret) === true;
  }

  /** The workspace folder to whose place a grant on the resource is bound. */
  folderOf(resource: string): string | undefined {
    return this.of(resource)?.folderOf?.(resource);
  }

  /** The same name in another workspace folder; undefined for what lies in none. */
  inFolder(resource: string, folder: string): string | undefined {
    return this.of(resource)?.inFolder?.(resource, folder);
  }

  /** For a name in a git worktree, the same name in the folder that it is of. */
  originOf(resource: string, folders: readonly Folder[]): string | undefined {
    const origins = originsIn(folders);
    if (origins === undefined) return undefined;
    const origin = origins.get(this.folderOf(resource) ?? "");
    return origin === undefined ? undefined : this.inFolder(resource, origin);
  }
}
