// Every tool in a real editor: one agent with two children uses each, and a person allows what is asked for in reviews.
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import type { AnyRecord } from "../../src/abi/record.ts";
import { suggestedGrants } from "../../src/agent/images.ts";
import { IMAGES } from "../harness/images.ts";
import { kinds } from "../../src/primitives/index.ts";
import { at, folder, journal, newAgent, until, waiting } from "./support/people.ts";

type Call = { readonly tool: string; readonly args: unknown };
const use = (tool: string, args: unknown = {}): Call => ({ tool, args });
const turn = (...calls: Call[]) => ({ calls });

const CODING = IMAGES.get("coding");
/** The first grants of the agent, in the order of its list. */
const HELD =
  CODING === undefined ? [] : suggestedGrants(kinds, CODING, "editFreely", [{ name: "app", path: "" }]);
const heldAs = (grant: string): string => `\${0.0.capabilities.${HELD.indexOf(grant)}.id}`;

const FILES = [
  turn(use("list_capabilities")),
  turn(use("write_file", { path: "tools/note.md", content: "a note\n" })),
  turn(use("edit_file", { path: "tools/note.md", old_text: "a note", new_text: "the note" })),
  turn(use("read_file", { path: "tools/note.md" }), use("list_directory", { path: "tools" })),
  turn(use("find_files", { pattern: "**/note.md" }), use("search_text", { query: "the note" })),
  turn(use("get_diagnostics", { path: "tools/note.md" }), use("make_directory", { path: "tools/deep" })),
  turn(
    use("change_directory", { path: "tools/deep" }),
    use("move_file", { from: "../note.md", to: "moved.md" }),
  ),
  turn(use("delete_file", { path: "moved.md" }), use("change_directory", { path: "../.." })),
];
const OBJECTS = [
  turn(use("file_to_object", { path: "tools/plan.txt", name: "text" })),
  turn(use("put_object", { name: "plan", value: { steps: 1 }, from: ["text"] })),
  turn(use("link_objects", { from: "plan", to: "text", relation: "derived_from" }), use("list_objects")),
  turn(use("get_object", { name: "plan" }), use("object_to_file", { name: "text", path: "tools/copy.txt" })),
  turn(
    use("delete_object", { name: "text" }),
    use("create_checkpoint", { label: "all is made" }),
    use("list_checkpoints"),
  ),
];
const NEXT = FILES.length + OBJECTS.length;
const FORKED = `\${${NEXT + 5}.0.pid}`;
const FAMILY = [
  turn(use("tell_human", { message: "The files are done." }), use("sleep", { seconds: 0.01 })),
  turn(use("request_capability", { grant: "allow:register:image:/looker", reason: "to look" })),
  turn(use("register_image", { name: "looker", prompt: "Look.", tools: ["read_file", "finish"] })),
  turn(
    use("spawn_agent", { goal: "review", image: "reviewer", grants: ["allow:read:fs:/app/tools/plan.txt"] }),
  ),
  turn(use("wait_agent", { pid: `\${${NEXT + 3}.0.pid}` })),
  turn(use("fork_agent", { goal: "answer" })),
  turn(
    use("send_message", { pid: FORKED, message: "who?", reply: true }),
    use("receive_message", { from: FORKED }),
  ),
  turn(
    use("delegate_capability", { pid: FORKED, grants: ["allow:read:fs:/app/tools/plan.txt"] }),
    use("transfer_capability", { pid: FORKED, id: heldAs("allow:sleep:clock:/sleep") }),
    use("signal_agent", { pid: FORKED, signal: "pause" }),
  ),
  turn(use("signal_agent", { pid: FORKED, signal: "resume" })),
  turn(use("send_message", { pid: FORKED, message: "read" }), use("wait_agent")),
  turn(
    use("follow_events", { kinds: ["process.exit"] }),
    use("drop_capability", { id: heldAs("allow:write:fs:/app/**") }),
  ),
  turn(use("exec_image", { image: "reviewer" })),
  turn(use("finish", { result: `\${${NEXT + 9}.1.result}` })),
];
const CHILDREN = [
  {
    turns: [turn(use("read_file", { path: "tools/plan.txt" })), turn(use("finish", { result: "reviewed" }))],
  },
  {
    turns: [
      turn(use("receive_message")),
      turn(use("send_message", { pid: "${0.0.from}", message: "me" }), use("receive_message")),
      turn(use("read_file", { path: "tools/plan.txt" })),
      turn(use("finish", { result: "${2.0.content}" })),
    ],
  },
];

const records = (): AnyRecord[] =>
  journal()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AnyRecord);

describe("tools", () => {
  const settings = vscode.workspace.getConfiguration("agentlibos");
  before(() => settings.update("profile", "editFreely", vscode.ConfigurationTarget.Global));
  after(() => settings.update("profile", undefined, vscode.ConfigurationTarget.Global));

  it("each does its work for one agent and its children, and a person allows four things in reviews", async () => {
    await vscode.workspace.fs.createDirectory(vscode.Uri.file(join(folder, "tools")));
    writeFileSync(join(folder, "tools/plan.txt"), "the plan\n");
    const from = records().at(-1)?.seq ?? 0;
    const since = (): AnyRecord[] => records().filter((r) => r.seq > from);
    await newAgent("use every tool", [...FILES, ...OBJECTS, ...FAMILY], CHILDREN);
    const root = since().find((r) => r.kind === "process.spawn")?.pid;
    const ended = (): boolean => since().some((r) => r.kind === "process.exit" && r.pid === root);
    let allowed = 0;
    while (!ended()) {
      await until("something asked, or the end", () => waiting() > 0 || ended());
      if (ended()) break;
      const open = waiting();
      await vscode.commands.executeCommand("agentlibos.reviewNext");
      await sleep(900);
      await vscode.commands.executeCommand("agentlibos.allowOnce");
      await until("an answer", () => waiting() < open);
      allowed++;
    }
    const calls = since().flatMap((r) =>
      r.kind === "call.end" && r.data.tool !== undefined ? [r.data] : [],
    );
    const failed = calls.filter((c) => c.outcome !== "ok");
    assert.deepEqual(
      failed.map((c) => [c.tool, c.error?.message]),
      [],
    );
    const used = new Set(calls.map((c) => c.tool));
    const tools = new Set([...IMAGES.values()].flatMap((image) => image.tools));
    // A question is answered by typing, which only a window can do: its tests do.
    assert.deepEqual(
      // A window runs commands (test/vsix/commands); git is tried on real repositories outside an editor (test/unit/git).
      [...tools].filter((tool) => !used.has(tool) && !/^git_|_commands?$|_worktree$/u.test(tool)),
      // Going back is a person's act (test/desk/restoring), and nobody suggests that an agent makes images of itself.
      ["ask_human", "restore_checkpoint", "commit_image"],
    );
    const exits = since().flatMap((r) => (r.kind === "process.exit" ? [[r.data.exit, r.data.result]] : []));
    assert.deepEqual(exits, [
      ["finished", "reviewed"],
      ["finished", "the plan\n"],
      ["finished", "the plan\n"],
    ]);
    assert.equal(allowed, 4);
    assert.equal(at("tools/copy.txt"), "the plan\n");
    assert.equal(existsSync(join(folder, "tools/deep/moved.md")), false);
  }).timeout(90_000);
});
