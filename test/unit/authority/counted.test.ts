// What is held for a counted number of uses is used up by every call that acts on it, also where a call acts on many things.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { makeFixture, type Fixture } from "../../contract/fixture.ts";
import { code } from "../../support/kernel.ts";
import { valueOf } from "../../support/objects.ts";

async function fixture(t: TestContext, grants: readonly string[]): Promise<Fixture> {
  const made = await makeFixture(grants);
  t.after(() => made.close());
  return made;
}

test("a search does not read again and again what may be read once", async (t) => {
  const { k, pid } = await fixture(t, ["allow:list:fs:/app/**", "allow:read:fs:/app/a.txt;uses=1"]);
  const { matches, hidden } = valueOf(await k.call(pid, "fs.search", { query: "text" }));
  assert.deepEqual([matches, hidden], [[], 1]);
  assert.equal(code(await k.call(pid, "fs.read", { path: "a.txt" })), "ok", "the one use is left");
  assert.equal(code(await k.call(pid, "fs.read", { path: "a.txt" })), "ENOTCAPABLE");
});

test("what is held without a count as well is searched, however narrow the counted one is", async (t) => {
  const { k, pid } = await fixture(t, ["allow:read,list:fs:/app/**", "allow:read:fs:/app/a.txt;uses=1"]);
  assert.equal((valueOf(await k.call(pid, "fs.search", { query: "text" }))["matches"] as []).length, 1);
});

test("a folder that is made on the way uses up what was given for it", async (t) => {
  const grants = ["allow:write:fs:/app/new;uses=1", "allow:write:fs:/app/new/x"];
  const { k, pid, root } = await fixture(t, grants);
  const write = (content: string) => k.call(pid, "fs.write", { path: "new/x", content });
  assert.equal(code(await write("one")), "ok");
  rmSync(join(root, "new"), { recursive: true });
  assert.equal(code(await write("two")), "ENOTCAPABLE");
});

test("who holds share without a count may pass on, though he holds some of it counted, too", async (t) => {
  const grants = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
  const { k, pid } = await fixture(t, [...grants, "allow:share:object:/p2/n;uses=1"]);
  const args = { goal: "part", grants: ["allow:read:object:/p2/n"] };
  assert.equal(code(await k.call(pid, "process.spawn", args)), "ok");
});
