// Menu places: where commands stand in the menus of views, rows and editors, and under which conditions.

/** Where a command stands in a menu, in the order of its group; `when` joins the command's own condition. */
export interface MenuPlace {
  readonly menu: "view/title" | "view/item/context" | "editor/title" | "editor/context" | "explorer/context";
  readonly group: string;
  readonly when: string;
}

export const READY = "isWorkspaceTrusted && workspaceFolderCount != 0 && !virtualWorkspace";
export const RECORDED = "agentlibos.state";
export const REVIEW = "agentlibos.reviewActive";
export const IN_DRAFT = "resourceScheme == agentlibos-draft";
export const IN_RECEIPT = "resourceScheme == agentlibos && resourcePath =~ /^\\/receipt\\//";
const IN_OBJECT = "resourceScheme == agentlibos && resourcePath =~ /^\\/object\\//";
export const IN_EXPLAIN = "resourceScheme == agentlibos && resourcePath =~ /^\\/explain\\//";
export const IN_REVIEW = `${REVIEW} && resourceScheme == agentlibos`;
export const ANY_REVIEW = `${REVIEW} || agentlibos.reviewSet`;
export const IN_SET = "agentlibos.reviewSet && activeEditor == multiDiffEditor";
/** A key means the review only while nobody types elsewhere: a commit message is sent by the same key. */
export const FOCUS = "!sideBarFocus && !auxiliaryBarFocus && !panelFocus && !inQuickOpen && !terminalFocus";

/** Rows of agents that have not ended. */
export const LIVING = "(live|turn|paused|stuck)";

export const approval = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^ask\\.(${states})/${and}`,
});
export const object = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^object\\.${states}/`,
});
export const agent = (states: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.agents && viewItem =~ /^agent\\.(${states})/`,
});
export const inObject = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_OBJECT });
export const title = (view: "approvals" | "agents", group: string, when = ""): MenuPlace => ({
  menu: "view/title",
  group,
  when: `view == agentlibos.${view}${when}`,
});
export const review = (group: string, when = ""): MenuPlace => ({
  menu: "editor/title",
  group,
  when: `${IN_REVIEW}${when}`,
});
export const reviewSet = (group: string): MenuPlace => ({ menu: "editor/title", group, when: IN_SET });
export const set = (states: string, group: string, and = ""): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem =~ /^set\\.(${states})/${and}`,
});
export const decided = (state: string, group: string): MenuPlace => ({
  menu: "view/item/context",
  group,
  when: `view == agentlibos.approvals && viewItem == decided.${state}`,
});
