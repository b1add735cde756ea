// Boot: the parts of a running workspace, shared by the editor and the command line.
import { fault, type Fault } from "./abi/errors.ts";
import type { Images } from "./abi/image.ts";
import type { PolicyProblem, PolicyRule } from "./abi/policy.ts";
import type { AnyRecord, RootFolder } from "./abi/record.ts";
import type { ShellBackend } from "./primitives/shell/backend.ts";
import { KeptFiles } from "./primitives/shell/keeping.ts";
import type { ShellPorts } from "./primitives/shell/shell.ts";
import { Conversations } from "./agent/context/messages.ts";
import { builtInImages } from "./agent/images.ts";
import { AgentLoop } from "./agent/loop.ts";
import { Slots } from "./agent/slots.ts";
import { systemClock } from "./host/node/clock.ts";
import { nodeDigests, nodeSignatures } from "./host/node/digests.ts";
import { filesNow } from "./host/node/checkpoints/now.ts";
import { keepRoom } from "./host/node/checkpoints/room.ts";
import { nodeFs } from "./host/node/fs/fs.ts";
import { nodeGit, type NodeGitOptions } from "./host/node/git/git.ts";
import { Worktrees } from "./host/node/git/worktrees/ending.ts";
import type { TextSettings } from "./host/node/fs/text/conventions.ts";
import { imageFiles } from "./host/node/image-files.ts";
import { openJournal } from "./host/node/journal/open.ts";
import { readPolicy, rulesWithoutSecrets, watchPolicy, type ReadPolicy } from "./host/node/policy-files.ts";
import { endLayers, openCommands, type CommandOptions } from "./host/node/shell/commands.ts";
import type { ReservedPlaces } from "./host/node/reserved.ts";
import { launchRulesOf, rulesIn } from "./kernel/authority/rules.ts";
import { recordedPast, type Past } from "./kernel/checkpoints/past.ts";
import { pinnedCopies } from "./kernel/checkpoints/pinned.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { Primitive } from "./kernel/operation.ts";
import type { KernelOps } from "./kernel/ops.ts";
import type { FilesNow, OpenedJournal } from "./kernel/ports.ts";
import type { HeadMark } from "./kernel/ports/store.ts";
import { Journal } from "./kernel/record/journal.ts";
import { Redactor } from "./kernel/record/redact.ts";
import { scanner } from "./kernel/record/files/scan.ts";
import { Snapshots } from "./kernel/record/snapshots.ts";
import { OpeningFold } from "./kernel/state/snapshot/opening.ts";
import { toRows } from "./kernel/state/snapshot/rows.ts";
import { mint, type Person } from "./kernel/witness.ts";
import { credential } from "./primitives/shell/sight.ts";
import { finishRestores } from "./primitives/checkpoint/finish.ts";
import { NO_EDITOR, type DiagnosticsBackend } from "./primitives/fs/diagnostics.ts";
import { createImages, type Registered } from "./primitives/image.ts";
import { kinds, primitives } from "./primitives/index.ts";
import type { ModelBackend } from "./primitives/model.ts";

/** The images of the program itself. */
const IMAGES = builtInImages(kinds);

export { readRecord, verifyRecord } from "./history.ts";
export { placesOf } from "./host/node/reserved.ts";

export interface BootOptions {
  /** The folder that `.agentlibos` lies in: the first workspace folder. */
  readonly root: string;
  readonly roots: readonly RootFolder[];
  /** The user's data folder (`AGENTLIBOS_HOME`). */
  readonly home: string;
  /** The places of the running program and of the editors; agents reach none of them, wherever they lie. */
  readonly programs?: ReservedPlaces;
  /** Named in the opening record, for example `agentlibos 0.1.0 cli`. */
  readonly host: string;
  /** `create` starts a record where there is none; `write` continues one; `view` only reads. */
  readonly mode: "create" | "write" | "view";
  /** Rules of this launch, beside those of the policy files. */
  readonly policy: readonly PolicyRule[];
  /** Keeps every record in memory for {@link Booted.records}: for runs that print an account at their end. */
  readonly remembers?: boolean;
  /** Keeps the rules that unfinished agents were launched under, so that they stay bound after a resume. */
  readonly keepsRules?: boolean;
  readonly models: ModelBackend;
  /** The editor's problems, where there is an editor. */
  readonly diagnostics?: DiagnosticsBackend;
  /** The editor's settings for texts; without an editor a folder's own settings count. */
  readonly textSettings?: TextSettings;
  /** What a person chose for commands; the best that works here if left out. */
  readonly commands?: CommandOptions;
  /** What a person chose for commits. */
  readonly git?: Pick<NodeGitOptions, "trailer">;
  /** The bound for the copies of files, in bytes. */
  readonly copiesMost?: number;
  /** Values that must never reach the record, such as model keys. */
  readonly secrets?: readonly string[];
  /** Model calls at once for each provider. */
  readonly slots?: number;
  /** Called with an error that a listener to the record threw; the host shows it where it shows bugs. */
  readonly onBug?: (bug: unknown) => void;
}

export interface Booted {
  readonly kernel: Kernel;
  readonly opened: Omit<OpenedJournal, "records">;
  readonly talk: Conversations;
  /** For UI commands and the terminal prompt only. */
  readonly person: Person;
  /** For the command line's answering rule. */
  readonly launcher: Person;
  /** Adds a value that must never reach the record. */
  readonly keepSecret: (value: string) => void;
  /** Every record so far, oldest first, if they are kept; some may not be durable yet. */
  readonly records: () => readonly AnyRecord[];
  /** The newest durable head. */
  readonly head: () => HeadMark;
  /** The fault of the policy files now. If there was one at the opening, the record was opened as a view. */
  readonly problem: () => PolicyProblem | undefined;
  /** Calls back when that fault has changed. */
  readonly onProblem: (changed: () => void) => void;
  /** The commands of this machine; undefined for a viewer, which runs none. */
  readonly commands: ShellBackend | undefined;
  /** Takes over what the commands of an agent left that git ignores; undefined for a viewer. */
  readonly keptFiles: KeptFiles | undefined;
  /** The files and the copies as they are now, for the plan of a restore. */
  readonly files: FilesNow;
  /** The state as it stood at a checkpoint. */
  readonly past: Past;
  /** The worktrees of this machine; a viewer only looks at them. Undefined when the record must not be obeyed. */
  readonly worktrees: Pick<Worktrees, "backend" | "settled"> | undefined;
  readonly close: () => Promise<void>;
}

/** The images of these folders. If `open` gives a record that is obeyed, registered images are among them. */
export function imagesIn(
  folders: readonly RootFolder[],
  open: () => Promise<
    (Pick<Booted, "kernel"> & { readonly opened: Pick<OpenedJournal, "standing"> }) | undefined
  >,
): Images {
  const registered = async (): Promise<Registered> => {
    const on = await open();
    const obeyed = ["obeyed", "read-only"].includes(on?.opened.standing.kind ?? "");
    return on !== undefined && obeyed ? on.kernel.state : { images: new Map(), registered: new Map() };
  };
  return createImages(
    registered,
    IMAGES,
    imageFiles(() => folders, IMAGES),
  );
}

/** Opens the record, folds it, and starts the kernel over it. A record that must not be obeyed gives a viewer. */
export async function boot(options: BootOptions): Promise<Booted> {
  const [clock, digests] = [systemClock, nodeDigests];
  const redactor = new Redactor();
  for (const value of options.secrets ?? []) redactor.addSecret(value);
  const { root, roots, home } = options;
  const checkRules = (found: ReadPolicy): ReadPolicy =>
    rulesWithoutSecrets(found, (rule) => redactor.redact(rule, true).changed);
  const filed = checkRules(await readPolicy({ root, home }, kinds));
  const launched = checkRules({ rules: options.policy });
  let problem = filed.problem ?? launched.problem;
  const mode = problem === undefined ? options.mode : "view";
  const scan = scanner(digests, nodeSignatures);
  const remembered: AnyRecord[] = [];
  const sha256 = (text: string): string => digests.sha256(text);
  const fold = new OpeningFold(sha256, kinds, options.remembers === true ? remembered : undefined);
  const { records: _, ...opened } = await openJournal({ root, roots, home, mode, scan, ...fold.takers() });
  const { store, signer, preimages, values } = opened;
  for (const value of values?.read() ?? []) redactor.learn(value);
  const writing = opened.standing.kind === "obeyed" && store !== undefined && signer !== undefined;
  const closable: { close(): unknown }[] = [];
  const own: { journal?: Journal; kernel?: Kernel; commands?: ShellPorts; worktrees?: Worktrees } = {};
  let launchRules = options.policy;
  const bootedKernel = (): Kernel => {
    if (own.kernel === undefined) throw new Error("the kernel is not booted yet");
    return own.kernel;
  };
  const talk = new Conversations(bootedKernel, IMAGES, options.models);
  const journal = (apply: (record: AnyRecord) => void): Journal => {
    if (!writing) throw new Error("a viewer has no journal to write");
    const onSealed = (why: Fault): void => own.kernel?.seal(why);
    return (own.journal = new Journal({
      last: opened.last,
      ...{ store, signer, clock, digests, redactor },
      ...(values === undefined ? {} : { values }),
      snapshots: new Snapshots(store, fold.from, () => JSON.stringify(toRows(bootedKernel().state))),
      apply,
      onSealed,
    }));
  };
  const within = {
    folders: (): readonly RootFolder[] => bootedKernel().state.roots,
    reserved: () => [home],
    programs: options.programs,
  };
  const now = filesNow({ ...within, preImages: preimages });
  closable.push(now);
  const durable = (seq: number): Promise<void> => (writing ? bootedKernel().durable(seq) : Promise.resolve());
  const past = recordedPast({ lines: opened.lines, digests, kinds, durable });
  const buildPrimitives = (ops: KernelOps): readonly Primitive[] => {
    // A viewer has no effects, so it opens no folder and makes no place for pre-images.
    if (!writing || preimages === undefined) return [];
    const { models, diagnostics = NO_EDITOR, textSettings } = options;
    const files = nodeFs({ ...within, preImages: preimages, textSettings });
    const git = nodeGit({ ...within, ...options.git, journal: opened.id });
    const worktrees = new Worktrees({ ...within, home, record: opened.id, preImages: preimages });
    const places = { preImages: preimages, hidden: within.reserved, isCredential: credential };
    const commands = openCommands(options.commands ?? {}, places);
    closable.push(commands.backend, files, git, worktrees.backend);
    Object.assign(own, { commands, worktrees });
    const texts = { images: IMAGES, imageFiles: imageFiles(within.folders, IMAGES) };
    const backends = { files, filesNow: now, past, git, worktrees: worktrees.backend, commands };
    return primitives({ ops, ...texts, ...backends, diagnostics, models, talk });
  };
  // A reader of a good record may look at its worktrees; of any other record nothing is opened.
  if (opened.standing.kind === "read-only") {
    own.worktrees = new Worktrees({ ...within, home, record: opened.id, preImages: "" });
    closable.push(own.worktrees.backend);
  }
  const kernel = Kernel.open({
    clock,
    digests,
    folded: fold.folded,
    lines: opened.lines,
    primitives: buildPrimitives,
    firstCall: (order) => talk.firstCall(order),
    ...(options.onBug === undefined ? {} : { onBug: options.onBug }),
    ...(writing ? { journal } : {}),
  });
  own.kernel = kernel;
  const person = mint.person("person");
  let watching: { dispose(): void } | undefined;
  let reading = Promise.resolve();
  const close = async (): Promise<void> => {
    watching?.dispose();
    await reading;
    await own.worktrees?.settled();
    await kernel.stop();
    kernel.seal(fault("EUNAVAILABLE", "The runtime was closed.", "Start it again."));
    await own.journal?.close().catch(() => undefined);
    await store?.close();
    for (const backend of closable) await backend.close();
  };
  if (writing) {
    const { host } = options;
    if (options.keepsRules === true) launchRules = launchRulesOf(kernel.state, options.policy);
    const policy = [...filed.rules, ...launchRules];
    if (options.remembers === true) kernel.onRecord((record) => void remembered.push(record));
    const loop = new AgentLoop(kernel, IMAGES, talk, new Slots(options.slots ?? 5));
    const { cut, follows } = opened;
    const before = { ...(cut === undefined ? {} : { cut }), ...(follows === undefined ? {} : { follows }) };
    try {
      await kernel.begin({ host, roots: opened.roots, policy, ...before }, loop);
      await finishRestores(kernel, person);
    } catch (error) {
      await close(); // else this program would hold the record until it ends
      throw error;
    }
    const pinned = (): Set<string> => pinnedCopies(kernel.state);
    if (preimages !== undefined)
      closable.push(keepRoom(kernel, { folder: preimages, most: options.copiesMost, pinned }));
    if (own.commands !== undefined) endLayers(kernel, own.commands.backend);
    own.worktrees?.begin(kernel);
  }
  const listeners = new Set<() => void>();
  /** Reads the files again, one reading after the other. While they have a fault, the rules in force stay. */
  const readAgain = (): void => {
    reading = reading.then(async () => {
      const before = problem?.text;
      const found = checkRules(await readPolicy({ root, home }, kinds));
      problem = found.problem;
      const rules = problem === undefined ? [...found.rules, ...launchRules] : rulesIn(kernel.state);
      if (kernel.writable) kernel.setPolicy(person, rules, problem?.text);
      if (problem?.text !== before) for (const changed of listeners) changed();
    });
    reading = reading.catch((bug: unknown) => options.onBug?.(bug));
  };
  const watch = (): void => {
    watching ??= watchPolicy({ root, home }, readAgain);
    readAgain(); // the files may have changed before the watch began
  };
  if (writing) watch();
  return {
    kernel,
    opened,
    talk,
    person,
    problem: () => problem,
    onProblem: (changed) => {
      listeners.add(changed);
      if (watching === undefined) watch();
    },
    launcher: mint.person("launcher"),
    keepSecret: (value) => {
      redactor.addSecret(value);
    },
    records: () => remembered,
    head: () => own.journal?.head ?? opened.last,
    commands: own.commands?.backend,
    keptFiles: own.commands && new KeptFiles(kernel, person, own.commands.backend.keptFiles),
    files: now,
    past,
    worktrees: own.worktrees,
    close,
  };
}
