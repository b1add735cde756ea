// get_diagnostics: what a process may not read it is not told of, and without an editor it is told so.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { FileProblem } from "../../../src/primitives/fs/diagnostics.ts";
import { makeFixture } from "../../contract/fixture.ts";
import { Bench } from "../../harness/fs.ts";

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

test("without an editor it says what else to do", async () => {
  const bench = new Bench();
  closing.push(() => bench.close());
  const got = await bench.call("fs.diagnostics", { path: "." });
  assert.equal(got.code, "EUNAVAILABLE");
  assert.notEqual(got.error?.hint, "");
});

test("problems of files that may not be read are counted and not told; the list is bounded", async () => {
  const problem = (resource: string): FileProblem => ({
    ...{ resource, line: 1, column: 1, severity: "error" },
    message: "m".repeat(1000),
  });
  const many = Array.from({ length: 300 }, () => problem("fs:/app/a.txt"));
  const secret = [problem("fs:/app/.env"), problem("fs:/app/private/x"), problem("fs:/other/x")];
  const fixture = await makeFixture(
    ["allow:read:fs:/app/**", "deny:read:fs:/app/private/**"],
    [...many, ...secret],
  );
  closing.push(() => fixture.close());
  const got = await fixture.k.call(fixture.pid, "fs.diagnostics", {});
  assert.ok(got.ok);
  const { problems, total, hidden } = got.value as { problems: FileProblem[]; total: number; hidden: number };
  assert.deepEqual([problems.length, total, hidden], [200, 300, 3]);
  assert.equal(problems[0]?.message.length, 500);
});
