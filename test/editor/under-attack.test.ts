// Attacks from outside: other processes, other extensions and their models, on a request that waits in the real editor.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { attack } from "./support/attack.ts";
import { folder, journal, newAgent, reviewInFront, until, waiting } from "./support/people.ts";

const ours = (): string[] => {
  const extension = vscode.extensions.getExtension<unknown>("agentlibos.agentlibos");
  const { contributes } = extension?.packageJSON as { contributes: { commands: { command: string }[] } };
  return contributes.commands.map(({ command }) => command);
};
/** Commands that answer, or give and take authority: none of them may find anything in what it was called with. */
const ACTS = /\.(?:allow|deny|answer|forbid|takeBack|review$|send$|giveMissing|restore|undo)/iu;

type Other = { run: (command: string, ...given: unknown[]) => Thenable<unknown> };
interface Asked {
  readonly id: string;
  readonly digest: string;
  readonly pid: number;
}

describe("a request that waits", () => {
  let other: Other;
  let asked: Asked;

  before(async () => {
    const extension = vscode.extensions.getExtension<Other>("agentlibos.test-models");
    assert.ok(extension, "the other extension is not installed");
    other = await extension.activate();
    const make = { tool: "make_directory", args: { path: "attacked" } };
    const finish = { tool: "finish", args: {} };
    const count = waiting();
    await newAgent("Be attacked", [{ calls: [make] }, { calls: [finish] }]);
    await until("a question", () => waiting() === count + 1);
    const open = journal()
      .split("\n")
      .filter((line) => line.includes('"kind":"question.open"'))
      .at(-1);
    asked = (JSON.parse(open ?? "{}") as { data: Asked }).data;
  });

  class AskRow {
    readonly id = asked.id;
    readonly pid = asked.pid;
    readonly digest = asked.digest;
  }
  const FORGED: Readonly<Record<string, () => unknown[]>> = {
    "the id": () => [asked.id],
    "the digest": () => [asked.digest],
    "a number": () => [asked.pid],
    "the id in a list": () => [[asked.id]],
    "an object with its fields": () => [{ ...asked }],
    "an object of a class of the same name": () => [new AskRow()],
    "two such objects, as if both were selected": () => [new AskRow(), [new AskRow(), new AskRow()]],
    "a copy by way of text": () => [JSON.parse(JSON.stringify(new AskRow())) as unknown],
    "a structured clone": () => [structuredClone({ ...asked })],
    "an object without a prototype": () => [Object.assign(Object.create(null) as object, asked)],
    "a handle as trees pass them": () => [
      { $treeViewId: "agentlibos.approvals", $treeItemHandle: `0/0:ask ${asked.id}` },
    ],
    "a tree item": () => [Object.assign(new vscode.TreeItem("x"), { ...asked, id: `ask ${asked.id}` })],
    "the address of its review": () => [
      vscode.Uri.from({ scheme: "agentlibos", path: `/review/${asked.id}/${asked.digest}/Request.txt` }),
    ],
    "an address of the extension": () => [
      vscode.Uri.parse(`vscode://agentlibos.agentlibos/allow?id=${asked.id}`),
    ],
    "an address as text": () => [`agentlibos:/review/${asked.id}/${asked.digest}/x`],
    "an answer beside it": () => [asked.id, { allow: true, scope: "workspace" }],
    nothing: () => [],
    null: () => [null, null],
  };

  for (const [name, make] of Object.entries(FORGED))
    it(`F, G5: another extension that calls every acting command with ${name} answers nothing`, async () => {
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      assert.equal(reviewInFront(), undefined);
      const answers = journal().split('"kind":"question.close"').length;
      const commands = ours().filter((id) => ACTS.test(id));
      assert.ok(commands.length >= 8, commands.join());
      for (const command of commands) {
        // Some ask for a target: nobody chooses one. The editor itself stops what cannot be sent.
        const ran = Promise.resolve(other.run(command, ...make())).catch(() => undefined);
        await Promise.race([ran, new Promise((next) => setTimeout(next, 60))]);
        await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
        await Promise.race([ran, new Promise((next) => setTimeout(next, 60))]);
      }
      await vscode.commands.executeCommand("workbench.action.closeAllEditors");
      assert.equal(journal().split('"kind":"question.close"').length, answers);
      assert.ok(waiting() > 0 && existsSync(join(folder, "attacked")) === false);
    });

  attack(
    "F4: a tool for other extensions’ models takes what its schema says and gives no more than what is to be read",
    {
      "a number as text": { pid: "2" },
      "no number": {},
      "a list": { pid: [2] },
      "an object": { pid: { valueOf: 2 } },
      "another key": { pid: 2, allow: true, id: "q1" },
      "a fraction": { pid: 1.5 },
      nothing: null,
    },
    async (input) => {
      const before = journal();
      for (const name of ["agentlibos_list_agents", "agentlibos_read_result"]) {
        const called = vscode.lm.invokeTool(name, { input: input as object, toolInvocationToken: undefined });
        const late = new Promise<undefined>((next) => setTimeout(() => next(undefined), 300));
        await Promise.race([Promise.resolve(called).catch(() => undefined), late]);
      }
      assert.equal(journal(), before);
    },
  );
});

/** The sockets on which a process listens: what the system says, found by the sockets it holds. */
function listeners(pid: number): string[] {
  let names: string[];
  try {
    names = readdirSync(`/proc/${pid}/fd`);
  } catch {
    return []; // it ended meanwhile
  }
  const held = new Set(
    names.flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/u.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        return [];
      }
    }),
  );
  const rows = (kind: string): string[][] =>
    (existsSync(`/proc/${pid}/net/${kind}`) ? readFileSync(`/proc/${pid}/net/${kind}`, "utf8") : "")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/u));
  const LISTEN = "0A";
  const ACCEPTS = 0x10000;
  return [
    ...["tcp", "tcp6"].flatMap((kind) =>
      rows(kind)
        .filter((row) => row[3] === LISTEN && held.has(row[9] ?? ""))
        .map((row) => `${kind} ${row[1]}`),
    ),
    ...rows("unix")
      .filter((row) => (parseInt(row[3] ?? "0", 16) & ACCEPTS) !== 0 && held.has(row[6] ?? ""))
      .map((row) => `unix ${row[7] ?? "without a name"}`),
  ];
}

/** A process and all that it started. */
function family(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .filter((name) => {
      try {
        return new RegExp(`^PPid:\\t${pid}$`, "mu").test(readFileSync(`/proc/${name}/status`, "utf8"));
      } catch {
        return false;
      }
    })
    .map(Number);
  return [pid, ...children.flatMap(family)];
}
/** What listens here beside the editor's own pipes, which are there without us. */
const heard = (): string[] =>
  family(process.pid)
    .flatMap(listeners)
    .filter((name) => !/^unix .*[\\/]vscode-(?:ipc|git)-[^\\/]*\.sock$/u.test(name));

if (process.platform === "linux")
  describe("F1: nothing can be reached from outside", () => {
    const name = join(tmpdir(), `agentlibos-heard-${process.pid}`);
    const LISTEN: Readonly<Record<string, readonly [string | number, string?]>> = {
      "a port of IPv4": [0, "127.0.0.1"],
      "a port of IPv6": [0, "::1"],
      "a named socket": [name],
      "a socket without a file": [`\0${name}`],
    };
    for (const [what, [where, host]] of Object.entries(LISTEN))
      it(`${what} would be found, also in a child`, async () => {
        const server = createServer();
        await new Promise<void>((ready) => {
          if (typeof where === "number") server.listen(where, host, ready);
          else server.listen(where, ready);
        });
        assert.equal(heard().length, 1);
        await new Promise((closed) => server.close(closed));
        const code = `require("net").createServer().listen(${JSON.stringify(where)}, ${JSON.stringify(host)}, () => console.log("on"))`;
        const child = spawn(process.execPath, ["-e", code], {
          env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
        });
        await new Promise((ready) => child.stdout.once("data", ready));
        const found = heard().length;
        const ended = new Promise((end) => child.once("exit", end));
        child.kill();
        await ended;
        assert.equal(found, 1);
      });

    for (const [what, turn] of Object.entries({
      "while an agent waits for a person": { calls: [{ tool: "make_directory", args: { path: "heard" } }] },
      "while an agent waits for words": {
        calls: [{ tool: "ask_human", args: { question: "Are you there?" } }],
      },
      "while an agent has ended": { calls: [{ tool: "finish", args: {} }] },
      "while it is a person’s turn": { text: "Your turn.", calls: [] },
    }))
      it(`${what} no process of ours listens`, async () => {
        const turns = journal().split('"op":"model.call"').length;
        await newAgent(`Be heard ${what}`, [turn]);
        await until("its turn", () => journal().split('"op":"model.call"').length > turns);
        assert.deepEqual(heard(), []);
      });
  });
