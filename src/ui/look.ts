// Looking: the documents about one agent and about the whole record, and the check of the record.
import * as vscode from "vscode";
import type { Control } from "./control.ts";
import { SCHEME, type Documents } from "./documents.ts";
import type { Outside, Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";
import { Tail } from "./tail.ts";
import type * as TextsModule from "./texts.ts";

type Texts = typeof TextsModule;

const EVERY = ["working", "needs", "waiting", "turn", "paused", "finished", "failed", "stopped"] as const;
/** The end of an answer that is arriving; the record has the whole once it came. */
const STREAM_MAX = 20_000;

export class Look implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #control: Control;
  readonly #outside: Outside;
  readonly #listening: vscode.Disposable[];
  readonly #arriving = new Map<number, string>();
  readonly #tail = new Tail();
  #verified = "";

  constructor(session: Session, documents: Documents, control: Control, outside: Outside) {
    this.#session = session;
    this.#documents = documents;
    this.#control = control;
    this.#outside = outside;
    const pid = (segment = "0"): number => Number(segment);
    const { history } = session;
    documents.add("transcript", ([of]) =>
      this.#with(async (texts, r) => {
        const records = await history.of(`transcript/${pid(of)}`, (record) => record.pid === pid(of));
        return texts.transcript(r, records, pid(of), this.#arriving.get(pid(of)) ?? "");
      }),
    );
    documents.add("authority", ([of]) => this.#with((texts, r) => texts.authority(r, pid(of))));
    documents.add("receipt", ([of]) =>
      this.#with((texts, r) => texts.receipt(r, history, pid(of), session.root?.path ?? "")),
    );
    documents.add("audit", () => this.#with((texts) => texts.audit(history)));
    documents.add("verify", () => this.#verified);
    this.#listening = [
      this.#tail,
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        const [, kind = "", of = ""] = uri.path.split("/");
        if (uri.scheme === SCHEME) history.release(kind === "audit" ? kind : `${kind}/${of}`);
      }),
      session.onRecord((record) => {
        if (record.kind === "call.end" && record.pid !== undefined && record.data.op === "model.call")
          this.#arriving.delete(record.pid);
        if (record.pid !== undefined) this.#refresh(record.pid);
      }),
      session.onText(({ pid: of, delta }) => {
        this.#arriving.set(of, ((this.#arriving.get(of) ?? "") + delta).slice(-STREAM_MAX));
        documents.refresh("transcript", `${of}`);
      }),
    ];
  }

  async openTranscript(args: readonly unknown[]): Promise<void> {
    const agent = await this.#control.pick(args, EVERY);
    if (agent !== undefined) await this.transcriptOf(agent.pid);
  }

  async transcriptOf(pid: number, options: vscode.TextDocumentShowOptions = {}): Promise<void> {
    const name = `${vscode.l10n.t("Transcript of agent {0}", pid)}.md`;
    this.#tail.follow(await this.#documents.show("transcript", [`${pid}`, name], options));
  }

  async showAuthority(args: readonly unknown[]): Promise<void> {
    const agent = await this.#control.pick(args, EVERY);
    if (agent === undefined) return;
    const name = `${vscode.l10n.t("Authority of agent {0}", agent.pid)}.txt`;
    await this.#documents.show("authority", [`${agent.pid}`, name]);
  }

  async showReceipt(args: readonly unknown[]): Promise<void> {
    const agent = await this.#control.pick(args, ["finished", "failed", "stopped"]);
    if (agent !== undefined) await this.receiptOf(agent.pid);
  }

  async receiptOf(pid: number): Promise<void> {
    await this.#documents.show("receipt", [`${pid}`, `${vscode.l10n.t("Receipt of agent {0}", pid)}.md`]);
  }

  async openAuditLog(): Promise<void> {
    await this.#documents.show("audit", [`${vscode.l10n.t("Audit log")}.txt`]);
  }

  /** Reads the whole record from the disk, and says whether it is what was written. */
  async verifyAuditLog(): Promise<boolean> {
    const root = this.#session.root;
    if (root === undefined) return false;
    await this.#session.runtime?.kernel.durable().catch(() => undefined);
    const { good, text } = await this.#outside.verify(this.#session.folders);
    await this.verdict(text);
    return good;
  }

  async verdict(text: string): Promise<void> {
    this.#verified = text;
    await this.#documents.show("verify", [`${vscode.l10n.t("Verified record")}.txt`]);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
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
