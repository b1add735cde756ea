// The documents' texts: each view of the record, from the session as it stands.
import type { Question } from "../abi/record.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Person } from "../kernel/witness.ts";
import { auditText } from "../views/audit.ts";
import { authorityText, nowIn } from "../views/authority.ts";
import { callsOf } from "../views/calls.ts";
import { questionText, questionView } from "../views/question.ts";
import { receiptText } from "../views/receipt.ts";
import type { Account } from "../views/run.ts";
import { transcriptText } from "../views/transcript.ts";
import type { Runtime } from "./runtime.ts";

function account(runtime: Runtime, records: Account["records"]): Account {
  return { records, state: runtime.kernel.state, journal: { id: runtime.id, head: runtime.head() } };
}

/** The whole request, with nothing hidden or left out, and what each answer would store. */
export function requestText(kernel: Kernel, question: Question, person: Person): string {
  return questionText(questionView(kernel.core, question, kernel.previewOf(question), person, true));
}

export function transcript(
  runtime: Runtime,
  records: Account["records"],
  pid: number,
  streaming: string,
): string {
  return transcriptText(runtime.kernel.state, records, pid, streaming);
}

export function authority({ kernel }: Runtime, pid: number): string {
  return authorityText(kernel.state, pid, nowIn(kernel.state, Date.now()));
}

export function audit(records: Account["records"]): string {
  return auditText(callsOf(records));
}

export function receipt(runtime: Runtime, records: Account["records"], pid: number, folder: string): string {
  return receiptText(account(runtime, records), pid, folder);
}
