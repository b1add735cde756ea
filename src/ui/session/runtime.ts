// Runtime: the parts outside `ui` that the surface needs. `extension.ts` provides them, because `ui` may not import
// them.
import type { Fault } from "../../abi/errors.ts";
import type { Image, ReadImages } from "../../abi/image.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { PolicyProblem, PolicyRule } from "../../abi/policy.ts";
import type { AnyRecord, RootFolder, Worktree } from "../../abi/record.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Process } from "../../kernel/state/rows.ts";
import type { Past } from "../../kernel/checkpoints/past.ts";
import type { FilesNow, Standing } from "../../kernel/ports.ts";
import type { ReadPosition } from "../../kernel/ports/files.ts";
import type { HeadMark } from "../../kernel/ports/store.ts";
import type { Person } from "../../kernel/witness.ts";
import type { OpenedHistory } from "../../views/history/history.ts";
import type { RecordFilter } from "../../views/history/filter.ts";
import type { CopiesTaken } from "../../views/record/checkpoints.ts";
import type { CommandParts, KeptParts } from "./commands.ts";

/** An opened record with its kernel. */
export interface Runtime {
  readonly kernel: Kernel;
  readonly standing: Standing;
  readonly id: string;
  /** The proof that a person acts. Only code that answers a person's gesture uses it. */
  readonly person: Person;
  /** The newest head on the disk. */
  readonly head: () => HeadMark;
  /** The text that a change replaced, by the digest of its bytes, if a copy was kept. */
  kept(sha256: string): Promise<string | undefined>;
  /** The room that the copies of replaced texts take on the disk. */
  copies(): Promise<CopiesTaken>;
  /** The problem of the policy files, if there is one. Then nothing runs. */
  readonly problem: () => PolicyProblem | undefined;
  /** Calls back when the problem has changed. */
  readonly onProblem: (changed: () => void) => void;
  /** The files and the copies as they are now, for the plan of a restore. */
  readonly files: FilesNow;
  /** The state as it stood at a checkpoint. */
  readonly past: Past;
  /** Undefined while this window only watches the record. */
  readonly commands: CommandParts | undefined;
  readonly keptFiles: KeptParts | undefined;
  /** Undefined for a record that must not be obeyed. */
  readonly worktrees: TreeParts | undefined;
  /** A person has just done something that implies a request to this model. The editor may ask them about it now. */
  readonly allow: (model: string) => void;
  close(): Promise<void>;
}

/** The folder of a worktree. */
export interface TreeFolder {
  readonly name: string;
  readonly path: string;
  readonly worktree: Worktree;
}

/** One file that a worktree has otherwise than the folder that it is of; `post` names the bytes that would be put there. */
export interface TreeChange {
  /** Its path from the top of both on. */
  readonly name: string;
  readonly change: "created" | "changed" | "deleted";
  readonly post?: string | undefined;
  /** Why it stays as it is, such as `conflict`. */
  readonly problem?: string | undefined;
}

/** The worktrees of an opened record, as far as the surface sees them. */
export interface TreeParts {
  readonly backend: {
    make(
      order: { readonly of: string; readonly pid: number; readonly goal: string },
      who: Person,
      signal: AbortSignal,
    ): Promise<(TreeFolder & { readonly notes: string }) | Fault>;
    remove(at: TreeFolder, signal: AbortSignal): Promise<Fault | undefined>;
    look(
      at: TreeFolder,
      signal: AbortSignal,
    ): Promise<
      | {
          readonly gone: boolean;
          readonly commits: number;
          readonly changed: number;
          readonly ignored: number;
        }
      | Fault
    >;
    disk(at: TreeFolder): Promise<number>;
    compare(at: TreeFolder, who: Person, signal: AbortSignal): Promise<readonly TreeChange[] | Fault>;
    baseText(at: TreeFolder, name: string, who: Person, signal: AbortSignal): Promise<string | undefined>;
  };
}

/** How to open the record: create it, continue writing it, or only read it. */
export type OpenMode = "create" | "write" | "view";

/** The decisions of a person about a record: restore it, confirm its new place, or start a new one. */
export type Repair = "recover" | "confirm" | "afresh";

/** The result of a check of the record, as text for people. */
export interface Verified {
  readonly good: boolean;
  /** There was no record to check, and none is missing. */
  readonly absent: boolean;
  readonly text: string;
}

/** The choices from which an agent is started. */
export interface Order {
  readonly goal: string;
  readonly model: string;
  readonly image: Image;
  /** The grants as CAP texts. */
  readonly grants: readonly string[];
  /** The answers of the scripted model. */
  readonly script?: unknown;
  /** The ended agent to fork. */
  readonly forkOf?: Process;
  /** The folder of which it gets a worktree to work in; without one it works in the first folder. */
  readonly place?: { readonly folder: string };
}

/** Everything outside `ui` that the surface needs. */
export interface Outside {
  open(roots: readonly RootFolder[], mode: OpenMode): Promise<Runtime>;
  /** Calls back when a record that is written elsewhere may have changed. */
  watch(root: string, changed: () => void): Promise<{ dispose(): void }>;
  /**
   * Reads the record from the disk and keeps the selected records. `last` is the newest sequence number. With the
   * `position` of an earlier reading, only later records are read.
   */
  read(
    roots: readonly RootFolder[],
    keep: (record: AnyRecord) => boolean,
    most?: number,
    since?: ReadPosition,
  ): Promise<{
    readonly position: ReadPosition | undefined;
    readonly standing: Standing;
    readonly id: string;
    readonly records: readonly AnyRecord[];
    readonly last: number;
  }>;
  /** Reads the records that a filter wants, oldest first, and of these the newest `most`. */
  records(roots: readonly RootFolder[], filter: RecordFilter, most: number): Promise<readonly AnyRecord[]>;
  /** Opens the history, to ask it for calls by filter and page. */
  history(roots: readonly RootFolder[]): Promise<OpenedHistory>;
  /** Checks the record. Rejects when `signal` stops it; `progress` is told how many bytes of how many were read. */
  verify(
    roots: readonly RootFolder[],
    waiting?: { readonly signal: AbortSignal; readonly progress: (done: number, total: number) => void },
  ): Promise<Verified>;
  /** The command that checks the record of a folder, as it can be typed on this machine. */
  checkCommand(folder: string): Promise<string>;
  /** Carries out a person's decision about a record that is not obeyed. */
  repair(
    roots: readonly RootFolder[],
    how: Repair,
  ): Promise<{ readonly ok: boolean; readonly detail: string }>;
  /** Every image that an agent can be started from, by the present files and the opened record. */
  images(roots: readonly RootFolder[], runtime: Runtime | undefined): Promise<ReadImages>;
  /** The grants that a profile suggests for an image, as CAP texts. `all` are the images that it may ask to start. */
  suggest(
    image: Image,
    profile: "ask" | "readOnly" | "editFreely",
    roots: readonly RootFolder[],
    all: readonly string[],
  ): Promise<string[]>;
  /** The kinds of resources, also while no record is open. */
  kinds(): Promise<Kinds>;
  /** The script for the scripted model: the demonstration, or the file that AGENTLIBOS_SCRIPT names. */
  script(which: "demo" | "file"): Promise<{ readonly script: unknown } | Fault>;
  readonly keys: Keys;
  readonly policy: PolicyParts;
  readonly models: ModelParts;
  readonly tour: TourParts;
}

/** The tour: a project, an agent that shows what it may do there, and a damaged copy of the record. */
export interface TourParts {
  /** Makes the project in a new folder and returns its path. */
  folder(): Promise<string>;
  order(root: RootFolder): Promise<Order>;
  /** Copies the record, flips one byte in the copy, and checks the copy. */
  damage(root: RootFolder): Promise<Verified>;
}

/** The policy files: their places, their rules, and the user's own file, which is created when it is missing. */
export interface PolicyParts {
  places(root: string): Promise<readonly (readonly [from: "user" | "workspace" | "launch", file: string])[]>;
  read(
    root: string,
  ): Promise<{ readonly rules: readonly PolicyRule[]; readonly problem?: PolicyProblem | undefined }>;
  mine(): Promise<string>;
}

/** The vendors that need a key. */
export type Vendor = "anthropic" | "openai" | "openai-compatible";

/** The models that can be found without a name from the user. */
export interface ModelParts {
  /** The models that other extensions offer. */
  editor(): Promise<readonly { readonly model: string; readonly label: string; readonly detail: string }[]>;
  /**
   * The models that Ollama has, and its host if that is not this machine; undefined when it does not answer. Only the
   * picker asks.
   */
  ollama(): Promise<{ readonly names: readonly string[]; readonly host?: string } | undefined>;
}

/** The API keys of vendors. */
export interface Keys {
  get(vendor: Vendor): Promise<string | undefined>;
  set(vendor: Vendor, key: string | undefined): Promise<void>;
}
