// The state of the runtime: what folding every record gives. Only the fold (`fold.ts` and its parts) changes it.
import type { Answer, Preview, Question } from "../../abi/question.ts";
import type { Fault } from "../../abi/errors.ts";
import type { Budget, Image, Usage } from "../../abi/image.ts";
import type { Launch, RecordData, RecordKind, RootFolder } from "../../abi/record.ts";
import type { KeyedRule } from "../authority/decide.ts";
import { INIT, NEW_LIFE, type Life } from "./life.ts";
import { CapabilityTable } from "../authority/capabilities.ts";

/** How a call of a turn came out, as the model will read it. */
export type CallResult = { readonly ok: true; readonly value: unknown } | Fault;

/** One entry of a conversation. `answer` is the recorded value of the turn's model call; `results` go by call index. */
export type ConversationEntry =
  | { readonly role: "user"; readonly text: string; readonly by: string }
  | {
      readonly role: "turn";
      /** Whose turn it was: a forked process begins with turns of another. */
      readonly pid: number;
      readonly turn: number;
      readonly answer: unknown;
      readonly results: Map<number, CallResult>;
    };

/** Same call, same result, since the process last changed anything: what the loop detector counts. */
export interface Repeat {
  readonly result: string;
  readonly times: number;
}

/** A process. Most hold nothing of most kinds, so collections that are mostly empty are there only with something in them. */
export interface Process {
  readonly pid: number;
  parent: number;
  /** Who pays with it: the parent it was born to. It stays when the process is orphaned. */
  readonly account: number;
  readonly children: number[];
  image: string;
  imageHash: string;
  model: string;
  readonly goal: string;
  readonly depth: number;
  readonly childIndex: number;
  readonly started: string;
  readonly launch?: Launch;
  /** Whose conversation it began with. */
  readonly forkOf?: number;
  cwd: string;
  life: Life;
  /** Who paused it, while it is paused: what a person stopped, no process may start again. */
  pausedBy?: string | undefined;
  /** Told to terminate: it ends at its next safe point, also when a crash came first. */
  ending: boolean;
  result?: unknown;
  reason?: string;
  budget: Budget;
  used: Usage;
  reserved: Usage;
  readonly conversation: ConversationEntry[];
  /** How much of the conversation the model call that runs now was sent. */
  answering?: number | undefined;
  /** Where in its conversation its own goal stands: behind what it was forked with. */
  readonly goalAt: number;
  /** Conversation entries before this index are left out of model calls. */
  trimmed: number;
  /** What stands for the conversation before entry `to`: an object, and its text, which stays when the object goes. */
  summary?: NonNullable<RecordData<"process.trim">["summary"]> & { readonly text: string };
  /** What of its own objects it was last told with a model call, and why not of the others, by name. */
  memory?: Map<string, Remembered>;
  /** Calls for a summary that have ended; they number the next one. */
  summaries: number;
  turns: number;
  /** Digests a person refused; refused again without asking until a person next speaks to the process. */
  refused?: Set<string> | undefined;
  /** SHA-256 of files as this process last read or wrote them, by resource. */
  seen?: Map<string, string> | undefined;
  /** What happened to it lately, oldest first. */
  readonly events: Event[];
  /** Messages that were not taken yet, oldest first. */
  readonly mailbox: Message[];
  /** The number that the next message had when its last model call was sent; of those before, its model was told. */
  told?: number;
  /** Until when its open calls wait at most, in milliseconds since 1970, by call id. */
  timers?: Map<string, number> | undefined;
  /** What its open calls did already, by call id; after a crash they are not done again. */
  did?: Map<string, unknown> | undefined;
  repeats?: Map<string, Repeat> | undefined;
  /** Its questions, as far as they still stand among all questions. */
  readonly asked: AskedQuestion[];
  /** Model calls of the present turn that failed; they number the next attempt. */
  failures: number;
  /** Calls made without a slot so far; names the next one. */
  loose: number;
}

/** What became of one of its objects when a process was last told of them, and how many tokens it takes. */
export type Remembered = Omit<RecordData<"process.memory">["set"][number], "name">;

/** A call that has begun and not ended. */
export interface OpenCall extends RecordData<"call.begin"> {
  readonly id: string;
  readonly pid: number;
}

/** A question and, once closed, how; closed ones stay until their call ends, so that a reload finds the answer. */
export interface AskedQuestion {
  readonly question: Question;
  readonly opened: string;
  outcome?: RecordData<"question.close">["outcome"];
  answer?: Answer;
  by?: string;
}

/** What was decided, as people look back at it: the question without the texts it showed. */
export interface Decided {
  readonly question: Pick<Question, "id" | "pid" | "kind" | "asks" | "text"> & {
    readonly preview?: Pick<Preview, "title" | "target"> | undefined;
  };
  readonly outcome: RecordData<"question.close">["outcome"];
  readonly by: string;
  readonly answer: Answer | undefined;
  readonly minted: readonly string[];
}

/** A message between processes: data, never authority. */
export interface Message extends RecordData<"message.send"> {
  readonly time: string;
}

/** The kinds of records that a process may follow of itself and its children. */
export const FOLLOWED = [
  ...["process.spawn", "process.signal", "process.block", "process.wake", "process.exec", "process.exit"],
  ...["message.send", "question.open", "question.close", "call.end"],
] as const satisfies readonly RecordKind[];

/** One thing that happened to a process, in a word. */
export interface Event {
  readonly seq: number;
  readonly kind: (typeof FOLLOWED)[number];
  readonly time: string;
  readonly about: string;
}

/** How many events of each process stay in the state. */
export const EVENTS_HELD = 32;

/** How many decisions stay in the state. */
export const DECISIONS_HELD = 20;

/** One version of an object, as it was put: by which process, when, and by which call. */
export interface ObjectVersion extends Omit<RecordData<"object.put">, "namespace" | "name"> {
  readonly by: number;
  readonly time: string;
  /** The record that made it: what has the larger number is newer. */
  readonly seq: number;
}

export interface StoredObject {
  readonly namespace: string;
  readonly name: string;
  /** The newest version there ever was under this name; deleting frees the name and no number. */
  version: number;
  /** The first version since the name was last free: a link to an earlier one means an object that is gone. */
  since: number;
  /** The newest versions, oldest first; none when it was deleted. */
  readonly versions: ObjectVersion[];
  readonly links: Pick<RecordData<"object.link">, "to" | "relation">[];
}

/** How many versions of an object stay readable; older ones are in the record alone. */
export const VERSIONS_HELD = 16;

export interface State {
  seq: number;
  time: string;
  roots: readonly RootFolder[];
  policy: readonly KeyedRule[];
  /** What is wrong with the files the rules come from, if anything is: then nothing runs. */
  policyProblem: string | undefined;
  readonly processes: Map<number, Process>;
  readonly capabilities: CapabilityTable;
  readonly questions: Map<string, AskedQuestion>;
  /** The last decisions, oldest first. */
  readonly decided: Decided[];
  readonly open: Map<string, OpenCall>;
  /** By namespace, then by name. */
  readonly objects: Map<string, Map<string, StoredObject>>;
  /** Images that are not built in, by hash: those that processes run, and every version that was registered. */
  readonly images: Map<string, Image>;
  /** The hash of the newest image that was registered under a name. */
  readonly registered: Map<string, string>;
  nextPid: number;
  nextCapability: number;
  nextQuestion: number;
  nextMessage: number;
}

export const NO_USAGE: Usage = { modelCalls: 0, toolCalls: 0, tokens: 0, activeSeconds: 0 };

export { INIT };

/** What a process is made with; everything else about it begins empty. */
type BirthFields = Pick<Process, "pid" | "parent" | "account" | "depth" | "childIndex" | "started"> &
  Pick<Process, "launch" | "forkOf" | "image" | "imageHash" | "model" | "goal" | "cwd" | "budget">;

/** A process at its birth, with what was said before it first thinks. */
export function newProcess(born: BirthFields, conversation: ConversationEntry[]): Process {
  return {
    ...born,
    children: [],
    life: NEW_LIFE,
    ending: false,
    used: NO_USAGE,
    reserved: NO_USAGE,
    conversation,
    goalAt: conversation.length - 1,
    trimmed: 0,
    summaries: 0,
    turns: 0,
    events: [],
    mailbox: [],
    asked: [],
    loose: 0,
    failures: 0,
  };
}

/** A state before any record, with init in it. */
export function emptyState(sha256: (text: string) => string): State {
  const nobody = { image: "init", imageHash: "", model: "", cwd: "", budget: {} };
  const place = { pid: INIT, parent: 0, account: 0, depth: 0, childIndex: 0, started: "" };
  const init = newProcess({ ...nobody, ...place, goal: "the workspace" }, []);
  return {
    seq: 0,
    time: "",
    roots: [],
    policy: [],
    policyProblem: undefined,
    processes: new Map([[INIT, init]]),
    capabilities: new CapabilityTable(sha256),
    questions: new Map<string, AskedQuestion>(),
    decided: [],
    open: new Map<string, OpenCall>(),
    objects: new Map<string, Map<string, StoredObject>>(),
    images: new Map<string, Image>(),
    registered: new Map<string, string>(),
    nextPid: INIT + 1,
    nextCapability: 1,
    nextQuestion: 1,
    nextMessage: 1,
  };
}

/** The image that a process runs: the content it was started from, whatever its name means by now. */
export function imageOf(
  state: Readonly<State>,
  builtIn: ReadonlyMap<string, Image>,
  process: Process,
): Image | undefined {
  return state.images.get(process.imageHash) ?? builtIn.get(process.image);
}

/** The questions of one process, or of one call of it: few, because a closed one goes when its call ends. */
export function questionsOf(state: Readonly<State>, pid: number, call?: string): AskedQuestion[] {
  const asked = state.processes.get(pid)?.asked ?? [];
  return asked.filter(({ question }) => call === undefined || question.call === call);
}
