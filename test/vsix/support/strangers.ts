// What the first-run tests share: a profile as it comes, what must not happen before a start, the tour's window and its end.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import * as g from "../../../scripts/editor/gestures.ts";
import type { Editor, Window } from "../../../scripts/editor/workbench.ts";
import { openEditor, ready } from "../../../scripts/editor/workbench.ts";
import { TOUR_EDIT, TOUR_FILES } from "../../../src/agent/tour.ts";
import { cli } from "./people.ts";

export type Stranger = {
  readonly editor: Editor;
  /** What an Ollama on this machine was asked so far. */
  readonly asked: string[];
  close(): Promise<void>;
};

/** An editor as somebody has it who just installed this: the welcome page shows, and trust is asked for. */
export async function stranger(script?: string): Promise<Stranger> {
  const asked: string[] = [];
  const ollama = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.end(JSON.stringify({ models: [] }));
  });
  ollama.listen(0, "127.0.0.1");
  await once(ollama, "listening");
  const editor = await openEditor({
    trust: false,
    alone: true,
    ...(script === undefined ? {} : { script }),
    settings: {
      "agentlibos.ollama.baseUrl": `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`,
      "security.workspace.trust.startupPrompt": "always",
      "workbench.startupEditor": undefined,
      "workbench.tips.enabled": undefined,
      "window.commandCenter": undefined,
    },
  });
  const close = async (): Promise<void> => {
    await editor.close();
    ollama.close();
  };
  return { editor, asked, close };
}

/** Nothing was written, nothing was asked, and the extension host listens for nothing and talks to nobody but its editor. */
export function untouched({ editor, asked }: Stranger): void {
  assert.deepEqual(readdirSync(editor.workspace).sort(), [
    ...[".env", ".git", ".gitignore", "README.md", "package.json", "src", "test"],
  ]);
  assert.equal(existsSync(join(editor.home, "journals")), false);
  assert.deepEqual(asked, []);
  const hosts = editor.extensionHosts();
  assert.equal(hosts.length, 1);
  const own = `:${Number(new URL(editor.window.page.url()).port).toString(16).toUpperCase().padStart(4, "0")}`;
  const others = sockets(hosts[0] ?? 0).filter((s) => !s.from.endsWith(own) && !s.to.endsWith(own));
  assert.deepEqual(others, []);
}

/** The network sockets that a process holds, as the system lists them. */
function sockets(pid: number): { from: string; to: string; state: string }[] {
  const held = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return []; // closed meanwhile
      }
    }),
  );
  return ["tcp", "tcp6", "udp", "udp6"].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((of) => held.has(of[9] ?? ""))
      .map((of) => ({ from: of[1] ?? "", to: of[2] ?? "", state: of[3] ?? "" })),
  );
}

/** The window that the tour opens for itself while `start` is done, and its folder. */
export async function tourWindow(
  editor: Editor,
  start: () => Promise<void>,
): Promise<{ tour: Window; folder: string }> {
  const opening = editor.window.page.context().waitForEvent("page");
  await start();
  const page = await opening;
  await ready(page);
  const folder = new URL(page.url()).searchParams.get("folder") ?? "";
  assert.notEqual(folder, editor.workspace);
  assert.equal(existsSync(join(editor.workspace, ".agentlibos")), false);
  assert.equal(existsSync(join(folder, ".agentlibos")), false);
  return { tour: { page, editor }, folder };
}

/** The file of the tour's edit, before a person allowed it and after. */
export function tourEdit(folder: string, allowed: boolean): void {
  const { path, before, after } = TOUR_EDIT;
  const was = TOUR_FILES[path] ?? "";
  assert.equal(readFileSync(join(folder, path), "utf8"), allowed ? was.replace(before, after) : was);
}

/** All that the tour promised is on its record, the secret is nowhere, and a flipped byte was found and named. */
export async function tourEnded(tour: Window, folder: string): Promise<void> {
  await tour.page.keyboard.press("Control+End");
  await g.until(
    () => g.editorText(tour),
    (shown) =>
      /good: every byte is what was written/.test(shown) &&
      /damaged: journal\/\d+\.jsonl, line \d+/.test(shown),
  );
  const there = { ...tour.editor, workspace: folder };
  const { out } = cli(there, "audit");
  for (const beat of [
    /fs\.read +allowed, done.*README\.md/,
    /shell\.run +allowed, done.*shell:\/npm/,
    /fs\.edit +approved, done.*basket\.js/,
    /fs\.put +denied, not run.*basket\.test\.js/,
    /fs\.read +denied, not run.*\.env.*EACCES/,
    /human\.ask +approved, done/,
    /process\.spawn +allowed, done/,
  ])
    assert.match(out, beat);
  assert.equal(cli(there, "verify").code, 0);
  const files = readdirSync(join(folder, ".agentlibos"), { recursive: true, withFileTypes: true });
  const texts = files.filter((f) => f.isFile()).map((f) => readFileSync(join(f.parentPath, f.name), "utf8"));
  assert.ok(!texts.some((text) => text.includes("demo-secret")));
}

/** What an agent of the scripted demo wrote into the open folder, and the record of it. */
export function firstEdit(editor: Editor): void {
  const text = readFileSync(join(editor.workspace, "hello-from-an-agent.md"), "utf8");
  assert.match(text, /a person allowed it/);
  const { out } = cli(editor, "audit");
  assert.match(out, /fs\.write +approved, done.*hello-from-an-agent\.md/);
  const verified = cli(editor, "verify");
  assert.equal(verified.code, 0, verified.out);
}
