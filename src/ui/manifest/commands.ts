// The commands: what the palette, the menus and the keys offer, as one table that the manifest is generated from.
import {
  agent,
  ANY_REVIEW,
  approval,
  decided,
  FOCUS,
  IN_DRAFT,
  IN_EXPLAIN,
  IN_RECEIPT,
  IN_REVIEW,
  IN_SET,
  inObject,
  LIVING,
  object,
  READY,
  RECORDED,
  REVIEW,
  review,
  reviewSet,
  set,
  title,
  type MenuPlace,
} from "./menus.ts";

export interface Command {
  readonly title: string;
  readonly icon?: string;
  /** When the palette offers it; `never` for commands that need a row under the mouse. */
  readonly palette?: string;
  readonly places?: readonly MenuPlace[];
  readonly key?: { readonly key: string; readonly mac: string; readonly when?: string };
}

/** Every command by the part of its id after `agentlibos.`, in the order of PRODUCT.md. */
export const COMMANDS = {
  newAgent: {
    title: "New Agent…",
    icon: "$(add)",
    places: [title("agents", "navigation@1", ` && ${READY}`)],
  },
  newAgentFromSelection: {
    title: "New Agent from Selection…",
    palette: `editorHasSelection && ${READY}`,
    places: [
      { menu: "editor/context", group: "1_modification@90", when: `editorHasSelection && ${READY}` },
      { menu: "explorer/context", group: "4_search@90", when: `resourceScheme == file && ${READY}` },
    ],
  },
  runTour: { title: "Run the Tour" },
  openWalkthrough: { title: "Open Walkthrough" },
  sendMessage: {
    title: "Send Message…",
    icon: "$(comment)",
    palette: RECORDED,
    places: [agent("turn", "inline@1"), agent("", "1_talk@1")],
  },
  interruptMessage: {
    title: "Interrupt with Message…",
    icon: "$(debug-disconnect)",
    palette: "agentlibos.running",
    places: [agent("live", "1_talk@2")],
  },
  send: {
    title: "Send",
    icon: "$(send)",
    palette: "agentlibos.draftActive",
    places: [{ menu: "editor/title", group: "navigation@-30", when: IN_DRAFT }],
    key: { key: "ctrl+enter", mac: "cmd+enter", when: `editorTextFocus && ${IN_DRAFT}` },
  },
  answerQuestion: {
    title: "Answer Question…",
    icon: "$(reply)",
    palette: "agentlibos.pending",
    places: [
      approval("free", "inline@1"),
      approval("free", "1_answer@1"),
      review("navigation@-30", " && agentlibos.reviewFree"),
    ],
  },
  reviewNext: {
    title: "Review Next",
    icon: "$(inspect)",
    palette: "agentlibos.pending",
    places: [title("approvals", "navigation@1", " && agentlibos.pending")],
    key: { key: "ctrl+alt+a", mac: "cmd+alt+a", when: "agentlibos.pending" },
  },
  showApprovals: { title: "Show Approvals" },
  review: {
    title: "Review",
    icon: "$(diff)",
    palette: "never",
    places: [
      approval("(whole|seen|unseen|budget)", "inline@1"),
      approval("", "0_review@1"),
      set("", "inline@1"),
      set("", "0_review@1"),
    ],
  },
  allowOnce: {
    title: "Allow Once",
    icon: "$(check)",
    palette: `${REVIEW} && !agentlibos.reviewFree`,
    places: [
      approval("(whole|seen)", "inline@2"),
      approval("(whole|seen)", "1_answer@1", " && !listMultiSelection"),
      review("navigation@-30", " && !agentlibos.reviewFree"),
    ],
    key: { key: "ctrl+enter", mac: "cmd+enter", when: `${IN_REVIEW} && !agentlibos.reviewFree && ${FOCUS}` },
  },
  allowChecked: {
    title: "Allow Checked, Deny the Rest",
    icon: "$(check-all)",
    palette: "agentlibos.reviewSet",
    places: [
      set("seen", "inline@2"),
      set("seen", "1_answer@1", " && !listMultiSelection"),
      reviewSet("navigation@-30"),
    ],
    key: { key: "ctrl+enter", mac: "cmd+enter", when: `${IN_SET} && ${FOCUS}` },
  },
  allowFor: {
    title: "Allow for…",
    icon: "$(check-all)",
    palette: "agentlibos.reviewScopable",
    places: [
      approval("(whole|seen)\\.scopable", "1_answer@2", " && !listMultiSelection"),
      review("navigation@-20", " && agentlibos.reviewScopable"),
    ],
  },
  deny: {
    title: "Deny",
    icon: "$(close)",
    palette: ANY_REVIEW,
    places: [
      approval("(?!budget)", "inline@3"),
      approval("(?!budget)", "2_deny@1"),
      set("", "inline@3"),
      set("", "2_deny@1"),
      review("navigation@-10"),
      reviewSet("navigation@-10"),
    ],
    key: {
      key: "ctrl+shift+backspace",
      mac: "cmd+shift+backspace",
      when: `(${IN_REVIEW} || ${IN_SET}) && ${FOCUS}`,
    },
  },
  denyWithNote: {
    title: "Deny with Note…",
    palette: ANY_REVIEW,
    places: [
      approval("", "2_deny@2", " && !listMultiSelection"),
      set("", "2_deny@2", " && !listMultiSelection"),
      review("1_deny@1"),
      reviewSet("1_deny@1"),
    ],
  },
  forbid: {
    title: "Never Allow This Agent",
    icon: "$(circle-slash)",
    palette: "never",
    places: [decided("rule", "inline@1"), decided("rule", "1_decided@1")],
  },
  takeBack: {
    title: "Take Back",
    icon: "$(discard)",
    palette: "never",
    places: [decided("grant", "inline@1"), decided("grant", "1_decided@1")],
  },
  pause: {
    title: "Pause",
    icon: "$(debug-pause)",
    palette: "agentlibos.running",
    places: [agent("(live|turn)", "inline@2"), agent("(live|turn)", "2_control@1")],
  },
  resume: {
    title: "Resume",
    icon: "$(debug-continue)",
    palette: "agentlibos.agents",
    places: [agent("(paused|stuck)", "inline@2"), agent("(paused|stuck)", "2_control@1")],
  },
  stop: {
    title: "Stop",
    icon: "$(debug-stop)",
    palette: "agentlibos.agents",
    places: [agent(LIVING, "2_control@2"), approval("budget", "inline@3"), approval("budget", "1_answer@2")],
  },
  kill: { title: "Kill", palette: "agentlibos.agents", places: [agent(LIVING, "2_control@3")] },
  pauseAll: {
    title: "Pause All",
    icon: "$(debug-pause)",
    palette: "agentlibos.running",
    places: [title("agents", "1_control@1", " && agentlibos.running")],
  },
  resumeAll: {
    title: "Resume All",
    palette: "agentlibos.agents",
    places: [title("agents", "1_control@2", " && agentlibos.agents")],
  },
  stopAll: {
    title: "Stop All",
    palette: "agentlibos.agents",
    places: [title("agents", "1_control@3", " && agentlibos.agents")],
  },
  raiseBudget: {
    title: "Raise Budget…",
    icon: "$(add)",
    palette: "agentlibos.agents",
    places: [agent(LIVING, "2_control@4"), approval("budget", "inline@2"), approval("budget", "1_answer@1")],
  },
  openTranscript: {
    title: "Open Transcript",
    icon: "$(output)",
    palette: RECORDED,
    places: [agent("", "inline@1"), agent("", "0_look@1")],
  },
  undoTurn: { title: "Undo This Turn", palette: "agentlibos.agents", places: [agent("", "3_undo@1")] },
  earlier: { title: "Earlier", palette: "never" },
  findAgent: {
    title: "Find Agent…",
    icon: "$(search)",
    palette: RECORDED,
    places: [title("agents", "navigation@2", ` && ${RECORDED}`)],
  },
  copyReceipt: {
    title: "Copy Receipt",
    icon: "$(copy)",
    palette: IN_RECEIPT,
    places: [{ menu: "editor/title", group: "navigation@-30", when: IN_RECEIPT }, agent("ended", "0_look@4")],
  },
  showAuthority: { title: "Show Authority", palette: RECORDED, places: [agent("", "0_look@2")] },
  openObject: { title: "Open Object…", palette: RECORDED, places: [object("", "0_look@1")] },
  comparePrevious: {
    title: "Compare with Previous Version",
    icon: "$(diff)",
    palette: RECORDED,
    places: [object("versions", "inline@1"), object("versions", "0_look@2"), inObject("navigation@-30")],
  },
  compareVersions: {
    title: "Compare Versions…",
    palette: RECORDED,
    places: [object("versions", "0_look@3"), inObject("1_look@1")],
  },
  explainDecision: { title: "Explain Decision…", palette: RECORDED, places: [agent("", "0_look@5")] },
  giveMissing: { title: "Give What Was Missing…", palette: IN_EXPLAIN },
  revokeCapability: { title: "Revoke Capability…", palette: RECORDED },
  showPolicy: { title: "Show Effective Policy", places: [title("agents", "2_record@4")] },
  editPolicy: { title: "Edit Policy", places: [title("agents", "2_record@5")] },
  showReceipt: { title: "Show Receipt", palette: RECORDED, places: [agent("ended", "0_look@3")] },
  openAuditLog: {
    title: "Open Audit Log",
    palette: RECORDED,
    places: [title("agents", "2_record@1", ` && ${RECORDED}`)],
  },
  verifyAuditLog: {
    title: "Verify Audit Log",
    palette: RECORDED,
    places: [title("agents", "2_record@2", ` && ${RECORDED}`)],
  },
  exportAuditLog: {
    title: "Export Audit Log…",
    palette: RECORDED,
    places: [title("agents", "2_record@3", ` && ${RECORDED}`)],
  },
  reopenRecord: { title: "Reopen Record", palette: "agentlibos.state == sealed" },
  selectModel: { title: "Select Model…" },
  setApiKey: { title: "Set API Key…" },
  removeApiKey: { title: "Remove API Key…" },
  showStatus: { title: "Show Status", places: [title("agents", "3_log@0")] },
  showLog: { title: "Show Log", places: [title("agents", "3_log@1")] },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
