// The container, its views and what stands in them while they are empty.

export const VIEWS = {
  approvals: { name: "Approvals", icon: "$(bell)" },
  agents: { name: "Agents", icon: "$(pulse)" },
} as const;

export type ViewName = keyof typeof VIEWS;

const button = (label: string, command: string): string => `[${label}](command:${command})`;
const NEW = button("New Agent", "agentlibos.newAgent");
const TOUR = button("Run the Tour", "agentlibos.runTour");
const ALLOWED = "An agent can do only what you allow, and everything it does is recorded.";
const HERE = "workspaceFolderCount != 0 && !virtualWorkspace";

/** Exactly one text of a view holds at a time, once the extension knows how the record stands. */
export const WELCOME: readonly { readonly view: ViewName; readonly when: string; readonly text: string }[] = [
  {
    view: "agents",
    when: "workspaceFolderCount == 0",
    text: `Agents work inside a folder.\n${button("Open Folder", "workbench.action.files.openFolder")}\n${TOUR}`,
  },
  {
    view: "agents",
    when: "workspaceFolderCount != 0 && virtualWorkspace",
    text: "Agents need files on disk.",
  },
  {
    view: "agents",
    when: `${HERE} && !isWorkspaceTrusted`,
    text: `Restricted Mode: the record is readable; agents cannot run.\n${button("Manage Workspace Trust", "workbench.trust.manage")}`,
  },
  {
    view: "agents",
    when: `${HERE} && isWorkspaceTrusted && agentlibos.hasModel`,
    text: `${ALLOWED}\n${NEW}\n${TOUR}`,
  },
  {
    view: "agents",
    when: `${HERE} && isWorkspaceTrusted && !agentlibos.hasModel`,
    text: `${ALLOWED}\n${NEW}\n${TOUR}\n${button("Select Model", "agentlibos.selectModel")}`,
  },
  { view: "approvals", when: "true", text: "Nothing is waiting for you." },
];
