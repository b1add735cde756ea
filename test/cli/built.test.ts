// The command line as users have it: the built program runs every command without the sources, and the tour ends well.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { cliRunSchema } from "../../src/abi/cli.ts";
import { Workspace, BUILT, came, script, toolCalls } from "./workspace.ts";

const built = existsSync(BUILT);

test(
  "the built command line runs, resumes, looks and verifies",
  { skip: built ? false : "not built" },
  async (t) => {
    const workspace = new Workspace(t);
    workspace.write("README.md", "read me");
    const path = workspace.file(
      "s.json",
      script([
        [
          ["read_file", { path: "README.md" }],
          ["ask_human", { question: "?" }],
        ],
        "done",
      ]),
    );
    const order = ["run", "--goal", "x", "--script", path, "--json", "--grant", "allow:read:fs:/app/**"];
    const run = workspace.parsed(await workspace.run(order, { built }), 0);
    assert.equal(run.calls.filter((c) => c.tool !== undefined).length, 2);
    assert.deepEqual(workspace.parsed(await workspace.run(["resume", "--json"], { built }), 0), run);
    const [, check = ""] = /^Check it: (.*)$/mu.exec((await workspace.run(["resume"], { built })).out) ?? [];
    assert.match(execFileSync("/bin/sh", ["-c", check], { cwd: "/", env: {}, encoding: "utf8" }), /^good: /u);
    for (const args of [["ps"], ["audit"], ["explain", "2.0.0"], ["verify"], ["--version"], ["--help"]]) {
      const { code, out, err } = await workspace.run(args, { built });
      assert.deepEqual([code, out === "", err], [0, false, ""], args[0]);
    }
    assert.equal((await workspace.run(["frobnicate"], { built })).code, 2);
  },
);

test("every beat of the headless tour holds", () => {
  const script = join(import.meta.dirname, "../../scripts/headless-tour.mjs");
  const { AGENTLIBOS_HOME: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", script, "--clean"], {
    env,
  });
  const said = stdout.toString();
  assert.equal(status, 0, stderr.toString());
  for (const heading of [/^8\. /mu, /^Denied \(3\)$/mu, /^Asked \(2\)$/mu, /verify --workspace/u])
    assert.match(said, heading);
  assert.doesNotMatch(said, /demo-secret/u);
  const folder = /^Record: (\S+)/mu.exec(said)?.[1] ?? "";
  assert.ok(folder !== "" && !existsSync(folder));
});

const write = (path: string) => ["write_file", { path, content: "x" }] as const;

test(
  "a program installed in the workspace is not overwritten, moved, or put aside by its link",
  { skip: built ? false : "not built" },
  async (t) => {
    const workspace = new Workspace(t);
    const owner = "node_modules/agentlibos";
    mkdirSync(workspace.path("store/node_modules/agentlibos"), { recursive: true });
    mkdirSync(workspace.path("node_modules"));
    cpSync(dirname(BUILT), workspace.path(`store/${owner}/dist`), {
      recursive: true,
      filter: (from) => !from.includes("/dist/test"),
    });
    cpSync(join(BUILT, "../../package.json"), workspace.path(`store/${owner}/package.json`));
    symlinkSync(`../store/${owner}`, workspace.path(owner));
    const before = readFileSync(workspace.path(owner, "dist/cli.js"), "utf8");
    const scripted = workspace.file(
      "s.json",
      script([
        [
          write(`${owner}/dist/cli.js`),
          write(`store/${owner}/dist/cli.js`),
          write(`store/${owner}/dist/agentlibos.js`),
          write(`store/${owner}/dist/parts/new.js`),
          write(`store/${owner}/package.json`),
          ["delete_file", { path: owner }],
          ["move_file", { from: "store", to: "old" }],
          ["move_file", { from: `store/${owner}`, to: "old" }],
          ["delete_file", { path: `store/${owner}/dist`, recursive: true }],
          write("store/node_modules/other.js"),
        ],
        "done",
      ]),
    );
    const words = [
      "run",
      "--goal",
      "g",
      "--script",
      scripted,
      "--json",
      "--grant",
      "allow:read,list,write,delete:fs:/app/**",
    ];
    const ended = spawnSync(process.execPath, [workspace.path(owner, "dist/cli.js"), ...words], {
      cwd: workspace.folder,
      env: { ...process.env, AGENTLIBOS_HOME: workspace.home },
      encoding: "utf8",
    });
    assert.equal(ended.status, 0, ended.stderr);
    const calls = toolCalls(cliRunSchema.parse(JSON.parse(ended.stdout))).map(came);
    assert.deepEqual(calls, [...Array<string>(9).fill("deny not-run EACCES"), "allow ok"]);
    assert.equal(readFileSync(workspace.path(owner, "dist/cli.js"), "utf8"), before);
  },
);
