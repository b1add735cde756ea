// The working directory: a checked call moves it, children inherit it, and errors are clear once it is deleted.
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Workspace, came, script, toolCalls } from "./workspace.ts";

const FAMILY = [
  "allow:read,list,delete:fs:/app/**",
  "deny:list:fs:/app/closed/**",
  "allow:spawn:process:/children",
  "allow:execute:image:/coding",
].flatMap((cap) => ["--grant", cap]);

test("a process works from the folder it moved to, which it must be allowed to list, and so do its children", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("src/a.txt", "in src\n");
  workspace.write("a.txt", "at the top\n");
  workspace.write("closed/a.txt", "not for lists\n");
  const child = script([[["read_file", { path: "a.txt" }]], [["finish", { result: "${0.0.content}" }]]]);
  const grants = ["allow:read:fs:/app/**"];
  const run = await workspace.agent(
    script(
      [
        [["read_file", { path: "a.txt" }]],
        [["change_directory", { path: "src" }]],
        [
          ["read_file", { path: "a.txt" }],
          ["spawn_agent", { goal: "read it", grants }],
        ],
        [["wait_agent", { pid: "${2.1.pid}" }]],
        [
          ["change_directory", { path: "app/closed" }],
          ["change_directory", { path: "a.txt" }],
          ["change_directory", { path: "nowhere" }],
          ["change_directory", { path: "../.." }],
          ["read_file", { path: "a.txt" }],
        ],
        [["finish", { result: "${3.0.result}" }]],
      ],
      child,
    ),
    FAMILY,
  );
  const calls = toolCalls(run, 2);
  const values = calls.filter((c) => c.tool === "read_file").map((c) => JSON.stringify(c.needs));
  assert.deepEqual(
    values.map((needs) => /fs:[^"]*/u.exec(needs)?.[0]),
    ["fs:/app/a.txt", "fs:/app/src/a.txt", "fs:/app/src/a.txt"],
  );
  assert.equal(run.processes.find((p) => p.pid === 2)?.result, "in src\n");
  assert.deepEqual(calls.filter((c) => c.tool === "change_directory").map(came), [
    "allow ok",
    "deny not-run EACCES",
    "allow error EINVAL",
    "allow error ENOENT",
    "deny not-run EACCES",
  ]);
});

test("a working directory that is deleted gives clear errors, and the way back stays open", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("src/a.txt", "in src\n");
  workspace.write("a.txt", "at the top\n");
  const run = await workspace.agent(
    script([
      [["change_directory", { path: "src" }]],
      [["delete_file", { path: "app/src", recursive: true }]],
      [
        ["read_file", { path: "a.txt" }],
        ["list_directory", { path: "." }],
      ],
      [["change_directory", { path: "app" }]],
      [["read_file", { path: "a.txt" }]],
      [["finish", {}]],
    ]),
    [...FAMILY, "--answer", "allow-once"],
  );
  assert.deepEqual(
    toolCalls(run, 2).map((c) => `${c.tool ?? ""}: ${came(c)}`),
    [
      "change_directory: allow ok",
      "delete_file: allow ok",
      "read_file: allow error ENOENT",
      "list_directory: allow error ENOENT",
      "change_directory: allow ok",
      "read_file: allow ok",
      "finish: allow ok",
    ],
  );
});

test("a workspace that was opened through a link is known by both paths, also after the record is read again", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "a\n");
  const link = join(workspace.scratch, "link");
  symlinkSync(workspace.folder, link);
  const order = (base: string) =>
    script([
      [
        ["read_file", { path: `${link}/a.txt` }],
        ["read_file", { path: `${workspace.folder}/a.txt` }],
        ["write_file", { path: `${link}/${base}.txt`, content: "new\n" }],
        ["read_file", { path: `${workspace.scratch}/lin/a.txt` }],
      ],
      "done",
    ]);
  const grants = (name: string) => ["--grant", `allow:read,list,write:fs:/${name}/**`];
  const came4 = ["allow ok", "allow ok", "allow ok", "deny not-run EACCES"];
  const named = await workspace.agent(order("named"), ["--workspace", link, ...grants("link")]);
  assert.deepEqual(toolCalls(named).map(came), came4);
  // The shell knows the link when the folder was entered through it.
  const path = workspace.file("shell.json", order("shell"));
  const words = ["run", "--goal", "g", "--script", path, "--json", ...grants("app")];
  const entered = await workspace.run(words, { env: { PWD: link } });
  assert.deepEqual(toolCalls(workspace.parsed(entered, 0)).map(came), came4);
  // A shell that is elsewhere says nothing about this folder.
  const other = await workspace.run(words, { env: { PWD: workspace.scratch } });
  assert.deepEqual(toolCalls(workspace.parsed(other, 0)).map(came).slice(0, 2), [
    "deny not-run EACCES",
    "allow ok",
  ]);
  assert.equal(workspace.read("named.txt"), "new\n");
  assert.equal((await workspace.verify()).code, 0);
});
