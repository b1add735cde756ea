// Record documents: the documents about one agent and about the whole record, and the check of the record.
import * as vscode from "vscode";
import { slotOf } from "../../kernel/state/call-id.ts";
import type { TranscriptPage } from "../../views/record/transcript.ts";
import { visibleLine } from "../../views/words/visible.ts";
import {
  AGENT_STATES,
  agentsOf,
  chooseAgent,
  iconOf,
  agentName,
  agentStateWords,
  agentStateOf,
} from "../session/agents.ts";
import { SCHEME, type Documents, TailFollower } from "./documents.ts";
import { choose, inform } from "../session/messages.ts";
import { AgentRow, ownRow, type PageRow } from "../session/rows.ts";
import type { Outside, Runtime, Verified } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import type * as TextsModule from "./texts.ts";

type Texts = typeof TextsModule;
type Transcripts = TextsModule.Transcripts;

/** The kept end of an arriving answer, in characters. The record has the whole answer once it came. */
const STREAM_MAX = 20_000;

/** The commands that open the documents of agents and of the record. */
export class RecordDocuments implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #outside: Outside;
  readonly #listening: vscode.Disposable[];
  /** By process, the answer that arrives now, and the call that brings it. */
  readonly #arriving = new Map<number, { readonly call: string; readonly text: string }>();
  readonly #tail = new TailFollower();
  /** The pages as last written, for the lenses above their lines. */
  readonly #pages = new Map<string, TranscriptPage>();
  #transcripts: Transcripts | undefined;
  #verified = "";

  constructor(session: Session, documents: Documents, outside: Outside) {
    this.#session = session;
    this.#documents = documents;
    this.#outside = outside;
    const pid = (segment = "0"): number => Number(segment);
    const { history } = session;
    documents.add("transcript", ([of, name]) => this.#page(`/transcript/${of}/${name}`, pid(of)));
    documents.add("pages", ([of, nth, name]) =>
      this.#page(`/pages/${of}/${nth}/${name}`, pid(of), Number(nth)),
    );
    documents.add("authority", ([of]) => this.#with((texts, r) => texts.authorityDocument(r, pid(of))));
    documents.add("receipt", ([of]) =>
      this.#with(async (texts, r) => texts.receiptDocument(r, history, pid(of), await this.#check())),
    );
    documents.add("audit", () => this.#with((texts, runtime) => texts.auditDocument(runtime, history)));
    documents.add("verify", () => this.#verified);
    this.#listening = [
      this.#tail,
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme !== SCHEME) return;
        const [, kind = "", of = ""] = uri.path.split("/");
        this.#pages.delete(uri.path);
        if (kind !== "transcript" && kind !== "pages")
          return history.release(kind === "audit" ? kind : `${kind}/${of}`);
        const open = vscode.workspace.textDocuments.some(
          (d) =>
            d.uri.scheme === SCHEME &&
            /^\/(?:transcript|pages)\//u.test(d.uri.path) &&
            d.uri.path.split("/")[2] === of,
        );
        if (open) return;
        this.#transcripts?.release(pid(of));
        for (const held of ["transcript", "receipt"]) history.release(`${held}/${of}`);
      }),
      session.onRecord((record) => {
        const { kind, pid: of, call } = record;
        if (of === undefined) return;
        if (kind === "call.end" && this.#arriving.get(of)?.call === call) this.#arriving.delete(of);
        this.#refresh(of);
      }),
      session.onOutput(({ pid: of, call, text }) => {
        const slot = slotOf(call);
        if (slot === undefined || slot.index !== undefined) return;
        const before = this.#arriving.get(of);
        const arrived = (before?.call === call ? before.text : "") + text;
        this.#arriving.set(of, { call, text: arrived.slice(-STREAM_MAX) });
        documents.refresh("transcript", `${of}`);
      }),
    ];
  }

  async openTranscript(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, AGENT_STATES);
    if (agent !== undefined) await this.transcriptOf(agent.pid);
  }

  async transcriptOf(pid: number, options: vscode.TextDocumentShowOptions = {}): Promise<void> {
    const name = `${vscode.l10n.t("Transcript of agent {0}", pid)}.md`;
    this.#tail.follow(await this.#documents.show("transcript", [`${pid}`, name], options));
  }

  /** Opens the page before the live page or before another page. */
  async earlier(row: PageRow | undefined): Promise<void> {
    if (row === undefined) return;
    const name = `${vscode.l10n.t("Transcript of agent {0}, page {1}", row.pid, row.nth + 1)}.md`;
    await this.#documents.show("pages", [`${row.pid}`, `${row.nth}`, name]);
  }

  /** The page that a document shows, as last written. */
  shown(uri: vscode.Uri): TranscriptPage | undefined {
    return this.#pages.get(uri.path);
  }

  /** Copies the receipt of a row or of the document in front. */
  async copyReceipt(args: readonly unknown[]): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    const front = document?.uri.scheme === SCHEME ? /^\/receipt\/(\d+)\//u.exec(document.uri.path) : null;
    const { runtime, history } = this.#session;
    const pid = ownRow(args[0], AgentRow)?.pid ?? (front === null ? undefined : Number(front[1]));
    if (runtime === undefined || pid === undefined) return;
    const { receiptDocument } = await import("./texts.ts");
    await vscode.env.clipboard.writeText(await receiptDocument(runtime, history, pid, await this.#check()));
    void vscode.window.setStatusBarMessage(vscode.l10n.t("$(copy) The receipt was copied."), 3000);
  }

  async findAgent(): Promise<void> {
    const kernel = this.#session.runtime?.kernel;
    const agents = agentsOf(kernel).reverse();
    if (kernel === undefined || agents.length === 0)
      return void inform(vscode.l10n.t("There is no agent yet."));
    const items = agents.map((process) => {
      const word = agentStateOf(kernel, process);
      return {
        ...{ label: agentName(process), iconPath: iconOf(word), pid: process.pid },
        description: `${agentStateWords(word)} · ${vscode.l10n.t("process {0}", process.pid)}`,
        detail: visibleLine(process.goal.slice(0, 300).replace(/\s*\n\s*/gu, " ")),
      };
    });
    const title = vscode.l10n.t("Find Agent");
    const options = { title, matchOnDescription: true, matchOnDetail: true };
    const found = await choose(items, options);
    if (found !== undefined) await this.transcriptOf(found.pid);
  }

  async showAuthority(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, AGENT_STATES);
    if (agent === undefined) return;
    const name = `${vscode.l10n.t("Authority of agent {0}", agent.pid)}.txt`;
    await this.#documents.show("authority", [`${agent.pid}`, name]);
  }

  /** Also for an agent that cannot go on: what it did is wanted then, too. */
  async showReceipt(args: readonly unknown[]): Promise<void> {
    const agent = await chooseAgent(this.#session, args, AGENT_STATES);
    if (agent !== undefined) await this.receiptOf(agent.pid);
  }

  async receiptOf(pid: number): Promise<void> {
    await this.#documents.show("receipt", [`${pid}`, `${vscode.l10n.t("Receipt of agent {0}", pid)}.md`]);
  }

  async openAuditLog(): Promise<void> {
    await this.#documents.show("audit", [`${vscode.l10n.t("Audit log")}.txt`]);
  }

  /** Reads the record from the disk, and tells whether it is intact. A person can stop it; then nothing is told. */
  async verifyAuditLog(): Promise<boolean> {
    await this.#session.runtime?.kernel.durable().catch(() => undefined);
    if (this.#session.root === undefined) return offerFirstAgent();
    const found = await this.#verify();
    if (found === "stopped") return false;
    if (found.absent) return offerFirstAgent();
    await this.verdict(found.text);
    return found.good;
  }

  async #verify(): Promise<Verified | "stopped"> {
    const title = vscode.l10n.t("Checking the record");
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    return vscode.window.withProgress(options, async (shown, token) => {
      const stop = new AbortController();
      const listening = token.onCancellationRequested(() => stop.abort());
      let told = 0;
      const progress = (done: number, total: number): void => {
        const percent = Math.floor((100 * done) / total);
        if (percent > told) shown.report({ increment: percent - told, message: `${percent} %` });
        told = percent;
      };
      try {
        return await this.#outside.verify(this.#session.folders, { signal: stop.signal, progress });
      } catch (error) {
        if (stop.signal.aborted) return "stopped";
        throw error;
      } finally {
        listening.dispose();
      }
    });
  }

  async verdict(text: string): Promise<void> {
    this.#verified = text;
    await this.#documents.show("verify", [`${vscode.l10n.t("Verified record")}.txt`]);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  async #page(path: string, pid: number, nth?: number): Promise<string> {
    return this.#with(async (texts, runtime) => {
      this.#transcripts ??= new texts.Transcripts();
      const { history } = this.#session;
      const streaming = this.#arriving.get(pid)?.text ?? "";
      const page = await this.#transcripts.page(runtime, history, pid, await this.#check(), nth, streaming);
      this.#pages.set(path, page);
      return page.text;
    });
  }

  /** The command that checks the record in a terminal. */
  #check(): Promise<string> {
    return this.#outside.checkCommand(this.#session.root?.path ?? "");
  }

  #refresh(pid: number): void {
    for (const kind of ["transcript", "authority", "receipt"]) this.#documents.refresh(kind, `${pid}`);
    this.#documents.refresh("audit");
  }

  async #with(write: (texts: Texts, runtime: Runtime) => string | Promise<string>): Promise<string> {
    const { runtime } = this.#session;
    if (runtime === undefined) return vscode.l10n.t("There is no record here yet.");
    return write(await import("./texts.ts"), runtime);
  }
}

/** Tells a newcomer that there is no record yet, and offers the ways to begin one. */
async function offerFirstAgent(): Promise<false> {
  const [agent, tour] = [vscode.l10n.t("New Agent…"), vscode.l10n.t("Run the Tour")];
  const text = vscode.l10n.t("Nothing was recorded here yet. The record begins with the first agent.");
  const chosen = await inform(text, agent, tour);
  if (chosen === agent) await vscode.commands.executeCommand("agentlibos.newAgent");
  if (chosen === tour) await vscode.commands.executeCommand("agentlibos.runTour");
  return false;
}
