// The prompt for a change set: what one call changed is shown together, and answered with one typed line.
import type { Question } from "../abi/question.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Person } from "../kernel/witness.ts";
import { makerNotes } from "../views/words/calls.ts";
import { questionView, SHOWN_MOST } from "../views/questions/question.ts";
import { lineOf } from "../views/questions/row.ts";
import { inSetOrder, removesFiles, setTitle } from "../views/questions/sets.ts";
import { chainWords } from "../views/agents/family.ts";
import { english } from "../views/words/translate.ts";
import { linesText, withMargin } from "../views/words/visible.ts";

/** What a person typed for a set: yes to all, to all but removals, no to all, or to be asked for each by itself. */
export type SetReply = "all" | "changes" | "none" | "each";

/** A change set as it stands in a terminal. */
interface ShownSet {
  readonly text: string;
  /** False when only the names of its changes are shown, because their texts are long. */
  readonly whole: boolean;
  readonly removals: number;
}

/** The set with its changes in their order. Their texts are shown up to a length, or all of them if `all`. */
function showSet(
  kernel: Kernel,
  place: string,
  members: readonly Question[],
  person: Person,
  all: boolean,
): ShownSet {
  const { kinds } = kernel.state;
  const [first] = members;
  const ordered = inSetOrder(kinds, members);
  const changes = ordered.map((question) => {
    const { content } = questionView(english, kernel, question, kernel.previewOf(question), person, true);
    return {
      line: lineOf(english, kernel, question),
      content: question.preview?.after === undefined ? "" : content,
    };
  });
  const whole =
    all || changes.reduce((sum, { content }) => sum + content.split("\n").length, 0) <= SHOWN_MOST.lines;
  const lines = [
    `Agent ${chainWords(english, kernel.state, first?.pid ?? 0)}`,
    `${setTitle(english, place)} (${members.length} files):`,
    ...(first === undefined ? [] : makerNotes(english, kernel, first)),
  ];
  for (const { line, content } of changes) {
    lines.push(`  ${line}`);
    if (whole && content !== "")
      for (const each of withMargin(content, "    | ").split("\n")) lines.push(each);
  }
  if (!whole) lines.push("  … the changes themselves were not shown");
  const removals = members.filter((question) => removesFiles(kinds, question)).length;
  return { text: linesText(lines), whole, removals };
}

/** The keys of a set. Only what was shown is allowed, and a slip of one key removes no file. */
function repliesTo(
  { whole, removals }: ShownSet,
  place: string,
): readonly (readonly [key: string, words: string, reply: SetReply | "show"])[] {
  const all = removals === 0 ? "allow all of it once" : "allow all but what is removed";
  return [
    ...(whole
      ? ([["y", all, "changes"]] as const)
      : ([["s", "show all of it, then allow it", "show"]] as const)),
    ...(whole && removals > 0 ? ([[`yes ${place}`, "allow all of it once", "all"]] as const) : []),
    ["e", "ask for each", "each"],
    ["n", "no", "none"],
  ];
}

/**
 * Asks about a change set until a line is understood; `readLine` as for a single question. Undefined when nobody answers
 * any more. An empty line never allows anything.
 */
export async function askPersonForSet(
  kernel: Kernel,
  place: string,
  members: readonly Question[],
  person: Person,
  readLine: (text: string, prompt: string) => Promise<string | undefined>,
): Promise<SetReply | undefined> {
  let shown = showSet(kernel, place, members, person, false);
  let text = `\n${shown.text}`;
  for (;;) {
    const replies = repliesTo(shown, place);
    const keys = replies.map(([key, words]) => `(${key}) ${words}`);
    const line = await readLine(text, `${keys.join(", ")}: `);
    if (line === undefined) return undefined;
    const typed = line.trim().toLowerCase().replace(/\s+/gu, " ");
    const reply = replies.find(([key]) => key === typed)?.[2];
    if (reply !== undefined && reply !== "show") return reply;
    if (reply === "show") shown = showSet(kernel, place, members, person, true);
    text = reply === "show" ? `\n${shown.text}` : "";
  }
}
