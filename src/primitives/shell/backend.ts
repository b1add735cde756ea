// The backend of `shell`: commands that run in a copy-on-write layer over the workspace folders, or unconfined.
import type { Fault } from "../../abi/errors.ts";
import type { RootFolder, Worktree } from "../../abi/record.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Programs } from "./reading/needs.ts";

/** `layered`: a command changes nothing while it runs, and its view is bounded. `unconfined`: it runs as the person would run it. */
export type ShellMode = "layered" | "unconfined";

/** The best mode of this machine, found by running a command in it. */
export type Sandbox =
  | {
      readonly mode: "layered";
      /** Bubblewrap mounts the layers itself, or `unshare` and `mount` do it before. */
      readonly route: "bubblewrap" | "unshare";
      /** True when the layers lie in memory, because no layer can be made on the disk of the user's data folder. */
      readonly memory: boolean;
    }
  | {
      readonly mode: "unconfined";
      /** Why no command can run in a layer, and the remedy. */
      readonly reason: string;
      readonly hint: string;
    };

/** How much of a folder, and of everything in it, a command may see. With `some` each entry is asked for by itself. */
export type Sight = "all" | "some" | "none";

/** The limits of one command. */
export interface ShellLimits {
  readonly seconds: number;
  /** Bytes of private memory, of one process and of all. */
  readonly memory: number;
  readonly processes: number;
  /** Bytes that a command may put out, and bytes that its layer may take. */
  readonly output: number;
  readonly disk: number;
}

/** A workspace folder. Commands in a worktree also see what git ignores in the folder that it is of. */
export interface CommandFolder extends RootFolder {
  readonly worktree?: Worktree | undefined;
}

/** One command. */
export interface ShellOrder {
  /** A mode that this machine does not have is a fault. */
  readonly mode: ShellMode;
  /** The `shell:` resources that the command needs; the grant must permit each, with `execute` or `direct`. */
  readonly programs: readonly string[];
  /** A program with its arguments, which no shell reads, or a text for bash. */
  readonly command: { readonly argv: readonly string[] } | { readonly script: string };
  /** A folder as an `fs:` resource. */
  readonly cwd: string;
  /** The text of its standard input, which is empty without one. */
  readonly stdin?: string | undefined;
  readonly limits?: Partial<ShellLimits>;
  /** All workspace folders of the process. */
  readonly roots: readonly CommandFolder[];
  /** What the process may see, by the `fs:` resource of a file or folder. */
  sees(resource: string): Sight;
  /** Credential files that this command sees, as `fs:` resources; the grant must permit `read` on each. */
  readonly reads: readonly string[];
  /** The process whose kept layers the command sees and adds to. */
  readonly pid: number;
  /** The canonical hosts that it may reach, as `canonicalHost` gives them; the grant must permit `connect` to each. */
  readonly hosts?: readonly string[];
  /** Whether one of them may still be reached. It is asked while the command runs, also after its call. */
  mayReach?(host: string): boolean;
}

/** What a running command is connected to. */
export interface ShellConnection {
  /** Gets the output as it comes; both streams are one. */
  emit(text: string): void;
  readonly signal: AbortSignal;
}

/**
 * The reason why a difference is never applied. `conflict`: somebody changed the file below while the command ran.
 * `hidden`: the command could not see what is there. `special`: a FIFO, socket or device. `set-id`: it would run as its
 * owner. `link`: it leads out of its root. `kind`: a file, folder or link became another kind. `name`: the name is not
 * UTF-8. `large`: the file below is too large to compare. `not-empty`: the folder holds what git ignores or what the command
 * could not see.
 */
export type ChangeProblem =
  | "conflict"
  | "hidden"
  | "special"
  | "set-id"
  | "link"
  | "kind"
  | "name"
  | "large"
  | "not-empty";

/** One real difference between a layer and the workspace. */
export interface LayerChange {
  readonly resource: string;
  readonly kind: "file" | "folder" | "link" | "other";
  readonly change: "created" | "changed" | "deleted";
  /** SHA-256 of the file's bytes, or of a link's target, in the workspace; absent when nothing was there, and for folders. */
  readonly pre?: string;
  /** The same in the layer. The bytes of a file lie in the folder of pre-images under this name, synced. */
  readonly post?: string;
  readonly bytes: number;
  readonly executable: boolean;
  /** The target of a link, as written in it. */
  readonly link?: string;
  /** Present when it can only be told, not applied. */
  readonly problem?: ChangeProblem;
}

/** A name that git ignores, and what became of it in the process's layer. */
export type KeptChange = Pick<LayerChange, "resource" | "change">;

/** The limit that ended a command, or `stopped` when somebody did. */
export type ShellEnd = "time" | "memory" | "processes" | "output" | "disk" | "stopped";

/**
 * The reason why a connection was not made, or ended early. `host`: the call does not name it. `revoked`: the right to
 * connect to it was taken away. `address`: the name leads
 * to an address that is not public. `name`: the request or its TLS names another host. `request`: it cannot be read.
 * `protocol`: something else than TLS on its port. `limit`: too many, or too many bytes. The others are faults of the network.
 */
export type ConnectionProblem = (typeof CONNECTION_PROBLEMS)[number];
export const CONNECTION_PROBLEMS = [
  "host",
  "revoked",
  "port",
  "address",
  "name",
  "request",
  "protocol",
  "limit",
  "unresolved",
  "unreachable",
] as const;

/** A connection that a command asked for. */
export interface HostConnection {
  /** As asked for; empty when the request could not be read. */
  readonly host: string;
  readonly port: number;
  /** The address that it was made to; absent when it was not made. */
  readonly address?: string;
  /** Bytes to the host, and from it. */
  readonly up: number;
  readonly down: number;
  readonly problem?: ConnectionProblem;
}

/** All connections of a command: the first ones, and how many `more` there were. */
export interface Reached {
  readonly connections: readonly HostConnection[];
  readonly more: number;
}

/** A command that ran. */
export interface Ran {
  readonly mode: ShellMode;
  /** The exit code; undefined when a signal ended it. */
  readonly exit?: number;
  readonly signal?: string;
  readonly ended?: ShellEnd;
  readonly seconds: number;
  /** Real differences: folders, files and links, then deletes with the innermost first. Always empty when unconfined. */
  readonly changes: readonly LayerChange[];
  /** Present when there were too many, so that none is given: counted as far as they were looked at. */
  readonly tooMany?: { readonly entries: number; readonly bytes: number };
  /** How many files that git ignores stay in the process's layer. */
  readonly kept: number;
  /** The first of them, by name; a folder that is ignored as a whole stands for all that is in it. */
  readonly keptAt?: readonly KeptChange[];
  /** Git folders that the command changed, as `fs:` resources; nothing of that is kept. */
  readonly git: readonly string[];
  /** True when kept files were dropped: what they covered has changed in the workspace since, or they could not be kept. */
  readonly dropped: boolean;
  /** Present when the call named hosts. */
  readonly reached?: Reached;
}

/** A command in the background: running, or ended with what came of it. */
export type BackgroundCommand =
  | { readonly state: "running"; readonly seconds: number }
  | { readonly state: "ended"; readonly ran: Ran | Fault };

/** One name that git ignores, with all that the commands of a process left below it. */
export interface KeptGroup {
  /** An `fs:` resource. */
  readonly resource: string;
  /** How many files there are, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Names of the workspace that the commands deleted. */
  readonly gone: number;
  /** Names that are never taken over: links, pipes, sockets and devices. */
  readonly others: number;
  /** Names that somebody changed in the workspace since. */
  readonly conflicts: number;
  /** Files that hold credentials by their name. */
  readonly secrets: number;
}

/** The kept layers of this machine. No method throws. */
export interface KeptBackend {
  /** What is kept for a process, by name; a folder that is too large for one step by what is in it. */
  groups(pid: number, roots: readonly CommandFolder[]): Promise<readonly KeptGroup[] | Fault>;
  /**
   * The differences between these names and the workspace, in the order in which they can be applied. The bytes of files
   * are among the copies, synced. E2BIG when they are more than one command may change.
   */
  changes(
    pid: number,
    roots: readonly CommandFolder[],
    names: readonly string[],
  ): Promise<readonly LayerChange[] | Fault>;
  /** Notes that the workspace has now all that is kept at these names, so that the layer stays. */
  taken(pid: number, roots: readonly CommandFolder[], names: readonly string[]): Promise<void>;
}

/**
 * Commands of this machine. Each method that starts one first checks its grant: it is alive, `full`, and permits each
 * program of the order. No method throws.
 */
export interface ShellBackend {
  /** Tries the modes once and remembers the answer. */
  probe(): Promise<Sandbox>;
  /** That answer; undefined until the modes were tried. */
  readonly found: Sandbox | undefined;
  /** Where commands find programs; those in one of these folders, by their real paths, are files of the workspace. */
  programs(folders: readonly string[]): Programs;
  /**
   * Runs a command to its end and gives what it would change. The layer is gone then; an abort throws all away and is
   * EINTR.
   */
  run(order: ShellOrder, grant: Grant, on: ShellConnection): Promise<Ran | Fault>;
  /**
   * Starts a command under this id, and resolves when it has begun. It outlives the call; nothing but `stop`, its limits and
   * our end ends it.
   */
  start(
    id: string,
    order: ShellOrder,
    grant: Grant,
    on: Pick<ShellConnection, "emit">,
  ): Promise<Fault | undefined>;
  /** A command of {@link ShellBackend.start}; ENOENT when there is none of this id. */
  read(id: string): BackgroundCommand | Fault;
  /** Ends it, and resolves when none of its processes is left; an unknown id is no error. */
  stop(id: string): Promise<void>;
  /** Lets go of an ended command. */
  forget(id: string): void;
  /** The processes that have kept layers. */
  keepers(): readonly number[];
  /** The folders with the files that git ignores of one process, by root. A person may open them. */
  keptFolders(pid: number): readonly { readonly root: string; readonly folder: string }[];
  /** The same files by name, for a person who takes some over. */
  readonly keptFiles: KeptBackend;
  /** Throws away the kept layers of one process. */
  drop(pid: number): Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}
