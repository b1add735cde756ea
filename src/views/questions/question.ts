// Question: the whole request that a person is asked about, and the exact text that each answer would store.
import type { Answer, Question, Preview } from "../../abi/question.ts";
import type { AnswerChoice } from "../../kernel/questions/words.ts";
import { parseCap, printCap } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import type { Kinds } from "../../abi/kind.ts";
import { binds } from "../../abi/resource.ts";
import { bindersOf } from "../../kernel/state/account.ts";
import type { AnswerGrant } from "../../kernel/questions/grants.ts";
import { grantsOf, isForCall } from "../../kernel/questions/kinds.ts";
import type { Reader } from "../../kernel/reader.ts";
import type { Person } from "../../kernel/witness.ts";
import { changedLines } from "../words/changed-lines.ts";
import { chainWords } from "../agents/family.ts";
import { choicesOf, shownKind, type ShownKind } from "./kinds.ts";
import { narrowRule, type NarrowRule } from "./narrow.ts";
import type { Translate } from "../words/translate.ts";
import {
  columns,
  lengthWords,
  linesText,
  withMargin,
  visibleLine,
  visibleName,
  visibleText,
  visibleValue,
} from "../words/visible.ts";
import { deadlineWords } from "../words/decisions.ts";
import { makerNotes } from "../words/calls.ts";
import { actionWords, noteLines, reasonWords } from "../words/previews.ts";
import { grantWords, needWords } from "../words/resources.ts";

/** The most lines and characters that are shown before a reader must ask for the rest. */
export const SHOWN_MOST = { lines: 200, characters: 20_000 } as const;

/** One way to say yes: its duration in words and the exact text that would be stored. */
export interface Offer {
  readonly scope: Answer["scope"];
  readonly words: string;
  readonly stored: readonly string[];
  /** The grant to answer with, where it differs from the request. */
  readonly grant?: string;
}

/** A question in pieces that a terminal prints and an editor places. All strings are safe to show. */
export interface QuestionView {
  readonly id: string;
  /** The words behind the name of the agent. */
  readonly heading: string;
  /** The asking process and its ancestors, youngest first: pids and images, no text of an agent. */
  readonly who: string;
  /** The requested action in one line. */
  readonly verb: string;
  /** The target of the action; `link -> target` for a link. */
  readonly target: string;
  readonly risk: Preview["risk"] | undefined;
  /** Whether the request shows what it touches: action, target, risk, reasons and notes. */
  readonly facts: boolean;
  /** Further facts, each with its name. */
  readonly rows: readonly (readonly [name: string, value: string])[];
  /** The reasons to ask a person. */
  readonly reasons: readonly string[];
  /** The deadline in words; empty when there is none. */
  readonly deadline: string;
  /** Other facts that a person should know. */
  readonly notes: readonly string[];
  /** The change, the message, or the arguments. */
  readonly content: string;
  /** The length of the whole content, even when only a part is shown. */
  readonly length: string;
  /** True for once-only requests and secrets. A person must mean such a yes, so one key is not enough. */
  readonly strict: boolean;
  /** False when `content` is only a part. Then only this one call may be allowed. */
  readonly whole: boolean;
  readonly offers: readonly Offer[];
  readonly answering: ShownAnswering;
}

/** The ways to answer a question. The offers stand beside it. */
export type ShownAnswering =
  | { readonly by: "offers" | "words" }
  | { readonly by: "choices"; readonly ask: string; readonly choices: readonly AnswerChoice[] };

function offerWords(
  t: Translate,
  scope: Answer["scope"],
  grants: readonly AnswerGrant[],
  holds: string,
): string {
  switch (scope) {
    case "once":
      return grants.every((g) => g.boundTo !== undefined)
        ? t("for this one call, and nothing else: it {0}", holds)
        : t("for this agent, one use: it {0}", holds);
    case "agent":
      return t("for this agent, until it ends: it {0}", holds);
    case "workspace":
      return t("for every agent in this workspace, until it is revoked: it {0}", holds);
  }
}

/** The grants of each scope. A request that is once-only, secret or shown in part is offered once only. */
function offersOf(t: Translate, reader: Reader, question: Question, who: Person, whole: boolean): Offer[] {
  const { answering } = shownKind(reader, question);
  if (answering.by !== "offers") return [];
  const strict = !whole || question.asks.some((a) => a.once || a.secret);
  const scopes: readonly Answer["scope"][] = strict ? ["once"] : answering.scopes;
  const rule = strict ? undefined : narrowRule(reader.state, question, reader.now());
  const { kinds } = reader.state;
  const narrow = rule === undefined ? [] : [narrowOffer(t, kinds, rule)];
  const offers = scopes.flatMap((scope) => {
    const grants = grantsOf(reader, question, { allow: true, scope }, who.as);
    if (isFault(grants)) return [];
    const stored = grants.map((g) => {
      const text = visibleLine(printCap(g));
      if (g.boundTo === undefined) return text;
      return `${text}  (${t("only for the call with digest {0}…", g.boundTo.slice(0, 16))})`;
    });
    const holds = grants.map((g) => visibleLine(grantWords(t, kinds, g)));
    return [{ scope, words: offerWords(t, scope, grants, holds.join("; ")), stored }];
  });
  return [...narrow, ...offers];
}

/** The offer that saves a person from giving the same answer again and again. */
function narrowOffer(t: Translate, kinds: Kinds, { times, grant, text }: NarrowRule): Offer {
  const words = offerWords(t, "agent", [], visibleLine(grantWords(t, kinds, grant)));
  const said = t("You allowed this {0} times. From now on, {1}", times, words);
  return { scope: "agent", words: said, stored: [visibleLine(text)], grant: text };
}

/** The target in full. Only that of a file may be two names: `link -> target`, where each is quoted for itself. */
function targetWords(kinds: Kinds, { kind, asks, needs }: Question, preview: Preview | undefined): string {
  const target = preview?.to ?? preview?.target ?? (asks[0]?.need ?? needs[0])?.resource ?? "";
  const files = isForCall({ kind }) && kinds.of(target) === undefined;
  const named = files ? visibleLine(target) : visibleName(target);
  return preview?.link === undefined ? named : `${named} -> ${visibleLine(preview.link)}`;
}

function contentOf(t: Translate, reader: Reader, question: Question, preview: Preview | undefined): string {
  if (preview?.before !== undefined || preview?.after !== undefined)
    return changedLines(t, preview.before ?? "", preview.after ?? "");
  const { content } = shownKind(reader, question);
  if (content === "detail") return preview?.detail ?? "";
  if (content !== "arguments") return question.text;
  // The record leaves secrets out of the arguments; a person sees them while the call is live.
  const live = question.call === undefined ? undefined : reader.running(question.call);
  return visibleValue(t, live?.args ?? question.args);
}

/** Describes each grant that the call would pass on, in words and as stored. The operation reads the arguments. */
function passedOnNotes(t: Translate, reader: Reader, { op, args, pid }: Question): string[] {
  const { processes, kinds } = reader.state;
  const process = processes.get(pid);
  const bound = reader.operations.find(op, pid)?.decode(args);
  if (process === undefined || bound === undefined || isFault(bound)) return [];
  const passes = bound.delegates(reader.view(process));
  if (isFault(passes)) return [];
  return passes.map((grant) =>
    t("It passes on: {0} ({1})", visibleLine(grantWords(t, kinds, grant)), visibleLine(printCap(grant))),
  );
}

/** For a wish for a grant: the parts of it about which the agent would still be asked, whoever's ask that is. */
function stillAskedNotes(t: Translate, reader: Reader, question: Question): string[] {
  const proposed = reader.questionKinds.get(question.kind)?.proposes?.(question);
  const { state } = reader;
  const { kinds } = state;
  const wished = proposed === undefined ? undefined : parseCap(proposed, kinds);
  if (wished === undefined || isFault(wished)) return [];
  const shown = new Set(question.asks.map((ask) => ask.key));
  const needs = wished.rights.map((right) => ({ resource: wished.resource, right }));
  const at = reader.now();
  const binders = bindersOf(state, question.pid);
  const held = needs.flatMap((need) =>
    state.capabilities
      .limits(binders, "ask", need, at)
      .filter(({ key }) => !shown.has(key))
      .map(({ cap }) => needWords(t, kinds, [need.right], cap.resource)),
  );
  const ruled = needs.flatMap((need) =>
    state.policy
      .filter((rule) => binds(rule, need, kinds, state.roots) && !shown.has(rule.key))
      .map((rule) => needWords(t, kinds, [need.right], rule.resource)),
  );
  return [...held, ...ruled].map((words) => t("It would still be asked for: {0}", visibleLine(words)));
}

/**
 * Collects everything that a person needs to answer. `preview` is the live, unredacted one, if there is one. `all`
 * shows content of any length.
 */
export function questionView(
  t: Translate,
  reader: Reader,
  question: Question,
  preview: Preview | undefined,
  who: Person,
  all = false,
): QuestionView {
  const { kinds } = reader.state;
  const content = contentOf(t, reader, question, preview);
  const lines = content.split("\n");
  const whole = all || (lines.length <= SHOWN_MOST.lines && content.length <= SHOWN_MOST.characters);
  const shown = whole ? content : lines.slice(0, SHOWN_MOST.lines).join("\n").slice(0, SHOWN_MOST.characters);
  const first = question.asks[0]?.need ?? question.needs[0];
  const summary = reader.operations.find(question.op, question.pid)?.summary;
  // In records of earlier versions the summary of the operation may stand for an action. It says less than the needs.
  const bare = preview?.title !== undefined && preview.title === summary;
  const action = preview === undefined || bare ? undefined : actionWords(t, kinds, preview);
  const needed = first === undefined ? question.op : needWords(t, kinds, [first.right], first.resource);
  const reasons = question.asks.map(
    (a) => `${needWords(t, kinds, [a.need.right], a.need.resource)}: ${reasonWords(t, kinds, a)}`,
  );
  const kind = shownKind(reader, question);
  const { detail, notes = [] } = preview ?? {};
  const about = detail === undefined || kind.content === "detail" ? { notes } : { notes, detail };
  return {
    id: question.id,
    heading: kind.heading(t),
    who: chainWords(t, reader.state, question.pid),
    verb: visibleLine(action ?? needed),
    target: targetWords(kinds, question, preview),
    risk: preview?.risk,
    facts: kind.facts === true,
    rows: (kind.rows?.(t, question) ?? []).map(([name, value]) => [visibleLine(name), visibleLine(value)]),
    reasons: [...new Set(reasons)],
    deadline: question.deadline === undefined ? "" : deadlineWords(t, question.deadline, reader.now().now),
    notes: [
      ...new Set([
        ...noteLines(t, kinds, about),
        ...makerNotes(t, reader, question),
        ...passedOnNotes(t, reader, question),
        ...stillAskedNotes(t, reader, question),
      ]),
    ],
    content: visibleText(shown),
    length: lengthWords(t, content),
    strict: question.asks.some((a) => a.once || a.secret),
    whole,
    offers: offersOf(t, reader, question, who, whole),
    answering: answeringOf(t, kind, question),
  };
}

function answeringOf(t: Translate, kind: ShownKind, question: Question): ShownAnswering {
  const { answering } = kind;
  if (answering.by !== "choices") return { by: answering.by };
  return { by: "choices", ask: answering.ask?.(t) ?? "", choices: choicesOf(kind, question) };
}

function riskWords(t: Translate, risk: QuestionView["risk"]): string {
  const words = { low: t("low"), medium: t("medium"), high: t("high") };
  return risk === undefined ? t("unknown") : words[risk];
}

function factRows(t: Translate, view: QuestionView): [name: string, value: string][] {
  return [
    [t("What"), view.verb],
    [t("Where"), view.target],
    [t("Risk"), riskWords(t, view.risk)],
    ...view.reasons.map((reason): [string, string] => [t("Why"), reason]),
    ...view.notes.map((note): [string, string] => [t("Note"), note]),
  ];
}

/** The question as text. A margin marks the agent's text, so that it cannot pass for ours. */
export function questionText(t: Translate, view: QuestionView): string {
  const lines = [t("Agent {0}", view.who), `${view.heading} (${view.id}):`];
  if (view.deadline !== "")
    lines.push(`  ${t("{0}; after that it is told that nobody answered", view.deadline)}`);
  const about = [...(view.facts ? factRows(t, view) : []), ...view.rows];
  if (about.length > 0) lines.push("");
  for (const line of columns(about)) lines.push(line);
  if (view.content !== "") {
    const length = view.whole ? view.length : t("{0}, shown in part", view.length);
    lines.push("", `  ${length}:`);
    for (const line of withMargin(view.content, "  | ").split("\n")) lines.push(line);
  }
  if (!view.whole) lines.push(`  … ${t("the rest was not shown")}`);
  if (view.offers.length > 0) lines.push("", t("Yes would store:"));
  for (const offer of view.offers) {
    lines.push(`  ${offer.words}`);
    for (const text of offer.stored) lines.push(`      ${text}`);
  }
  return linesText(lines);
}
