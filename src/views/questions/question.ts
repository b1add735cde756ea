// Questions: what a person is asked, whole and with nothing hidden, and the exact text that each answer would store.
import type { Answer, Preview, Question } from "../../abi/question.ts";
import { printCap } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import { grantsOf } from "../../kernel/questions/questions.ts";
import { nowOf, type Core, viewOf } from "../../kernel/core.ts";
import type { Person } from "../../kernel/witness.ts";
import { changedLines } from "../words/changed-lines.ts";
import { chainOf } from "../agents/family.ts";
import { narrowRule, type NarrowRule } from "./narrow.ts";
import type { Translate } from "../words/translate.ts";
import { lengthOf, quoted, visibleLine, visibleText, visibleValue } from "../words/visible.ts";
import { deadlineWords } from "../words/decisions.ts";
import { grantWords, needWords, titleWords } from "../words/resources.ts";

/** How much of a text is shown before its reader must ask for the rest, in lines and in characters. */
export const SHOWN = { lines: 200, characters: 20_000 } as const;

/** One way to say yes: how long it holds, in words, and what would be stored, to the letter. */
export interface Offer {
  readonly scope: Answer["scope"];
  readonly words: string;
  readonly stored: readonly string[];
  /** The grant to answer with, where it is not simply what was asked for. */
  readonly grant?: string;
}

/** A question as shown, in pieces that a terminal prints and an editor places. All strings are safe to show. */
export interface QuestionView {
  readonly id: string;
  readonly kind: Question["kind"];
  /** Who asks, youngest first, with everybody above. */
  readonly who: string;
  /** What would be done, in one line. */
  readonly verb: string;
  /** What it would be done to; `link -> target` where a link leads there. */
  readonly target: string;
  readonly risk: Preview["risk"] | undefined;
  /** Why a person is asked. */
  readonly reasons: readonly string[];
  /** Until when it may be answered, in words; empty when it waits. */
  readonly deadline: string;
  /** What else is to be known of it. */
  readonly notes: readonly string[];
  /** The content: the change, the message, or the arguments. */
  readonly content: string;
  /** How long the content is, whatever is shown of it. */
  readonly length: string;
  /** False when `content` shows only a part; then nothing but this one call may be allowed. */
  readonly whole: boolean;
  readonly offers: readonly Offer[];
}

function offerWords(t: Translate, scope: Answer["scope"], permission: boolean, holds: string): string {
  switch (scope) {
    case "once":
      return permission
        ? t("for this agent, one use: it {0}", holds)
        : t("for this one call, and nothing else: it {0}", holds);
    case "agent":
      return t("for this agent, until it ends: it {0}", holds);
    case "workspace":
      return t("for every agent in this workspace, until it is revoked: it {0}", holds);
  }
}

/** What each scope would mint. Once-only and secret things are offered once only, and so is what was not shown whole. */
function offersOf(t: Translate, core: Core, question: Question, who: Person, whole: boolean): Offer[] {
  if (question.kind !== "approval" && question.kind !== "permission") return [];
  const strict = !whole || question.asks.some((a) => a.once || a.secret);
  const permission = question.kind === "permission";
  const scopes: readonly Answer["scope"][] = strict
    ? ["once"]
    : permission
      ? ["once", "agent"]
      : ["once", "agent", "workspace"];
  const rule = strict ? undefined : narrowRule(core.state, question, nowOf(core));
  const narrow = rule === undefined ? [] : [narrowOffer(t, rule)];
  const offers = scopes.flatMap((scope) => {
    const grants = grantsOf(core, question, { allow: true, scope }, who);
    if (isFault(grants)) return [];
    const stored = grants.map((g) => {
      const text = visibleLine(printCap(g));
      if (g.boundTo === undefined) return text;
      return `${text}  (${t("only for the call with digest {0}…", g.boundTo.slice(0, 16))})`;
    });
    const holds = grants.map((g) => visibleLine(grantWords(t, g)));
    return [{ scope, words: offerWords(t, scope, permission, holds.join("; ")), stored }];
  });
  return [...narrow, ...offers];
}

/** What a person may say instead of the same yes over and over. */
function narrowOffer(t: Translate, { times, grant, text }: NarrowRule): Offer {
  const words = offerWords(t, "agent", false, visibleLine(grantWords(t, grant)));
  const said = t("You allowed this {0} times. From now on, {1}", times, words);
  return { scope: "agent", words: said, stored: [visibleLine(text)], grant: text };
}

function contentOf(t: Translate, question: Question, preview: Preview | undefined): string {
  if (preview?.before !== undefined || preview?.after !== undefined)
    return changedLines(t, preview.before ?? "", preview.after ?? "");
  if (question.kind === "approval") return visibleValue(t, question.args);
  return question.kind === "permission" ? (preview?.detail ?? "") : question.text;
}

/** Each grant that the call would pass on, in words and to the letter, as its operation reads the arguments. */
function passedOn(t: Translate, core: Core, { op, args, pid, kind }: Question): string[] {
  const process = core.state.processes.get(pid);
  const bound = kind === "approval" ? core.operations.get(op)?.decode(args) : undefined;
  if (process === undefined || bound === undefined || isFault(bound)) return [];
  const passes = bound.delegates(viewOf(core, process));
  if (isFault(passes)) return [];
  return passes.map((grant) =>
    t("It passes on: {0} ({1})", visibleLine(grantWords(t, grant)), visibleLine(printCap(grant))),
  );
}

/**
 * Everything a person needs to answer. `preview` is the live, unredacted one where there is one; `all` shows content of
 * any length whole.
 */
export function questionView(
  t: Translate,
  core: Core,
  question: Question,
  preview: Preview | undefined,
  who: Person,
  all = false,
): QuestionView {
  const content = contentOf(t, question, preview);
  const lines = content.split("\n");
  const whole = all || (lines.length <= SHOWN.lines && content.length <= SHOWN.characters);
  const shown = whole ? content : lines.slice(0, SHOWN.lines).join("\n").slice(0, SHOWN.characters);
  const chain = chainOf(core.state, question.pid).map(
    (p) => `${p.pid} ${p.image} (${visibleValue(t, p.goal, 80)})`,
  );
  const first = question.asks[0]?.need ?? question.needs[0];
  const summary = core.operations.get(question.op)?.summary;
  // A title that only repeats what the operation is says less than what it would touch.
  const titled = preview?.title === summary ? undefined : preview?.title;
  const verb =
    titled !== undefined
      ? titleWords(t, titled)
      : first === undefined
        ? question.op
        : needWords(t, [first.right], first.resource);
  const reasons = question.asks.map(
    (a) => `${needWords(t, [a.need.right], a.need.resource)}: ${visibleLine(a.reason)}`,
  );
  const detail =
    preview?.detail !== undefined && question.kind === "approval"
      ? visibleText(preview.detail).split("\n")
      : [];
  return {
    id: question.id,
    kind: question.kind,
    who: chain.join(" ← "),
    verb: visibleLine(verb),
    target: visibleLine(preview?.target ?? first?.resource ?? ""),
    risk: preview?.risk,
    reasons: [...new Set(reasons)],
    deadline: question.deadline === undefined ? "" : deadlineWords(t, question.deadline, core.clock.now()),
    notes: [...new Set([...detail, ...passedOn(t, core, question)])],
    content: visibleText(shown),
    length: lengthOf(t, content),
    whole,
    offers: offersOf(t, core, question, who, whole),
  };
}

function askingWords(t: Translate, kind: Question["kind"]): string {
  const words: Readonly<Record<Question["kind"], string>> = {
    approval: t("wants to do something that must be asked for"),
    permission: t("asks for authority it does not hold"),
    question: t("asks"),
    budget: t("has used up its budget"),
    effect: t("was cut off, and nobody knows whether this happened"),
  };
  return words[kind];
}

function riskWords(t: Translate, risk: QuestionView["risk"]): string {
  const words = { low: t("low"), medium: t("medium"), high: t("high") };
  return risk === undefined ? t("unknown") : words[risk];
}

/** The same as plain text. What an agent wrote stands behind a margin, so that it cannot pass for ours. */
export function questionText(t: Translate, view: QuestionView): string {
  const lines = [t("Agent {0}", view.who), `${askingWords(t, view.kind)} (${view.id}):`];
  if (view.deadline !== "")
    lines.push(`  ${t("{0}; after that it is told that nobody answered", view.deadline)}`);
  if (view.kind === "approval" || view.kind === "permission") {
    const about: [name: string, value: string][] = [
      [t("What"), view.verb],
      [t("Where"), view.target],
      [t("Risk"), riskWords(t, view.risk)],
      ...view.reasons.map((reason): [string, string] => [t("Why"), reason]),
      ...view.notes.map((note): [string, string] => [t("Note"), note]),
    ];
    const width = Math.max(...about.map(([name]) => name.length));
    lines.push("", ...about.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`));
  }
  if (view.content !== "") {
    const length = view.whole ? view.length : t("{0}, shown in part", view.length);
    lines.push("", `  ${length}:`, quoted(view.content, "  | "));
  }
  if (!view.whole) lines.push(`  … ${t("the rest was not shown")}`);
  if (view.offers.length > 0) lines.push("", t("Yes would store:"));
  for (const offer of view.offers) {
    lines.push(`  ${offer.words}`, ...offer.stored.map((text) => `      ${text}`));
  }
  return lines.join("\n") + "\n";
}
