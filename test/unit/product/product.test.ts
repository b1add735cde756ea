// The product's tables against the manifest: what has landed is there as it was agreed, and what has not is listed here.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { COMMANDS } from "../../../src/ui/manifest/commands.ts";
import type { ManifestCommand } from "../../../src/ui/manifest/menus.ts";
import { WELCOME } from "../../../src/ui/manifest/welcome.ts";
import { SETTINGS } from "../../../src/ui/manifest/settings.ts";

const root = join(import.meta.dirname, "../../..");
const file = join(root, "../shared/PRODUCT.md");
/** The agreed text where it lies beside the project, its line breaks as spaces. */
const product = existsSync(file) ? readFileSync(file, "utf8").replace(/\s+/gu, " ") : undefined;

/** That the literals here say what was agreed. */
function agreed(text: string): void {
  if (product !== undefined) assert.ok(product.includes(text), `not agreed: ${text}`);
}

const PALETTE =
  "Start: New Agent… · New Agent from Selection… · Run the Tour · Open Walkthrough. Talk: Send Message… · Interrupt with Message… · Answer Question… · Find Agent…. Review: Review Next · Show Approvals · Allow Once* · Allow for… * · Deny* · Deny with Note… * (*while a review has focus). Control: Pause · Resume · Stop · Kill · Pause All · Resume All · Stop All · Raise Budget…. Understand: Open Transcript · Show Authority · Explain Decision… · Show Receipt · Revoke Capability… · Show Effective Policy · Edit Policy. Record: Open Audit Log · Verify Audit Log · Export Audit Log… · Create Checkpoint… · Restore Checkpoint… · Undo Restore. Set up: Select Model… · Set API Key… · Remove API Key… · Show Status · Show Log.";
const COMMANDS_TO_COME: readonly string[] = [];
const SETTINGS_TO_COME = ["paths.deno", "paths.git"];
const KEYS_TO_COME: readonly string[] = [];

test("the palette has every command that was agreed, but those to come", () => {
  agreed(PALETTE);
  const wanted = PALETTE.split(". ").flatMap((group) =>
    group
      .replace(/^[A-Z][a-z ]+: /u, "")
      .replace(/\(\*.*\)|\.$/gu, "")
      .split(" · ")
      .map((title) => title.replace("*", "").trim()),
  );
  assert.equal(wanted.length, 40);
  const titles = Object.values<ManifestCommand>(COMMANDS).map((c) => c.title);
  for (const title of wanted) assert.equal(titles.includes(title), !COMMANDS_TO_COME.includes(title), title);
});

test("what answers is offered only while a review has the focus", () => {
  const reviewed = ["allowOnce", "allowFor", "deny", "denyWithNote", "allowChecked"] as const;
  for (const name of reviewed) {
    const { palette, key } = COMMANDS[name] as ManifestCommand;
    assert.match(palette ?? "", /agentlibos\.review(?:Active|Scopable|Set)/u, name);
    if (key !== undefined)
      assert.match(key.when ?? "", /!sideBarFocus && !auxiliaryBarFocus && !panelFocus/u);
  }
  const always = Object.entries<ManifestCommand>(COMMANDS)
    .filter(([, c]) => c.key !== undefined)
    .map(([name]) => name);
  assert.deepEqual(always.sort(), ["allowChecked", "allowOnce", "deny", "reviewNext", "send"]);
});

test("the settings are those that were agreed, with their defaults and scopes", () => {
  const wanted: [name: string, value: unknown, scope: string][] = [
    ["profile", "ask", "application"],
    ["defaultModel", "", "application"],
    ["budget.modelCalls", 150, "application"],
    ["budget.tokens", 2_000_000, "application"],
    ["budget.toolCalls", 500, "application"],
    ["budget.megabytesWritten", 200, "application"],
    ["budget.children", 100, "application"],
    ["budget.activeMinutes", 60, "application"],
    ["maxRunningAgents", 5, "application"],
    ["openaiCompatible.baseUrl", "", "machine"],
    ["resumeOnStart", "ask", "application"],
    ["notifications", "whenHidden", "application"],
    ["shell.mode", "auto", "application"],
    ["shell.unconfined", "ask", "application"],
    ["shell.toolFolders", [], "machine"],
    ["transcript.openOnStart", true, "window"],
  ];
  for (const [name, value, scope] of wanted) {
    const entry = Object.entries(SETTINGS).find(([found]) => found === name)?.[1];
    assert.deepEqual([entry?.default, entry?.scope], [value, scope], name);
    agreed(name.startsWith("budget.") ? "`budget.*` (as above, application)" : name);
  }
  // A workspace does not choose whether commits name their agent.
  assert.equal(SETTINGS["git.trailer"].scope, "application");
  for (const name of SETTINGS_TO_COME) assert.ok(!Object.hasOwn(SETTINGS, name), `${name} has come`);
});

test("the texts of empty views are those that were agreed", () => {
  const wanted = [
    "Agents work inside a folder. [Open Folder] [Run the Tour]",
    "Restricted Mode: the record is readable; agents cannot run. [Manage Workspace Trust]",
    "An agent can do only what you allow, and everything it does is recorded. [New Agent] [Run the Tour]",
    "Nothing is waiting for you.",
  ];
  const texts = WELCOME.map(({ text }) => text.replaceAll("\n", " ").replace(/\(command:[^)]*\)/gu, ""));
  for (const text of wanted) {
    agreed(text);
    assert.ok(texts.includes(text), text);
  }
  const without = WELCOME.find(({ text }) => text.includes("[Select Model]"));
  assert.match(without?.when ?? "", /!agentlibos\.hasModel/u);
  // Without a folder on disk there is nothing to read yet, so that half of its text is not said.
  assert.ok(texts.includes("Agents need files on disk."));
});

test("each context key that was agreed is set somewhere", () => {
  const keys = [
    "state",
    "hasModel",
    "agents",
    "running",
    "pending",
    "reviewActive",
    "reviewScopable",
    "draftActive",
  ];
  const code = ["agents/status-bar", "approvals/review", "documents/drafts"].map((f) =>
    readFileSync(join(root, `src/ui/${f}.ts`), "utf8"),
  );
  for (const key of keys) {
    agreed(key === "state" ? "`agentlibos.state`" : `.${key}\``);
    const set = code.some((text) => new RegExp(`\\b${key}(?:[:,"]| \\})`, "u").test(text));
    assert.equal(set, !KEYS_TO_COME.includes(key), key);
  }
});
