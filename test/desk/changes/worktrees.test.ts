// An agent apart at the desk: it works in a worktree, and a person reviews its branch, merges a part, and discards the rest.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { bed } from "../../support/desk/bed.ts";
import * as g from "../../support/desk/gestures.ts";
import { agentIs, calls, cli, done, rowMenu, showViews, step } from "../../support/desk/people.ts";

let window: g.Window;
const script = bed((on) => (window = on));
const file = (name: string): string => join(window.editor.workspace, name);
const git = (...args: string[]): string =>
  execFileSync("git", args, { cwd: window.editor.workspace, encoding: "utf8" }).trim();
const write = (path: string, content: string): [string, unknown] => ["write_file", { path, content }];
const BRANCH = "agent/2-tidy-up";

/** The comparison in front: the schemes and the texts of both sides of each file. */
async function compared(): Promise<string[]> {
  const files = window.tabs.activeTab?.changes?.files ?? [];
  const text = async (uri: Parameters<typeof window.texts.openDocument>[0] | undefined): Promise<string> =>
    uri === undefined ? "" : (await window.texts.openDocument(uri)).getText();
  return Promise.all(
    files.map(async ([uri, left, right]) => {
      const name = uri.path.split("/").at(-1) ?? "";
      return `${name}: ${(await text(left)).slice(0, 12)} > ${(await text(right)).slice(0, 12)}`;
    }),
  );
}

test("New Agent in Worktree starts an agent apart, and its row says so", async () => {
  await showViews(window);
  writeFileSync(file("mine.txt"), "not committed\n");
  script.write([
    calls("I tidy.", write("one.txt", "one\n"), write("two.txt", "two\n"), [
      "delete_file",
      { path: "README.md" },
    ]),
    done,
  ]);
  await g.command(window, "Agent libOS: New Agent in Worktree…");
  await step(window, "New Agent in Worktree", "Tidy up");
  await step(window, "Which model?", "Script from AGENTLIBOS_SCRIPT");
  await g.titled(window, "What may it do?");
  assert.match((await g.choices(window)).join("\n"), /fs:\/app\/\*\*/u);
  await step(window, "What may it do?", "Edit Freely");
  await agentIs(window, "Tidy up", /needs you/u);
  await agentIs(window, "Tidy up", /in worktree/u);
  assert.equal(existsSync(file("one.txt")), false);
  assert.equal(git("branch", "--show-current"), "main");
  // It asks before it deletes, with the name in its worktree; nothing of that is in the folder.
  await g.row(window, "Approvals", /README\.md/u).click();
  await g.sleep(900);
  await g.titleButton(window, "Allow Once");
  await agentIs(window, "Tidy up", /finished/u);
  assert.equal(existsSync(file("README.md")), true);
});

test("the branch is reviewed as one comparison with the commit that it began at", async () => {
  await rowMenu(window, "Agents", "Tidy up", "Review Changes of the Branch");
  await g.until(
    () => window.tabs.activeTab?.label ?? "",
    (label) => label.startsWith(BRANCH),
  );
  assert.deepEqual(await compared(), [
    "README.md: # Price list > ",
    "one.txt:  > one\n",
    "two.txt:  > two\n",
  ]);
});

test("the list shows what each holds and takes, also on the command line beside the window", async () => {
  await g.command(window, "Agent libOS: Show Worktrees");
  await g.titled(window, "1 of 30 worktrees");
  const listed = (await g.choices(window)).join("\n");
  assert.match(listed, /2-tidy-up[^]*0 commits, 3 changed files, 0 ignored files · \d+ MB/u);
  window.asks.leave();
  const told = cli(window.editor, "worktrees");
  assert.equal(told.code, 0, told.out);
  assert.match(told.out, /agent 2: 3 changed files/u);
});

test("chosen files come into the workspace; what is removed is not chosen beforehand, and no branch moves", async () => {
  writeFileSync(file("two.txt"), "a person's\n");
  const [head, index] = [git("rev-parse", "HEAD"), git("diff", "--cached", "--name-only")];
  await rowMenu(window, "Agents", "Tidy up", "Merge Into Workspace…");
  await g.titled(window, "Which files come into app?");
  assert.match(
    (await g.choices(window)).join("\n"),
    /README\.md\nis removed\none\.txt\nis new\ntwo\.txt\nboth changed it; stays as it is/u,
  );
  g.asked(window).accept();
  await g.toast(window, /1 files came into app/u).waitFor();
  assert.equal(readFileSync(file("one.txt"), "utf8"), "one\n");
  assert.equal(readFileSync(file("two.txt"), "utf8"), "a person's\n");
  assert.ok(existsSync(file("README.md")));
  assert.deepEqual([git("rev-parse", "HEAD"), git("diff", "--cached", "--name-only")], [head, index]);
});

test("what changed since it was shown is not merged", async () => {
  await rowMenu(window, "Agents", "Tidy up", "Merge Into Workspace…");
  await g.titled(window, "Which files come into app?");
  const tree = git("worktree", "list", "--porcelain")
    .split("\n")
    .find((line) => line.includes("2-tidy-up"));
  writeFileSync(join(tree?.replace("worktree ", "") ?? "", "README.md"), "back again\n");
  await g.pick(window, "README.md");
  g.asked(window).accept();
  await g.toast(window, /has changed since it was shown/u).waitFor();
  assert.match(readFileSync(file("README.md"), "utf8"), /^# Price list/u);
});

test("discarding asks when something would be lost, and leaves no branch", async () => {
  await rowMenu(window, "Agents", "Tidy up", "Discard Worktree…");
  assert.match(await g.dialog(window).innerText(), /Discard the worktree 2-tidy-up\?[^]*3 changed files/u);
  await g.dialogButton(window, "Discard");
  await g.toast(window, /is discarded/u).waitFor();
  assert.equal(git("branch", "--list", "agent/*"), "");
  await agentIs(window, "Tidy up", /finished(?!.*in worktree)/u);
  await g.command(window, "Agent libOS: Show Worktrees");
  await g.toast(window, /There are no worktrees/u).waitFor();
});
