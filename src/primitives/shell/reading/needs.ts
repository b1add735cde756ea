// Needs: the resources of a command. Each program that it starts is one, and what cannot be told is every program.
import type { RootFolder } from "../../../abi/record.ts";
import { encodeName, fsResource, fsSegments, type Need, type Words } from "../../../abi/resource.ts";
import type { View } from "../../../kernel/operation.ts";
import { pathFrom, type Folders } from "./folders.ts";
import { isKnown, wordsOf, type Piece } from "./piece.ts";
import { mayWrite } from "./programs.ts";
import type { Opened, CommandReading, StartedProgram } from "./reading.ts";

/** Every program: the need of a command that is not understood. */
export const ANY_PROGRAM = "shell:/**";

/** Where the programs of commands are. Asking starts nothing. */
export interface Programs {
  /** The folders of the PATH that a command gets, in order, as absolute paths. */
  readonly path: readonly string[];
  /** Whether a program of one of these folders really lies inside a workspace folder; undefined when there is none. */
  find(folder: string, name: string): "inside" | "outside" | undefined;
}

/** What the needs of a command depend on beside its text. */
export interface Surroundings extends Pick<View, "cwd" | "roots"> {
  /** `execute` on a layer, `direct` on the machine itself. */
  readonly right: "execute" | "direct";
  readonly programs: Programs;
}

/** Folders of programs on every system, beside those of PATH. */
const SYSTEM: readonly string[] = [
  "/bin",
  "/sbin",
  "/usr/bin",
  "/usr/sbin",
  "/usr/local/bin",
  "/usr/local/sbin",
];

/** Places that a redirection may open without any effect. */
const HARMLESS = /^\/dev\/(?:null|zero|full|u?random|tty|stdin|stdout|stderr|fd\/\d+)$/u;

/** A command with more programs than this needs every program. */
const MOST_PROGRAMS = 200;
/** A rule sees at most so many words of a program; it cannot know those behind. */
const MOST_WORDS = 100;

const isOnDrive = (path: string): boolean => /^[a-z]:[\\/]/iu.test(path);
const plainPath = (path: string): string =>
  (isOnDrive(path) ? path.replaceAll("\\", "/") : path).replace(/\/+$/u, "");

/** An absolute path without `.` and `..`, by its letters. */
function withoutDots(path: string): string {
  const out: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") out.pop();
    else if (name !== "" && name !== ".") out.push(name);
  }
  return isOnDrive(path) ? out.join("/") : `/${out.join("/")}`;
}

/** The workspace folder around an absolute path, and the names from there; undefined outside all of them. */
function placeOf(
  path: string,
  roots: readonly RootFolder[],
): readonly [string, readonly string[]] | undefined {
  const nearest = roots
    .flatMap(({ name, path: real, opened = real }) =>
      [real, opened].map((base) => [name, plainPath(base)] as const),
    )
    .filter(([, base]) => path === base || path.startsWith(`${base}/`))
    .sort(([, a], [, b]) => b.length - a.length)[0];
  if (nearest === undefined) return undefined;
  const [name, base] = nearest;
  return [name, path.slice(base.length).split("/").filter(Boolean)];
}

const programIn = (folder: string, names: readonly string[]): string =>
  `shell:/./${[folder, ...names].map(encodeName).join("/")}`;

/** Gathers needs, each resource once with the words of every use. */
class Needs {
  readonly #around: Surroundings;
  readonly #start: string;
  readonly #words = new Map<string, Words[]>();
  readonly #files = new Map<string, Need>();
  #any = false;

  constructor(around: Surroundings) {
    this.#around = around;
    const [folder, ...names] = fsSegments(around.cwd);
    const root = around.roots.find(({ name }) => name === folder);
    this.#start = root === undefined ? "/" : [plainPath(root.path), ...names].join("/");
  }

  any(): void {
    this.#any = true;
  }

  /** The absolute paths that a path may mean; undefined when nobody knows. */
  #paths(path: string, at: Folders): readonly string[] | undefined {
    const absolute = path.startsWith("/") || isOnDrive(path);
    if (path.includes("\\") || (at === undefined && !absolute)) return undefined;
    return (absolute ? [""] : (at ?? [])).map((folder) =>
      withoutDots(absolute ? path : pathFrom(this.#start, pathFrom(folder, path))),
    );
  }

  program({ program, args, at }: StartedProgram): void {
    if (this.#around.right === "direct" && mayWrite(program.slice(program.lastIndexOf("/") + 1), args))
      this.any();
    const resources =
      program.includes("/") || program.includes("\\") ? this.#byPath(program, at) : this.#byName(program);
    for (const resource of resources) this.#add(resource, args);
  }

  #add(resource: string, args: readonly Piece[]): void {
    const words = wordsOf(args.slice(0, MOST_WORDS));
    const uses = this.#words.get(resource) ?? [];
    if (uses.length === 0 && this.#words.size >= MOST_PROGRAMS) {
      this.any();
      return;
    }
    uses.push(args.length > MOST_WORDS ? [...words, null] : words);
    this.#words.set(resource, uses);
  }

  /** A program that is written as a path: a file of a workspace folder, or one where the system has its programs. */
  #byPath(program: string, at: Folders): readonly string[] {
    const paths = this.#paths(program, at);
    if (paths === undefined) this.any();
    return (paths ?? []).flatMap((path) => {
      const place = placeOf(path, this.#around.roots);
      if (place !== undefined) return [programIn(...place)];
      const cut = path.lastIndexOf("/");
      const name = path.slice(cut + 1);
      if (name === "" || !this.#isSystem(path.slice(0, cut))) this.any();
      return name === "" ? [] : [`shell:/${encodeName(name)}`];
    });
  }

  #isSystem(folder: string): boolean {
    return SYSTEM.includes(folder) || this.#around.programs.path.includes(folder);
  }

  /**
   * A program that PATH finds. A folder of PATH inside a workspace folder counts even if it does not hold the program
   * now: the command itself could put it there.
   */
  #byName(name: string): readonly string[] {
    if (name === "." || name === "..") {
      this.any();
      return [];
    }
    const inside: string[] = [];
    for (const folder of this.#around.programs.path) {
      const place = placeOf(withoutDots(plainPath(folder)), this.#around.roots);
      const found = this.#around.programs.find(folder, name);
      if (place !== undefined) inside.push(programIn(place[0], [...place[1], name]));
      if (found === undefined) continue;
      if (place !== undefined) return inside;
      // A link leads from this folder into a workspace folder.
      if (found === "inside") this.any();
      break;
    }
    return [`shell:/${encodeName(name)}`, ...inside];
  }

  /** A file that a command outside a layer opens by a redirection. */
  file({ path, right, at }: Opened): void {
    const paths = isKnown(path) ? this.#paths(path, at) : undefined;
    if (paths === undefined) this.any();
    for (const each of paths ?? []) if (!HARMLESS.test(each)) this.#place(each, right);
  }

  /** A folder that a command outside a layer enters. */
  folder(path: string): void {
    for (const each of this.#paths(path, [""]) ?? []) this.#place(each, "list");
  }

  #place(path: string, right: string): void {
    const place = placeOf(path, this.#around.roots);
    if (place === undefined) {
      if (right !== "list") this.any();
      return;
    }
    const resource = fsResource(...place);
    this.#files.set(`${right} ${resource}`, { resource, right });
  }

  all(): readonly Need[] {
    const { right } = this.#around;
    const programs = [...this.#words].map(([resource, words]) => ({ resource, right, words }));
    return [...programs, ...(this.#any ? [{ resource: ANY_PROGRAM, right }] : []), ...this.#files.values()];
  }
}

/**
 * The needs of a command. On a layer its programs are all: what it does to files is decided afterwards. Outside one the
 * files that its redirections open and the folders that it enters are needs, too.
 */
export function commandNeeds(reading: CommandReading, around: Surroundings): readonly Need[] {
  const needs = new Needs(around);
  for (const start of reading.starts) needs.program(start);
  if (reading.unsure.length > 0 || reading.starts.length === 0) needs.any();
  if (around.right === "direct") {
    for (const opened of reading.opened) needs.file(opened);
    for (const folder of reading.entered) needs.folder(folder);
  }
  return needs.all();
}
