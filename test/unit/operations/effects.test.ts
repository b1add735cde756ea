// The acts of primitives: each needs the live full grant of its own running call, and what that call was granted.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { fault, isFault, type Fault } from "../../../src/abi/errors.ts";
import type { Need } from "../../../src/abi/resource.ts";
import { define, type Invocation, type Primitive } from "../../../src/kernel/operation.ts";
import { readSchema } from "../../../src/kernel/operations/schema.ts";
import { KernelOps } from "../../../src/kernel/ops.ts";
import { Reader } from "../../../src/kernel/reader.ts";
import { mint, type Grant } from "../../../src/kernel/witness.ts";
import { BOXES, TestKernel } from "../../support/kernel.ts";

const ACTS = {
  write: (ops, grant) => ops.write(grant, "message.take", { id: "m1" }),
  trim: (ops, grant) => ops.trim(grant, { from: 0, reason: "no" }),
  ask: (ops, grant) => {
    const asked = { kind: "question", op: "x", args: {}, digest: "d", asks: [], needs: [], text: "?" };
    return ops.ask(grant, asked);
  },
  spawn(ops, grant) {
    return ops.spawn(grant, {
      image: BOXES,
      goal: "g",
      model: "m/m",
      budget: {},
      cwd: "fs:/app",
      grants: [],
    });
  },
  exec: (ops, grant) => ops.exec(grant, BOXES, "another goal"),
  exit: (ops, grant) => ops.exit(grant, "finished", null, "no"),
  signal: (ops, grant) => ops.signal(grant, 2, "kill", "no"),
  collect: (ops, grant) => ops.collect(grant, ops.state.processes.get(2) ?? assert.fail()),
  send: (ops, grant) =>
    ops.send(grant, { to: 2, text: "hello", channel: "main", urgent: false, reply: true }),
  delegate: (ops, grant) => ops.delegate(grant, 3, []),
  transfer: (ops, grant) => ops.transfer(grant, "cap1", 3),
  drop: (ops, grant) => ops.drop(grant, "cap1"),
  registerImage: (ops, grant) => ops.registerImage(grant, { ...BOXES, name: "other" }),
  registerOperation(ops, grant) {
    const said = {
      space: "kit",
      tool: "tool",
      summary: "Do it.",
      effect: "kernel",
      idempotent: true,
    } as const;
    const input = readSchema({ type: "object" }, "object");
    assert.ok(!isFault(input));
    const does = { input, needs: () => [], invoke: () => Promise.resolve(null) };
    return ops.registerOperation(grant, { ...said, ...does });
  },
  removeOperation: (ops, grant) => ops.removeOperation(grant, "kit/p2/tool", "no"),
  addRoot: (ops, grant) => ops.addRoot(grant, { name: "tree", path: "/w/tree" }),
  removeRoot: (ops, grant) => ops.removeRoot(grant, "tree", "no"),
  reserveWorktree: (ops, grant) => ops.reserveWorktree(grant, "app"),
  closeWorktree: (ops, grant) => ops.closeWorktree(grant, "tree", "no"),
  closeHandle: (ops, grant) => ops.closeHandle(grant, "h1", "no"),
  branch(ops, grant) {
    const order = { by: 2, checkpoint: "c1", pid: 2, replaces: true };
    const need = { right: "branch", resource: "checkpoint:/p2/c1" };
    return ops.branch(grant, { members: [], order, past: ops.state }, 1, need);
  },
} satisfies Readonly<Record<string, (ops: KernelOps, grant: Grant) => unknown>>;

/** The members that change nothing, or that happen beside any call. */
const FREE = ["constructor", "digest", "imageHash", "roomFault", "asksOver", "until", "planBranches"];

type Act = (on: Invocation<unknown>, ops: KernelOps) => unknown;

/** A kernel whose operation `kit.run` has the wanted needs and does what a test says. */
class Kit {
  act: Act = () => null;
  look: (look: Grant, ops: KernelOps) => unknown = () => null;
  ops: KernelOps | undefined;

  primitive(ops: KernelOps): Primitive {
    this.ops = ops;
    const run = define({
      name: "kit.run",
      summary: "Do what the test says.",
      effect: "kernel",
      idempotent: true,
      input: z.strictObject({ needs: z.array(z.strictObject({ right: z.string(), resource: z.string() })) }),
      output: z.unknown(),
      needs: ({ needs }) => needs,
      resolve: async (_args, _view, look) => ({ needs: [], state: await this.look(look, ops) }),
      invoke: async (_args, on): Promise<unknown> => (await this.act(on, ops)) ?? null,
    });
    const thing = { kind: "thing", end: () => Promise.resolve() };
    return { kind: "kit", operations: [run], handles: [thing] };
  }
}

async function open(grants: readonly string[] = []) {
  const kit = new Kit();
  const k = await TestKernel.open({ more: (ops) => [kit.primitive(ops)] });
  const pid = k.launch(grants);
  const ops = kit.ops ?? assert.fail();
  const run = (act: Act, needs: readonly Need[] = []) => {
    kit.act = act;
    return k.call(pid, "kit.run", { needs });
  };
  return { k, kit, ops, pid, run };
}

/** Tries every act with this grant. Each must be refused, and the record must not grow. */
async function refusesAll(ops: KernelOps, grant: unknown, why: string): Promise<void> {
  const { seq } = ops.state;
  for (const [name, act] of Object.entries(ACTS)) {
    const came: unknown = await act(ops, grant as Grant);
    assert.equal(isFault(came) ? came.code : came, "EACCES", `${name} with ${why}`);
    assert.equal(ops.state.seq, seq, `${name} with ${why} wrote a record`);
  }
}

test("every act of the kernel for primitives is tried here", () => {
  const members = Object.getOwnPropertyNames(KernelOps.prototype).filter((name) => !FREE.includes(name));
  assert.deepEqual(members.sort(), Object.keys(ACTS).sort());
});

test("a grant that is forged, over, or only for looking does nothing", async () => {
  const { k, kit, ops, pid, run } = await open();
  const init = { mode: "full", call: "", authority: { holder: pid }, needs: [], entry: () => true } as const;
  let looked = false;
  let over: Grant | undefined;
  kit.look = async (look) => {
    await refusesAll(ops, look, "a look-only grant");
    looked = true;
  };
  const ran = await run(async ({ grant, call }) => {
    over = grant;
    const said = { mode: "full", call, pid, live: true, authority: grant.authority, permits: () => true };
    await refusesAll(ops, said, "a literal");
    await refusesAll(ops, Object.create(grant), "an heir");
    await refusesAll(ops, new Proxy(grant, {}), "a proxy");
    await refusesAll(ops, mint.grant({ ...init, call }), "a real grant that the door did not give this call");
  });
  assert.ok(ran.ok, JSON.stringify(ran));
  assert.equal(looked, true);
  await refusesAll(ops, over, "the grant of a call that is over");
  await refusesAll(ops, mint.grant({ ...init, call: `${pid}.7.0` }), "the grant of no call");
  assert.equal(k.process(pid).life.ended, undefined);
});

test("the grant of a call of another kernel does nothing, though that has the same id", async () => {
  const [one, two] = [await open(), await open()];
  const inOne = Promise.withResolvers<Grant>();
  const done = Promise.withResolvers<null>();
  const first = one.run(({ grant }) => {
    inOne.resolve(grant);
    return done.promise;
  });
  const grant = await inOne.promise;
  const second = await two.run(async (on) => {
    assert.equal(on.call, grant.call);
    await refusesAll(two.ops, grant, "a grant of another kernel");
  });
  done.resolve(null);
  assert.ok(second.ok && (await first).ok);
});

test("what a call opened is closed by a call of its process, or by that call's own grant once it is over", async () => {
  const [one, two] = [await open(), await open()];
  const openIn = async ({ run }: typeof one): Promise<{ id: string; grant: Grant }> => {
    let id = "";
    let own: Grant | undefined;
    const came = await run(async (on) => {
      own = on.grant;
      const opened = await on.opened("thing", "a thing");
      id = isFault(opened) ? assert.fail(opened.message) : opened;
    });
    assert.ok(came.ok, JSON.stringify(came));
    return { id, grant: own ?? assert.fail() };
  };
  const code = (came: unknown): string => (isFault(came) ? came.code : "ok");
  const [first, second, other] = [await openIn(one), await openIn(one), await openIn(two)];
  assert.equal(first.id, other.id);
  assert.equal(code(one.ops.closeHandle(other.grant, first.id, "forged")), "EACCES");
  assert.equal(code(one.ops.closeHandle(first.grant, second.id, "not its own")), "EACCES");
  assert.deepEqual(one.k.of("handle.close"), []);
  assert.equal(code(one.ops.closeHandle(first.grant, first.id, "it ended by itself")), "ok");
  assert.equal(code(one.ops.closeHandle(first.grant, first.id, "twice")), "EACCES");
  await one.run(({ grant }) => {
    assert.equal(code(one.ops.closeHandle(grant, second.id, "closed by a later call")), "ok");
    assert.equal(code(one.ops.closeHandle(grant, second.id, "twice")), "ok");
  });
  const why = one.k.of("handle.close").map(({ data }) => data.why);
  assert.deepEqual(why, ["it ended by itself", "closed by a later call"]);
});

const put = (name: string, namespace = "p2") => ({ namespace, name, version: 1, type: "text", value: "v" });

test("an act is refused unless the call was granted that very right on that very name", async () => {
  const { k, pid, run } = await open(["allow:spawn:process:/children", "allow:execute:image:/boxes"]);
  const born = await k.call(pid, "process.spawn", { goal: "part" });
  assert.ok(born.ok);
  const code = (came: unknown): string => (isFault(came) ? came.code : "ok");
  const tried: Record<string, string> = {};
  const needs = [
    { right: "write", resource: "object:/p2/mine" },
    { right: "wait", resource: "process:/3" },
  ];
  await run((on, ops) => {
    const { grant } = on;
    const letter = { to: 3, text: "x", channel: "main", urgent: false, reply: false };
    tried["its object"] = code(ops.write(grant, "object.put", put("mine")));
    tried["another object"] = code(ops.write(grant, "object.put", put("other")));
    tried["another namespace"] = code(ops.write(grant, "object.put", put("mine", "p3")));
    tried["freeing another"] = code(ops.write(grant, "object.delete", { namespace: "p2", name: "other" }));
    const link = { namespace: "p2", name: "mine", relation: "references" } as const;
    tried["a link"] = code(
      ops.write(grant, "object.link", { ...link, to: { namespace: "p2", name: "mine", version: 1 } }),
    );
    tried["a folder"] = code(ops.write(grant, "process.cwd", { cwd: "fs:/app" }));
    tried["a signal"] = code(ops.signal(grant, 3, "kill", "no"));
    tried["a message"] = code(ops.send(grant, letter));
    tried["a child"] = code(ACTS.spawn(ops, grant));
    tried["an image"] = code(ops.registerImage(grant, { ...BOXES, name: "mine" }));
    tried["going on as an image"] = code(ops.exec(grant, BOXES));
    tried["passing on"] = code(ops.delegate(grant, 3, []));
    tried["giving away"] = code(ops.transfer(grant, "cap1", 3));
  }, needs);
  const refused = Object.keys(tried).filter((name) => tried[name] === "EACCES");
  assert.deepEqual(
    Object.keys(tried).filter((name) => !refused.includes(name)),
    ["its object"],
    JSON.stringify(tried),
  );
  assert.equal(k.of("object.put").length, 1);
});

test("a call whose process ended meanwhile does nothing more, nor does one of a kernel that cannot write", async () => {
  const { k, pid, run } = await open();
  const came: unknown[] = [];
  await run(({ grant }, ops) => {
    k.kernel.signal(k.person, pid, "kill", "enough");
    came.push(ops.write(grant, "message.take", { id: "m1" }), ops.exit(grant, "finished", null, "again"));
  });
  assert.deepEqual(
    came.map((each) => isFault(each) && each.code),
    ["EINTR", "EINTR"],
  );
  const sealed = await open();
  const why: Fault = fault("EIO", "the disk is full", "");
  await sealed.run(({ grant }, ops) => {
    sealed.k.kernel.seal(why);
    came.push(ops.write(grant, "message.take", { id: "m1" }));
  });
  assert.equal(came.at(-1), why);
});

test("only the door asks whether a call may run", async () => {
  const { k, run } = await open();
  const fields = { op: "x", args: {}, digest: "d", asks: [], needs: [], text: "?" };
  const came = await run(({ grant }, ops) => ops.ask(grant, { kind: "approval", ...fields }));
  assert.equal(came.ok ? "ok" : came.code, "EACCES");
  assert.equal(k.of("question.open").length, 0);
});

test("no side of a kernel lets its core out", async () => {
  const { k, ops } = await open();
  for (const side of [k.kernel, ops, new Reader(k.core)]) {
    assert.deepEqual(Reflect.ownKeys(side), []);
    for (let of: object = side; of !== Object.prototype; of = Object.getPrototypeOf(of) as object)
      for (const name of Object.getOwnPropertyNames(of))
        assert.ok(!holdsCore(Reflect.get(of, name, side)), name);
  }
});

function holdsCore(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("journal" in value || "live" in value);
}
