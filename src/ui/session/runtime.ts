// The runtime as the editor's surface sees it: what `extension.ts` puts in, because `ui` may not reach it by itself.
import type { Fault } from "../../abi/errors.ts";
import type { Image, ReadImages } from "../../abi/image.ts";
import type { PolicyProblem, PolicyRule } from "../../abi/policy.ts";
import type { AnyRecord, RootFolder } from "../../abi/record.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Process } from "../../kernel/state/rows.ts";
import type { HeadMark, Scanned, Standing } from "../../kernel/ports.ts";
import type { Person } from "../../kernel/witness.ts";

/** An opened record with the kernel over it. */
export interface Runtime {
  readonly kernel: Kernel;
  readonly standing: Standing;
  readonly id: string;
  /** Proves that a person acts; only what answers a person's gesture takes it. */
  readonly person: Person;
  /** The newest head that is on the disk. */
  readonly head: () => HeadMark;
  /** The text that a change replaced, by the digest of its bytes, as far as a copy was kept. */
  kept(sha256: string): Promise<string | undefined>;
  /** What is wrong with the policy files, if anything is: then nothing runs. */
  readonly problem: () => PolicyProblem | undefined;
  /** Calls back when that has changed. */
  readonly onProblem: (changed: () => void) => void;
  onText(listener: (pid: number, delta: string) => void): () => void;
  /** A person has just done what means a request to this model: the editor may ask them about it now. */
  readonly allow: (model: string) => void;
  close(): Promise<void>;
}

/** How the record may be opened: to make one, to go on writing one, or to look. */
export type OpenMode = "create" | "write" | "view";

/** What a person may decide about a record: to fetch it back, that it belongs here now, to begin a new one. */
export type Mending = "recover" | "confirm" | "afresh";

/** What a check of the record found, as text for people. */
export interface Verified {
  readonly good: boolean;
  /** There was no record to check, and none is missed. */
  readonly absent: boolean;
  readonly text: string;
}

/** What an agent is put together from, once a person chose. */
export interface Order {
  readonly goal: string;
  readonly model: string;
  readonly image: Image;
  /** CAP texts. */
  readonly grants: readonly string[];
  /** What the scripted model answers from. */
  readonly script?: unknown;
  /** The ended agent that it is a fork of. */
  readonly forkOf?: Process;
}

/** Everything outside `ui` that it needs. */
export interface Outside {
  open(roots: readonly RootFolder[], mode: OpenMode): Promise<Runtime>;
  /** Tells when a record that is written elsewhere may have changed. */
  watch(root: string, changed: () => void): Promise<{ dispose(): void }>;
  /**
   * Reads the record from the disk and keeps what is wanted of it; `last` is the newest place in the sequence. From the
   * `position` of an earlier reading on only what came since is read.
   */
  read(
    roots: readonly RootFolder[],
    keep: (record: AnyRecord) => boolean,
    most?: number,
    since?: Pick<Scanned, "last" | "end">,
  ): Promise<{
    readonly position: Pick<Scanned, "last" | "end"> | undefined;
    readonly standing: Standing;
    readonly id: string;
    readonly records: readonly AnyRecord[];
    readonly last: number;
  }>;
  verify(roots: readonly RootFolder[]): Promise<Verified>;
  /** Carries out what a person decided about a record that is not obeyed. */
  mend(
    roots: readonly RootFolder[],
    how: Mending,
  ): Promise<{ readonly ok: boolean; readonly detail: string }>;
  /** Every image that an agent can be started from, as the files and the opened record are now. */
  images(roots: readonly RootFolder[], runtime: Runtime | undefined): Promise<ReadImages>;
  /** What a profile suggests that an image may do, as CAP texts; `all` are the images it may ask to start. */
  suggest(
    image: Image,
    profile: "ask" | "readOnly" | "editFreely",
    roots: readonly RootFolder[],
    all: readonly string[],
  ): Promise<string[]>;
  /** A script for the scripted model: the demonstration, or the file that AGENTLIBOS_SCRIPT names. */
  script(which: "demo" | "file"): Promise<{ readonly script: unknown } | Fault>;
  readonly keys: Keys;
  readonly policy: PolicyParts;
  readonly models: ModelParts;
  readonly tour: TourParts;
}

/** The tour: a project of its own, an agent that shows what it may do there, and a damaged copy of the record. */
export interface TourParts {
  /** Makes the project in a new folder and returns its path. */
  folder(): Promise<string>;
  order(root: RootFolder): Promise<Order>;
  /** Copies the record, flips one byte in the copy, and checks that. */
  damage(root: RootFolder): Promise<Verified>;
}

/** The policy files: where they are looked for, what they say now, and the user's own one, made when there is none. */
export interface PolicyParts {
  places(root: string): Promise<readonly (readonly [from: "user" | "workspace" | "launch", file: string])[]>;
  read(
    root: string,
  ): Promise<{ readonly rules: readonly PolicyRule[]; readonly problem?: PolicyProblem | undefined }>;
  mine(): Promise<string>;
}

/** The providers that take a key. */
export type Vendor = "anthropic" | "openai" | "openai-compatible";

/** Where models can be found that nobody has to name. */
export interface ModelParts {
  /** What other extensions offer. */
  editor(): Promise<readonly { readonly model: string; readonly label: string; readonly detail: string }[]>;
  /** The names of what is installed on this machine; undefined when nothing answers. Asked by the picker alone. */
  ollama(): Promise<readonly string[] | undefined>;
}

export interface Keys {
  get(vendor: Vendor): Promise<string | undefined>;
  set(vendor: Vendor, key: string | undefined): Promise<void>;
}
