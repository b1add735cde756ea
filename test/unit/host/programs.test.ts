// Programs that run for a person: found on PATH by their real paths, and never in a workspace folder.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, test } from "node:test";
import { gitIgnores } from "../../../src/host/node/git/ignore.ts";
import { nodesFor } from "../../../src/host/node/nodes.ts";
import { commandPrograms, programsOnPath } from "../../../src/host/node/programs.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "programs-")));
after(() => rmSync(base, { recursive: true, force: true }));
const at = (path: string): string => join(base, path);

/** A program that leaves a file behind when it runs. */
function program(path: string): string {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), `#!/bin/sh\ntouch "${at("ran")}"\necho v99.0.0\n`);
  chmodSync(at(path), 0o755);
  return at(path);
}
function link(path: string, to: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  symlinkSync(to, at(path));
}

const ROOTS = [at("app"), at("other")];
const GOOD = [program("bin/git"), program("app-tools/git"), program("..bin/git")];
for (const path of ["app/bin/git", "app/..bin/git", "app/git", "other/git", "other/deep/er/git"])
  program(path);
link("to-folder", at("app/bin"));
link("to-file/git", at("other/git"));
link("twice", at("to-folder"));
link("in-root/git", relative(at("in-root"), at("app/../other/git")));
link("app/out", at("bin"));
link("loop/git", at("loop/git"));
mkdirSync(at("folder/git"), { recursive: true });

const HOSTILE = [
  ...[at("app/bin"), at("app/..bin"), at("app"), at("other"), at("other/deep/er"), `${at("app")}//bin/`],
  ...[at("to-folder"), at("to-file"), at("twice"), at("in-root"), at("loop"), at("folder"), at("missing")],
  ...[".", "", "bin", "./bin", "..bin", at("bin/../app/bin"), at("app/./bin")],
];

test("nothing of a workspace folder is found on PATH, by whatever way it leads there", (t) => {
  const before = process.cwd();
  t.after(() => process.chdir(before));
  process.chdir(at("app"));
  for (const entry of HOSTILE)
    assert.deepEqual([...programsOnPath("git", ROOTS, { PATH: entry })], [], JSON.stringify(entry));
  const all = [...HOSTILE, at("bin"), ...HOSTILE, at("app-tools"), at("..bin")].join(":");
  assert.deepEqual([...programsOnPath("git", ROOTS, { PATH: all })], GOOD);
});

test("a link in a workspace folder that leads out gives the program it leads to", () => {
  assert.deepEqual([...programsOnPath("git", ROOTS, { PATH: at("app/out") })], [at("bin/git")]);
});

test("a root that is named by a link, and one that is gone, count by what they are", () => {
  link("named", at("app"));
  const found = [
    ...programsOnPath("git", [at("named"), at("gone")], { PATH: `${at("app/bin")}:${at("bin")}` }),
  ];
  assert.deepEqual(found, [at("bin/git")]);
});

test("a search runs no git of any workspace folder", async (t) => {
  const path = process.env["PATH"];
  t.after(() => void (process.env["PATH"] = path));
  process.env["PATH"] = HOSTILE.join(":");
  const signal = new AbortController().signal;
  const { note } = await gitIgnores(at("app"), ROOTS, [], signal);
  assert.equal(note, "Nothing was filtered: git is not installed.");
  assert.equal([...programsOnPath("ran", [], { PATH: base })].length, 0);
});

test("the Node for the command line is none of a folder that is named or known", (t) => {
  const { PATH, AGENTLIBOS_HOME } = process.env;
  t.after(() => void Object.assign(process.env, { PATH, AGENTLIBOS_HOME: AGENTLIBOS_HOME ?? "" }));
  const main = at("app/node_modules/agentlibos/dist/cli.js");
  for (const path of ["app/node_modules/node/bin/node", "known/bin/node", "bin/node", "app/bin/node"])
    program(path);
  const journal = at(`home/journals/${"0".repeat(32)}`);
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, "place"), JSON.stringify({ roots: [{ name: "known", path: at("known") }] }));
  mkdirSync(at(`home/journals/${"1".repeat(32)}`));
  process.env["AGENTLIBOS_HOME"] = at("home");
  process.env["PATH"] = [at("app/bin"), at("known/bin"), at("bin")].join(":");
  for (const words of [
    ["run", "--workspace", at("app")],
    [`--workspace=${at("app")}`, "ps"],
  ])
    assert.deepEqual([...nodesFor(main, words)], [at("bin/node")]);
  const elsewhere = [...nodesFor(main, ["run", "--workspace", at("other")])];
  assert.deepEqual(elsewhere, [at("app/node_modules/node/bin/node"), at("app/bin/node"), at("bin/node")]);
});

test("a command's programs are told by where they really lie", () => {
  const programs = commandPrograms(ROOTS, { PATH: ["rel", "", at("bin"), at("app/bin")].join(":") });
  assert.deepEqual(programs.path, [at("bin"), at("app/bin")]);
  for (const [folder, lies] of [
    ["bin", "outside"],
    ["..bin", "outside"],
    ["app/out", "outside"],
    ["app/bin", "inside"],
    ["to-folder", "inside"],
    ["to-file", "inside"],
    ["in-root", "inside"],
    ["loop", undefined],
    ["nowhere", undefined],
  ] as const)
    assert.equal(programs.find(at(folder), "git"), lies, folder);
  assert.equal(programs.find(at("bin"), "gi"), undefined);
});
