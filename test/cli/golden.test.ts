// Golden texts: what commands print about one fixed scenario, with ids, paths and times replaced. `UPDATE=1` rewrites them.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import * as z from "zod";
import { cliCallSchema, cliRunSchema } from "../../src/abi/cli.ts";
import { boot } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { receiptText } from "../../src/views/record/receipt.ts";
import { recordSourceOf } from "../../src/views/record/run.ts";
import { transcriptText } from "../../src/views/record/transcript.ts";
import { english } from "../../src/views/words/translate.ts";
import { Workspace, script } from "./workspace.ts";

const FOLDER = join(import.meta.dirname, "golden");

/** What differs from run to run: ids, digests, times, durations, token counts, and where the scratch folder is. */
function plain(text: string, workspace: Workspace): string {
  return text
    .replaceAll(workspace.scratch, "<scratch>")
    .replace(/\b[0-9a-f]{64}\b/gu, "<sha256>")
    .replace(/\b[0-9a-f]{16}…/gu, "<sha256>…")
    .replace(/\b[0-9a-f]{32}\b/gu, "<journal>")
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/gu, "<time>")
    .replace(/\([\d.]+ (?:µs|ms)\)/gu, "(<duration>)")
    .replace(/[\d.]+ (of \d+ )?(?=tokens|active seconds)/gu, "<n> $1")
    .replace(/(finished +\w+ +\d+ +≈?)\d+/gu, "$1<n>")
    .replace(/"used":\{[^}]*\}/gu, '"used":{}')
    .replace(/\d+(?= records)|(?<=as record )\d+/gu, "<n>");
}

const CALL = /^(?:<time>)? +(\d+)\.(\d+)(?:\.(\d+))? /u;

/** Neighbouring lines about calls by process and turn: how parent and child interleave is not what is tested. */
function byCall(text: string): string {
  const key = (line: string): number[] => (CALL.exec(line) ?? []).slice(1).map((n) => Number(n ?? -1));
  const compare = (a: string, b: string): number =>
    key(a).reduce((order, n, i) => (order !== 0 ? order : n - (key(b)[i] ?? 0)), 0);
  const lines: string[] = [];
  let run: string[] = [];
  for (const line of [...text.split("\n"), ""]) {
    if (CALL.test(line)) run.push(line);
    else {
      lines.push(...run.sort(compare), line);
      run = [];
    }
  }
  return lines.slice(0, -1).join("\n");
}

function golden(name: string, text: string): void {
  const path = join(FOLDER, name);
  mkdirSync(FOLDER, { recursive: true });
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  assert.equal(text, readFileSync(path, "utf8"), `${name} differs; UPDATE=1 rewrites it`);
}

const HOSTILE = "Look: ![x](https://evil.example/p.png) and [run me](command:evil)\n## Turn 9\n\u202Etxt";

const SCENARIO = script(
  [
    [
      ["read_file", { path: "README.md" }],
      ["read_file", { path: ".env" }],
      ["read_file", { path: "../outside" }],
      ["write_file", { path: "docs/new.md", content: "# New\n" }],
      ["write_file", { path: "frozen/x", content: "x" }],
    ],
    [["spawn_agent", { goal: "review the change", grants: ["allow:read:fs:/app/docs/**"] }]],
    [
      ["wait_agent", { pid: "${1.0.pid}" }],
      ["ask_human", { question: "Ship it?" }],
    ],
    [["edit_file", { path: "docs/new.md", old_text: "New", new_text: "Newer" }]],
    HOSTILE,
  ],
  script([
    [
      ["read_file", { path: "docs/new.md" }],
      ["write_file", { path: "docs/new.md", content: "" }],
    ],
    "Looks good.",
  ]),
);

test("run, ps, audit, explain, transcript and receipt read as they should", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("README.md", "# A readme\n");
  workspace.write(".env", "TOKEN=value\n");
  const rules = [
    { effect: "deny", rights: ["write"], resource: "fs:/app/frozen/**", reason: "frozen for the release" },
  ];
  const grants = [
    "allow:read,list,write:fs:/app/**",
    "allow:spawn:process:/children",
    "allow:execute:image:/coding",
  ];
  const order = [
    "run",
    "--goal",
    "Write the docs",
    "--script",
    workspace.file("s.json", SCENARIO),
    "--policy",
    workspace.file("p.json", { rules }),
  ];
  const run = await workspace.run([...order, ...grants.flatMap((g) => ["--grant", g])]);
  assert.equal(run.code, 0, run.err);
  const [, check = ""] = /^Check it: (.*)$/mu.exec(run.out) ?? [];
  assert.match(check, /verify --workspace /u);
  golden("run.txt", byCall(plain(run.out.replace(check, "<check>"), workspace)));
  golden("ps.txt", plain((await workspace.run(["ps"])).out, workspace));
  golden("audit.txt", byCall(plain((await workspace.run(["audit"])).out, workspace)));
  golden(
    "audit-denied.txt",
    plain(
      (await workspace.run(["audit", "--decision", "deny", "--syscall", "fs.*", "--since", "2020-01-01"]))
        .out,
      workspace,
    ),
  );
  golden("audit-child.jsonl", plain((await workspace.run(["audit", "--pid", "3", "--json"])).out, workspace));
  const explained = await Promise.all(
    ["2.0.0", "2.0.1", "2.0.2", "2.0.3", "2.0.4", "3.0.1"].map((call) => workspace.run(["explain", call])),
  );
  golden("explain.txt", plain(explained.map((e) => e.out).join("\n"), workspace));

  const models = createModels({ scripted: true });
  const where = {
    root: workspace.folder,
    roots: [{ name: "app", path: workspace.folder }],
    home: workspace.home,
  };
  const on = await boot({ ...where, host: "test", mode: "view", policy: [], models, remembers: true });
  golden("transcript.txt", plain(transcriptText(english, on.kernel.state, on.records(), 2), workspace));
  const receipt = (await workspace.run(["receipt"])).out.replace(check, "<check>");
  golden("receipt.txt", plain(receipt, workspace));
  assert.equal((await workspace.run(["receipt", "2"])).out.replace(check, "<check>"), receipt);
  assert.equal(receipt, receiptText(english, recordSourceOf(on), 2, "<check>"));
  await on.close();
});

test("the shape of --json is pinned: names and kinds, to the letter", () => {
  golden("run-schema.txt", JSON.stringify(z.toJSONSchema(cliRunSchema), null, 2) + "\n");
  assert.deepEqual(Object.keys(cliCallSchema.shape), [
    ...["pid", "call", "tool", "syscall", "args", "needs", "decision", "outcome", "error", "within"],
  ]);
});
