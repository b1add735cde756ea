// The workbench: the parts of the surface put together, and each command led to the part that answers it.
import * as vscode from "vscode";
import { Answers } from "./approvals/answers.ts";
import { registerChat } from "./chat.ts";
import type { CommandName } from "./manifest/commands.ts";
import { Control } from "./agents/control.ts";
import { RecentDecisions } from "./approvals/decided.ts";
import { Documents } from "./documents/documents.ts";
import { goalFromSelection, registerLinks } from "./agents/goals.ts";
import { Drafts } from "./documents/drafts.ts";
import { AGENT_STATES, chooseAgent } from "./session/agents.ts";
import { mayRunHere } from "./session/folders.ts";
import type { Launch } from "./agents/launch.ts";
import { Lenses } from "./documents/lenses.ts";
import { Look } from "./documents/record.ts";
import { removeKey, selectModel, setKey } from "./agents/models.ts";
import { Notifications } from "./approvals/notify.ts";
import { Objects } from "./documents/objects.ts";
import { Reviews } from "./approvals/review.ts";
import type { Policy } from "./documents/policy.ts";
import { ours, PageRow } from "./session/rows.ts";
import type { Outside } from "./session/runtime.ts";
import { Session } from "./session/session.ts";
import { setting } from "./manifest/settings.ts";
import { Status } from "./agents/status-bar.ts";
import { Talk } from "./agents/talk.ts";
import type { Understand } from "./documents/explain.ts";
import type { Undo } from "./documents/undo.ts";
import { Tour } from "./agents/tour.ts";
import { AgentsView } from "./agents/view.ts";
import { ApprovalsView } from "./approvals/view.ts";
import { WALKTHROUGH } from "./manifest/welcome.ts";

type Run = (...args: unknown[]) => Promise<unknown>;

export class Workbench implements vscode.Disposable {
  readonly #session: Session;
  readonly #tour: Tour;
  readonly #log: vscode.LogOutputChannel;
  readonly #disposables: vscode.Disposable[] = [];

  constructor(outside: Outside, context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    const own = <T extends vscode.Disposable>(part: T): T => {
      this.#disposables.push(part);
      return part;
    };
    const session = own(new Session(outside, log));
    this.#session = session;
    this.#log = log;
    const documents = own(new Documents());
    const decided = new RecentDecisions(session);
    const approvals = own(new ApprovalsView(session, decided));
    const agents = own(new AgentsView(session));
    const status = own(new Status(session, outside.keys));
    const reviews = own(new Reviews(session, documents, approvals));
    const drafts = own(new Drafts(context.storageUri));
    own(registerLinks(drafts));
    const answers = new Answers(session, reviews, approvals, drafts);
    own(new Notifications(session, approvals, answers));
    const control = own(new Control(session));
    const talk = new Talk(session, drafts, async (...what) => (await launch()).fork(...what));
    let undoing: Undo | undefined;
    const undo = async (): Promise<Undo> => {
      const { Undo } = await import("./documents/undo.ts");
      return (undoing ??= new Undo(session, documents));
    };
    let understanding: Understand | undefined;
    const understand = async (): Promise<Understand> => {
      const { Understand } = await import("./documents/explain.ts");
      return (understanding ??= new Understand(session, documents));
    };
    let ruling: Policy | undefined;
    const policy = async (): Promise<Policy> => {
      const { Policy } = await import("./documents/policy.ts");
      return (ruling ??= own(new Policy(session, documents, outside.policy)));
    };
    const objects = own(new Objects(session, documents));
    const look = own(new Look(session, documents, outside));
    own(registerChat(session));
    own(new Lenses(session, look, (question) => approvals.rowOf(question)));
    const started = async (pid: number): Promise<void> => {
      const config = vscode.workspace.getConfiguration("agentlibos");
      const options = { preview: false, preserveFocus: true };
      const open = setting(config, "transcript.openOnStart");
      await Promise.all([agents.reveal(pid), open ? look.transcriptOf(pid, options) : undefined]);
    };
    const launch = async (): Promise<Launch> => {
      const { Launch } = await import("./agents/launch.ts");
      return new Launch(session, outside, context.workspaceState, drafts, started);
    };
    drafts.add("goal", {
      hint: () => vscode.l10n.t("Write what the agent is to do. Send asks for its model and what it may do."),
      send: async (_target, goal) => (await launch()).begin(goal),
    });
    const fromSelection = async (args: readonly unknown[]): Promise<void> => {
      const goal = goalFromSelection(args);
      if (goal !== undefined && (await mayRunHere()))
        await drafts.open(vscode.l10n.t("New agent"), { kind: "goal" }, goal);
    };
    this.#tour = own(new Tour(session, outside, launch, documents, context.globalState));
    own(session.onDidReturn((paused) => void control.offerResume(paused)));
    const { keys } = outside;
    /** Every command of the table; a missing one does not compile. */
    const commands: Record<CommandName, Run> = {
      newAgent: async (...args) => (await launch()).newAgent(args),
      newAgentFromSelection: (...args) => fromSelection(args),
      openWalkthrough: async () =>
        vscode.commands.executeCommand(
          "workbench.action.openWalkthrough",
          `${context.extension.id}#${WALKTHROUGH}`,
        ),
      runTour: () => this.#tour.run(),
      sendMessage: (...args) => talk.message(args),
      interruptMessage: (...args) => talk.interrupt(args),
      send: () => drafts.send(),
      answerQuestion: (...args) => answers.answerQuestion(args),
      reviewNext: () => answers.reviewNext(),
      showApprovals: () => approvals.focus(),
      review: (...args) => answers.review(args),
      allowOnce: (...args) => answers.allowOnce(args),
      allowChecked: (...args) => answers.allowChecked(args),
      allowFor: (...args) => answers.allowFor(args),
      deny: (...args) => answers.deny(args),
      denyWithNote: (...args) => answers.denyWithNote(args),
      forbid: (...args) => decided.forbid(args),
      takeBack: (...args) => decided.takeBack(args),
      pause: (...args) => control.pause(args),
      resume: (...args) => control.resume(args),
      stop: (...args) => control.stop(args),
      kill: (...args) => control.kill(args),
      pauseAll: () => control.pauseAll(),
      resumeAll: () => control.resumeAll(),
      stopAll: () => control.stopAll(),
      raiseBudget: (...args) => control.raiseBudget(args),
      undoTurn: async (...args) => (await undo()).undoTurn(args),
      openTranscript: (...args) => look.openTranscript(args),
      earlier: (row) => look.earlier(ours(row, PageRow)),
      findAgent: () => look.findAgent(),
      copyReceipt: (...args) => look.copyReceipt(args),
      showAuthority: (...args) => look.showAuthority(args),
      explainDecision: async (...args) => {
        const agent = await chooseAgent(session, args, AGENT_STATES);
        if (agent !== undefined) await (await understand()).explainDecision(agent.pid);
      },
      giveMissing: async () => (await understand()).giveMissing(),
      revokeCapability: async (...args) => (await understand()).revokeCapability(args),
      openObject: (...args) => objects.open(args),
      comparePrevious: (...args) => objects.comparePrevious(args),
      compareVersions: (...args) => objects.compareVersions(args),
      showPolicy: async () => (await policy()).show(),
      editPolicy: async () => (await policy()).edit(),
      showReceipt: (...args) => look.showReceipt(args),
      openAuditLog: () => look.openAuditLog(),
      verifyAuditLog: () => look.verifyAuditLog(),
      exportAuditLog: async () => (await understand()).exportAuditLog(),
      reopenRecord: () => session.reopen(),
      selectModel: () => selectModel(outside),
      setApiKey: async () => {
        await setKey(keys);
        await status.models();
      },
      removeApiKey: async () => {
        await removeKey(keys);
        await status.models();
      },
      showStatus: async () =>
        (await import("./agents/status-page.ts")).showStatus(session, documents, outside, context),
      showLog: async () => log.show(),
    };
    for (const [name, run] of Object.entries<Run>(commands)) {
      // What a command returns stays here: whoever called it learns nothing from it.
      const command = async (...args: unknown[]): Promise<void> => void (await run(...args));
      own(vscode.commands.registerCommand(`agentlibos.${name}`, command));
    }
  }

  /** Looks at what is there; a tour that was asked for in another window goes on here. */
  async begin(): Promise<void> {
    await this.#session.look();
    await this.#tour.goOn().catch((error: unknown) => this.#log.error(String(error)));
  }

  async close(): Promise<void> {
    await this.#session.close();
    this.dispose();
  }

  dispose(): void {
    for (const part of this.#disposables.splice(0).reverse()) part.dispose();
  }
}
