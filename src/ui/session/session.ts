// Session: the state of the record in this window's folders, who may write it, and the one place that opens it.
import * as vscode from "vscode";
import type { AnyRecord, RootFolder } from "../../abi/record.ts";
import type { OutputPiece } from "../../kernel/door/output.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { agentsOf } from "./agents.ts";
import { folderClash, localFolders, hasRecord, checkMayRun, rootFolder } from "./folders.ts";
import { inform, showError, warnWithButton } from "./messages.ts";
import { History } from "./history.ts";
import type { Repair, OpenMode, Outside, Runtime } from "./runtime.ts";
import { setting } from "../manifest/settings.ts";

/**
 * `ready`: agents run in this window, or could. `viewer`: another window or command writes the record. `foreign`: the
 * record is shown but not obeyed. `sealed`: it can no longer be written. `none`: no agent was started yet.
 */
export type Phase = "none" | "ready" | "viewer" | "foreign" | "sealed";

/** The one session of a window. */
export class Session implements vscode.Disposable {
  phase: Phase = "none";
  /** Why the phase is not `ready`, for people. */
  detail = "";
  runtime: Runtime | undefined;
  /** The records for documents. Otherwise only the state is held in memory. */
  readonly history: History;
  readonly #outside: Outside;
  readonly #log: vscode.LogOutputChannel;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #record = new vscode.EventEmitter<AnyRecord>();
  readonly #returned = new vscode.EventEmitter<number>();
  readonly #output = new vscode.EventEmitter<OutputPiece>();
  /** Fires when anything on the screen may have changed. */
  readonly onDidChange = this.#changed.event;
  readonly onRecord = this.#record.event;
  readonly onOutput = this.#output.event;
  /** Fires with the number of agents that a reload left paused, when the settings say to ask a person. */
  readonly onDidReturn = this.#returned.event;
  readonly #disposables: vscode.Disposable[] = [this.#changed, this.#record, this.#output, this.#returned];
  #watch: { dispose(): void } | undefined;
  #listening: (() => void)[] = [];
  /** The position up to which another writer's record was read. */
  #readPosition: Parameters<Outside["read"]>[3];
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(outside: Outside, log: vscode.LogOutputChannel) {
    this.#outside = outside;
    this.#log = log;
    this.history = new History(async (filter, most) => {
      await this.runtime?.kernel.durable().catch(() => undefined);
      return outside.records(this.folders, filter, most);
    });
    this.#disposables.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.load()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.#foldersChanged()),
    );
  }

  get folders(): readonly RootFolder[] {
    return localFolders();
  }

  get root(): RootFolder | undefined {
    return rootFolder();
  }

  get writable(): boolean {
    return this.runtime?.kernel.writable === true;
  }

  /** Loads the record, if there is one. Agents that a person had started come back paused. */
  load(): Promise<void> {
    return this.#enqueue(async () => {
      if (this.writable) return;
      await this.#closeRuntime();
      const root = this.root;
      if (root === undefined) return this.#setPhase("none", "");
      await this.#watchRecord(root);
      if (!(await hasRecord(root))) return this.#setPhase("none", "");
      await this.#open("view");
      const unfinished = agentsOf(this.runtime?.kernel).some((p) => p.life.ended === undefined);
      const mayWrite = this.phase === "ready" && vscode.workspace.isTrusted && folderClash() === undefined;
      if (unfinished && mayWrite) await this.#open("write");
    });
  }

  /**
   * The writable runtime, for an action of a person; undefined after telling why it is not available. Every action
   * that runs anything calls this first. So nothing runs in an untrusted folder, whatever was clicked or called.
   */
  async takeRuntime(mode: "create" | "write" = "write"): Promise<Runtime | undefined> {
    if (!(await checkMayRun())) return undefined;
    await this.#enqueue(async () => {
      if (!this.writable) await this.#open(mode);
    });
    if (this.writable) return this.runtime;
    if (!this.policyStops()) void this.#explainAndOffer();
    return undefined;
  }

  /** The message above the views, if there is one. */
  statusMessage(): string | undefined {
    const clash = folderClash();
    if (clash !== undefined) return clash;
    if (!vscode.workspace.isTrusted && agentsOf(this.runtime?.kernel).length > 0)
      return vscode.l10n.t("Restricted Mode: the record is readable; agents cannot run.");
    const problem = visibleLine(this.runtime?.problem()?.text ?? "");
    if (problem !== "") return vscode.l10n.t("No agent can run: {0}. Edit Policy opens the line.", problem);
    switch (this.phase) {
      case "viewer":
        return vscode.l10n.t("Another window runs this folder’s agents, you are watching.");
      case "sealed":
        return vscode.l10n.t("The record can no longer be written: {0}", visibleLine(this.detail));
      case "foreign":
      case "none":
        return this.detail === "" ? undefined : visibleLine(this.detail);
      case "ready":
        return undefined;
    }
  }

  /** True while the policy files have a problem. It tells which line to correct; nothing may continue until then. */
  policyStops(): boolean {
    if (this.runtime?.problem() === undefined) return false;
    void warnWithButton(this.statusMessage() ?? "", vscode.l10n.t("Edit Policy"), "agentlibos.editPolicy");
    return true;
  }

  /** Opens a sealed record again from the disk. */
  reopen(): Promise<void> {
    return this.#enqueue(async () => {
      await this.#closeRuntime();
      await this.#open("write");
    });
  }

  /** Tells why nothing can run, and offers repairs of the record. */
  async #explainAndOffer(): Promise<void> {
    const text = this.statusMessage() ?? vscode.l10n.t("There is no record here yet.");
    const { repairsFor, offerRepairs } = await import("./repair.ts");
    const standing = this.phase === "foreign" ? this.runtime?.standing : undefined;
    const done = await offerRepairs(text, repairsFor(standing), (how) => this.#repairRecord(how));
    if (done) await this.load();
  }

  /** The runtime is closed first, so that nothing of ours uses the journal. */
  async #repairRecord(how: Repair): Promise<{ ok: boolean; detail: string }> {
    let done = { ok: false, detail: "" };
    await this.#enqueue(async () => {
      await this.#closeRuntime();
      done = await this.#outside.repair(this.folders, how);
    });
    return done;
  }

  /** Closes the session: no listener, child or timer remains, and the journal is closed. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#enqueue(() => this.#closeRuntime());
    this.dispose();
  }

  dispose(): void {
    this.#closed = true;
    this.#watch?.dispose();
    for (const each of this.#disposables.splice(0)) each.dispose();
  }

  /** Runs one step after another. Openings never overlap, and a failure is reported, not thrown. */
  #enqueue(step: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(step).catch((error: unknown) => {
      this.#setPhase("foreign", error instanceof Error ? error.message : String(error));
      this.#log.error(error instanceof Error ? error : String(error));
    });
    this.#queue = done;
    return done;
  }

  async #open(mode: OpenMode): Promise<void> {
    await this.#closeRuntime();
    const runtime = await this.#outside.open(this.folders, mode);
    if (this.#closed) return runtime.close();
    const { kernel, standing } = runtime;
    this.runtime = runtime;
    this.#listening.push(
      kernel.onRecord((record) => this.#showRecord(kernel, record)),
      kernel.onOutput((piece) => this.#output.fire(piece)),
    );
    runtime.onProblem(() => this.#policyChanged(runtime));
    this.#log.info(`opened the record to ${mode}: ${standing.kind}`);
    if (kernel.writable) {
      this.#watch?.dispose();
      this.#watch = undefined;
      await this.#pauseAfterReload(runtime);
      return this.#setPhase("ready", "");
    }
    const onlyReads = mode === "view" || runtime.problem() !== undefined;
    if (this.#watch === undefined && this.root !== undefined) await this.#watchRecord(this.root);
    const detail = "detail" in standing ? standing.detail : "";
    if (standing.kind === "locked") return this.#setPhase("viewer", detail);
    // The record was opened only to read. It is opened for writing when a person acts.
    if (standing.kind === "read-only" && onlyReads) return this.#setPhase("ready", detail);
    if (standing.kind === "absent") return this.#setPhase("none", "");
    const { standingSentences } = await import("../../views/record/standing.ts");
    this.#setPhase("foreign", standingSentences(vscode.l10n.t, standing));
  }

  /** After a reload every agent is paused, unless the settings say otherwise. Nothing continues by itself. */
  async #pauseAfterReload({ kernel }: Runtime): Promise<void> {
    const how = setting(vscode.workspace.getConfiguration("agentlibos"), "resumeOnStart");
    if (how === "always") return kernel.resumeAll();
    const before = agentsOf(kernel).filter((p) => p.life.ended === undefined && !p.life.paused).length;
    kernel.pauseAll("kernel", "the window was opened again");
    await kernel.durable();
    if (how === "ask") this.#returned.fire(before);
  }

  /** A problem of the policy files has paused the agents. After a correction the session may write again. */
  #policyChanged(runtime: Runtime): void {
    if (this.runtime !== runtime || this.#closed) return;
    this.#changed.fire();
    if (!this.policyStops() && !runtime.kernel.writable) void this.load();
  }

  /** Shows a record once it is on the disk. So everything shown has happened, whatever becomes of this window. */
  #showRecord(kernel: Runtime["kernel"], record: AnyRecord): void {
    const show = (): void => {
      if (this.#closed) return;
      this.history.add(record);
      this.#record.fire(record);
      this.#changed.fire();
    };
    if (!kernel.writable || record.kind === "head") return show();
    void kernel.durable(record.seq).then(show, (error: unknown) => {
      if (this.runtime?.kernel !== kernel || this.#closed || this.phase === "sealed") return;
      this.#setPhase("sealed", error instanceof Error ? error.message : String(error));
      void this.#enqueue(() => this.#seal());
    });
  }

  /** A record that was not written has not happened. The state is folded again from the disk and shown. */
  async #seal(): Promise<void> {
    const { detail } = this;
    await this.#open("view");
    this.#setPhase("sealed", detail);
    const reopen = vscode.l10n.t("Reopen Record");
    void showError(this.statusMessage() ?? "", reopen).then(async (chosen) => {
      if (chosen === reopen) await this.reopen();
    });
  }

  /** Reads another writer's records as they come. */
  async #watchRecord(root: RootFolder): Promise<void> {
    this.#watch?.dispose();
    this.#watch = await this.#outside.watch(
      root.path,
      () => void this.#enqueue(() => this.#readNewRecords()),
    );
    if (this.#closed) this.#watch.dispose();
  }

  async #readNewRecords(): Promise<void> {
    if (this.writable || this.#closed || this.root === undefined) return;
    const before = this.runtime;
    if (before === undefined) return (await hasRecord(this.root)) ? this.#open("view") : undefined;
    const { seq } = before.kernel.state;
    const since = this.#readPosition;
    const fresh = await this.#outside.read(this.folders, (record) => record.seq > seq, undefined, since);
    this.#readPosition = fresh.position;
    const same = fresh.id === before.id && fresh.standing.kind === "obeyed";
    if (!same || fresh.last < seq) return this.#open("view");
    if (fresh.records.length === 0) return;
    this.phase = "viewer";
    before.kernel.follow(fresh.records);
  }

  async #foldersChanged(): Promise<void> {
    const ran = this.writable;
    await this.#enqueue(() => this.#closeRuntime());
    await this.load();
    if (ran) void inform(vscode.l10n.t("The folders changed; agents were paused."));
  }

  async #closeRuntime(): Promise<void> {
    for (const stop of this.#listening.splice(0)) stop();
    const { runtime } = this;
    this.runtime = undefined;
    this.#readPosition = undefined;
    this.history.clear();
    await runtime?.close();
  }

  #setPhase(phase: Phase, detail: string): void {
    this.phase = phase;
    this.detail = detail;
    if (!this.#closed) this.#changed.fire();
  }
}
