// Run the Tour: a project in a new window, an agent that shows what it may do, and a check of the record at the end.
import * as vscode from "vscode";
import type { NewAgent } from "./launch.ts";
import type { Documents } from "../documents/documents.ts";
import type { Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

/** The memory key of a tour's folder, from the window that makes it to the window that opens it. */
const NEXT_TOUR = "agentlibos.tour";

/** The command of the tour, and its end in the tour's window. */
export class Tour implements vscode.Disposable {
  readonly #session: Session;
  readonly #outside: Outside;
  readonly #launch: () => Promise<NewAgent>;
  readonly #documents: Documents;
  readonly #memory: vscode.Memento;
  readonly #listening: vscode.Disposable[] = [];
  #story = "";
  #pid: number | undefined;

  constructor(
    session: Session,
    outside: Outside,
    launch: () => Promise<NewAgent>,
    documents: Documents,
    memory: vscode.Memento,
  ) {
    this.#session = session;
    this.#outside = outside;
    this.#launch = launch;
    this.#documents = documents;
    this.#memory = memory;
    documents.add("tour", () => this.#story);
    this.#listening.push(
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.goOn()),
      session.onRecord(({ kind, pid }) => {
        if (kind !== "process.exit" || pid === undefined || pid !== this.#pid) return;
        this.#pid = undefined;
        void this.#end(pid);
      }),
    );
  }

  /** Makes the project and opens it in a new window. The open folder stays as it is. */
  async run(): Promise<void> {
    const path = await this.#outside.tour.folder();
    await this.#memory.update(NEXT_TOUR, path);
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path), {
      forceNewWindow: true,
    });
  }

  /**
   * In the tour's own window, once its folder is trusted: starts the agent that a person asked for in the other
   * window.
   */
  async goOn(): Promise<void> {
    const { root } = this.#session;
    const next = this.#memory.get<string>(NEXT_TOUR);
    if (root === undefined || next !== root.path || !vscode.workspace.isTrusted) return;
    await this.#memory.update(NEXT_TOUR, undefined);
    await vscode.commands.executeCommand("agentlibos.approvals.focus");
    const launch = await this.#launch();
    this.#pid = await launch.start(await this.#outside.tour.order(root));
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  /** Shows the receipt, the check of the record, and the check of a copy with one flipped byte, which must fail. */
  async #end(pid: number): Promise<void> {
    const { root, runtime } = this.#session;
    if (root === undefined || runtime === undefined) return;
    await runtime.kernel.durable();
    const { receiptDocument } = await import("../documents/texts.ts");
    const good = await this.#outside.verify(this.#session.folders);
    const bad = await this.#outside.tour.damage(root);
    const { t } = vscode.l10n;
    this.#story = [
      `# ${t("The end of the tour")}`,
      "",
      await receiptDocument(runtime, this.#session.history, pid, await this.#outside.checkCommand(root.path)),
      `## ${t("The record, checked")}`,
      "",
      indentText(good.text),
      "",
      `## ${t("A copy of it, with one byte flipped")}`,
      "",
      indentText(bad.text),
      "",
      t("Your own agents work the same way: New Agent… in your own folder."),
      "",
    ].join("\n");
    await this.#documents.show("tour", [`${t("The end of the tour")}.md`]);
  }
}

function indentText(text: string): string {
  return text.replace(/^/gmu, "    ").trimEnd();
}
