// Lenses: the commands above the lines of our documents: at the end of a transcript, and at each waiting question.
import type { Question } from "../../abi/question.ts";
import * as vscode from "vscode";
import { agentStateOf, type AgentState } from "../session/agents.ts";
import { rowOf, stillOpen } from "../session/questions.ts";
import type { CommandName } from "../manifest/commands.ts";
import { SCHEME } from "./documents.ts";
import type { RecordDocuments } from "./record.ts";
import { objectRowOf } from "./objects.ts";
import { AgentRow, CapabilityRow, markRow, PageRow, RunningRow, type AskRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";

type Offer = readonly [title: string, command: CommandName];

/** Provides the lenses of our documents. */
export class Lenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #session: Session;
  readonly #documents: RecordDocuments;
  readonly #rowOf: (question: Question) => AskRow;
  readonly #registered: vscode.Disposable;

  constructor(session: Session, documents: RecordDocuments, rowOf: (question: Question) => AskRow) {
    this.#session = session;
    this.#documents = documents;
    this.#rowOf = rowOf;
    this.#registered = vscode.languages.registerCodeLensProvider({ scheme: SCHEME }, this);
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const [, kind, of] = document.uri.path.split("/");
    const kernel = this.#session.runtime?.kernel;
    if (kind === "explain") return grantLenses(document);
    if (kind === "object") return this.#compare(document);
    const agent = kernel?.state.processes.get(Number(of));
    if (kernel === undefined || agent === undefined) return [];
    const row = markRow(new AgentRow(agent.pid));
    const { t } = vscode.l10n;
    const word = agentStateOf(kernel, agent);
    if (kind === "authority") return revokeLenses(document);
    if (kind === "receipt") return lensesOn(0, [[t("Copy"), "copyReceipt"]], row);
    const page = kind === "transcript" || kind === "pages" ? this.#documents.shown(document.uri) : undefined;
    // The editor asks again when the written text has arrived.
    if (page === undefined || page.text.split("\n").length !== document.lineCount) return [];
    const earlier =
      page.earlier === undefined
        ? []
        : lensesOn(0, [[t("Earlier…"), "earlier"]], markRow(new PageRow(agent.pid, page.earlier)));
    const asks = page.asks.flatMap(({ line, id, digest }) => {
      const question = stillOpen(kernel, id, digest);
      if (question === undefined) return [];
      const { free } = rowOf(kernel, question);
      const offer: Offer = free ? [t("Answer…"), "answerQuestion"] : [t("Review"), "review"];
      return lensesOn(line, [offer], this.#rowOf(question));
    });
    const calls = page.calls.flatMap(({ line, call }) =>
      lensesOn(line, [[t("Show Output"), "showOutput"]], markRow(new RunningRow(agent.pid, call))),
    );
    const last = kind === "transcript" ? lensesOn(document.lineCount - 1, this.#last(word), row) : [];
    return [...earlier, ...asks, ...calls, ...last];
  }

  dispose(): void {
    this.#registered.dispose();
  }

  /** The lenses of an object with several versions. */
  #compare({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const row = objectRowOf(uri);
    const state = this.#session.runtime?.kernel.state;
    const object = row === undefined ? undefined : state?.objects.get(row.namespace)?.get(row.name);
    if (row === undefined || (object?.versions.length ?? 0) < 2) return [];
    const { t } = vscode.l10n;
    const previous: Offer = [t("Compare with Previous Version"), "comparePrevious"];
    return lensesOn(0, [previous, [t("Compare Versions…"), "compareVersions"]], row);
  }

  #last(word: AgentState): readonly Offer[] {
    const { t } = vscode.l10n;
    const stop: Offer = [t("Stop"), "stop"];
    const message: Offer = [t("Message…"), "sendMessage"];
    switch (word) {
      case "working":
      case "needs":
      case "waiting":
        return [message, [t("Interrupt…"), "interruptMessage"], [t("Pause"), "pause"], stop];
      case "turn":
        return [[t("Your turn: Message…"), "sendMessage"], stop];
      case "paused":
        return [message, [t("Resume"), "resume"], stop];
      case "finished":
      case "failed":
      case "stopped":
        return [
          [t("Copy Receipt"), "copyReceipt"],
          [t("Message a Fork of It…"), "sendMessage"],
        ];
    }
  }
}

/** A lens for each live capability. These come before the first empty line, and agents' text never starts a line. */
function revokeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const lenses: vscode.CodeLens[] = [];
  for (let line = 1; line < document.lineCount; line++) {
    const { text } = document.lineAt(line);
    const id = /^ {2}(cap\d+) /u.exec(text)?.[1];
    if (text === "") break;
    const offers: Offer[] = id === undefined ? [] : [[vscode.l10n.t("Revoke"), "revokeCapability"]];
    for (const lens of lensesOn(line, offers, markRow(new CapabilityRow(id ?? "")))) lenses.push(lens);
  }
  return lenses;
}

/** A lens on the smallest grant that would do, if there is one. */
function grantLenses(document: vscode.TextDocument): vscode.CodeLens[] {
  const missing = vscode.l10n.t("The smallest grant that would do");
  for (let line = 0; line < document.lineCount; line++)
    if (document.lineAt(line).text === missing)
      return lensesOn(line, [[vscode.l10n.t("Give It to the Agent…"), "giveMissing"]], document.uri);
  return [];
}

function lensesOn(line: number, all: readonly Offer[], row: object): vscode.CodeLens[] {
  const range = new vscode.Range(line, 0, line, 0);
  return all.map(
    ([title, name]) => new vscode.CodeLens(range, { title, command: `agentlibos.${name}`, arguments: [row] }),
  );
}
