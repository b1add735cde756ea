// The session: how the record of this window's folders stands, who may write it, and the one place that opens it.
import * as vscode from "vscode";
import type { AnyRecord, RootFolder } from "../../abi/record.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf } from "./agents.ts";
import { clashHere, foldersHere, hasRecord, mayRunHere, refuse, rootHere } from "./folders.ts";
import { History } from "./history.ts";
import type { Mending, OpenMode, Outside, Runtime } from "./runtime.ts";
import { setting } from "../manifest/settings.ts";

/**
 * `ready`: agents run here, or could. `viewer`: another window or command writes the record. `foreign`: it is shown, not
 * obeyed. `sealed`: it can no longer be written. `none`: nothing has been started here yet.
 */
export type Phase = "none" | "ready" | "viewer" | "foreign" | "sealed";

export class Session implements vscode.Disposable {
  phase: Phase = "none";
  /** Why it is not ready, for people. */
  detail = "";
  runtime: Runtime | undefined;
  /** What documents are made from; nothing but the state is held in memory else. */
  readonly history: History;
  readonly #outside: Outside;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #record = new vscode.EventEmitter<AnyRecord>();
  readonly #returned = new vscode.EventEmitter<number>();
  readonly #spoken = new vscode.EventEmitter<{ pid: number; delta: string }>();
  /** Fires whenever anything that is shown may have changed. */
  readonly onDidChange = this.#changed.event;
  readonly onRecord = this.#record.event;
  readonly onText = this.#spoken.event;
  /** Fires with the number of agents that a reload left paused, when the settings say that a person is to be asked. */
  readonly onDidReturn = this.#returned.event;
  readonly #disposables: vscode.Disposable[] = [this.#changed, this.#record, this.#spoken, this.#returned];
  #watch: { dispose(): void } | undefined;
  #listening: (() => void)[] = [];
  /** Up to where another writer's record was read. */
  #read: Parameters<Outside["read"]>[3];
  #line: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(outside: Outside, log: vscode.LogOutputChannel) {
    this.#outside = outside;
    this.#log = log;
    this.history = new History(async (keep, most) => {
      await this.runtime?.kernel.durable().catch(() => undefined);
      return (await outside.read(this.folders, keep, most)).records;
    });
    this.#disposables.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.look()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#folders()),
    );
  }

  get folders(): readonly RootFolder[] {
    return foldersHere();
  }

  get root(): RootFolder | undefined {
    return rootHere();
  }

  get writable(): boolean {
    return this.runtime?.kernel.writable === true;
  }

  /** Looks at the record, if there is one; agents that a person had started come back as paused. */
  look(): Promise<void> {
    return this.#next(async () => {
      if (this.writable) return;
      await this.#leave();
      const root = this.root;
      if (root === undefined) return this.#stand("none", "");
      await this.#follow(root);
      if (!(await hasRecord(root))) return this.#stand("none", "");
      await this.#open("view");
      const unfinished = agentsOf(this.runtime?.kernel).some((p) => p.life.ended === undefined);
      const mayWrite = this.phase === "ready" && vscode.workspace.isTrusted && clashHere() === undefined;
      if (unfinished && mayWrite) await this.#open("write");
    });
  }

  /**
   * The runtime, writable, because a person asks for it; undefined after telling why it cannot be. Every way to run
   * anything goes through here, so an untrusted folder runs nothing whatever was clicked or called.
   */
  async take(mode: "create" | "write" = "write"): Promise<Runtime | undefined> {
    if (!(await mayRunHere())) return undefined;
    await this.#next(async () => {
      if (!this.writable) await this.#open(mode);
    });
    if (this.writable) return this.runtime;
    if (!this.policyStops()) void this.#tell();
    return undefined;
  }

  /** What stands above the views, if anything has to be said. */
  message(): string | undefined {
    const clash = clashHere();
    if (clash !== undefined) return clash;
    if (!vscode.workspace.isTrusted && agentsOf(this.runtime?.kernel).length > 0)
      return vscode.l10n.t("Restricted Mode: the record is readable; agents cannot run.");
    const problem = visibleLine(this.runtime?.problem()?.text ?? "");
    if (problem !== "") return vscode.l10n.t("No agent can run: {0}. Edit Policy opens the line.", problem);
    switch (this.phase) {
      case "viewer":
        return vscode.l10n.t("Another window runs this folder’s agents, you are watching.");
      case "sealed":
        return vscode.l10n.t("The record can no longer be written: {0}", this.detail);
      case "foreign":
      case "none":
        return this.detail === "" ? undefined : this.detail;
      case "ready":
        return undefined;
    }
  }

  /** True while the rules cannot be understood, after telling which line is to be mended: then nothing may go on. */
  policyStops(): boolean {
    if (this.runtime?.problem() === undefined) return false;
    void refuse(this.message() ?? "", vscode.l10n.t("Edit Policy"), "agentlibos.editPolicy");
    return true;
  }

  /** Opens a sealed record again, from what is on disk. */
  reopen(): Promise<void> {
    return this.#next(async () => {
      await this.#leave();
      await this.#open("write");
    });
  }

  /** Tells why nothing can run, and offers what a person may do about the record. */
  async #tell(): Promise<void> {
    const text = this.message() ?? vscode.l10n.t("There is no record here yet.");
    const { mendings, mend } = await import("./repair.ts");
    const kind = this.phase === "foreign" ? this.runtime?.standing.kind : undefined;
    const done = await mend(text, mendings(kind), (how) => this.#mend(how));
    if (done) await this.look();
  }

  /** The journal lies still meanwhile: nothing of ours has it open. */
  async #mend(how: Mending): Promise<{ ok: boolean; detail: string }> {
    let done = { ok: false, detail: "" };
    await this.#next(async () => {
      await this.#leave();
      done = await this.#outside.mend(this.folders, how);
    });
    return done;
  }

  /** Goes away in good order: no listener, no child, no timer is left, and the journal is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#next(() => this.#leave());
    this.dispose();
  }

  dispose(): void {
    this.#closed = true;
    this.#watch?.dispose();
    for (const each of this.#disposables.splice(0)) each.dispose();
  }

  /** One thing after another: openings never overlap, and a failure is told, not thrown. */
  #next(step: () => Promise<void>): Promise<void> {
    const done = this.#line.then(step).catch((error: unknown) => {
      this.#stand("foreign", error instanceof Error ? error.message : String(error));
      this.#log.error(error instanceof Error ? error : String(error));
    });
    this.#line = done;
    return done;
  }

  async #open(mode: OpenMode): Promise<void> {
    await this.#leave();
    const runtime = await this.#outside.open(this.folders, mode);
    if (this.#closed) return runtime.close();
    const { kernel, standing } = runtime;
    this.runtime = runtime;
    this.#listening.push(
      kernel.onRecord((record) => this.#heard(kernel, record)),
      runtime.onText((pid, delta) => this.#spoken.fire({ pid, delta })),
    );
    runtime.onProblem(() => this.#ruled(runtime));
    this.#log.info(`opened the record to ${mode}: ${standing.kind}`);
    if (kernel.writable) {
      this.#watch?.dispose();
      this.#watch = undefined;
      await this.#comeBack(runtime);
      return this.#stand("ready", "");
    }
    const looks = mode === "view" || runtime.problem() !== undefined;
    if (this.#watch === undefined && this.root !== undefined) await this.#follow(this.root);
    const detail = "detail" in standing ? standing.detail : "";
    if (standing.kind === "locked") return this.#stand("viewer", detail);
    // Opened only to look: it is taken for writing when a person does something.
    if (standing.kind === "read-only" && looks) return this.#stand("ready", detail);
    if (standing.kind === "absent") return this.#stand("none", "");
    const { standingText } = await import("../../views/record/standing.ts");
    this.#stand("foreign", sentence(standingText(vscode.l10n.t, standing)));
  }

  /** After a reload every agent is paused, unless a person set it otherwise; nothing runs on by itself. */
  async #comeBack({ kernel }: Runtime): Promise<void> {
    const how = setting(vscode.workspace.getConfiguration("agentlibos"), "resumeOnStart");
    if (how === "always") return kernel.resumeAll();
    const before = agentsOf(kernel).filter((p) => p.life.ended === undefined && !p.life.paused).length;
    kernel.pauseAll("kernel", "the window was opened again");
    await kernel.durable();
    if (how === "ask") this.#returned.fire(before);
  }

  /** Policy files went wrong or were mended: who runs was paused by that, and who only looked may take the record again. */
  #ruled(runtime: Runtime): void {
    if (this.runtime !== runtime || this.#closed) return;
    this.#changed.fire();
    if (!this.policyStops() && !runtime.kernel.writable) void this.look();
  }

  /** Shows a record once it is on the disk: what people see has happened, whatever becomes of this window. */
  #heard(kernel: Runtime["kernel"], record: AnyRecord): void {
    const show = (): void => {
      if (this.#closed) return;
      this.history.heard(record);
      this.#record.fire(record);
      this.#changed.fire();
    };
    if (!kernel.writable || record.kind === "head") return show();
    void kernel.durable(record.seq).then(show, (error: unknown) => {
      if (this.runtime?.kernel !== kernel || this.#closed || this.phase === "sealed") return;
      this.#stand("sealed", error instanceof Error ? error.message : String(error));
      void this.#next(() => this.#seal());
    });
  }

  /** What was not written has not happened: the state is folded again from what is on the disk, and shown. */
  async #seal(): Promise<void> {
    const { detail } = this;
    await this.#open("view");
    this.#stand("sealed", detail);
    const reopen = vscode.l10n.t("Reopen Record");
    void vscode.window.showErrorMessage(this.message() ?? "", reopen).then(async (chosen) => {
      if (chosen === reopen) await this.reopen();
    });
  }

  /** Another writer's records, as they come. */
  async #follow(root: RootFolder): Promise<void> {
    this.#watch?.dispose();
    this.#watch = await this.#outside.watch(root.path, () => void this.#next(() => this.#catchUp()));
    if (this.#closed) this.#watch.dispose();
  }

  async #catchUp(): Promise<void> {
    if (this.writable || this.#closed || this.root === undefined) return;
    const before = this.runtime;
    if (before === undefined) return (await hasRecord(this.root)) ? this.#open("view") : undefined;
    const { seq } = before.kernel.state;
    const since = this.#read;
    const fresh = await this.#outside.read(this.folders, (record) => record.seq > seq, undefined, since);
    this.#read = fresh.position;
    const same = fresh.id === before.id && fresh.standing.kind === "obeyed";
    if (!same || fresh.last < seq) return this.#open("view");
    if (fresh.records.length === 0) return;
    this.phase = "viewer";
    before.kernel.follow(fresh.records);
  }

  async #folders(): Promise<void> {
    const ran = this.writable;
    await this.#next(() => this.#leave());
    await this.look();
    if (ran)
      void vscode.window.showInformationMessage(vscode.l10n.t("The folders changed; agents were paused."));
  }

  async #leave(): Promise<void> {
    for (const stop of this.#listening.splice(0)) stop();
    const { runtime } = this;
    this.runtime = undefined;
    this.#read = undefined;
    this.history.clear();
    await runtime?.close();
  }

  #stand(phase: Phase, detail: string): void {
    this.phase = phase;
    this.detail = detail;
    if (!this.#closed) this.#changed.fire();
  }
}

/** The lines of a standing as one text that begins and goes on like a sentence. */
function sentence(lines: string): string {
  const said = lines.trim().replace(/\n/gu, ". ");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
