// Attacks of commands on the real sandbox of this machine: as the user of the tests, and as an ordinary user when that is root.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { copyFileSync, existsSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { Sight } from "../../../src/primitives/shell/backend.ts";
import { Internet } from "../../support/shell/internet.ts";
import { noSandbox } from "./sandbox.ts";
import { LONG } from "../../support/runs.ts";
import { Scratch, SECRETS } from "../scratch.ts";
import { CommandBench, HOST_SECRETS, processesWith, told } from "./bench.ts";
import { commandCases, type CommandCase } from "./cases.ts";

/** Servers of the host that no command may reach, and how many connections they got. */
class HostServers {
  connections = 0;
  port = 0;
  readonly abstract = `agentlibos-test-${randomUUID()}`;
  readonly #servers: net.Server[] = [];

  async open(scratch: Scratch): Promise<void> {
    for (const at of [scratch.at("agent.sock"), scratch.at("app/live.sock"), `\0${this.abstract}`])
      await this.#listen({ path: at });
    this.port = await this.#listen({ port: 0, host: "127.0.0.1" });
  }

  #listen(at: net.ListenOptions): Promise<number> {
    const server = net.createServer((socket) => {
      this.connections += 1;
      socket.destroy();
    });
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(at, () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }
}

/** Tries that are told when they succeed, and one that must succeed. */
function scriptOf(tries: readonly string[]): string {
  const lines = tries.map((each, i) => `( ${each} ) >/dev/null 2>&1 </dev/null && echo "try ${i} succeeded"`);
  return [...lines, "( echo control ) >/dev/null && echo all were tried"].join("\n");
}

const ASK = join(import.meta.dirname, "ask.ts");
/** Our own runtime is in every layer that has hosts; no other client need be installed. */
const ASKS = 'ask() { /run/layer/runtime/node --no-warnings ask.mts "$@"; }\n';

async function attack(each: CommandCase): Promise<void> {
  const internet = await new Internet().open();
  for (const [name, answers] of Object.entries(each.names ?? {})) internet.names.set(name, answers);
  const bench = new CommandBench(each.setup, { network: internet });
  const servers = new HostServers();
  try {
    if (each.hosts !== undefined) copyFileSync(ASK, join(bench.scratch.app, "ask.mts"));
    if (each.git === true) bench.commit();
    await servers.open(bench.scratch);
    // Cases run beside each other; each knows its own processes by how long they would sleep.
    const sleeper = `sleep ${randomInt(1_000_000, 2_000_000)}`;
    const fill = (text: string): string =>
      text
        .replaceAll("sleep 4711", sleeper)
        .replaceAll("$SCRATCH", bench.scratch.root)
        .replaceAll("$HOSTPID", String(process.pid))
        .replaceAll("$BASHHOST", String(process.ppid))
        .replaceAll("$ABSTRACT", servers.abstract)
        .replaceAll("$PORT", String(servers.port))
        // The programs of the packages are on the PATH, so layers show their folder, also where it lies below /tmp.
        .replaceAll("$TOOLS", TOOLS);
    const unseen = each.unseen ?? [];
    const sees = (resource: string): Sight =>
      unseen.includes(resource) ? "none" : unseen.some((u) => u.startsWith(resource)) ? "some" : "all";
    const roots = ["app", ...(each.other === true ? ["other"] : [])];
    const before = bench.scratch.picture();
    const asks = each.hosts === undefined ? "" : ASKS;
    const ran = await bench.ran(asks + fill(each.script ?? scriptOf(each.tries ?? [])), {
      ...(each.hosts === undefined ? {} : { hosts: each.hosts }),
      roots: roots.map((name) => ({ name, path: bench.scratch.at(name) })),
      sees,
      reads: each.reads ?? [],
      limits: each.limits ?? {},
    });
    const after = bench.scratch.picture();
    const outside = Scratch.changes(before, after, ["home"]);
    assert.deepEqual(outside, [], "the command changed something");
    assert.equal(servers.connections, 0, "a socket of the host was reached");
    assert.deepEqual(processesWith(sleeper), [], "a process was left");
    for (const secret of [...Object.values(SECRETS), ...Object.values(HOST_SECRETS)])
      assert.ok(!ran.output.includes(secret), `it shows ${secret}`);
    if (each.tries !== undefined) assert.equal(tried(ran.output, each.tries), "");
    for (const text of each.says ?? []) assert.ok(ran.output.includes(text), `no ${text} in ${ran.output}`);
    for (const text of each.never ?? []) assert.ok(!ran.output.includes(text), `${text} is in ${ran.output}`);
    if (each.output !== undefined) assert.equal(ran.output, each.output);
    if (each.exit !== undefined) assert.equal(ran.exit, each.exit, ran.output);
    assert.equal(ran.ended, each.ended, ran.output.slice(0, 500));
    assert.equal(ran.tooMany !== undefined, each.tooMany === true);
    if (each.changes !== undefined) assert.deepEqual(told(ran), each.changes);
    assert.deepEqual(ran.git, each.gitFolders ?? []);
    if (each.kept !== undefined) assert.equal(ran.kept, each.kept);
    const connections = ran.reached?.connections.map((c) => `${c.host}:${c.port} ${c.problem ?? "made"}`);
    assert.deepEqual(connections, each.connections, ran.output);
    if (each.requests !== undefined) assert.deepEqual(internet.requests, each.requests);
    if (each.lookups !== undefined) assert.deepEqual(internet.lookups, each.lookups);
  } finally {
    await internet[Symbol.asyncDispose]();
    servers.close();
    await bench.close();
  }
}

/** The tries that succeeded, by their text; empty when all failed and all were tried. */
function tried(output: string, tries: readonly string[]): string {
  const lines = output.trim().split("\n");
  const last = lines.pop();
  const got = lines.map((line) => tries[Number(/^try (\d+) succeeded$/u.exec(line)?.[1] ?? -1)] ?? line);
  return [...got, ...(last === "all were tried" ? [] : [`${last}: not all were tried`])].join("\n");
}

const skip = await noSandbox();

suite(`commands attack, as user ${process.getuid?.()}`, { skip, concurrency: 4 }, () => {
  for (const each of commandCases()) test(`${each.id} ${each.title}`, () => attack(each));
});

/** The packages whose programs are on the PATH of the tests. */
const TOOLS = join(import.meta.dirname, "..", "..", "..", "node_modules");
const UNITS = join(import.meta.dirname, "..", "..", "unit", "shell");
const SETPRIV = "/usr/bin/setpriv";
const NOBODY = [SETPRIV, "--reuid", "65534", "--regid", "65534", "--clear-groups"] as const;

/** Why the tests are not run once more as an ordinary user, which is no fault of the sandbox; undefined when they are. */
function whyNotAsNobody(): string | undefined {
  if (process.getuid?.() !== 0) return "this is an ordinary user";
  if (!existsSync(SETPRIV)) return "setpriv is not installed";
  const [file, ...args] = NOBODY;
  const reads = spawnSync(file, [...args, "test", "-r", import.meta.filename]).status === 0;
  return reads ? undefined : "an ordinary user cannot read these tests here";
}

test("all of it as an ordinary user", { skip, timeout: 600_000 }, async () => {
  const whyNot = whyNotAsNobody();
  if (whyNot !== undefined) return console.log(`  NOT ONCE MORE AS AN ORDINARY USER: ${whyNot}`);
  const [file, ...ids] = NOBODY;
  // The tests of layers follow in a long run.
  const units = LONG ? ["layer", "kept", "modes", "ground", "worktree"] : [];
  const files = [import.meta.filename, ...units.map((name) => join(UNITS, `${name}.test.ts`))];
  const args = ["--no-warnings", "--test", "--test-reporter=tap", ...files];
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, NODE_COMPILE_CACHE: ___, ...more } = process.env;
  const env = { ...more, HOME: "/nonexistent" };
  const child = spawn(file, [...ids, process.execPath, ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const status = await new Promise((resolve) => child.once("close", resolve));
  assert.deepEqual(output.match(/^ *not ok .*/gmu) ?? [], [], output.slice(-6000));
  assert.equal(status, 0, output.slice(-2000));
  assert.match(output, /as user 65534/u);
});
