// Explain: why a call was decided as it was, who holds a capability, and the grants that a person gives or revokes
// from it.
import * as vscode from "vscode";
import { parseCap, type Listed } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import { INIT } from "../../kernel/state/rows.ts";
import { auditJson, targetOf } from "../../views/record/audit.ts";
import { authorityRows, nowIn } from "../../views/agents/authority.ts";
import { authorityOf, callName, callsOf } from "../../views/record/calls.ts";
import { explainText, smallestGrant } from "../../views/record/explain.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { decisionWords, outcomeWords } from "../../views/words/decisions.ts";
import { grantWords } from "../../views/words/resources.ts";
import { agentsOf, agentName } from "../session/agents.ts";
import { documentAddress, SCHEME, type Documents } from "./documents.ts";
import { choose, confirm, inform, showFault, withoutIcons } from "../session/messages.ts";
import { CapabilityRow, ownRow } from "../session/rows.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** The most calls that the picker offers, newest first. */
const RECENT = 100;

/** The commands that explain calls, and give or revoke grants. */
export class Explanations {
  readonly #session: Session;
  readonly #documents: Documents;

  constructor(session: Session, documents: Documents) {
    this.#session = session;
    this.#documents = documents;
    documents.add("explain", ([call = ""]) => this.#explained(call));
  }

  /** Offers an agent's calls, newest first, and explains the chosen one. */
  async explainDecision(pid: number): Promise<void> {
    const { history } = this.#session;
    const records = await history.of(`calls/${pid}`, { pids: [pid] });
    history.release(`calls/${pid}`);
    const rows = callsOf(records).slice(-RECENT).reverse();
    const items = rows.map((row) => ({
      label: `${callName(row.json)}  ${targetOf(t, row)}`,
      description: `${decisionWords(t, row.json.decision)}, ${outcomeWords(t, row.json.outcome)}`,
      detail: row.json.error === undefined ? "" : visibleLine(row.json.error.message),
      call: row.json.call,
    }));
    if (items.length === 0) return void inform(t("Agent {0} has made no calls.", pid));
    const title = t("Explain which decision of agent {0}?", pid);
    const options = { title, matchOnDescription: true, matchOnDetail: true };
    const chosen = await choose(items, options);
    if (chosen === undefined) return;
    await this.#documents.show("explain", [chosen.call, `${t("Call {0}", chosen.call)}.txt`]);
  }

  /** Gives the smallest grant for the explained call in front, after a person has read its exact text. */
  async giveMissing(): Promise<void> {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const [kind, call] = uri?.scheme === SCHEME ? documentAddress(uri).split("/") : [];
    const kernel = this.#session.runtime?.kernel;
    if (kind !== "explain" || call === undefined || kernel === undefined) return;
    const records = await this.#session.history.of(`explain/${call}`, {});
    const row = callsOf(records.filter((r) => r.call === call)).at(0);
    if (row === undefined) return;
    const { pid, needs } = row.json;
    const texts = smallestGrant(
      kernel.state,
      authorityOf(row, kernel.state.kinds),
      needs,
      nowIn(kernel.state, Date.now()),
    );
    const grants = texts
      .map((text) => parseCap(text, kernel.state.kinds))
      .filter((g): g is Listed => !isFault(g));
    if (grants.length === 0) return void inform(t("Nothing is missing now, or no grant would do."));
    const give = t("Give It");
    const detail = grants.map(
      (g, i) => `${visibleLine(grantWords(t, kernel.state.kinds, g))}\n${visibleLine(texts[i] ?? "")}`,
    );
    const question = t("Give this to agent {0}, until it ends?", pid);
    if (!(await confirm(question, give, detail.join("\n\n")))) return;
    const runtime = await this.#session.takeRuntime();
    if (runtime === undefined) return;
    for (const listed of grants) {
      const given = runtime.kernel.give(runtime.person, pid, listed);
      if (isFault(given)) return showFault(given);
    }
    await runtime.kernel.durable();
    this.#documents.refresh("explain");
  }

  /** Revokes a capability and all that was passed on from it: the one of a lens, or a chosen one. */
  async revokeCapability(args: readonly unknown[]): Promise<void> {
    const id = ownRow(args[0], CapabilityRow)?.id ?? (await this.#chooseCapability());
    const runtime = id === undefined ? undefined : await this.#session.takeRuntime();
    if (runtime === undefined || id === undefined) return;
    const revoked = runtime.kernel.revoke(runtime.person, id, "revoked by a person");
    if (isFault(revoked)) return showFault(revoked);
    await runtime.kernel.durable();
    void vscode.window.setStatusBarMessage(t("{0} was revoked.", withoutIcons(id)), 3000);
  }

  /** Writes all calls of the record as JSON lines into a file that a person names. */
  async exportAuditLog(): Promise<void> {
    const { root, history } = this.#session;
    if (root === undefined) return;
    const defaultUri = vscode.Uri.joinPath(vscode.Uri.file(root.path), "audit.jsonl");
    const filters = { [t("JSON lines")]: ["jsonl"] };
    const uri = await vscode.window.showSaveDialog({ defaultUri, filters, title: t("Export Audit Log") });
    if (uri === undefined) return;
    const records = await history.of("export", {});
    history.release("export");
    const rows = callsOf(records);
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(auditJson(rows)));
    void inform(t("{0} calls were written to {1}.", rows.length, uri.fsPath));
  }

  async #explained(call: string): Promise<string> {
    const { runtime, history } = this.#session;
    if (runtime === undefined) return t("There is no record here yet.");
    const records = await history.of(`explain/${call}`, {});
    const { digests, state } = runtime.kernel;
    const said = explainText(t, records, call, (text) => digests.sha256(text), state.kinds);
    return said ?? t("The record knows no such call.");
  }

  async #chooseCapability(): Promise<string | undefined> {
    const kernel = this.#session.runtime?.kernel;
    if (kernel === undefined) return undefined;
    const { state } = kernel;
    const at = nowIn(state, Date.now());
    const living = agentsOf(kernel).filter((p) => p.life.ended === undefined);
    const holders = [
      ...living.reverse().map((p) => ({ pid: p.pid, name: t("{0} (process {1})", agentName(p), p.pid) })),
      { pid: INIT, name: t("every agent in this workspace") },
    ];
    const items = holders.flatMap(({ pid, name }) => {
      const held = authorityRows(t, state, pid, at).filter((row) => row.ended === undefined);
      if (held.length === 0) return [];
      return [
        { label: name, kind: vscode.QuickPickItemKind.Separator, id: undefined },
        ...held.map((row) => ({
          ...{
            label: visibleLine(row.words),
            description: visibleLine(row.cap),
            detail: visibleLine(row.lineage),
          },
          id: row.id,
        })),
      ];
    });
    if (items.length === 0) {
      void inform(t("Nobody holds anything."));
      return undefined;
    }
    const title = t("Revoke what? What was passed on from it goes with it.");
    const options = { title, matchOnDescription: true, matchOnDetail: true };
    return (await choose(items, options))?.id;
  }
}
