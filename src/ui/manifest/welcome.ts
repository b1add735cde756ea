// Welcome: the views with the texts shown while they are empty, and the walkthrough with its steps.

/** The views of our container. */
export const VIEWS = {
  approvals: { name: "Approvals", icon: "$(bell)" },
  agents: { name: "Agents", icon: "$(pulse)" },
  history: { name: "History", icon: "$(history)" },
} as const;

/** The part of a view's id after `agentlibos.`. */
export type ViewName = keyof typeof VIEWS;

const button = (label: string, command: string): string => `[${label}](command:${command})`;
const NEW = button("New Agent", "agentlibos.newAgent");
const TOUR = button("Run the Tour", "agentlibos.runTour");
const ALLOWED = "An agent can do only what you allow, and everything it does is recorded.";
const HERE = "workspaceFolderCount != 0 && !virtualWorkspace";
/** Before the extension has looked for a record, nobody knows which of the other texts is true. */
const LOOKING = "Looking for this folder’s agents…";

/** Exactly one text of a view applies at a time. */
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
    when: `${HERE} && !agentlibos.loaded`,
    text: LOOKING,
  },
  {
    view: "agents",
    when: `${HERE} && agentlibos.loaded && !isWorkspaceTrusted`,
    text: `Restricted Mode: the record is readable; agents cannot run.\n${button("Manage Workspace Trust", "workbench.trust.manage")}`,
  },
  {
    view: "agents",
    when: `${HERE} && agentlibos.loaded && isWorkspaceTrusted && agentlibos.hasModel`,
    text: `${ALLOWED}\n${NEW}\n${TOUR}`,
  },
  {
    view: "agents",
    when: `${HERE} && agentlibos.loaded && isWorkspaceTrusted && !agentlibos.hasModel`,
    text: `${ALLOWED}\n${NEW}\n${TOUR}\n${button("Select Model", "agentlibos.selectModel")}`,
  },
  { view: "approvals", when: `${HERE} && !agentlibos.loaded`, text: LOOKING },
  {
    view: "approvals",
    when: "agentlibos.loaded || workspaceFolderCount == 0 || virtualWorkspace",
    text: "Nothing is waiting for you.",
  },
  { view: "history", when: `${HERE} && !agentlibos.loaded`, text: LOOKING },
  {
    view: "history",
    when: "agentlibos.loaded && agentlibos.historyFiltered",
    text: `No call matches the filter.\n${button("Clear the Filter", "agentlibos.clearHistoryFilter")}`,
  },
  {
    view: "history",
    when: "(agentlibos.loaded || workspaceFolderCount == 0 || virtualWorkspace) && !agentlibos.historyFiltered",
    text: "Everything that agents do is listed here, also what was denied. Nothing was done yet.",
  },
];

/** One step of the walkthrough. */
export interface WalkthroughStep {
  readonly title: string;
  readonly description: string;
  /** The events that complete the step. */
  readonly done: readonly string[];
}

const onCommands = (...commands: string[]): string[] =>
  commands.map((name) => `onCommand:agentlibos.${name}`);

/** The id of the walkthrough. */
export const WALKTHROUGH = "start";

/** The steps by the name of their file in media/walkthrough. */
export const WALKTHROUGH_STEPS: Readonly<Record<string, WalkthroughStep>> = {
  tour: {
    title: "Take the tour",
    description: `A scripted agent works in a small project of its own: it asks, is allowed, is denied, and its record is checked. It needs no model and no network.\n${button("Run the Tour", "agentlibos.runTour")}`,
    done: onCommands("runTour"),
  },
  model: {
    title: "Choose a model",
    description: `New Agent asks for a model each time; this one it proposes first. Without one, take the scripted demo.\n${button("Select Model", "agentlibos.selectModel")}\n${button("Set API Key", "agentlibos.setApiKey")}`,
    done: onCommands("selectModel", "setApiKey"),
  },
  authority: {
    title: "Know what an agent may do",
    description:
      "An agent can do only what you allow. New Agent shows the whole list before it starts; the profile says which list comes first.\n[Choose the Profile](command:workbench.action.openSettings?%22agentlibos.profile%22)",
    done: [
      "onSettingChanged:agentlibos.profile",
      ...onCommands("showAuthority"),
      "onView:agentlibos.approvals",
    ],
  },
  agent: {
    title: "Start your first agent",
    description: `Write a goal, choose a model and what it may do. When the agent wants to write, its request appears under Approvals: open it, look at the change, and choose Allow Once or Deny.\n${button("New Agent", "agentlibos.newAgent")}`,
    done: ["onContext:agentlibos.agents"],
  },
  verify: {
    title: "Verify the record",
    description: `Check that every byte of the record is what was written.\n${button("Verify Audit Log", "agentlibos.verifyAuditLog")}`,
    done: onCommands("verifyAuditLog"),
  },
};
