// Menu places: the menus of views, rows and editors, with the conditions of their commands.

/** The place of a command in a menu, in the order of its group. `when` is added to the command's own condition. */
export interface MenuPlace {
  readonly menu: "view/title" | "view/item/context" | "editor/title" | "editor/context" | "explorer/context";
  readonly group: string;
  readonly when: string;
}

export const READY = "isWorkspaceTrusted && workspaceFolderCount != 0 && !virtualWorkspace";
export const HAS_RECORD = "agentlibos.state";
export const REVIEW = "agentlibos.reviewActive";
export const IN_DRAFT = "resourceScheme == agentlibos-draft";
export const IN_RECEIPT = "resourceScheme == agentlibos && resourcePath =~ /^\\/receipt\\//";
const IN_OBJECT = "resourceScheme == agentlibos && resourcePath =~ /^\\/object\\//";
export const IN_EXPLAIN = "resourceScheme == agentlibos && resourcePath =~ /^\\/explain\\//";
export const IN_REVIEW = `${REVIEW} && resourceScheme == agentlibos`;
export const ANY_REVIEW = `${REVIEW} || agentlibos.reviewSet`;
export const IN_SET = "agentlibos.reviewSet && activeEditor == multiDiffEditor";
/** A key applies to the review only while the focus is in an editor. The same key sends a commit message. */
export const FOCUS = "!sideBarFocus && !auxiliaryBarFocus && !panelFocus && !inQuickOpen && !terminalFocus";

/** The menu states of agents that have not ended. */
export const LIVING = "(live|turn|paused|stuck)";

export const approvalMenu = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^ask\\.(${states})/${and}`,
});
export const objectMenu = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^object\\.${states}/`,
});
export const agentMenu = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^agent\\.(${states})/`,
});
export const objectTitle = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_OBJECT });
export const viewTitle = (view: "approvals" | "agents", group: string, when = ""): MenuPlace => ({
  menu: "view/title",
  group,
  when: `view == agentlibos.${view}${when}`,
});
export const reviewTitle = (group: string, when = ""): MenuPlace => ({
  menu: "editor/title",
  group,
  when: `${IN_REVIEW}${when}`,
});
export const reviewSetTitle = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_SET });
export const setMenu = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^set\\.(${states})/${and}`,
});
export const decidedMenu = (state: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem == decided.${state}`,
});
