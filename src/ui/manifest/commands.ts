// Commands: every command with its places in palette, menus and keys, as the table behind the manifest.
import {
  agentMenu,
  ANY_REVIEW,
  approvalMenu,
  decidedMenu,
  FOCUS,
  IN_DRAFT,
  IN_EXPLAIN,
  IN_RECEIPT,
  IN_REVIEW,
  IN_SET,
  objectTitle,
  LIVING,
  objectMenu,
  READY,
  HAS_RECORD,
  REVIEW,
  reviewTitle,
  runningMenu,
  reviewSetTitle,
  setMenu,
  viewTitle,
  type MenuPlace,
} from "./menus.ts";

/** A command: its title, icon, key and places. */
export interface ManifestCommand {
  readonly title: string;
  readonly icon?: string;
  /** When the palette offers it. `never`: the command needs a row. */
  readonly palette?: string;
  readonly places?: readonly MenuPlace[];
  readonly key?: { readonly key: string; readonly mac: string; readonly when?: string };
}

/** Every command by the part of its id after `agentlibos.`, in the order of PRODUCT.md. */
export const COMMANDS = {
  newAgent: {
    title: "New Agent…",
    icon: "$(add)",
    places: [viewTitle("agents", "navigation@1", ` && ${READY}`)],
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
    palette: HAS_RECORD,
    places: [agentMenu("turn", "inline@1"), agentMenu("", "1_talk@1")],
  },
  interruptMessage: {
    title: "Interrupt with Message…",
    icon: "$(debug-disconnect)",
    palette: "agentlibos.running",
    places: [agentMenu("live", "1_talk@2")],
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
      approvalMenu("free", "inline@1"),
      approvalMenu("free", "1_answer@1"),
      reviewTitle("navigation@-30", " && agentlibos.reviewFree"),
    ],
  },
  reviewNext: {
    title: "Review Next",
    icon: "$(inspect)",
    palette: "agentlibos.pending",
    places: [viewTitle("approvals", "navigation@1", " && agentlibos.pending")],
    key: { key: "ctrl+alt+a", mac: "cmd+alt+a", when: "agentlibos.pending" },
  },
  showApprovals: { title: "Show Approvals" },
  review: {
    title: "Review",
    icon: "$(diff)",
    palette: "never",
    places: [
      approvalMenu("(whole|seen|unseen|budget)", "inline@1"),
      approvalMenu("", "0_review@1"),
      setMenu("", "inline@1"),
      setMenu("", "0_review@1"),
    ],
  },
  allowOnce: {
    title: "Allow Once",
    icon: "$(check)",
    palette: `${REVIEW} && !agentlibos.reviewFree`,
    places: [
      approvalMenu("(whole|seen)", "inline@2"),
      approvalMenu("(whole|seen)", "1_answer@1", " && !listMultiSelection"),
      reviewTitle("navigation@-30", " && !agentlibos.reviewFree"),
    ],
    key: { key: "ctrl+enter", mac: "cmd+enter", when: `${IN_REVIEW} && !agentlibos.reviewFree && ${FOCUS}` },
  },
  allowChecked: {
    title: "Allow Checked, Deny the Rest",
    icon: "$(check-all)",
    palette: "agentlibos.reviewSet",
    places: [
      setMenu("seen", "inline@2"),
      setMenu("seen", "1_answer@1", " && !listMultiSelection"),
      reviewSetTitle("navigation@-30"),
    ],
    key: { key: "ctrl+enter", mac: "cmd+enter", when: `${IN_SET} && ${FOCUS}` },
  },
  allowFor: {
    title: "Allow for…",
    icon: "$(check-all)",
    palette: "agentlibos.reviewScopable",
    places: [
      approvalMenu("(whole|seen)\\.scopable", "1_answer@2", " && !listMultiSelection"),
      reviewTitle("navigation@-20", " && agentlibos.reviewScopable"),
    ],
  },
  deny: {
    title: "Deny",
    icon: "$(close)",
    palette: ANY_REVIEW,
    places: [
      approvalMenu("(?!budget)", "inline@3"),
      approvalMenu("(?!budget)", "2_deny@1"),
      setMenu("", "inline@3"),
      setMenu("", "2_deny@1"),
      reviewTitle("navigation@-10"),
      reviewSetTitle("navigation@-10"),
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
      approvalMenu("", "2_deny@2", " && !listMultiSelection"),
      setMenu("", "2_deny@2", " && !listMultiSelection"),
      reviewTitle("1_deny@1"),
      reviewSetTitle("1_deny@1"),
    ],
  },
  forbid: {
    title: "Never Allow This Agent",
    icon: "$(circle-slash)",
    palette: "never",
    places: [decidedMenu("rule", "inline@1"), decidedMenu("rule", "1_decided@1")],
  },
  takeBack: {
    title: "Take Back",
    icon: "$(discard)",
    palette: "never",
    places: [decidedMenu("grant", "inline@1"), decidedMenu("grant", "1_decided@1")],
  },
  pause: {
    title: "Pause",
    icon: "$(debug-pause)",
    palette: "agentlibos.running",
    places: [agentMenu("(live|turn)", "inline@2"), agentMenu("(live|turn)", "2_control@1")],
  },
  resume: {
    title: "Resume",
    icon: "$(debug-continue)",
    palette: "agentlibos.agents",
    places: [agentMenu("(paused|stuck)", "inline@2"), agentMenu("(paused|stuck)", "2_control@1")],
  },
  stop: {
    title: "Stop",
    icon: "$(debug-stop)",
    palette: "agentlibos.agents",
    places: [
      agentMenu(LIVING, "2_control@2"),
      approvalMenu("budget", "inline@3"),
      approvalMenu("budget", "1_answer@2"),
    ],
  },
  kill: { title: "Kill", palette: "agentlibos.agents", places: [agentMenu(LIVING, "2_control@3")] },
  pauseAll: {
    title: "Pause All",
    icon: "$(debug-pause)",
    palette: "agentlibos.running",
    places: [viewTitle("agents", "1_control@1", " && agentlibos.running")],
  },
  resumeAll: {
    title: "Resume All",
    palette: "agentlibos.agents",
    places: [viewTitle("agents", "1_control@2", " && agentlibos.agents")],
  },
  stopAll: {
    title: "Stop All",
    palette: "agentlibos.agents",
    places: [viewTitle("agents", "1_control@3", " && agentlibos.agents")],
  },
  raiseBudget: {
    title: "Raise Budget…",
    icon: "$(add)",
    palette: "agentlibos.agents",
    places: [
      agentMenu(LIVING, "2_control@4"),
      approvalMenu("budget", "inline@2"),
      approvalMenu("budget", "1_answer@1"),
    ],
  },
  openTranscript: {
    title: "Open Transcript",
    icon: "$(output)",
    palette: HAS_RECORD,
    places: [agentMenu("", "inline@1"), agentMenu("", "0_look@1")],
  },
  showOutput: {
    title: "Show Output…",
    icon: "$(output)",
    palette: HAS_RECORD,
    places: [runningMenu("inline@1"), runningMenu("0_look@1")],
  },
  stopRunning: {
    title: "Stop Command…",
    icon: "$(debug-stop)",
    palette: "agentlibos.running",
    places: [runningMenu("inline@2"), runningMenu("2_control@1")],
  },
  undoTurn: { title: "Undo This Turn", palette: "agentlibos.agents", places: [agentMenu("", "3_undo@1")] },
  earlier: { title: "Earlier", palette: "never" },
  findAgent: {
    title: "Find Agent…",
    icon: "$(search)",
    palette: HAS_RECORD,
    places: [viewTitle("agents", "navigation@2", ` && ${HAS_RECORD}`)],
  },
  copyReceipt: {
    title: "Copy Receipt",
    icon: "$(copy)",
    palette: IN_RECEIPT,
    places: [{ menu: "editor/title", group: "navigation@-30", when: IN_RECEIPT }, agentMenu("", "0_look@4")],
  },
  showAuthority: { title: "Show Authority", palette: HAS_RECORD, places: [agentMenu("", "0_look@2")] },
  openObject: { title: "Open Object…", palette: HAS_RECORD, places: [objectMenu("", "0_look@1")] },
  comparePrevious: {
    title: "Compare with Previous Version",
    icon: "$(diff)",
    palette: HAS_RECORD,
    places: [
      objectMenu("versions", "inline@1"),
      objectMenu("versions", "0_look@2"),
      objectTitle("navigation@-30"),
    ],
  },
  compareVersions: {
    title: "Compare Versions…",
    palette: HAS_RECORD,
    places: [objectMenu("versions", "0_look@3"), objectTitle("1_look@1")],
  },
  explainDecision: { title: "Explain Decision…", palette: HAS_RECORD, places: [agentMenu("", "0_look@5")] },
  giveMissing: { title: "Give What Was Missing…", palette: IN_EXPLAIN },
  revokeCapability: { title: "Revoke Capability…", palette: HAS_RECORD },
  showPolicy: { title: "Show Effective Policy", places: [viewTitle("agents", "2_record@4")] },
  editPolicy: { title: "Edit Policy", places: [viewTitle("agents", "2_record@5")] },
  showReceipt: { title: "Show Receipt", palette: HAS_RECORD, places: [agentMenu("", "0_look@3")] },
  openAuditLog: {
    title: "Open Audit Log",
    palette: HAS_RECORD,
    places: [viewTitle("agents", "2_record@1", ` && ${HAS_RECORD}`)],
  },
  verifyAuditLog: {
    title: "Verify Audit Log",
    palette: HAS_RECORD,
    places: [viewTitle("agents", "2_record@2", ` && ${HAS_RECORD}`)],
  },
  exportAuditLog: {
    title: "Export Audit Log…",
    palette: HAS_RECORD,
    places: [viewTitle("agents", "2_record@3", ` && ${HAS_RECORD}`)],
  },
  reopenRecord: { title: "Reopen Record", palette: "agentlibos.state == sealed" },
  selectModel: { title: "Select Model…" },
  setApiKey: { title: "Set API Key…" },
  removeApiKey: { title: "Remove API Key…" },
  showStatus: { title: "Show Status", places: [viewTitle("agents", "3_log@0")] },
  showLog: { title: "Show Log", places: [viewTitle("agents", "3_log@1")] },
} as const satisfies Record<string, ManifestCommand>;

/** The part of a command's id after `agentlibos.`. */
export type CommandName = keyof typeof COMMANDS;
