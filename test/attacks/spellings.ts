// Spellings and verbs: the ways to name one target, and the tools to try on it.

/** One file-system attempt as an agent makes it. `stat` has no tool yet; the attacker calls its syscall. */
export interface Attempt {
  readonly tool: string;
  readonly args: Record<string, unknown>;
}

const segments = (path: string, change: (name: string) => string): string =>
  path.split("/").map(change).join("/");
const firstHidden = (path: string, change: (name: string) => string): string => {
  const names = path.split("/");
  const at = Math.max(
    0,
    names.findIndex((n) => n.startsWith(".")),
  );
  return names.map((n, i) => (i === at ? change(n) : n)).join("/");
};
const short = (name: string): string => {
  const [stem = "", ...rest] = name.replace(/^\.+/u, "").split(".");
  const extension = rest.length === 0 ? "" : `.${rest.at(-1)?.slice(0, 3) ?? ""}`;
  return `${stem.slice(0, 6)}~1${extension}`.toUpperCase();
};

/** Other letters for the very same place; `app` is the absolute path of the workspace folder. */
const SAME = {
  plain: (p: string) => p,
  dot: (p: string) => `./${p}`,
  dots: (p: string) => p.replaceAll("/", "/./"),
  slashes: (p: string) => `.//${p.replaceAll("/", "//")}`,
  slash: (p: string) => `${p}/`,
  up: (p: string) => `src/../${p}`,
  "up-twice": (p: string) => `src/deep/../../src/../${p}`,
  "up-absent": (p: string) => `no/such/../../${p}`,
  rooted: (p: string) => `app/${p}`,
  "rooted-up": (p: string) => `app/src/../${p}`,
  absolute: (p: string, app: string) => `${app}/${p}`,
  "absolute-up": (p: string, app: string) => `${app}/../app/${p}`,
} as const;

/** Names that some file system takes for the same; here they are other names, and must be treated like it. */
const ALIKE = {
  upper: (p: string) => p.toUpperCase(),
  title: (p: string) => segments(p, (n) => n.replace(/[a-z]/u, (c) => c.toUpperCase())),
  "long-s": (p: string) => p.replaceAll("s", "\u017f"),
  "trailing-dot": (p: string) => segments(p, (n) => `${n}.`),
  "trailing-space": (p: string) => segments(p, (n) => `${n} `),
  "trailing-both": (p: string) => firstHidden(p, (n) => `${n}. . `),
  "zero-width": (p: string) => firstHidden(p, (n) => `${n.slice(0, 2)}\u200b${n.slice(2)}`),
  joiner: (p: string) => firstHidden(p, (n) => `\u2060${n}`),
  "soft-hyphen": (p: string) => firstHidden(p, (n) => `${n}\u00ad`),
  bidi: (p: string) => firstHidden(p, (n) => `\u202e${n}\u202c`),
  variation: (p: string) => firstHidden(p, (n) => `${n}\ufe0f`),
  control: (p: string) => firstHidden(p, (n) => `${n}\u0007`),
  nfd: (p: string) => p.normalize("NFD"),
  nfc: (p: string) => p.normalize("NFC"),
  fullwidth: (p: string) => firstHidden(p, (n) => n.replace(/^\./u, "\uff0e")),
  stream: (p: string) => `${p}::$DATA`,
  "folder-stream": (p: string) => firstHidden(p, (n) => `${n}::$INDEX_ALLOCATION`),
  "named-stream": (p: string) => firstHidden(p, (n) => `${n}:x`),
  short: (p: string) => firstHidden(p, short),
} as const;

/** What is no spelling of it on any file system: the letters are another name, or no name of ours at all. */
const OTHER = {
  percent: (p: string) => p.replaceAll(".", "%2e"),
  "percent-slash": (p: string) => p.replaceAll("/", "%2f"),
  "percent-twice": (p: string) => p.replaceAll(".", "%252e"),
} as const;

export type Binding = "same" | "alike" | "other";

export interface Spelled {
  readonly name: string;
  readonly binding: Binding;
  readonly path: string;
}

const TABLES: Record<Binding, Readonly<Record<string, (p: string, app: string) => string>>> = {
  same: SAME,
  alike: ALIKE,
  other: OTHER,
};

/** The spellings named, or whole tables by their binding's name; one for each distinct text. */
export function spell(target: string, names: readonly string[], app: string): Spelled[] {
  const found = new Map<string, Spelled>();
  for (const wanted of names) {
    let known = false;
    for (const binding of ["same", "alike", "other"] as const) {
      for (const [name, change] of Object.entries(TABLES[binding])) {
        if (name !== wanted && binding !== wanted) continue;
        known = true;
        const path = change(target, app);
        // A change that changed nothing is the plain target, which must be judged as such.
        if (binding !== "same" && path === target) continue;
        if (!found.has(path)) found.set(path, { name, binding, path });
      }
    }
    if (!known) throw new Error(`there is no spelling "${wanted}"`);
  }
  return [...found.values()];
}

let moves = 0;

/** The verbs: each makes one attempt on a path. */
const VERBS: Readonly<Record<string, (path: string) => Attempt>> = {
  read: (path) => ({ tool: "read_file", args: { path } }),
  "read-lines": (path) => ({ tool: "read_file", args: { path, start_line: 1, end_line: 2 } }),
  write: (path) => ({ tool: "write_file", args: { path, content: "{}\n" } }),
  "write-below": (path) => ({ tool: "write_file", args: { path: `${path}/new.txt`, content: "x\n" } }),
  edit: (path) => ({ tool: "edit_file", args: { path, old_text: "a", new_text: "b", all: true } }),
  delete: (path) => ({ tool: "delete_file", args: { path } }),
  "delete-tree": (path) => ({ tool: "delete_file", args: { path, recursive: true } }),
  "move-from": (path) => ({ tool: "move_file", args: { from: path, to: `moved-${moves++}.txt` } }),
  "move-to": (path) => ({ tool: "move_file", args: { from: "plain.txt", to: path } }),
  "move-tree-to": (path) => ({ tool: "move_file", args: { from: "src", to: path } }),
  mkdir: (path) => ({ tool: "make_directory", args: { path } }),
  "mkdir-below": (path) => ({ tool: "make_directory", args: { path: `${path}/new` } }),
  list: (path) => ({ tool: "list_directory", args: { path } }),
  search: (path) => ({ tool: "search_text", args: { path, query: "a", ignored: true } }),
  regex: (path) => ({ tool: "search_text", args: { path, query: ".", regex: true, ignored: true } }),
  find: (path) => ({ tool: "find_files", args: { path, pattern: "**", ignored: true } }),
  stat: (path) => ({ tool: "stat", args: { path } }),
  cd: (path) => ({ tool: "change_directory", args: { path } }),
};

/** Verbs that can only succeed on something that is there. */
const NEEDS_TARGET = new Set([
  ...["read", "read-lines", "edit", "delete", "delete-tree", "move-from"],
  ...["list", "search", "regex", "find", "stat", "cd"],
]);

export function attempt(verb: string, path: string): Attempt {
  const make = VERBS[verb];
  if (make === undefined) throw new Error(`there is no verb "${verb}"`);
  return make(path);
}

export function needsTarget(verb: string): boolean {
  return NEEDS_TARGET.has(verb);
}
