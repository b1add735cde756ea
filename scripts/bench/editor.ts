// Rows of a real editor: how long activation takes, how soon an approval is seen, and a tree of 500 processes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as g from "../editor/gestures.ts";
import { root } from "../editor/install.ts";
import { openEditor, type Editor, type Window } from "../editor/workbench.ts";
import { newAgent } from "../../test/vsix/people.ts";
import { median, type Row } from "./runtime.ts";

const FAMILY = 500;
const ASKED = 7;
const BUDGET = ["--budget", "modelCalls=5000,toolCalls=5000"];

/** Opens the packaged extension on a workspace whose record holds 500 processes, and uses it as a person would. */
export async function editorRows(): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-bench-"));
  const script = join(scratch, "script.json");
  writeFileSync(script, JSON.stringify({ turns: [] }));
  const editor = await openEditor({
    env: { AGENTLIBOS_SCRIPT: script },
    prepare: (place) => populate(place.workspace, place.home, scratch),
  });
  try {
    const { window } = editor;
    const tree = await treeRow(window);
    const activation = await activationRow(window);
    return [activation, ...tree, await approvalRow(editor, script)];
  } finally {
    await editor.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A finished run of one agent that started children that started children, by the command line. */
function populate(workspace: string, home: string, scratch: string): void {
  const leaf = { turns: [{ text: "Done.", calls: [] }] };
  const spawn = (count: number, goal: string) => ({
    text: "I start others.",
    calls: Array.from({ length: count }, (_, i) => ({
      tool: "spawn_agent",
      args: {
        goal: `${goal} ${i}`,
        grants: ["allow:spawn:process:/children", "allow:execute:image:/coding"],
      },
    })),
  });
  const child = { turns: [spawn(9, "part"), ...leaf.turns], children: Array.from({ length: 9 }, () => leaf) };
  const file = join(scratch, "family.json");
  const count = Math.round((FAMILY - 1) / 10);
  writeFileSync(
    file,
    JSON.stringify({
      turns: [spawn(count, "piece"), ...leaf.turns],
      children: Array.from({ length: count }, () => child),
    }),
  );
  const grants = ["allow:spawn:process:/children", "allow:execute:image:/coding"].flatMap((cap) => [
    "--grant",
    cap,
  ]);
  const args = [
    "dist/cli.js",
    "run",
    "--workspace",
    workspace,
    "--goal",
    "A large family",
    "--script",
    file,
    ...grants,
    ...BUDGET,
  ];
  const ran = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, AGENTLIBOS_HOME: home },
  });
  if (ran.status !== 0) throw new Error(`the family did not end well: ${ran.stderr.toString()}`);
}

/** From the click on the icon to the agents' row, and to its opened family. */
async function treeRow(window: Window): Promise<Row[]> {
  const began = performance.now();
  await g.openContainer(window);
  await g.row(window, "Agents", "A large family").waitFor();
  const shown = performance.now() - began;
  await g.row(window, "Agents", "A large family").click();
  const opening = performance.now();
  await window.page.keyboard.press("ArrowRight");
  await g.row(window, "Agents", /piece 0/).waitFor();
  return [
    {
      name: `tree of ${FAMILY} processes: shown`,
      value: Math.round(shown),
      unit: "ms",
      target: "without a stall",
    },
    {
      name: `tree of ${FAMILY} processes: a family opened`,
      value: Math.round(performance.now() - opening),
      unit: "ms",
      target: "without a stall",
    },
  ];
}

/** What the editor itself says that activation took. */
async function activationRow(window: Window): Promise<Row> {
  await g.command(window, "Developer: Show Running Extensions");
  const entry = window.page.locator(".runtime-extensions-editor .monaco-list-row", {
    hasText: "Agent libOS",
  });
  await window.page.locator(".runtime-extensions-editor .monaco-list-row").first().hover();
  for (let tries = 0; tries < 20 && !(await entry.isVisible()); tries++) {
    await window.page.mouse.wheel(0, 200);
    await window.page.waitForTimeout(200);
  }
  const text = await entry.innerText();
  await window.page.keyboard.press("Escape");
  const value = Number(/Activation:\s*(\d+)\s*ms/u.exec(text)?.[1] ?? NaN);
  return { name: "activation", value, unit: "ms", target: "<= 50", met: value <= 50 };
}

/** From the record of a question to its row in the tree. */
async function approvalRow(editor: Editor, script: string): Promise<Row> {
  const { window } = editor;
  const writes = Array.from({ length: ASKED }, (_, i) => ({
    text: "",
    calls: [{ tool: "write_file", args: { path: `asked-${i}.txt`, content: "x" } }],
  }));
  writeFileSync(script, JSON.stringify({ turns: writes }));
  await newAgent(window, "Ask again and again");
  const times: number[] = [];
  for (let i = 0; i < ASKED; i++) {
    const row = g.row(window, "Approvals", `asked-${i}.txt`);
    while (!(await row.isVisible())) await window.page.waitForTimeout(5);
    const seen = Date.now();
    times.push(seen - askedAt(editor.workspace, `asked-${i}.txt`));
    await g.rowButton(window, "Approvals", `asked-${i}.txt`, "Deny");
  }
  const value = median(times.slice(1));
  return { name: "approval visible after the call", value, unit: "ms", target: "<= 100", met: value <= 100 };
}

function askedAt(workspace: string, name: string): number {
  const folder = join(workspace, ".agentlibos/journal");
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  const line =
    lines.findLast((each) => each.includes('"kind":"question.open"') && each.includes(name)) ?? "{}";
  return Date.parse((JSON.parse(line) as { time?: string }).time ?? "");
}
