// Workbench: builds the parts of the surface, and connects each command to the part that carries it out.
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
import { checkMayRun } from "./session/folders.ts";
import type { NewAgent } from "./agents/launch.ts";
import { Lenses } from "./documents/lenses.ts";
import { RecordDocuments } from "./documents/record.ts";
import { removeKey, selectModel, setKey } from "./agents/models.ts";
import { Notifications } from "./approvals/notify.ts";
import { ObjectDocuments } from "./documents/objects.ts";
import { OutputDocuments } from "./documents/output.ts";
import { Reviews } from "./approvals/review.ts";
import type { PolicyDocument } from "./documents/policy.ts";
import { ownRow, PageRow } from "./session/rows.ts";
import type { Outside } from "./session/runtime.ts";
import { Session } from "./session/session.ts";
import { setting } from "./manifest/settings.ts";
import { StatusBar } from "./agents/status-bar.ts";
import { Messages } from "./agents/talk.ts";
import type { Explanations } from "./documents/explain.ts";
import type { Branches } from "./documents/branches.ts";
import type { Restores } from "./documents/restore.ts";
import type { TreeCommands } from "./agents/apart/worktrees.ts";
import type { TurnUndo } from "./documents/undo.ts";
import { Tour } from "./agents/tour.ts";
import { registerCallLinks } from "./history/links.ts";
import { HistoryView } from "./history/view.ts";
import { AgentsView } from "./agents/view.ts";
import { ApprovalsView } from "./approvals/view.ts";
import { WALKTHROUGH } from "./manifest/welcome.ts";

type Run = (...args: unknown[]) => Promise<unknown>;

/** All parts of the surface, from activation to deactivation. */
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
    const status = own(new StatusBar(session, outside.keys));
    const reviews = own(new Reviews(session, documents, approvals));
    const drafts = own(new Drafts(context.storageUri));
    own(registerLinks(drafts));
    const answers = new Answers(session, reviews, approvals, drafts);
    own(new Notifications(session, approvals, answers));
    const control = own(new Control(session));
    const talk = new Messages(session, drafts, async (...what) => (await launch()).fork(...what));
    let turnUndo: TurnUndo | undefined;
    const undo = async (): Promise<TurnUndo> => {
      const { TurnUndo } = await import("./documents/undo.ts");
      return (turnUndo ??= new TurnUndo(session, documents));
    };
    let restores: Restores | undefined;
    const goBack = async (): Promise<Restores> => {
      const { Restores } = await import("./documents/restore.ts");
      return (restores ??= new Restores(session, documents));
    };
    let branches: Branches | undefined;
    const goOn = async (): Promise<Branches> => {
      // The documents of copies are those of restores.
      const [{ Branches }] = await Promise.all([import("./documents/branches.ts"), goBack()]);
      return (branches ??= new Branches(session, documents));
    };
    let trees: TreeCommands | undefined;
    const apart = async (): Promise<TreeCommands> => {
      const { TreeCommands } = await import("./agents/apart/worktrees.ts");
      return (trees ??= new TreeCommands(session, documents));
    };
    let explanations: Explanations | undefined;
    const explain = async (): Promise<Explanations> => {
      const { Explanations } = await import("./documents/explain.ts");
      return (explanations ??= new Explanations(session, documents));
    };
    let policyDocument: PolicyDocument | undefined;
    const policy = async (): Promise<PolicyDocument> => {
      const { PolicyDocument } = await import("./documents/policy.ts");
      return (policyDocument ??= own(new PolicyDocument(session, documents, outside)));
    };
    const objects = own(new ObjectDocuments(session, documents));
    const recordDocuments = own(new RecordDocuments(session, documents, outside));
    own(registerCallLinks());
    const past = own(new HistoryView(session, documents, outside));
    const outputs = own(new OutputDocuments(session, documents));
    own(registerChat(session));
    own(new Lenses(session, recordDocuments, (question) => approvals.rowOf(question)));
    const started = async (pid: number): Promise<void> => {
      const config = vscode.workspace.getConfiguration("agentlibos");
      const options = { preview: false, preserveFocus: true };
      const open = setting(config, "transcript.openOnStart");
      await Promise.all([agents.reveal(pid), open ? recordDocuments.transcriptOf(pid, options) : undefined]);
    };
    const launch = async (): Promise<NewAgent> => {
      const { NewAgent } = await import("./agents/launch.ts");
      return new NewAgent(session, outside, context.workspaceState, drafts, started);
    };
    drafts.add("goal", {
      hint: () => vscode.l10n.t("Write what the agent is to do. Send asks for its model and what it may do."),
      send: async (_target, goal) => (await launch()).begin(goal),
    });
    const fromSelection = async (args: readonly unknown[]): Promise<void> => {
      const goal = goalFromSelection(args);
      if (goal !== undefined && (await checkMayRun()))
        await drafts.open(vscode.l10n.t("New agent"), { kind: "goal" }, goal);
    };
    this.#tour = own(new Tour(session, outside, launch, documents, context.globalState));
    own(session.onDidReturn((paused) => void control.offerResume(paused)));
    const { keys } = outside;
    /** Every command of the table. A missing one does not compile. */
    const commands: Record<CommandName, Run> = {
      newAgent: async (...args) => (await launch()).newAgent(args),
      newAgentApart: async (...args) => (await launch()).newAgent(args, true),
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
      showOutput: (...args) => outputs.show(args),
      stopRunning: (...args) => outputs.stop(args),
      keepIgnored: async (...args) => (await import("./agents/kept.ts")).keepIgnoredFiles(session, args),
      openKept: async (...args) => (await import("./agents/kept.ts")).openKeptFolder(session, args),
      showWorktrees: async () => (await apart()).list(),
      reviewBranch: async (...args) => (await apart()).review(args),
      mergeBranch: async (...args) => (await apart()).merge(args),
      discardWorktree: async (...args) => (await apart()).discard(args),
      createCheckpoint: async () => (await goBack()).create(),
      branchCheckpoint: async () => (await goOn()).branch(),
      restoreProcesses: async () => (await goOn()).replace(),
      compareCheckpoints: async () => (await goOn()).compare(),
      restoreCheckpoint: async () => (await goBack()).restore(),
      undoRestore: async () => (await goBack()).undo(),
      undoTurn: async (...args) => (await undo()).undoTurn(args),
      openTranscript: (...args) => recordDocuments.openTranscript(args),
      earlier: (row) => recordDocuments.earlier(ownRow(row, PageRow)),
      findAgent: () => recordDocuments.findAgent(),
      copyReceipt: (...args) => recordDocuments.copyReceipt(args),
      showAuthority: (...args) => recordDocuments.showAuthority(args),
      explainDecision: async (...args) => {
        const agent = await chooseAgent(session, args, AGENT_STATES);
        if (agent !== undefined) await (await explain()).explainDecision(agent.pid);
      },
      giveMissing: async () => (await explain()).giveMissing(),
      revokeCapability: async (...args) => (await explain()).revokeCapability(args),
      openObject: (...args) => objects.open(args),
      comparePrevious: (...args) => objects.comparePrevious(args),
      compareVersions: (...args) => objects.compareVersions(args),
      showPolicy: async () => (await policy()).show(),
      editPolicy: async () => (await policy()).edit(),
      showReceipt: (...args) => recordDocuments.showReceipt(args),
      openAuditLog: () => recordDocuments.openAuditLog(),
      verifyAuditLog: () => recordDocuments.verifyAuditLog(),
      exportAuditLog: async () => (await explain()).exportAuditLog(),
      filterHistory: () => past.chooseFilter(),
      clearHistoryFilter: () => past.show({}),
      showInHistory: (...args) => past.showAgent(args),
      earlierHistory: (...args) => past.earlier(args),
      openRecord: (...args) => past.openRecord(args),
      fileTimeline: (...args) => past.fileTimeline(args),
      reopenRecord: () => session.reopen(),
      selectModel: () => selectModel(outside),
      setApiKey: async () => {
        await setKey(keys);
        await status.checkModels();
      },
      removeApiKey: async () => {
        await removeKey(keys);
        await status.checkModels();
      },
      showStatus: async () =>
        (await import("./agents/status-page.ts")).showStatus(session, documents, outside, context),
      showLog: async () => log.show(),
    };
    for (const [name, run] of Object.entries<Run>(commands)) {
      // The return value is dropped, so that a caller of the command learns nothing from it.
      const command = async (...args: unknown[]): Promise<void> => void (await run(...args));
      own(vscode.commands.registerCommand(`agentlibos.${name}`, command));
    }
  }

  /** Loads the record of this window, and continues a tour that another window started. */
  async begin(): Promise<void> {
    await this.#session
      .load()
      .finally(() => void vscode.commands.executeCommand("setContext", "agentlibos.loaded", true));
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
