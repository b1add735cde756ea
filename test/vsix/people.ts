// What the window tests share: scripts for the scripted model, and New Agent step by step.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as g from "../../scripts/editor/gestures.ts";
import type { Window } from "../../scripts/editor/workbench.ts";

export type Turn = { text: string; calls: { tool: string; args: unknown }[] };

/** One model answer with its calls. */
export function calls(text: string, ...made: [tool: string, args: unknown][]): Turn {
  return { text, calls: made.map(([tool, args]) => ({ tool, args })) };
}

/** The file that AGENTLIBOS_SCRIPT names; what it holds when an agent is started is what that agent does. */
export function scriptFile(): {
  path: string;
  write(turns: Turn[], children?: { turns: Turn[] }[]): void;
  remove(): void;
} {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-script-"));
  const path = join(folder, "script.json");
  return {
    path,
    write: (turns, children = []) => writeFileSync(path, JSON.stringify({ turns, children })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** New Agent…, with the script, under the profile Ask. */
export async function newAgent(window: Window, goal: string, profile = "Ask"): Promise<void> {
  await g.openContainer(window);
  await g.command(window, "Agent libOS: New Agent…");
  await g.enter(window, goal);
  await g.pick(window, "Script from AGENTLIBOS_SCRIPT");
  await g.pick(window, profile);
}
