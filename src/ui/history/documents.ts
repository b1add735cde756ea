// Documents of records: each call and each record as people read it, and the links to calls in transcripts.
import * as vscode from "vscode";
import { callsOf } from "../../views/record/calls.ts";
import { callText, recordText, type StoredRecord } from "../../views/history/record-text.ts";
import type { RecordHistory } from "../../views/history/history.ts";
import type { Documents } from "../documents/documents.ts";
import { askForLine } from "../session/messages.ts";
import { ownRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";
import { pastName } from "./items.ts";
import { PastCallRow } from "./rows.ts";

const { t } = vscode.l10n;

/** The read-only documents of calls and records. */
export class PastDocuments {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #history: () => Promise<RecordHistory>;

  constructor(session: Session, documents: Documents, history: () => Promise<RecordHistory>) {
    this.#session = session;
    this.#documents = documents;
    this.#history = history;
  }

  /** Opens the call of a row; without a row, a record or a call that a person names. */
  async open(args: readonly unknown[]): Promise<void> {
    const row = ownRow(args[0], PastCallRow);
    if (row !== undefined) return this.call(row.row.json.call);
    const prompt = t("The number of a record, such as 17, or the id of a call, such as 3.0.2.");
    const typed = (await askForLine({ title: t("Open Record"), prompt }))?.trim() ?? "";
    if (typed === "") return;
    if (/^\d+$/u.test(typed)) await this.#show("record", typed, t("Record {0}", typed));
    else await this.call(typed);
  }

  async call(call: string): Promise<void> {
    await this.#show("call", call, t("Call {0}", call));
  }

  /** Our language wraps long lines, and makes no link of an address that stands in a record. */
  async #show(kind: string, id: string, name: string): Promise<void> {
    const document = await this.#documents.show(kind, [id, `${name}.txt`]);
    await vscode.languages.setTextDocumentLanguage(document, "agentlibos");
  }

  /** The document of a call. */
  async callText(call: string): Promise<string> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return t("There is no record here yet.");
    const history = await this.#history();
    const { records } = await history.records({ call });
    const row = callsOf(records).find(({ json }) => json.call === call);
    if (row === undefined) return t("The record knows no such call.");
    const stored: StoredRecord[] = [];
    for (const { seq } of records) {
      const line = await history.line(seq);
      if (line !== undefined) stored.push(line);
    }
    return callText(t, kernel.state.kinds, row, pastName(kernel, row.json.pid), stored);
  }

  /** The document of a record. */
  async recordText(seq: string): Promise<string> {
    const stored = /^\d{1,15}$/u.test(seq) ? await (await this.#history()).line(Number(seq)) : undefined;
    return stored === undefined ? t("The record has no record of this number.") : recordText(t, stored);
  }
}
