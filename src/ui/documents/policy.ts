// Policy document: every rule with its source, and the command that opens the file for a person's own rules.
import * as vscode from "vscode";
import type { Kinds } from "../../abi/kind.ts";
import { policyText } from "../../views/agents/policy.ts";
import { visibleLine } from "../../views/words/visible.ts";
import type { Documents } from "./documents.ts";
import type { Outside, PolicyParts } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { showError } from "../session/messages.ts";

const { t } = vscode.l10n;

/** The commands that show and edit the policy. */
export class PolicyDocument implements vscode.Disposable {
  readonly #session: Session;
  readonly #documents: Documents;
  readonly #files: PolicyParts;
  readonly #kinds: () => Promise<Kinds>;
  readonly #listening: vscode.Disposable[];

  constructor(session: Session, documents: Documents, outside: Outside) {
    this.#session = session;
    this.#documents = documents;
    this.#files = outside.policy;
    this.#kinds = () => outside.kinds();
    documents.add("policy", () => this.#text());
    this.#listening = [
      session.onDidChange(() => documents.refresh("policy")),
      vscode.workspace.onDidSaveTextDocument(() => documents.refresh("policy")),
    ];
  }

  /** Shows every rule that binds agents in this window, with its source, and the built-in rules. */
  async show(): Promise<void> {
    const document = await this.#documents.show("policy", [`${t("Effective policy")}.txt`]);
    // This language wraps long lines, so that they can be read in full.
    await vscode.languages.setTextDocumentLanguage(document, "agentlibos");
  }

  /** Opens the line with a problem, or the user's own policy file, which is created only now. */
  async edit(): Promise<void> {
    try {
      const problem = (await this.#files.read(this.#root)).problem ?? this.#session.runtime?.problem();
      const uri = vscode.Uri.file(problem?.file ?? (await this.#files.mine()));
      const at = new vscode.Position((problem?.line ?? 1) - 1, (problem?.column ?? 1) - 1);
      const document = await vscode.workspace.openTextDocument(uri);
      // The file has comments. The editor knows that by itself only in a data folder of the usual name.
      if (document.languageId === "json") await vscode.languages.setTextDocumentLanguage(document, "jsonc");
      await vscode.window.showTextDocument(uri, { selection: new vscode.Range(at, at), preview: false });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void showError(t("The policy cannot be opened: {0}", visibleLine(why)));
    }
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  get #root(): string {
    return this.#session.root?.path ?? "";
  }

  /** Lists the rules of the process that writes the record; when nobody writes, the rules that would apply. */
  async #text(): Promise<string> {
    const { runtime, phase } = this.#session;
    const read = await this.#files.read(this.#root);
    const runs = runtime?.kernel.writable === true || phase === "viewer";
    const rules = runs ? runtime?.kernel.state.policy : read.rules;
    const problem = read.problem ?? runtime?.problem();
    return policyText(
      t,
      await this.#kinds(),
      rules ?? [],
      await this.#files.places(this.#root),
      problem?.text,
    );
  }
}
