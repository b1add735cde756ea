// One window for all the tests of a file: opened before them on the agents that wait there, closed after them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before } from "node:test";
import { root } from "../../../scripts/editor/install.mjs";
import type { Options, Window } from "../../../scripts/editor/workbench.ts";
import { openEditor } from "../../../scripts/editor/workbench.ts";
import type { Scratch } from "../../../scripts/editor/workspace.ts";
import { scriptFile, type ScriptFile, type Turn } from "./people.ts";

/** Settings under which only what a test is about opens tabs, shows toasts or starts agents again. */
export const STILL = {
  "agentlibos.transcript.openOnStart": false,
  "agentlibos.notifications": "never",
  "agentlibos.resumeOnStart": "never",
};

/** Settings under which agents that waited before the window opened go on in it by themselves. */
export const GOING_ON = { ...STILL, "agentlibos.resumeOnStart": "always" };

/** What the README of the demo workspace says in tests that edit it. */
export const README = "# Price list\n\nA tiny shop.\n";

/** An agent that the command line starts before the window opens, and that waits there for a person. */
export type Before = {
  readonly goal: string;
  readonly turns: readonly Turn[];
  readonly children?: readonly { readonly turns: readonly Turn[] }[];
  /** CAP texts beside those of the profile Ask. */
  readonly grants?: readonly string[];
  readonly budget?: string;
};

export type Opening = Options & { agents?: readonly Before[] | (() => readonly Before[]) };

/** Opens the window, hands it over, and closes it at the end. Returns the script that agents started in it follow. */
export function opensWindow(opened: (window: Window) => void, options: Opening = {}): ScriptFile {
  const script = scriptFile();
  let close: (() => Promise<void>) | undefined;
  before(async () => {
    const prepare = (place: Scratch): void => {
      options.prepare?.(place);
      const agents = typeof options.agents === "function" ? options.agents() : (options.agents ?? []);
      for (const agent of agents) waits(place, agent);
    };
    const editor = await openEditor({ ...options, script: script.path, prepare });
    close = () => editor.close();
    opened(editor.window);
  });
  after(async () => {
    await close?.();
    script.remove();
  });
  return script;
}

/** Starts an agent on the command line under the profile Ask, and leaves what it asks to whoever opens the folder. */
export function waits(place: Scratch, { goal, turns, children, grants = [], budget }: Before): void {
  const { folder, home, workspace } = place;
  const script = join(folder, "before.json");
  writeFileSync(script, JSON.stringify({ turns, children }));
  const tree = `fs:/${basename(workspace)}/**`;
  const held = [`allow:read,list:${tree}`, `ask:write,delete:${tree}`, ...grants];
  const args = [
    ...["run", "--workspace", workspace, "--goal", goal, "--script", script, "--answer", "ask"],
    ...held.flatMap((grant) => ["--grant", grant]),
    ...(budget === undefined ? [] : ["--budget", budget]),
  ];
  const ran = spawnSync(process.execPath, [join(root, "dist/cli.js"), ...args], {
    env: { ...process.env, AGENTLIBOS_HOME: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = `${ran.stdout.toString()}${ran.stderr.toString()}`;
  // 1 is an agent that is not finished: it waits.
  assert.ok(ran.status === 0 || ran.status === 1, said);
}
