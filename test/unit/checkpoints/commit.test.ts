// Images from checkpoints: what is in one, who may make it, and that it grants nothing.
import assert from "node:assert/strict";
import { test } from "node:test";
import { printCap } from "../../../src/abi/capability.ts";
import { isFault } from "../../../src/abi/errors.ts";
import { BOXES, code, TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";

const MAKES = ["allow:create,branch:checkpoint:/self", "allow:register:image:/kept"];
const READ = "allow:read:fs:/app/a";
const SPAWN = ["allow:spawn:process:/children", "allow:execute:image:/kept"];

test("an agent of the image begins with the conversation and the objects of the checkpoint, and holds nothing of it", async () => {
  const k = await TestKernel.open({ hands: true });
  k.world.files.set("fs:/app/a", "text");
  const pid = k.launch([...MAKES, READ, `allow:write:fs:/app/b;uses=1`]);
  await k.call(pid, "object.put", { name: "plan", type: "text", value: "first" });
  await k.call(pid, "checkpoint.create", {});
  await k.call(pid, "object.put", { name: "plan", type: "text", value: "second" });
  k.kernel.message(k.person, pid, "and now something else");
  const made = await k.call(pid, "checkpoint.commit", { checkpoint: "c1", name: "kept" });
  assert.ok(!isFault(made), JSON.stringify(made));
  const { hash } = made.value as { hash: string };
  const image = k.kernel.state.images.get(hash);
  assert.ok(image);
  assert.deepEqual([image.name, image.prompt, image.from], ["kept", BOXES.prompt, `pid:${pid}`]);
  assert.ok((image.suggests ?? []).includes(READ), "it declares what it needs");
  assert.ok(
    !(image.suggests ?? []).some((cap) => cap.includes("uses=") || cap.includes(`/p${pid}/`)),
    "and no more",
  );
  const other = k.launch(SPAWN);
  const spawned = await k.call(other, "process.spawn", { goal: "go on", image: "kept", grants: [] });
  assert.equal(code(spawned), "ok", JSON.stringify(spawned));
  const [child = 0] = k.process(other).children;
  const said = k.process(child).conversation.map((entry) => (entry.role === "user" ? entry.text : ""));
  assert.deepEqual(said, ["work", "go on"]);
  assert.equal(k.process(child).goalAt, 1);
  const objects = [...(k.kernel.state.objects.get(`p${child}`)?.values() ?? [])];
  assert.deepEqual(
    objects.map(({ name, versions }) => [name, versions.map(({ value }) => value)]),
    [["plan", ["first"]]],
  );
  assert.equal(code(await k.call(child, "box.read", { at: "fs:/app/a" })), "ENOTCAPABLE");
  const held = k.kernel.state.capabilities.heldBy(child).map(({ cap }) => printCap(cap));
  assert.ok(!held.includes(READ));
  const again = await k.crash();
  assert.deepEqual(again.process(child).conversation, k.process(child).conversation);
});

test("the state of another agent takes the right to read it, and a name that is taken is not taken again", async () => {
  const k = await TestKernel.open({ hands: true });
  const theirs = k.launch(["allow:create:checkpoint:/self"]);
  await k.call(theirs, "checkpoint.create", {});
  const commit = (pid: number, name = "kept") => k.call(pid, "checkpoint.commit", { checkpoint: "c1", name });
  const mine = k.launch(MAKES);
  assert.equal(code(await commit(mine)), "ENOTCAPABLE");
  const wide = ["allow:branch:checkpoint:/**", "allow:register:image:/**"];
  const blind = k.launch(wide);
  assert.equal(code(await commit(blind)), "ENOTCAPABLE");
  assert.match(k.lastEnd.error?.message ?? "", new RegExp(`read on object:/p${theirs}/\\*\\*`, "u"));
  const sees = k.launch([...wide, `allow:read:object:/p${theirs}/**`]);
  assert.equal(code(await commit(sees)), "ok");
  assert.equal(code(await commit(sees)), "ENOTCAPABLE", "to replace it takes another right");
  assert.equal(code(await commit(sees, "boxes")), "EEXIST");
});

test("no secret that the agent still knows is in the image", async () => {
  const secret = "hunter2-and-more";
  const image = { ...BOXES, tools: [...BOXES.tools, "create_checkpoint", "commit_image"] };
  const k = await TestKernel.open({
    images: new Map([["boxes", image]]),
    secrets: [secret],
    model: turns({
      2: [
        [["put_object", { name: "note", type: "text", value: secret }]],
        [["create_checkpoint", {}]],
        [["commit_image", { checkpoint: "c1", name: "kept" }]],
      ],
    }),
  });
  k.launch(MAKES);
  await k.settle();
  await k.kernel.rest();
  const kept = k.kernel.state.registered.get("kept");
  const text = JSON.stringify(k.kernel.state.images.get(kept ?? ""));
  assert.match(text, /put_object/u);
  assert.ok(!text.includes(secret));
});
