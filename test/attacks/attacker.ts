// The attacker: an agent of the real kernel over a scratch folder makes scripted calls, and each outcome is reported.
import type { PolicyRule } from "../../src/abi/policy.ts";
import assert from "node:assert/strict";
import { parseGrants } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import type { Budget } from "../../src/abi/image.ts";
import type { ModelAnswer, ModelRequest } from "../../src/abi/model.ts";
import type { AnyRecord, RootFolder } from "../../src/abi/record.ts";
import { IMAGES } from "../harness/images.ts";
import { boot, verifyRecord, type Booted } from "../../src/boot.ts";
import { scriptedModel } from "../../src/host/node/models/scripted.ts";
import { mint } from "../../src/kernel/witness.ts";
import { callsOf } from "../../src/views/record/calls.ts";
import type { ModelBackend } from "../../src/primitives/model.ts";
import type { Scratch } from "./scratch.ts";
import { kinds } from "../harness/kinds.ts";

export interface Order {
  readonly tool: string;
  readonly args: Record<string, unknown>;
}

export interface Came {
  readonly tool: string;
  readonly args: unknown;
  readonly decision: string;
  readonly outcome: string;
  readonly code: string;
  readonly message: string;
  /** The very text that the model was shown as the result. */
  readonly shown: string;
}

export interface Play {
  readonly grants: readonly string[];
  readonly policy?: readonly PolicyRule[];
  readonly roots?: readonly RootFolder[];
  readonly answer?: "no" | "once" | "agent" | "workspace" | "open";
  readonly budget?: Budget;
  readonly secrets?: readonly string[];
  /** Answers in the place of the script: for calls that are made of what the model was shown. */
  readonly model?: (request: ModelRequest) => ModelAnswer;
}

interface Scripted {
  readonly turns: readonly { text?: string; calls?: readonly Order[] }[];
  readonly children?: readonly Scripted[];
}

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];

export class Attacker {
  readonly scratch: Scratch;
  readonly on: Booted;
  /** All that any model was ever shown. */
  readonly eyes = new Map<string, string>();
  readonly roots: readonly RootFolder[];
  /** Called before each model call, with the turn it is for. */
  between: (pid: number, turn: number) => void = () => undefined;

  private constructor(scratch: Scratch, on: Booted, roots: readonly RootFolder[]) {
    this.scratch = scratch;
    this.on = on;
    this.roots = roots;
  }

  static async open(scratch: Scratch, play: Play, mode: "create" | "write" = "create"): Promise<Attacker> {
    const roots = [{ name: "app", path: scratch.app }, ...(play.roots ?? [])];
    const held: { attacker?: Attacker } = {};
    const models: ModelBackend = {
      complete(request, _grant, signal, onText) {
        held.attacker?.between(request.pid, request.turn);
        for (const message of request.messages)
          if (message.role === "tool")
            held.attacker?.eyes.set(`${request.pid}.${message.callId}`, message.content);
        const { model } = play;
        if (model !== undefined) return Promise.resolve(model(request));
        return scriptedModel.complete(request, signal, onText);
      },
      window: () => 10_000_000,
      answerMax: () => 0,
      cost: () => undefined,
    };
    const { policy = [], secrets = [] } = play;
    const where = { root: scratch.app, roots, home: scratch.home, host: "attacks", mode };
    const on = await boot({ ...where, policy, models, secrets, remembers: true });
    assert.equal(on.opened.standing.kind, "obeyed");
    const attacker = new Attacker(scratch, on, roots);
    held.attacker = attacker;
    on.kernel.onRecord((record) => {
      attacker.#hear(record, play.answer ?? "no");
    });
    return attacker;
  }

  #hear(record: AnyRecord, answer: NonNullable<Play["answer"]>): void {
    if (record.kind !== "question.open" || answer === "open") return;
    const scope = answer === "no" ? "once" : answer;
    const given = this.on.kernel.answer(this.on.person, record.data.id, { allow: answer !== "no", scope });
    if (isFault(given))
      this.on.kernel.answer(this.on.person, record.data.id, { allow: false, scope: "once" });
  }

  /** Starts an agent with a script; interactive, so that it is still there when its turns are over. */
  launch(script: Scripted, grants: readonly string[], budget: Budget = {}): number {
    const listed = parseGrants(grants, kinds);
    assert.ok(!isFault(listed), JSON.stringify(listed));
    const image = IMAGES.get("coding");
    assert.ok(image);
    const { kernel, talk, person } = this.on;
    talk.scripts.set(kernel.state.nextPid, script);
    const launched = kernel.launch(person, {
      ...{ image, goal: "attack", model: "scripted/script", grants: listed, budget },
      cwd: "fs:/app",
      launch: { interactive: true, script },
    });
    assert.ok(launched.ok, JSON.stringify(launched));
    return launched.value.pid;
  }

  /** Makes the calls, by itself or in a child that gets the same allows, and says what came of each, in order. */
  async calls(
    orders: readonly Order[],
    play: Play,
    how: { child?: boolean; slowly?: boolean } = {},
  ): Promise<Came[]> {
    const byTool = orders.filter((o) => o.tool !== "stat").map(({ tool, args }) => ({ tool, args }));
    const size = how.slowly === true ? 1 : 40;
    const turns: { calls: readonly Order[] }[] = [];
    for (let at = 0; at < byTool.length; at += size) turns.push({ calls: byTool.slice(at, at + size) });
    const script: Scripted = { turns: [...turns, { text: "done" }] };
    const { budget = {}, grants } = play;
    let pid: number;
    if (how.child === true) {
      // Only the allows are listed: the asks and denies that bind the parent must come along by themselves.
      const listed = grants.filter((cap) => cap.startsWith("allow:"));
      const room = { toolCalls: 1e6, modelCalls: 1e6, tokens: 1e12 };
      const spawn = { tool: "spawn_agent", args: { goal: "attack", grants: listed, budget: room } };
      const wait = { tool: "wait_agent", args: { pid: "${0.0.pid}" } };
      const parent = { turns: [{ calls: [spawn] }, { calls: [wait] }, { text: "done" }], children: [script] };
      const above = this.launch(parent, [...grants, ...FAMILY], budget);
      await this.on.kernel.rest();
      const born = this.on.kernel.state.processes.get(above)?.children[0];
      assert.ok(born !== undefined, "the child was not started");
      pid = born;
    } else {
      pid = this.launch(script, grants, budget);
      await this.on.kernel.rest();
    }
    const stats = new Map<Order, Came>();
    if (how.child !== true)
      for (const order of orders.filter((o) => o.tool === "stat"))
        stats.set(order, await this.stat(pid, order));
    const tools = this.came(pid).map((came, i) => {
      const shown = this.eyes.get(`${pid}.call_${Math.floor(i / size)}_${i % size}`);
      return { ...came, shown: shown ?? "" };
    });
    return orders
      .filter((o) => how.child !== true || o.tool !== "stat")
      .map((order) => {
        const found = stats.get(order) ?? tools.shift();
        assert.ok(found, `no such call: ${JSON.stringify(order)}`);
        return found;
      });
  }

  /** What came of the calls of a process that came from its model, in the order in which they were listed. */
  came(pid: number): Came[] {
    return callsOf(this.on.records())
      .map((row) => row.json)
      .filter((call) => call.pid === pid && call.tool !== undefined)
      .map(({ tool = "", args, decision, outcome, error }) => {
        const code = error?.code ?? (outcome === "ok" ? "ok" : outcome);
        return { tool, args, decision, outcome, code, message: error?.message ?? "", shown: "" };
      });
  }

  /** `fs.stat` has no tool yet, so it is called through the door as a loop would. */
  async stat(pid: number, order: Order): Promise<Came> {
    const before = this.on.records().length;
    const result = await this.on.kernel.syscall(mint.caller(pid), "fs.stat", order.args);
    if (!isFault(result)) this.eyes.set(`stat ${this.eyes.size}`, JSON.stringify(result.value));
    const last = callsOf(this.on.records().slice(before)).findLast(
      (row) => row.json.pid === pid && row.json.syscall === "fs.stat",
    );
    const [code, message] = isFault(result) ? [result.code, result.message] : ["ok", ""];
    const { decision = "", outcome = "" } = last?.json ?? {};
    return { tool: "stat", args: order.args, decision, outcome, code, message, shown: "" };
  }

  /** Goes away in good order and has the record judged from its files. */
  async close(): Promise<void> {
    await this.on.close();
    const { app, home } = this.scratch;
    const verdict = await verifyRecord({ root: app, roots: this.roots, home });
    assert.ok(verdict.ok, verdict.text.join("\n"));
  }
}
