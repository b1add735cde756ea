// Kinds of questions: one table that says how each kind stops its process, and who may answer it. Its acts are in acts.ts.
import type { Answer, Question } from "../../abi/question.ts";
import type { Budget } from "../../abi/image.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { Fault } from "../../abi/errors.ts";
import type { QuestionWords } from "./words.ts";
import type { Stop } from "../state/life.ts";
import type { AnswerGrant } from "./grants.ts";

/** Why a process counts as blocked while a question is open. */
export type QuestionStop = Exclude<Stop, "message" | "model">;

/** The acts of an answer beside minting. The kernel makes one for each answer that it took. */
export interface Settling {
  /** Adds to the budget of a process. */
  raise(pid: number, add: Budget): void;
  /** Ends a process as failed. */
  endProcess(pid: number, reason: string): void;
  /** Ends a call that a crash cut off; does nothing for a call that has ended. */
  endCall(id: string, outcome: "ok" | "unknown", value: unknown): void;
}

/** The facts of one kind of question: shared code, also what only shows the record, reads them here. */
export interface QuestionFacts {
  readonly name: string;
  readonly stop: QuestionStop;
  /** The most that a rule of the command line may answer: `once` allows for one use, `open` leaves it to a person. */
  readonly byRule: "once" | "deny" | "open";
  /** The outcome that the record gives an allow. */
  readonly allowed: "allowed" | "answered";
  /** True when an allow mints capabilities. */
  readonly mints?: true;
  /** True when it asks whether its very call may run. Then a denial refuses exactly that call from then on. */
  readonly forCall?: true;
  /** True when no call waits for the answer, so nothing reads it after the question is closed. */
  readonly unawaited?: true;
}

/** One kind of question with the acts of its answers. */
export interface QuestionKind extends QuestionFacts {
  /** The grant, as CAP text, that an allow stores unless it names a narrower one. */
  proposes?(question: Question): string;
  /** The capabilities that an allow would mint; a kind without it mints none. */
  grants?(question: Question, given: Answer, issuer: string, kinds: Kinds): AnswerGrant[] | Fault;
  /** Applies an answer, in the tick that closed the question. */
  settle?(on: Settling, question: Question, given: Answer): void;
  /** Views have the words for the kinds of the kernel. */
  readonly shown?: undefined;
}

/** A kind that a primitive brings: a call of it waits for the answer. Only the door asks whether a call may run. */
export type OwnQuestionKind = Omit<QuestionKind, "stop" | "forCall" | "unawaited" | "shown"> & {
  readonly stop: NonNullable<Question["stop"]>;
  /** How people see it. */
  readonly shown: QuestionWords;
};

/** Kinds by name, those of primitives among them. */
export type QuestionKinds = ReadonlyMap<string, QuestionKind | OwnQuestionKind>;

/** The plain yes. */
export const ALLOW_ONCE: Answer = { allow: true, scope: "once" };
/** The plain no. */
export const DENY: Answer = { allow: false, scope: "once" };

const TABLE: readonly QuestionFacts[] = [
  { name: "approval", stop: "approval", byRule: "once", allowed: "allowed", mints: true, forCall: true },
  { name: "permission", stop: "approval", byRule: "once", allowed: "allowed", mints: true },
  { name: "question", stop: "question", byRule: "deny", allowed: "answered" },
  { name: "budget", stop: "budget", byRule: "open", allowed: "allowed" },
  { name: "effect", stop: "effect", byRule: "open", allowed: "allowed", unawaited: true },
];

/** The kinds that every kernel has. */
export const QUESTIONS: ReadonlyMap<string, QuestionFacts> = new Map(TABLE.map((kind) => [kind.name, kind]));

/** The answers about an unknown effect, as records have them. */
export const EFFECT_ANSWERS = { happened: "happened", not: "did not" } as const;

/** Adds the kind of a primitive. A name is given once: no primitive changes a kind of the kernel or of another one. */
export function addKind(kinds: Map<string, QuestionKind | OwnQuestionKind>, kind: OwnQuestionKind): void {
  if (kinds.has(kind.name)) throw new Error(`there are two kinds of question "${kind.name}"`);
  kinds.set(kind.name, kind);
}

/** The stop of a question. A kind that only a primitive knows has it in the record, so that every reader folds the same. */
export function questionStop({ kind, stop }: Pick<Question, "kind" | "stop">): QuestionStop {
  return QUESTIONS.get(kind)?.stop ?? stop ?? "approval";
}

/** True for a question that asks whether its very call may run. */
export function isForCall({ kind }: { readonly kind: string }): boolean {
  return QUESTIONS.get(kind)?.forCall === true;
}

/** The capabilities that an answer would mint, exactly as shown before and stored after. */
export function grantsOf(
  {
    questionKinds,
    state,
  }: { readonly questionKinds: QuestionKinds; readonly state: { readonly kinds: Kinds } },
  question: Question,
  given: Answer,
  issuer: string,
): AnswerGrant[] | Fault {
  return questionKinds.get(question.kind)?.grants?.(question, given, issuer, state.kinds) ?? [];
}
