// Record commands: those about rules, the record and the setup; the end of the table of commands.
import { agentMenu, HAS_RECORD, viewTitle, type ManifestCommand } from "./menus.ts";

/** These commands by the part of their ids after `agentlibos.`. */
export const RECORD_COMMANDS = {
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
  filterHistory: {
    title: "Filter History…",
    icon: "$(filter)",
    palette: HAS_RECORD,
    places: [viewTitle("history", "navigation@1", ` && ${HAS_RECORD}`)],
  },
  clearHistoryFilter: {
    title: "Clear the Filter of the History",
    icon: "$(clear-all)",
    palette: "agentlibos.historyFiltered",
    places: [viewTitle("history", "navigation@2", " && agentlibos.historyFiltered")],
  },
  showInHistory: { title: "Show in History", palette: "never", places: [agentMenu("", "0_look@7")] },
  earlierHistory: { title: "Earlier in the History", palette: "never" },
  openRecord: { title: "Open Record…", palette: HAS_RECORD },
  fileTimeline: {
    title: "File Timeline…",
    palette: HAS_RECORD,
    places: [
      { menu: "explorer/context", group: "3_compare@90", when: `resourceScheme == file && ${HAS_RECORD}` },
      { menu: "editor/context", group: "1_modification@91", when: `resourceScheme == file && ${HAS_RECORD}` },
    ],
  },
  createCheckpoint: {
    title: "Create Checkpoint…",
    palette: "agentlibos.state == ready",
    places: [viewTitle("agents", "1_back@1", " && agentlibos.state == ready")],
  },
  restoreCheckpoint: {
    title: "Restore Checkpoint…",
    palette: "agentlibos.state == ready",
    places: [viewTitle("agents", "1_back@2", " && agentlibos.state == ready")],
  },
  branchCheckpoint: { title: "Branch from Checkpoint…", palette: "agentlibos.state == ready" },
  restoreProcesses: { title: "Restore Processes…", palette: "agentlibos.state == ready" },
  compareCheckpoints: { title: "Compare Checkpoints…", palette: "agentlibos.state == ready" },
  undoRestore: {
    title: "Undo Restore",
    palette: "agentlibos.state == ready",
    places: [viewTitle("agents", "1_back@3", " && agentlibos.state == ready")],
  },
  reopenRecord: { title: "Reopen Record", palette: "agentlibos.state == sealed" },
  selectModel: { title: "Select Model…" },
  setApiKey: { title: "Set API Key…" },
  removeApiKey: { title: "Remove API Key…" },
  showStatus: { title: "Show Status", places: [viewTitle("agents", "3_log@0")] },
  showLog: { title: "Show Log", places: [viewTitle("agents", "3_log@1")] },
} as const satisfies Record<string, ManifestCommand>;
