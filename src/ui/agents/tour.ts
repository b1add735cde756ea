// Run the Tour: a project of its own in a new window, an agent that shows around, and the record checked at the end.
import * as vscode from "vscode";
import type { Launch } from "./launch.ts";
import type { Documents } from "../documents/documents.ts";
import type { Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

/** Where the folder of a tour that is to begin is kept between its window and ours. */
const NEXT = "agentlibos.tour";

export class Tour implements vscode.Disposable {
  readonly #session: Session;
  readonly #outside: Outside;
  readonly #launch: () => Promise<Launch>;
  readonly #documents: Documents;
  readonly #memory: vscode.Memento;
  readonly #listening: vscode.Disposable[] = [];
  #story = "";
  #pid: number | undefined;

  constructor(
    session: Session,
    outside: Outside,
    launch: () => Promise<Launch>,
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

  /** Makes the project and opens it in a window of its own; the open folder is left alone. */
  async run(): Promise<void> {
    const path = await this.#outside.tour.folder();
    await this.#memory.update(NEXT, path);
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(path), {
      forceNewWindow: true,
    });
  }

  /** In the tour's own window, once its folder is trusted: starts the agent that a person asked for in the other one. */
  async goOn(): Promise<void> {
    const { root } = this.#session;
    const next = this.#memory.get<string>(NEXT);
    if (root === undefined || next !== root.path || !vscode.workspace.isTrusted) return;
    await this.#memory.update(NEXT, undefined);
    await vscode.commands.executeCommand("agentlibos.approvals.focus");
    const launch = await this.#launch();
    this.#pid = await launch.start(await this.#outside.tour.order(root));
  }

  dispose(): void {
    for (const each of this.#listening.splice(0)) each.dispose();
  }

  /** What happened, the record checked, and a copy of it with one byte flipped: that, too, is found. */
  async #end(pid: number): Promise<void> {
    const { root, runtime } = this.#session;
    if (root === undefined || runtime === undefined) return;
    await runtime.kernel.durable();
    const { receipt } = await import("../documents/texts.ts");
    const good = await this.#outside.verify(this.#session.folders);
    const bad = await this.#outside.tour.damage(root);
    const { t } = vscode.l10n;
    this.#story = [
      `# ${t("The end of the tour")}`,
      "",
      await receipt(runtime, this.#session.history, pid, root.path),
      `## ${t("The record, checked")}`,
      "",
      indent(good.text),
      "",
      `## ${t("A copy of it, with one byte flipped")}`,
      "",
      indent(bad.text),
      "",
      t("Your own agents work the same way: New Agent… in your own folder."),
      "",
    ].join("\n");
    await this.#documents.show("tour", [`${t("The end of the tour")}.md`]);
  }
}

function indent(text: string): string {
  return text.replace(/^/gmu, "    ").trimEnd();
}
