// The state of the runtime, the result of folding every record. Only the fold (`fold.ts` and its parts) changes it.
import type { Answer, Question } from "../../abi/question.ts";
import type { Outlined } from "../questions/words.ts";
import type { Budget, Image, Usage } from "../../abi/image.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { RecordData, RecordKind } from "../../abi/record.ts";
import type { Launch } from "../../abi/script.ts";
import type { KeyedRule } from "../authority/decide.ts";
import { INIT, NEW_LIFE, type Life } from "./life.ts";
import type { WorkspaceRoot, Written } from "./roots.ts";
import { noPositions, type Positions } from "../checkpoints/rows.ts";
import { CapabilityTable } from "../authority/capabilities.ts";
import type { Handles, OpenHandle } from "./handles.ts";
import type { MadeCalls } from "./subs.ts";
import type { ConversationEntry, TextRef } from "./texts.ts";

export type { CallResult, ConversationEntry } from "./texts.ts";

/** How often a call gave the same result since the process last changed anything; the loop detector reads it. */
export interface Repeat {
  readonly result: string;
  readonly times: number;
  /** The turn that saw it last. Once that has left the conversation, the process cannot know of it. */
  readonly turn: number;
}

/** A process. Collections that are empty in most processes exist only while they hold something. */
export interface Process {
  readonly pid: number;
  parent: number;
  /** The process that pays with it: its first parent. This does not change when the process is orphaned. */
  readonly account: number;
  readonly children: number[];
  /** How many of its children live. */
  living: number;
  image: string;
  imageHash: string;
  model: string;
  readonly goal: string;
  readonly depth: number;
  readonly childIndex: number;
  readonly started: string;
  readonly launch?: Launch;
  /** The process whose conversation it began with. */
  readonly forkOf?: number;
  /** The checkpoint of that process at which it went on. */
  readonly branch?: RecordData<"process.spawn">["branch"];
  cwd: string;
  life: Life;
  /** Who paused it, while it is paused: no process may resume what a person paused. */
  pausedBy?: string | undefined;
  /** True after a terminate signal: it ends at its next safe point, also after a crash. */
  ending: boolean;
  result?: unknown;
  reason?: string;
  budget: Budget;
  used: Usage;
  reserved: Usage;
  readonly conversation: ConversationEntry[];
  /** The number of conversation entries sent with the model call that runs now. */
  answering?: number | undefined;
  /** The index of its own goal in the conversation, behind the forked entries. */
  goalAt: number;
  /** Conversation entries before this index are left out of model calls. */
  trimmed: number;
  /** The summary of the conversation before entry `to`: an object, and its text, which stays when the object goes. */
  summary?: NonNullable<RecordData<"process.trim">["summary"]> & { readonly text: string };
  /** By name, the own objects it was last told about with a model call, and why not about the others. */
  memory?: Map<string, Remembered>;
  /** The number of summary calls that have ended; it numbers the next one. */
  summaries: number;
  turns: number;
  /**
   * Wishes that a person refused to it or its family, held by the family's root. They are refused without asking until
   * a person next writes to any of the family.
   */
  refused?: Set<string> | undefined;
  /** SHA-256 of files as this process last read or wrote them, by resource. */
  seen?: Map<string, string> | undefined;
  /** Its newest events, oldest first. */
  readonly events: Event[];
  /** Messages that it has not taken yet, oldest first. */
  readonly mailbox: Message[];
  /** The number of the next message at its last model call; its model was told about all messages before. */
  told?: number;
  /** By call id, the time until which an open call waits at most, in milliseconds since 1970. */
  timers?: Map<string, number> | undefined;
  /** By call id, the value of what an open call did already; after a crash this is not done again. */
  did?: Map<string, unknown> | undefined;
  /** By call id, the calls that an unfinished call has made. */
  made?: Map<string, MadeCalls> | undefined;
  repeats?: Map<string, Repeat> | undefined;
  /** The names of the tools that it called or found, the newest last; a fork begins with those of its origin. */
  tools?: readonly string[];
  /** Its questions that `State.questions` still holds. */
  readonly asked: AskedQuestion[];
  /** The last turn and the last command before whose changes a checkpoint was taken. */
  marks?: { readonly turn?: string; readonly command?: string };
  /** The number of failed model calls in the present turn; it numbers the next attempt. */
  failures: number;
  /** The number of calls made without a slot; it names the next one. */
  loose: number;
}

/** The status of one object when its process was last told about its objects, and its size in tokens. */
export type Remembered = Omit<RecordData<"process.memory">["set"][number], "name">;

/** A call that has begun and not ended. */
export interface OpenCall extends RecordData<"call.begin"> {
  readonly id: string;
  readonly pid: number;
  /** The value that it noted, in an object because the value may be anything; undefined until it noted one. */
  readonly noted?: { readonly value: unknown };
}

/** A question and its outcome. A closed one stays until its call ends, so that a reload finds the answer. */
export interface AskedQuestion {
  readonly question: Question;
  readonly opened: string;
  outcome?: RecordData<"question.close">["outcome"];
  answer?: Answer;
  by?: string;
}

/** A past decision, for people: the question without the texts it showed. */
export interface Decided {
  readonly question: Outlined;
  readonly outcome: RecordData<"question.close">["outcome"];
  readonly by: string;
  readonly answer: Answer | undefined;
  readonly minted: readonly string[];
}

/** A message between processes: data, never authority. */
export interface Message extends RecordData<"message.send"> {
  readonly time: string;
}

/** The kinds of records about itself and its children that a process may follow. */
export const FOLLOWED = [
  ...["process.spawn", "process.signal", "process.block", "process.wake", "process.exec", "process.exit"],
  ...["message.send", "question.open", "question.close", "call.end"],
] as const satisfies readonly RecordKind[];

/** One record about a process in short form. */
export interface Event {
  readonly seq: number;
  readonly kind: (typeof FOLLOWED)[number];
  readonly time: string;
  readonly about: string;
}

/** How many decisions the state holds. */
export const DECISIONS_HELD = 20;

/** One version of an object: its value, and the process, time and record that put it. */
export interface ObjectVersion extends Omit<RecordData<"object.put">, "namespace" | "name"> {
  readonly by: number;
  readonly time: string;
  /** The number of the record that put it; a larger number is newer. */
  readonly seq: number;
}

/** An object with its newest versions and its links. */
export interface StoredObject {
  readonly namespace: string;
  readonly name: string;
  /** The newest version number ever used under this name. Deleting frees the name but no number. */
  version: number;
  /** The first version since the name was last free. A link to an earlier version means a deleted object. */
  since: number;
  /** The newest versions, oldest first; empty after a delete. */
  readonly versions: ObjectVersion[];
  readonly links: Pick<RecordData<"object.link">, "to" | "relation">[];
}

/** How many versions of an object the state holds; older ones are only in the record. */
export const VERSIONS_HELD = 16;

/** The whole state. */
export interface State extends Positions {
  /** The kinds of resources that this program knows; no record changes them. */
  readonly kinds: Kinds;
  seq: number;
  time: string;
  /** The latest time of any record; a clock that was set back makes a later record earlier. */
  latest: string;
  roots: readonly WorkspaceRoot[];
  policy: readonly KeyedRule[];
  /** The fault of the policy files; nothing runs while this is set. */
  policyProblem: string | undefined;
  readonly processes: Map<number, Process>;
  readonly capabilities: CapabilityTable;
  readonly questions: Map<string, AskedQuestion>;
  /** The last decisions, oldest first. */
  readonly decided: Decided[];
  readonly open: Map<string, OpenCall>;
  /** The files that agents changed last, the newest last. */
  written: readonly Written[];
  readonly handles: Handles;
  /** By namespace, then by name. */
  readonly objects: Map<string, Map<string, StoredObject>>;
  /** Images that are not built in, by hash: those that processes run, and every registered version. */
  readonly images: Map<string, Image>;
  /** The hash of the newest image registered under a name. */
  readonly registered: Map<string, string>;
  /** Operations that were registered at run time, by name. */
  readonly operations: Map<string, RecordData<"operation.add">>;
  /** References to the newest record, whose hash the next one will name. */
  readonly unhashed: TextRef[];
  nextPid: number;
  nextCapability: number;
  nextQuestion: number;
  nextMessage: number;
}

/** The usage of a call that used nothing. */
export const NO_USAGE: Usage = { modelCalls: 0, toolCalls: 0, tokens: 0, activeSeconds: 0 };
export { INIT };

/** The fields that a process is made with; all others begin empty. */
export type BirthFields = Pick<Process, "pid" | "parent" | "account" | "depth" | "childIndex" | "started"> &
  Pick<Process, "launch" | "forkOf" | "branch" | "image" | "imageHash" | "model" | "goal" | "cwd" | "budget">;

/** Makes a process with the conversation before its first model call. */
export function newProcess(born: BirthFields, conversation: ConversationEntry[]): Process {
  return {
    ...born,
    children: [],
    living: 0,
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

/** The state before any record; it holds init. */
export function emptyState(sha256: (text: string) => string, kinds: Kinds): State {
  const nobody = { image: "init", imageHash: "", model: "", cwd: "", budget: {} };
  const place = { pid: INIT, parent: 0, account: 0, depth: 0, childIndex: 0, started: "" };
  const init = newProcess({ ...nobody, ...place, goal: "the workspace" }, []);
  return {
    kinds,
    ...{ seq: 0, time: "", latest: "", roots: [], policy: [], policyProblem: undefined },
    processes: new Map([[INIT, init]]),
    capabilities: new CapabilityTable(sha256, kinds),
    questions: new Map<string, AskedQuestion>(),
    decided: [],
    open: new Map<string, OpenCall>(),
    written: [],
    handles: new Map<number, Map<string, OpenHandle>>(),
    objects: new Map<string, Map<string, StoredObject>>(),
    images: new Map<string, Image>(),
    registered: new Map<string, string>(),
    operations: new Map<string, RecordData<"operation.add">>(),
    unhashed: [],
    ...{ nextPid: INIT + 1, nextCapability: 1, nextQuestion: 1, nextMessage: 1 },
    ...noPositions(),
  };
}

/** The questions of one process, or of one call of it. They are few, because closed ones go when their call ends. */
export function questionsOf(state: Readonly<State>, pid: number, call?: string): AskedQuestion[] {
  const asked = state.processes.get(pid)?.asked ?? [];
  return asked.filter(({ question }) => call === undefined || question.call === call);
}
