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
