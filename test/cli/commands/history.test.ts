// The command `history`: the calls of a file and of a text, by page, with and without the index.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cliCallSchema, type CliCall } from "../../../src/abi/cli.ts";
import { script, Workspace } from "../workspace.ts";

const ALL = ["--grant", "allow:read,write:fs:/app/**"];

async function recorded(t: TestContext): Promise<{
  workspace: Workspace;
  index: string;
  calls: (...more: string[]) => Promise<CliCall[]>;
}> {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "first\n");
  const write = (path: string, content: string) => ["write_file", { path, content }] as const;
  await workspace.agent(
    script([
      [["read_file", { path: "a.txt" }], write("src/b.txt", "the needle is here")],
      [write("src.txt", "not below src"), ["read_file", { path: "/etc/passwd" }]],
      [["read_file", { path: "src/b.txt" }]],
      "done",
    ]),
    ALL,
  );
  const [id = ""] = readdirSync(join(workspace.home, "journals"));
  return {
    workspace,
    index: join(workspace.home, "journals", id, "index.db"),
    async calls(...more) {
      const { code, out, err } = await workspace.run(["history", "--json", ...more]);
      assert.equal(code, 0, err);
      const lines = out.split("\n").slice(0, -1);
      return lines.map((line) => cliCallSchema.parse(JSON.parse(line)));
    },
  };
}

const told = (calls: readonly CliCall[]): string[] => calls.map((c) => `${c.call} ${c.tool ?? c.syscall}`);

test("by file, text and decision, newest first, and page by page until the oldest", async (t) => {
  const { workspace, calls, index } = await recorded(t);
  assert.deepEqual(told(await calls("--file", "src/b.txt")), ["2.2.0 read_file", "2.0.1 write_file"]);
  assert.deepEqual(told(await calls("--file", "src")), ["2.2.0 read_file", "2.0.1 write_file"]);
  assert.deepEqual(told(await calls("--file", "fs:/app/src.txt")), ["2.1.0 write_file"]);
  assert.deepEqual(told(await calls("--text", "NEEDLE", "--syscall", "fs.write")), ["2.0.1 write_file"]);
  assert.deepEqual(told(await calls("--syscall", "fs.*", "--file", "a.txt")), ["2.0.0 read_file"]);
  const all = await calls();
  const audited = (await workspace.audit()).map((c) => c.call);
  assert.deepEqual(all.map((c) => c.call).sort(), audited.sort());
  const paged: CliCall[] = [];
  for (let next: string | undefined = ""; next !== undefined;) {
    const more = ["--limit", "2", ...(next === "" ? [] : ["--before", next])];
    const page = await calls(...more);
    for (const call of page) paged.push(call);
    const { out } = await workspace.run(["history", ...more]);
    next = /--before (\d+)\n$/u.exec(out)?.[1];
  }
  assert.deepEqual(paged, all);
  writeFileSync(index, "no database");
  assert.deepEqual(await calls(), all);
  rmSync(index);
  assert.deepEqual(await calls(), all);
});

test("a file outside, a damaged record and no record are told", async (t) => {
  const { workspace } = await recorded(t);
  const outside = await workspace.run(["history", "--file", "../elsewhere"]);
  assert.equal(outside.code, 2);
  assert.match(outside.err, /no folder of the workspace/u);
  assert.equal((await workspace.run(["history", "--limit", "0"])).code, 2);
  const segment = join(workspace.folder, ".agentlibos/journal/00000001.jsonl");
  const good = readFileSync(segment, "utf8");
  writeFileSync(segment, good.replace("not below src", "NOT below src"));
  const damaged = await workspace.run(["history"]);
  assert.equal(damaged.code, 3);
  const empty = new Workspace(t);
  const none = await empty.run(["history"]);
  assert.notEqual(none.code, 0);
  assert.match(none.err, /no record/u);
});
