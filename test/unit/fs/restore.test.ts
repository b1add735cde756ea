// Taking changes back: a person orders what a turn did to files undone, and that order undone again, through the door.
import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import type { FileChange } from "../../../src/abi/record/files.ts";
import { code, TestKernel } from "../../support/kernel.ts";

async function bed(t: TestContext) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "restore-")));
  const root = join(base, "app");
  mkdirSync(root);
  const roots = [{ name: "app", path: root }];
  const files = nodeFs({ folders: () => roots, reserved: () => [], preImages: join(base, "pre") });
  t.after(() => {
    files.close();
    rmSync(base, { recursive: true, force: true });
  });
  const k = await TestKernel.open({ roots, files });
  const pid = k.launch(["allow:read,list,write,delete:fs:/app/**"]);
  const at = (name: string): string => join(root, name);
  const call = async (op: string, args: object): Promise<readonly FileChange[]> => {
    assert.equal(code(await k.call(pid, op, args)), "ok");
    return k.lastEnd.changes ?? [];
  };
  const back = (change: FileChange, who = k.person) =>
    k.kernel.order(who, "fs.restore", {
      path: change.resource.replace("fs:/", ""),
      from: change.post,
      to: change.pre,
    });
  return { k, at, call, back };
}

test("each change of a file is taken back from the copy it left, and the taking back too", async (t) => {
  const { k, at, call, back } = await bed(t);
  writeFileSync(at("a.txt"), "one\n");
  const [written] = await call("fs.write", { path: "a.txt", content: "two\n" });
  assert.ok(written);
  const results = await back(written);
  assert.equal(code(results), "ok");
  assert.equal(readFileSync(at("a.txt"), "utf8"), "one\n");
  assert.equal(k.lastEnd.decision, "approved");
  const closed = k.of("question.close").at(-1)?.data;
  assert.deepEqual([closed?.outcome, closed?.by], ["allowed", "person"], "question and answer are on record");
  assert.equal(code(await back({ ...written, pre: written.post, post: written.pre })), "ok");
  assert.equal(readFileSync(at("a.txt"), "utf8"), "two\n");
});

test("a new file goes again, a deleted one comes back, a moved one stands where it stood", async (t) => {
  const { at, call, back } = await bed(t);
  const [made] = await call("fs.write", { path: "new/b.txt", content: "b\n" });
  assert.ok(made);
  assert.equal(code(await back(made)), "ok");
  assert.equal(existsSync(at("new/b.txt")), false);
  writeFileSync(at("c.txt"), "c\n");
  const [gone] = await call("fs.delete", { path: "c.txt" });
  assert.ok(gone);
  assert.equal(code(await back(gone)), "ok");
  assert.equal(readFileSync(at("c.txt"), "utf8"), "c\n");
  const moved = await call("fs.move", { from: "c.txt", to: "d.txt" });
  for (const change of moved) assert.equal(code(await back(change)), "ok");
  assert.equal(readFileSync(at("c.txt"), "utf8"), "c\n");
  assert.equal(existsSync(at("d.txt")), false);
});

test("what somebody changed since is left as it is", async (t) => {
  const { at, call, back } = await bed(t);
  const [made] = await call("fs.write", { path: "a.txt", content: "agent\n" });
  assert.ok(made);
  writeFileSync(at("a.txt"), "a person\n");
  assert.equal(code(await back(made)), "ESTALE");
  assert.equal(readFileSync(at("a.txt"), "utf8"), "a person\n");
});

test("no rule and no forged person gives orders, and no order reaches what is reserved or outside", async (t) => {
  const { k, at, call, back } = await bed(t);
  const [made] = await call("fs.write", { path: "a.txt", content: "x\n" });
  assert.ok(made);
  assert.equal(code(await back(made, k.launcher)), "EACCES");
  const forged = { as: "person" } as unknown as typeof k.person;
  assert.equal(code(await back(made, forged)), "EACCES");
  assert.equal(existsSync(at("a.txt")), true);
  const absent = "absent";
  const sha = nodeDigests.sha256("x");
  for (const path of ["app/../../x", "app/.agentlibos/journal/00000001.jsonl", "/etc/hostname"])
    assert.equal(
      code(await k.kernel.order(k.person, "fs.restore", { path, from: sha, to: absent })),
      "EACCES",
    );
});

test("what init may ask for to carry out orders binds no agent that is started later", async (t) => {
  const { k, call, back } = await bed(t);
  const [made] = await call("fs.write", { path: "a.txt", content: "x\n" });
  assert.ok(made);
  await back(made);
  const later = k.launch(["allow:write:fs:/app/**"]);
  assert.equal(code(await k.call(later, "fs.write", { path: "b.txt", content: "y" })), "ok");
});
