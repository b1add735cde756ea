// Random families: acts of agents and people as printable words, and how each act is performed.
import fc from "fast-check";
import { fault } from "../../src/abi/errors.ts";
import { BOXES } from "./kernel.ts";
import { answerOf, type Thinker } from "./kernel/turns.ts";

/** Processes that scripts and acts speak of; later ones have no script and end at once. */
export const PIDS = [2, 3, 4, 5, 6] as const;

export const GRANTS = [
  ...["allow:spawn:process:/children", "allow:execute:image:/boxes", "allow:sleep:clock:/sleep"],
  ...PIDS.map((pid) => `allow:wait,signal,message:process:/${pid}`),
  ...["allow:read,write:fs:/app/**", "allow:read:fs:/lent/**;uses=3"],
];

export const FAMILY = {
  ...BOXES,
  tools: [
    ...["spawn_agent", "fork_agent", "exec_image", "wait_agent", "signal_agent", "sleep", "finish"],
    ...["send_message", "receive_message", "follow_events", "ask_human", "write_box", "read_box"],
    ...["delegate_capability", "transfer_capability", "drop_capability"],
  ],
};

const pid = fc.constantFrom(...PIDS);
const any = fc.constantFrom("any", ...PIDS);
const channel = fc.constantFrom("any", "a", "b");
const seconds = fc.constantFrom("-", "0", "5", "60");
const signal = fc.constantFrom("pause", "resume", "interrupt", "terminate", "kill");
const words = (...parts: fc.Arbitrary<unknown>[]) => fc.tuple(...parts).map((all) => all.join(" "));
const word = (text: string) => fc.constant(text);

/** One call of a turn in words, for example `receive a from 3 for 5`. */
const call = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom("spawn", "spawn", "spawn poor", "fork") },
  { weight: 1, arbitrary: word("exec") },
  { weight: 6, arbitrary: words(word("send"), pid, fc.constantFrom("a", "b", "a urgent", "b reply")) },
  { weight: 6, arbitrary: words(word("receive"), channel, word("from"), any, word("for"), seconds) },
  { weight: 4, arbitrary: words(word("wait"), any, word("for"), seconds) },
  { weight: 2, arbitrary: words(word("sleep"), fc.constantFrom(1, 5, 60)) },
  { weight: 2, arbitrary: words(word("signal"), pid, signal) },
  { weight: 1, arbitrary: words(word("follow"), word("for"), seconds) },
  { weight: 1, arbitrary: words(fc.constantFrom("lend", "give"), pid, fc.nat(30)) },
  { weight: 1, arbitrary: words(word("drop"), fc.nat(40)) },
  { weight: 2, arbitrary: fc.constantFrom("ask", "write", "read") },
  { weight: 1, arbitrary: fc.constantFrom("finish", "fail") },
);

const script = fc.array(fc.array(call, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 });

/** The turns of each process, by pid from 2 on. Most families grow before anything else happens in them. */
export const scripts = fc
  .tuple(
    fc.constantFrom("spawn spawn", "spawn fork", "fork spawn spawn", "spawn", ""),
    fc.boolean(),
    fc.tuple(script, script, script, script, script),
  )
  .map(([first, deep, [root, child, ...rest]]) => [
    first === "" ? root : [first.split(" "), ...root],
    deep ? [["spawn"], ...child] : child,
    ...rest,
  ]);

/** What people and the world do meanwhile. */
export const act = fc.oneof(
  { weight: 5, arbitrary: words(signal, pid) },
  { weight: 2, arbitrary: fc.constantFrom("pause all", "resume all") },
  { weight: 5, arbitrary: words(fc.constantFrom("allow", "allow", "deny"), fc.nat(3)) },
  { weight: 1, arbitrary: words(word("revoke"), fc.integer({ min: 1, max: 40 })) },
  { weight: 2, arbitrary: words(word("say"), pid) },
  { weight: 1, arbitrary: words(word("raise"), pid) },
  { weight: 3, arbitrary: words(word("crash"), fc.constantFrom(0, 0, 1, 2, 5, 20)) },
  { weight: 1, arbitrary: word("stop") },
  { weight: 3, arbitrary: words(word("advance"), fc.constantFrom(1, 5, 60, 4000)) },
  { weight: 6, arbitrary: words(word("tick"), fc.nat(6)) },
);

/** What a root agent may spend. */
export const budget = fc.constantFrom(
  ...[{}, {}, {}, { toolCalls: 6 }, { modelCalls: 5 }, { tokens: 4000 }, { microdollars: 6000 }],
);

export const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A call in words as the tool call it stands for. `at` is the call's id, so that no two say the same. */
export function toolCall(text: string, at: string): readonly [tool: string, args: object] {
  const [verb, who = "", what = ""] = text.split(" ");
  const number = Number(who);
  const amount = text.split(" for ")[1];
  const wait = amount === undefined || amount === "-" ? {} : { seconds: Number(amount) };
  const of = who === "any" ? {} : { pid: number };
  switch (verb) {
    case "spawn":
      return [
        "spawn_agent",
        { goal: at, grants: GRANTS.slice(0, -1), ...(who === "poor" ? { budget: { toolCalls: 2 } } : {}) },
      ];
    case "fork":
      return ["fork_agent", { goal: at, grants: GRANTS.slice(0, -1) }];
    case "exec":
      return ["exec_image", { image: "boxes", goal: at }];
    case "send": {
      const way = { urgent: text.includes("urgent"), reply: text.includes("reply") };
      return ["send_message", { pid: number, message: at, channel: what, ...way }];
    }
    case "receive": {
      const from = /from (\d)/u.exec(text)?.[1];
      const filter = who === "any" ? {} : { channel: who };
      return [
        "receive_message",
        { ...filter, ...(from === undefined ? {} : { from: Number(from) }), ...wait },
      ];
    }
    case "wait":
      return ["wait_agent", { ...of, ...wait }];
    case "sleep":
      return ["sleep", { seconds: number }];
    case "signal":
      return ["signal_agent", { pid: number, signal: what, reason: at }];
    case "follow":
      return ["follow_events", { after: 0, kinds: ["process.exit"], ...wait }];
    case "lend":
      return ["delegate_capability", { pid: number, grants: ["allow:read:fs:/lent/**;uses=1"] }];
    case "give":
      return ["transfer_capability", { pid: number, id: `cap${what}` }];
    case "drop":
      return ["drop_capability", { id: `cap${who}` }];
    case "ask":
      return ["ask_human", { question: at }];
    case "write":
      return ["write_box", { at: `fs:/app/${at}`, content: at }];
    case "read":
      return ["read_box", { at: `fs:/app/${at}` }];
    default:
      return ["finish", { result: at, failed: verb === "fail" }];
  }
}

/** A model that says what the scripts say, after some ticks; every ninth answer fails, and one that is stopped stops. */
export function thinker(
  all: readonly (readonly (readonly string[])[])[],
  delays: readonly number[],
): Thinker {
  let n = 0;
  return async ({ pid, turn }, signal) => {
    const delay = delays[n++ % delays.length] ?? 0;
    for (let i = 0; i < delay; i++) {
      await tick();
      if (signal.aborted) return fault("EINTR", "stopped");
    }
    if (n % 9 === 8) return fault(n % 2 === 0 ? "EIO" : "EUNAVAILABLE", "no answer", "");
    const said = all[pid - 2]?.[turn];
    return answerOf(said === undefined ? "" : said.map((text, i) => toolCall(text, `${pid}.${turn}.${i}`)));
  };
}
