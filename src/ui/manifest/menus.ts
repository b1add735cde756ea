// Menu places: the menus of views, rows and editors, with the conditions of their commands.

/** The place of a command in a menu, in the order of its group. `when` is added to the command's own condition. */
export interface MenuPlace {
  readonly menu: "view/title" | "view/item/context" | "editor/title" | "editor/context" | "explorer/context";
  readonly group: string;
  readonly when: string;
}

/** A command: its title, icon, key and places. */
export interface ManifestCommand {
  readonly title: string;
  readonly icon?: string;
  /** When the palette offers it. `never`: the command needs a row. */
  readonly palette?: string;
  readonly places?: readonly MenuPlace[];
  readonly key?: { readonly key: string; readonly mac: string; readonly when?: string };
}

/** A window in which agents can run. */
export const READY = "isWorkspaceTrusted && workspaceFolderCount != 0 && !virtualWorkspace";
/** A window with a record. */
export const HAS_RECORD = "agentlibos.state";
/** The focused review is that of one request. */
export const REVIEW = "agentlibos.reviewActive";
export const IN_DRAFT = "resourceScheme == agentlibos-draft";
export const IN_RECEIPT = "resourceScheme == agentlibos && resourcePath =~ /^\\/receipt\\//";
const IN_OBJECT = "resourceScheme == agentlibos && resourcePath =~ /^\\/object\\//";
export const IN_EXPLAIN = "resourceScheme == agentlibos && resourcePath =~ /^\\/explain\\//";
/** The document in front is a review. */
export const IN_REVIEW = `${REVIEW} && resourceScheme == agentlibos`;
/** A review of a request or a change set is focused. */
export const ANY_REVIEW = `${REVIEW} || agentlibos.reviewSet`;
/** The editor in front is the review of a change set. */
export const IN_SET = "agentlibos.reviewSet && activeEditor == multiDiffEditor";
/** A key applies to the review only while the focus is in an editor. The same key sends a commit message. */
export const FOCUS = "!sideBarFocus && !auxiliaryBarFocus && !panelFocus && !inQuickOpen && !terminalFocus";

/** The menu states of agents that have not ended. */
export const LIVING = "(live|turn|paused|stuck)";

/** The menu of request rows in these states. */
export const approvalMenu = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^ask\\.(${states})/${and}`,
});
/** The menu of object rows in these states. */
export const objectMenu = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^object\\.${states}/`,
});
/** The menu of the rows of what an agent runs. */
export const runningMenu = (group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: "view == agentlibos.agents && viewItem =~ /^running\\./",
});
/** The menu of agent rows in these states. */
export const agentMenu = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^agent\\.(${states})/`,
});
/** The title bar of an object's document. */
export const objectTitle = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_OBJECT });
/** The title bar of a view. */
export const viewTitle = (view: "approvals" | "agents" | "history", group: string, when = ""): MenuPlace => ({
  menu: "view/title",
  group,
  when: `view == agentlibos.${view}${when}`,
});
/** The title bar of a request's review. */
export const reviewTitle = (group: string, when = ""): MenuPlace => ({
  menu: "editor/title",
  group,
  when: `${IN_REVIEW}${when}`,
});
/** The title bar of a change set's review. */
export const reviewSetTitle = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_SET });
/** The menu of change-set rows in these states. */
export const setMenu = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^set\\.(${states})/${and}`,
});
/** The menu of decision rows in this state. */
export const decidedMenu = (state: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem == decided.${state}`,
});
