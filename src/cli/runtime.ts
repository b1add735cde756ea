// The runtime of a command: the functions that the boot list hands over, and the record that they open.
import { EXIT } from "../abi/cli.ts";
import type { Fault } from "../abi/errors.ts";
import type { Images } from "../abi/image.ts";
import type { Kinds } from "../abi/kind.ts";
import type { ModelLimits } from "../abi/model.ts";
import type { PolicyRule } from "../abi/policy.ts";
import type { AnyRecord, RootFolder, Worktree } from "../abi/record.ts";
import type { SandboxChoice } from "./arguments.ts";
import { readFolders, type LaunchSources } from "./launch.ts";
import type { Past } from "../kernel/checkpoints/past.ts";
import type { RepairOrder } from "./arguments/repair.ts";
import type { FilesNow } from "../kernel/ports.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Standing } from "../kernel/ports.ts";
import type { HeadMark } from "../kernel/ports/store.ts";
import type { Person } from "../kernel/witness.ts";
import type { RecordHistory } from "../views/history/history.ts";
import { standingExit, standingText } from "../views/record/standing.ts";
import type { JournalVerdict } from "../views/record/verdict.ts";
import { english } from "../views/words/translate.ts";

/** How much is in a worktree and nowhere else; `gone` when its folder is. */
interface WorktreeCounts {
  readonly gone: boolean;
  readonly commits: number;
  readonly changed: number;
  readonly ignored: number;
}

/** The folder of a worktree. */
interface MadeFolder {
  readonly name: string;
  readonly path: string;
  readonly worktree: Worktree;
}

/** Where commands can run, as trying it told; the reason and the remedy where no layer works. */
interface TriedMode {
  readonly mode: string;
  readonly reason?: string;
  readonly hint?: string;
}

/** An opened record with its kernel. */
export interface OpenRecord {
  readonly kernel: Kernel;
  readonly opened: { readonly standing: Standing; readonly id: string };
  /** Whole scripts by pid; the record leaves secrets out of them. */
  readonly talk: { readonly scripts: Map<number, unknown> };
  readonly person: Person;
  readonly launcher: Person;
  /** The fault of the policy files, if there is one. */
  readonly problem: () => { readonly text: string } | undefined;
  readonly records: () => readonly AnyRecord[];
  readonly head: () => HeadMark;
  /** Tries where commands can run here, and tells it once it was tried; undefined for a record that is only read. */
  readonly commands: { readonly found: TriedMode | undefined; probe(): Promise<TriedMode> } | undefined;
  /** The worktrees of this machine; a reader only looks. Undefined for a record that must not be obeyed. */
  readonly worktrees:
    | {
        readonly backend: {
          look(at: MadeFolder, signal: AbortSignal): Promise<WorktreeCounts | Fault>;
          disk(at: MadeFolder): Promise<number>;
          make(
            order: { readonly of: string; readonly pid: number; readonly goal: string },
            who: Person,
            signal: AbortSignal,
          ): Promise<(MadeFolder & { readonly notes: string }) | Fault>;
          remove(at: MadeFolder, signal: AbortSignal): Promise<Fault | undefined>;
        };
        settled(): Promise<void>;
      }
    | undefined;
  /** The files and the copies as they are now, for the plan of a restore. */
  readonly files: FilesNow;
  /** The state as it stood at a checkpoint. */
  readonly past: Past;
  readonly close: () => Promise<void>;
}

/** How to verify. With a public key the bytes are judged alone. */
export interface VerifyOptions {
  readonly publicKey?: string | undefined;
  readonly full: boolean;
  readonly signal: AbortSignal;
  /** Told again and again while it reads: how many bytes of how many. */
  readonly progress: (done: number, total: number) => void;
}

/** The functions of this machine that commands use. */
export interface Machine {
  readonly models: ModelLimits & {
    /** Why no request for this model can be sent yet, as far as that shows without sending one. */
    unready(model: string): Promise<Fault | undefined>;
  };
  /** `create` starts a record if there is none, `write` continues one, `view` only reads. */
  readonly open: (
    roots: readonly RootFolder[],
    mode: "create" | "write" | "view",
    policy?: readonly PolicyRule[],
    sandbox?: SandboxChoice,
  ) => Promise<OpenRecord>;
  readonly images: (roots: readonly RootFolder[]) => Images;
  readonly kinds: Kinds;
  readonly readPolicy: LaunchSources["rules"];
  /** Finds a public key in a PEM text, an identity.json, or hex. */
  readonly readPublicKey: (text: string) => string | undefined;
  /** Judges a record without opening it. Rejects with the reason of the signal when it is stopped. */
  readonly verify: (roots: readonly RootFolder[], how: VerifyOptions) => Promise<JournalVerdict>;
  /** Carries out a person's decision about a record that is not obeyed. */
  readonly repair: (
    roots: readonly RootFolder[],
    how: RepairOrder,
  ) => Promise<{ readonly ok: boolean; readonly detail: string }>;
  /** Asks the history of a record without opening all of it. */
  readonly history: <T>(
    roots: readonly RootFolder[],
    ask: (history: RecordHistory) => Promise<T>,
  ) => Promise<T>;
  /** Gives every record to `take`, in order and without what is secret; nothing of it stays in memory. */
  readonly stream: (
    roots: readonly RootFolder[],
    take: (record: AnyRecord, id: string) => Promise<void>,
  ) => Promise<{ readonly standing: Standing; readonly last: number }>;
  readonly sha256: (text: string) => string;
  /** The version of this program. */
  readonly version: string;
  /** The command that checks the record of a folder, as it can be typed on this machine. */
  readonly checkCommand: (folder: string) => string;
  /** Writes a text for people to standard output. */
  readonly say: (text: string) => Promise<void>;
  /** Writes JSON to standard output. */
  readonly sayJson: (json: string) => Promise<void>;
  /** Writes to standard error, after the name of the program. */
  readonly complain: (text: string) => Promise<void>;
}

/** A record opened for reading. `code` is the exit code for its state. */
export interface ViewedRecord {
  readonly seen: OpenRecord;
  readonly code: number;
  readonly folder: string;
}

/** Opens the record of these folders for reading, even one that must not be obeyed. The exit code tells. */
export async function openView(on: Machine, workspaces: readonly string[]): Promise<ViewedRecord> {
  const roots = await readFolders(workspaces);
  const seen = await on.open(roots, "view");
  const { standing } = seen.opened;
  const good = standing.kind === "read-only"; // a view of a good record
  if (!good) await on.complain(standingText(english, standing));
  return { seen, code: good ? EXIT.finished : standingExit(standing), folder: roots[0]?.path ?? "" };
}
