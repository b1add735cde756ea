// What the attack cases in the extension host share: a case with its variants, a stage, and every text that people are shown.
import type { Question } from "../../../src/abi/question.ts";
import { agentItem } from "../../../src/ui/agents/items.ts";
import { grantChoices } from "../../../src/ui/approvals/allow-for.ts";
import { askItem, decidedItem } from "../../../src/ui/approvals/items.ts";
import { lineIn, openQuestions, rowOf } from "../../../src/ui/session/questions.ts";
import { literalItems } from "../../../src/ui/session/messages.ts";
import { AskRow } from "../../../src/ui/session/rows.ts";
import { requestText } from "../../../src/ui/documents/texts.ts";
import type { Kernel } from "../../../src/kernel/kernel.ts";
import { auditText } from "../../../src/views/record/audit.ts";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { recordSourceOf } from "../../../src/views/record/run.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { Scratch } from "../../attacks/scratch.ts";
import { Attacker, type Play } from "../../attacks/attacker.ts";

/** One case of the catalogue: a test for each of its variants. */
export function attack<T>(
  title: string,
  variants: Readonly<Record<string, T>>,
  check: (variant: T, name: string) => Promise<void> | void,
): void {
  describe(title, () => {
    for (const [name, variant] of Object.entries(variants)) it(name, () => check(variant, name));
  });
}

/** A scratch place with a kernel on it, which goes away afterwards. */
export async function staged(play: Play, work: (stage: Attacker) => Promise<void>): Promise<void> {
  const scratch = new Scratch();
  try {
    const stage = await Attacker.open(scratch, { answer: "open", ...play });
    await work(stage);
    await stage.close();
  } finally {
    scratch.close();
  }
}

/** The texts of rows: each is one line, in the view as well as for a screen reader. */
export function rowsOf(kernel: Kernel): string[] {
  const waiting = openQuestions(kernel).map((q) => askItem(rowOf(kernel, q), new AskRow(q), false));
  const all = [...kernel.state.questions.values()].map(({ question }) => question);
  const decided = all.map((q) => decidedItem(was(q), lineIn(kernel, q), "someone", "denied", ""));
  const agents = [...kernel.state.processes.values()].map((p) => agentItem(kernel, p));
  return [...waiting, ...decided, ...agents].flatMap((item) => [
    ...[item.label, item.description, item.tooltip].map(textOf),
    item.accessibilityInformation?.label ?? "",
  ]);
}

function was(question: Question): Parameters<typeof decidedItem>[0] {
  const answer = { allow: false, scope: "once", note: question.text } as const;
  return { question, outcome: "denied", by: "person", answer, minted: [] };
}

/** Only plain strings are shown in rows: the editor renders nothing in them. */
function textOf(said: unknown): string {
  if (said === undefined) return "";
  if (typeof said !== "string") throw new Error(`not a plain text: ${JSON.stringify(said)}`);
  return said;
}

/** What is shown of each question in its review and in the ways to allow it, whole. */
export function reviewsOf({ on: { kernel, person } }: Attacker): string[] {
  return openQuestions(kernel).flatMap((question) => [
    requestText(kernel, question, person),
    ...literalItems(grantChoices(kernel, question, person)).flatMap((c) => [c.label, c.detail ?? ""]),
  ]);
}

/** The documents about what happened, by name; those of them that the editor renders are Markdown. */
export function documentsOf(stage: Attacker): Record<string, string> {
  const { kernel, records } = stage.on;
  const account = recordSourceOf(stage.on);
  const pids = [...kernel.state.processes.keys()].filter((pid) => pid > 1);
  const found: Record<string, string> = {
    audit: auditText(english, callsOf(records()), kernel.state),
    ps: psText(kernel.state),
  };
  for (const pid of pids) {
    found[`transcript ${pid}.md`] = transcriptText(english, kernel.state, records(), pid);
    found[`receipt ${pid}.md`] = receiptText(english, account, pid, "/w/app");
    found[`authority ${pid}`] = authorityText(english, kernel.state, pid, nowIn(kernel.state, Date.now()));
  }
  for (const { json } of callsOf(records()))
    found[`explain ${json.call}`] =
      explainText(english, records(), json.call, (text) => kernel.digests.sha256(text), kernel.state.kinds) ??
      "";
  return found;
}
