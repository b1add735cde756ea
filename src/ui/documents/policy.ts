// Policy: the document that tells every rule with its line, and the way to the file a person writes rules in.
import * as vscode from "vscode";
import { policyText } from "../../views/agents/policy.ts";
import type { Documents } from "./documents.ts";
import type { PolicyParts } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

export class Policy implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #files: PolicyParts;
  readonly #listening: vscode.Disposable[];

  constructor(session: Session, documents: Documents, files: PolicyParts) {
    this.#session = session;
    this.#documents = documents;
    this.#files = files;
    documents.add("policy", () => this.#text());
    this.#listening = [
      session.onDidChange(() => documents.refresh("policy")),
      vscode.workspace.onDidSaveTextDocument(() => documents.refresh("policy")),
    ];
  }

  /** Every rule that binds agents here, where it stands, and what is built in. */
  async show(): Promise<void> {
    const document = await this.#documents.show("policy", [`${t("Effective policy")}.txt`]);
    // Its lines are read to their last word.
    await vscode.languages.setTextDocumentLanguage(document, "agentlibos");
  }

  /** The line that is to be mended, or the user's own file, which is made only now. */
  async edit(): Promise<void> {
    try {
      const problem = (await this.#files.read(this.#root)).problem ?? this.#session.runtime?.problem();
      const uri = vscode.Uri.file(problem?.file ?? (await this.#files.mine()));
      const at = new vscode.Position((problem?.line ?? 1) - 1, (problem?.column ?? 1) - 1);
      await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), preview: false });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(t("The policy cannot be opened: {0}", why));
    }
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  get #root(): string {
    return this.#session.root?.path ?? "";
  }

  /** What binds the agents of whoever writes the record; where nobody does, what would. */
  async #text(): Promise<string> {
    const { runtime, phase } = this.#session;
    const read = await this.#files.read(this.#root);
    const runs = runtime?.kernel.writable === true || phase === "viewer";
    const rules = runs ? runtime?.kernel.state.policy : read.rules;
    const problem = read.problem ?? runtime?.problem();
    return policyText(t, rules ?? [], await this.#files.places(this.#root), problem?.text);
  }
}
