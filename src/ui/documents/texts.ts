// The documents' texts: each view of the record, from the session as it stands.
import type { Question } from "../../abi/question.ts";
import { l10n } from "vscode";
import type { AnyRecord } from "../../abi/record.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Person } from "../../kernel/witness.ts";
import { auditText } from "../../views/record/audit.ts";
import { authorityText, nowIn } from "../../views/agents/authority.ts";
import { familiesOf } from "../../views/agents/family.ts";
import { callsOf } from "../../views/record/calls.ts";
import { questionText, questionView } from "../../views/questions/question.ts";
import { receiptText } from "../../views/record/receipt.ts";
import type { Account } from "../../views/record/run.ts";
import { Transcript, type Page } from "../../views/record/transcript.ts";
import type { History } from "../session/history.ts";
import type { Runtime } from "../session/runtime.ts";

function account(runtime: Runtime, records: Account["records"]): Account {
  return { records, state: runtime.kernel.state, journal: { id: runtime.id, head: runtime.head() } };
}

/** The whole request, with nothing hidden or left out, and what each answer would store. */
export function requestText(kernel: Kernel, question: Question, person: Person): string {
  return questionText(
    l10n.t,
    questionView(l10n.t, kernel.core, question, kernel.previewOf(question), person, true),
  );
}

/** Transcripts that are shown, each grown as long as it is. */
export class Transcripts {
  readonly #grown = new Map<number, Transcript>();

  /** A page of an agent's transcript; the last one of an agent that ended carries its receipt. */
  async page(
    runtime: Runtime,
    history: History,
    pid: number,
    folder: string,
    nth?: number,
    streaming = "",
  ): Promise<Page> {
    const { state } = runtime.kernel;
    const records = await history.of(`transcript/${pid}`, (record) => record.pid === pid);
    const over = state.processes.get(pid)?.life.ended !== undefined;
    const end = over ? await receipt(runtime, history, pid, folder) : "";
    const grown = this.#grown.get(pid) ?? new Transcript(l10n.t, pid);
    this.#grown.set(pid, grown);
    return grown.take(records).page(state, nth, streaming, end);
  }

  release(pid: number): void {
    this.#grown.delete(pid);
  }
}

export function authority({ kernel }: Runtime, pid: number): string {
  return authorityText(l10n.t, kernel.state, pid, nowIn(kernel.state, Date.now()));
}

/** How many records the audit document is made from; the command line has them all. */
const AUDIT_MAX = 20_000;

/** The newest calls of the whole record. */
export async function audit({ kernel }: Runtime, history: History): Promise<string> {
  const records = await history.of("audit", (r) => r.kind !== "head", AUDIT_MAX);
  const first = records.find((r) => r.kind !== "journal.open")?.seq ?? 0;
  const more =
    records.length < AUDIT_MAX
      ? ""
      : `${l10n.t("The newest calls, from record {0} on. In a terminal, agentlibos audit prints all of them.", first)}\n\n`;
  return more + auditText(l10n.t, callsOf(records), kernel.state);
}

/** The receipt of an agent and its whole family. */
export async function receipt(
  runtime: Runtime,
  history: History,
  pid: number,
  folder: string,
): Promise<string> {
  const family = new Set(familiesOf(runtime.kernel.state, [pid]).map((p) => p.pid));
  const keep = (r: AnyRecord): boolean => r.pid !== undefined && family.has(r.pid);
  const records = await history.of(`receipt/${pid}`, keep);
  return receiptText(l10n.t, account(runtime, records), pid, folder);
}
