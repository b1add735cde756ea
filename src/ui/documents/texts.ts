// Texts: writes the documents from the views of the record.
import type { Question } from "../../abi/question.ts";
import { l10n } from "vscode";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Person } from "../../kernel/witness.ts";
import { auditText } from "../../views/record/audit.ts";
import { authorityText, nowIn } from "../../views/agents/authority.ts";
import { familiesOf } from "../../views/agents/family.ts";
import { callsOf } from "../../views/record/calls.ts";
import { questionText, questionView } from "../../views/questions/question.ts";
import { receiptText } from "../../views/record/receipt.ts";
import type { RecordSource } from "../../views/record/run.ts";
import { Transcript, type TranscriptPage } from "../../views/record/transcript.ts";
import type { History } from "../session/history.ts";
import type { Runtime } from "../session/runtime.ts";

function recordSource(runtime: Runtime, records: RecordSource["records"]): RecordSource {
  return { records, state: runtime.kernel.state, journal: { id: runtime.id, head: runtime.head() } };
}

/** The whole request with nothing hidden or left out, and the text that each answer would store. */
export function requestText(kernel: Kernel, question: Question, person: Person): string {
  return questionText(
    l10n.t,
    questionView(l10n.t, kernel, question, kernel.previewOf(question), person, true),
  );
}

/** The open transcripts. Each one is extended as long as it is open. */
export class Transcripts {
  readonly #grown = new Map<number, Transcript>();

  /** A page of an agent's transcript. The last page of an ended agent carries its receipt. */
  async page(
    runtime: Runtime,
    history: History,
    pid: number,
    check: string,
    nth?: number,
    streaming = "",
  ): Promise<TranscriptPage> {
    const { state } = runtime.kernel;
    const records = await history.of(`transcript/${pid}`, { pids: [pid] });
    const over = state.processes.get(pid)?.life.ended !== undefined;
    const end = over ? await receiptDocument(runtime, history, pid, check) : "";
    const grown = this.#grown.get(pid) ?? new Transcript(l10n.t, pid);
    this.#grown.set(pid, grown);
    await grown.recall(runtime.kernel);
    return grown.take(records).page(state, nth, streaming, end);
  }

  release(pid: number): void {
    this.#grown.delete(pid);
  }
}

/** The authority of one agent. */
export function authorityDocument({ kernel }: Runtime, pid: number): string {
  return authorityText(l10n.t, kernel.state, pid, nowIn(kernel.state, Date.now()));
}

/** The most records in the audit document. The command line has all of them. */
const AUDIT_MAX = 20_000;

/** The newest calls of the whole record. */
export async function auditDocument({ kernel }: Runtime, history: History): Promise<string> {
  const records = await history.of("audit", {}, AUDIT_MAX);
  const first = records.find((r) => r.kind !== "journal.open")?.seq ?? 0;
  const more =
    records.length < AUDIT_MAX
      ? ""
      : `${l10n.t("The newest calls, from record {0} on. In a terminal, agentlibos audit prints all of them.", first)}\n\n`;
  return more + auditText(l10n.t, callsOf(records), kernel.state);
}

/** The receipt of an agent with its family; `check` is the command that checks its record. */
export async function receiptDocument(
  runtime: Runtime,
  history: History,
  pid: number,
  check: string,
): Promise<string> {
  const pids = familiesOf(runtime.kernel.state, [pid]).map((p) => p.pid);
  const records = await history.of(`receipt/${pid}`, { pids });
  return receiptText(l10n.t, recordSource(runtime, records), pid, check);
}
