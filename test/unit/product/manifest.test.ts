// The manifest says what the tables say, and every text a person sees can be translated. UPDATE=1 writes what drifted.
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { format } from "oxfmt";
import { COMMANDS } from "../../../src/ui/manifest/commands.ts";
import { manifestParts } from "../../../src/ui/manifest/contributes.ts";
import { SETTINGS } from "../../../src/ui/manifest/settings.ts";

const root = join(import.meta.dirname, "../../..");
const { parts, texts } = manifestParts();

async function holds(file: string, wanted: Record<string, unknown>): Promise<void> {
  const path = join(root, file);
  const text = (await format(path, JSON.stringify(wanted), { printWidth: 110, sortPackageJson: false })).code;
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  assert.equal(readFileSync(path, "utf8"), text, `${file} drifted: UPDATE=1 writes it`);
}

function json(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(root, file), "utf8")) as Record<string, unknown>;
}

test("package.json contributes what the tables declare", async () => {
  await holds("package.json", { ...json("package.json"), ...parts });
});

test("package.nls.json holds every text of the manifest", async () => {
  await holds("package.nls.json", texts);
});

test("the bundle for translators holds every text of the code", async () => {
  const found = new Set<string>();
  for (const file of globSync("src/{ui,views,primitives,kernel,host/vscode}/**/*.ts", { cwd: root }).sort()) {
    const code = readFileSync(join(root, file), "utf8");
    for (const [, text] of code.matchAll(/\bt\(\s*"((?:[^"\\]|\\.)*)"/gu))
      found.add(JSON.parse(`"${text}"`) as string);
  }
  assert.ok(found.size > 30);
  await holds("l10n/bundle.l10n.json", Object.fromEntries([...found].sort().map((text) => [text, text])));
});

test("no text of a person is outside the translations", () => {
  const calls = /\b(?:show(?:Information|Warning|Error)Message|new vscode\.TreeItem)\(\s*[`"](?!")/u;
  for (const file of globSync("src/ui/**/*.ts", { cwd: root })) {
    const code = readFileSync(join(root, file), "utf8").replaceAll("(`${", "(");
    assert.doesNotMatch(code, calls, file);
  }
});

test("a workspace can set only what guards nothing", () => {
  for (const [name, { scope }] of Object.entries(SETTINGS)) {
    if (scope === "window") assert.ok(["transcript.openOnStart", "statusBar.showCost"].includes(name), name);
  }
});

test("titles do not repeat the category, and end in an ellipsis when they ask for more", () => {
  for (const [name, { title }] of Object.entries(COMMANDS)) {
    assert.doesNotMatch(title, /Agent libOS/u);
    const asks =
      /^(newAgent|newAgentApart|newAgentFromSelection|mergeBranch|discardWorktree|sendMessage|interruptMessage|findAgent|answerQuestion|allowFor|denyWithNote|raiseBudget|showOutput|stopRunning|openKept|keepIgnored|openObject|compareVersions|explainDecision|giveMissing|revokeCapability|createCheckpoint|restoreCheckpoint|branchCheckpoint|restoreProcesses|compareCheckpoints|exportAuditLog|selectModel|setApiKey|removeApiKey|filterHistory|openRecord|fileTimeline)$/u;
    assert.equal(title.endsWith("…"), asks.test(name), name);
  }
});
