// The command `export`: the whole record in other formats, without what is secret, and what it says of a bad record.
import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { tracesData } from "../../unit/views/exports/otlp.ts";
import { script, Workspace } from "../workspace.ts";

const LONG = "a long line of text that leaves its record for the bodies file\n".repeat(120);

async function recorded(t: TestContext): Promise<Workspace> {
  const on = new Workspace(t);
  on.write("notes.txt", "a word that nobody may see: swordfish-4711\n");
  const calls = [
    ["read_file", { path: "notes.txt" }],
    ["write_file", { path: "long.txt", content: LONG }],
    ["read_file", { path: "/etc/passwd" }],
  ] as const;
  await on.agent(script([calls, "done"]), ["--grant", "allow:read,write:fs:/app/**"]);
  return on;
}

const SEGMENT = ".agentlibos/journal/00000001.jsonl";

test("jsonl gives every record with its long texts, and otlp every call, both in order", async (t) => {
  const on = await recorded(t);
  const { code, out, err } = await on.run(["export", "--format", "jsonl"]);
  assert.deepEqual([code, err], [0, ""]);
  const stored = readFileSync(on.path(SEGMENT), "utf8").split("\n").slice(0, -1);
  const given = out.split("\n").slice(0, -1);
  assert.equal(given.length, stored.length);
  for (const [i, line] of stored.entries())
    if (!line.includes("$body")) assert.deepEqual(JSON.parse(given[i] ?? ""), JSON.parse(line));
  assert.ok(out.includes(JSON.stringify(LONG).slice(1, -1)));
  const otlp = await on.run(["export", "--format", "otlp"]);
  assert.deepEqual([otlp.code, otlp.err], [0, ""]);
  const names = tracesData
    .parse(JSON.parse(otlp.out))
    .resourceSpans.flatMap((r) => r.scopeSpans.flatMap((s) => s.spans.map(({ name }) => name)));
  const tools = ["execute_tool read_file", "execute_tool write_file", "execute_tool read_file"];
  assert.deepEqual(
    names.toSorted(),
    ["chat script", "chat script", "invoke_agent coding", ...tools].toSorted(),
  );
});

test("a value that is known to be secret now is in no export, though an earlier record holds it", async (t) => {
  const on = await recorded(t);
  const before = await on.run(["export", "--format", "jsonl"]);
  assert.match(before.out, /swordfish-4711/u);
  const [id = ""] = readdirSync(join(on.home, "journals"));
  appendFileSync(join(on.home, "journals", id, "values"), `\n"swordfish-4711"\n`, { mode: 0o600 });
  for (const format of ["jsonl", "otlp"]) {
    const { code, out } = await on.run(["export", "--format", format]);
    assert.equal(code, 0);
    assert.doesNotMatch(out, /swordfish-4711/u);
  }
});

test("a damaged record is exported up to its last good head, and says so; a format must be known", async (t) => {
  const on = await recorded(t);
  const bytes = readFileSync(on.path(SEGMENT));
  bytes[bytes.length - 300] = 0;
  writeFileSync(on.path(SEGMENT), bytes);
  const { code, out, err } = await on.run(["export", "--format", "jsonl"]);
  assert.equal(code, 3);
  assert.match(err, /damaged/u);
  const given = out.split("\n").slice(0, -1);
  assert.ok(given.length > 5 && (given.at(-1) ?? "").includes('"kind":"head"'));
  for (const args of [[], ["--format", "xml"]]) {
    const refused = await on.run(["export", ...args]);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /jsonl, otlp/u);
  }
});
