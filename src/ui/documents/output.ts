// Output documents: what a call puts out, as it comes and afterwards, and the person's act that stops it.
import * as vscode from "vscode";
import { isFault, type Fault } from "../../abi/errors.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { partsOf, slotOf } from "../../kernel/state/call-id.ts";
import { INIT } from "../../kernel/state/life.ts";
import { callWords } from "../../views/words/calls.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { runningCalls } from "../agents/running.ts";
import { agentName } from "../session/agents.ts";
import { choose, inform, showFault } from "../session/messages.ts";
import { HandleRow, markRow, ownRow, RunningRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";
import { SCHEME, type Documents, TailFollower } from "./documents.ts";

/** The end of an output that is kept for its document, in characters. */
const KEPT = 200_000;

/** The documents of outputs. Only what still runs, or is open in an editor, is held in memory. */
export class OutputDocuments implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  /** The output of calls by id, as far as it came while this window listened. */
  readonly #texts = new Map<string, string>();
  readonly #tail = new TailFollower();
  readonly #listening: vscode.Disposable[];

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    this.#documents = documents;
    documents.add("output", ([call = ""]) => this.#text(call));
    this.#listening = [
      this.#tail,
      session.onOutput(({ call, text }) => {
        if (isAnswer(call)) return;
        this.#texts.set(call, ((this.#texts.get(call) ?? "") + text).slice(-KEPT));
        documents.refresh("output", call);
      }),
      session.onRecord((record) => {
        const { kind, call = "" } = record;
        if (kind === "call.end" && !isAnswer(call)) {
          documents.refresh("output", call);
          this.#forget();
        } else if (kind === "handle.close") this.#forget();
      }),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        const call = callOf(uri);
        if (call === undefined) return;
        session.history.release(`output/${call}`);
        this.#forget();
      }),
    ];
  }

  /** Shows the output of a row, or of what a person chooses among all that runs. */
  async show(args: readonly unknown[]): Promise<void> {
    const row = this.#row(args) ?? (await this.#choose(vscode.l10n.t("Show Output")));
    const call = row instanceof HandleRow ? this.#handle(row)?.call : row?.call;
    if (call === undefined) return;
    const name = `${vscode.l10n.t("Output of call {0}", call)}.txt`;
    this.#tail.follow(await this.#documents.show("output", [call, name]));
  }

  /** Stops what a row shows, or what a person chooses. Its agent goes on. */
  async stop(args: readonly unknown[]): Promise<void> {
    const row = this.#row(args) ?? (await this.#choose(vscode.l10n.t("Stop")));
    const runtime = row === undefined ? undefined : await this.#session.takeRuntime();
    if (row === undefined || runtime === undefined) return;
    const { kernel, person } = runtime;
    const failed: Fault | undefined =
      row instanceof HandleRow
        ? await kernel.stopHandle(person, row.pid, row.id)
        : kernel.stopCall(person, row.call);
    if (isFault(failed)) showFault(failed);
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  #row([first]: readonly unknown[]): RunningRow | HandleRow | undefined {
    return ownRow(first, RunningRow) ?? ownRow(first, HandleRow);
  }

  #handle({ pid, id }: HandleRow) {
    return this.#session.runtime?.kernel.state.handles.get(pid)?.get(id);
  }

  async #choose(title: string): Promise<RunningRow | HandleRow | undefined> {
    const kernel = this.#session.runtime?.kernel;
    const items =
      kernel === undefined ? [] : [...kernel.state.processes.keys()].flatMap((pid) => choicesOf(kernel, pid));
    if (items.length > 0) return (await choose(items, { title }))?.row;
    void inform(vscode.l10n.t("No agent runs a command now."));
    return undefined;
  }

  async #text(call: string): Promise<string> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return "";
    const records = await this.#session.history.of(`output/${call}`, { call });
    const { outputText } = await import("../../views/record/output.ts");
    return outputText(vscode.l10n.t, kernel.state.kinds, records, this.#texts.get(call));
  }

  /** Lets go of the outputs that nothing adds to and nobody looks at. */
  #forget(): void {
    const kernel = this.#session.runtime?.kernel;
    const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => callOf(uri)));
    for (const call of this.#texts.keys()) {
      const pid = partsOf(call)?.pid ?? INIT;
      const handles = [...(kernel?.state.handles.get(pid)?.values() ?? [])];
      const runs = kernel?.running(call) !== undefined || handles.some((handle) => handle.call === call);
      if (!runs && !open.has(call)) this.#texts.delete(call);
    }
  }
}

/** True for a model's answer, which its transcript shows as it comes. */
function isAnswer(call: string): boolean {
  const slot = slotOf(call);
  return slot !== undefined && slot.index === undefined;
}

function callOf({ scheme, path }: vscode.Uri): string | undefined {
  const [, kind, call] = path.split("/");
  return scheme === SCHEME && kind === "output" ? call : undefined;
}

/** All that one agent runs, to choose from. */
function choicesOf(kernel: Kernel, pid: number) {
  const process = kernel.state.processes.get(pid);
  const description = process === undefined ? "" : agentName(process);
  const handles = [...(kernel.state.handles.get(pid)?.values() ?? [])].map(({ id, label }) => ({
    ...{ label: visibleLine(label), description, row: markRow(new HandleRow(pid, id)) },
  }));
  const calls = runningCalls(kernel, pid).map(({ id, name, args }) => ({
    label: callWords(vscode.l10n.t, kernel.state.kinds, { op: name, args })?.line ?? name,
    ...{ description, row: markRow(new RunningRow(pid, id)) },
  }));
  return [...calls, ...handles];
}
