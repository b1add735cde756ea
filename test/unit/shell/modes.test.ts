// Commands and their grants: what runs without a layer, is interrupted, runs in the background, or cannot run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { suite, test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { scripted } from "../../../src/host/node/shell/script.ts";
import type { Grant } from "../../../src/kernel/witness.ts";
import { CommandBench, HOST_SECRETS, processesWith, shellGrant, told } from "../../attacks/commands/bench.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

const skip = await noSandbox();
const silent = { emit: () => undefined, signal: new AbortController().signal };

suite(
  "a command without a layer",
  { skip: process.platform === "win32" ? "there is no shell" : false },
  () => {
    test("runs over the workspace itself, with a short environment and limits", async () => {
      const bench = new CommandBench();
      const wish = { mode: "unconfined", limits: { seconds: 20 } } as const;
      const ran = await bench.ran("env; cat; echo x > made; exit 4", { ...wish, stdin: "given" });
      assert.deepEqual([ran.mode, ran.exit, ran.changes], ["unconfined", 4, []]);
      assert.match(ran.output, new RegExp(`^HOME=${bench.home}$`, "mu"));
      assert.match(ran.output, /given$/u);
      for (const secret of Object.values(HOST_SECRETS)) assert.ok(!ran.output.includes(secret));
      assert.equal(readFileSync(join(bench.scratch.app, "made"), "utf8"), "x\n");
      assert.equal(
        (await bench.ran("sleep 4712", { mode: "unconfined", limits: { seconds: 0.3 } })).ended,
        "time",
      );
      assert.equal(
        (await bench.ran("yes", { mode: "unconfined", limits: { output: 100_000 } })).ended,
        "output",
      );
      assert.deepEqual(processesWith("sleep 4712"), []);
      await bench.close();
    });

    test("does not wait for what it leaves behind", async () => {
      const bench = new CommandBench();
      const began = performance.now();
      const ran = await bench.ran("sleep 4.713 & echo done", { mode: "unconfined" });
      assert.equal(ran.output, "done\n");
      assert.ok(performance.now() - began < 3000);
      await bench.close();
    });
  },
);

suite("the grant of a command", { skip }, () => {
  const dead = shellGrant();
  dead.expire();
  const GRANTS: readonly (readonly [title: string, grant: Grant])[] = [
    ["one that has expired", dead],
    ["one that may only look", shellGrant([], "look")],
    ["a forged one", { permits: () => true, mode: "full", live: true } as unknown as Grant],
  ];
  for (const [title, grant] of GRANTS)
    test(`${title} runs nothing`, async () => {
      const bench = new CommandBench();
      const orders = [
        bench.order("echo x > /dev/null"),
        bench.order("echo x > made", { mode: "unconfined" }),
      ];
      for (const order of orders) {
        const ran = await bench.backend.run(order, grant, silent);
        const started = await bench.backend.start("1", order, grant, silent);
        for (const fault of [ran, started]) assert.equal(isFault(fault) ? fault.code : "", "EACCES");
      }
      assert.ok(!existsSync(join(bench.scratch.app, "made")));
      assert.ok(!existsSync(bench.scratch.at("home/layers")));
      await bench.close();
    });

  test("must permit each program, in the mode that is asked for, and each file that is shown", async () => {
    const bench = new CommandBench();
    for (const order of [
      bench.order("true", { programs: ["shell:/**", "shell:/other"] }),
      bench.order("true", { programs: [] }),
      bench.order("true", { reads: ["fs:/app/.env"] }),
    ]) {
      const ran = await bench.backend.run(order, shellGrant(), silent);
      assert.ok(isFault(ran) && ["EACCES", "EINVAL"].includes(ran.code));
    }
    await bench.close();
  });
});

test("a command whose host is gone before it begins never begins", async () => {
  const bench = new CommandBench();
  const limits = { seconds: 5, memory: 1e9, processes: 100, output: 1e6, disk: 1e9 };
  for (const isAlive of [true, false]) {
    const argv = ["touch", bench.scratch.at(`alive-${isAlive}`)];
    const [file = "", ...args] = scripted("/bin/sh", { argv, limits, isolated: true });
    const child = spawn(file, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    const [, , , go, ready] = child.stdio;
    await once(ready as Readable, "data");
    if (isAlive) (go as Writable).end("\n");
    else go?.destroy();
    const exited: unknown[] = await once(child, "exit");
    assert.equal(exited[0], isAlive ? 0 : 125);
    assert.equal(existsSync(bench.scratch.at(`alive-${isAlive}`)), isAlive);
  }
  await bench.close();
});

suite("an interrupted command", { skip }, () => {
  test("changes nothing, leaves nothing and says so", async () => {
    const bench = new CommandBench();
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const { ran } = await bench.run("echo x > made; mkdir dist; sleep 4714", { signal: stop.signal });
    assert.ok(isFault(ran) && ran.code === "EINTR");
    assert.deepEqual(processesWith("sleep 4714"), []);
    assert.ok(!existsSync(join(bench.scratch.app, "made")));
    const before = await bench.run("sleep 4714", { signal: AbortSignal.abort() });
    assert.ok(isFault(before.ran) && before.ran.code === "EINTR");
    await bench.close();
  });
});

suite("a command in the background", { skip }, () => {
  test("runs on after its call, is read while it runs, and gives its changes when it is stopped", async () => {
    const bench = new CommandBench();
    const grant = shellGrant();
    let output = "";
    const on = { emit: (text: string) => void (output += text) };
    const script = "trap 'echo bye; exit 0' TERM; echo x > made; echo up; while :; do sleep 0.1; done";
    assert.equal(await bench.backend.start("c1", bench.order(script), grant, on), undefined);
    grant.expire();
    while (!output.includes("up")) await sleep(5);
    const running = bench.backend.read("c1");
    assert.ok(!isFault(running) && running.state === "running" && running.seconds > 0);
    const again = await bench.backend.start("c1", bench.order("true"), shellGrant(), on);
    assert.equal(again?.code, "EEXIST");
    bench.backend.forget("c1");
    await bench.backend.stop("c1");
    const ended = bench.backend.read("c1");
    assert.ok(!isFault(ended) && ended.state === "ended" && !isFault(ended.ran));
    assert.deepEqual(
      [told(ended.ran), ended.ran.ended, ended.ran.exit],
      [["created file app/made"], "stopped", 0],
    );
    assert.match(output, /^up\n(?:Terminated\n)?bye\n$/u);
    bench.backend.forget("c1");
    const gone = bench.backend.read("c1");
    assert.equal(isFault(gone) ? gone.code : "", "ENOENT");
    await bench.backend.stop("never");
    await bench.close();
  });

  test("asks what it may see before its call ends, and is not there when it cannot begin", async () => {
    const bench = new CommandBench();
    const grant = shellGrant();
    let output = "";
    const on = { emit: (text: string) => void (output += text) };
    const order = bench.order("ls README.md; sleep 0.2", { sees: () => (grant.live ? "all" : "none") });
    assert.equal(await bench.backend.start("seen", order, grant, on), undefined);
    grant.expire();
    while (output === "") await sleep(5);
    assert.equal(output, "README.md\n");
    const lost = await bench.backend.start(
      "lost",
      bench.order("true", { cwd: "fs:/app/none" }),
      shellGrant(),
      on,
    );
    assert.equal(lost?.code, "ENOENT");
    const none = bench.backend.read("lost");
    assert.equal(isFault(none) ? none.code : "", "ENOENT");
    await bench.close();
  });

  test("ends with the backend", async () => {
    const bench = new CommandBench();
    for (const id of ["a", "b"])
      await bench.backend.start(id, bench.order("sleep 4715"), shellGrant(), silent);
    while (processesWith("sleep 4715").length === 0) await sleep(5);
    await bench.backend.close();
    assert.deepEqual(processesWith("sleep 4715"), []);
    assert.deepEqual(
      readdirSync(bench.scratch.at("home/layers")).filter((name) => name.startsWith("run-")),
      [],
    );
    await bench.close();
  });
});

suite("orders that cannot be", { skip }, () => {
  test("say what is wrong and run nothing", async () => {
    const bench = new CommandBench();
    const code = async (wish: Parameters<CommandBench["run"]>[1]): Promise<string> => {
      const { ran } = await bench.run("true", wish);
      return isFault(ran) ? ran.code : "ran";
    };
    assert.equal(await code({ cwd: "fs:/app/missing" }), "ENOENT");
    assert.equal(await code({ cwd: "fs:/other" }), "ENOENT");
    assert.equal(await code({ cwd: "fs:/app/.env" }), "ENOENT");
    assert.equal(await code({ roots: [{ name: "app", path: "/" }] }), "EINVAL");
    assert.equal(await code({ roots: [{ name: "app", path: "/usr" }] }), "EINVAL");
    await bench.close();
  });
});
