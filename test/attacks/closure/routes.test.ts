// A hostile process with random grants tries every operation on everything by every route: it reaches the closure of its grants.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import { parseGrants } from "../../../src/abi/capability.ts";
import { isFault, type Result } from "../../../src/abi/errors.ts";
import { mint } from "../../../src/kernel/witness.ts";
import { code, type TestKernel } from "../../support/kernel.ts";
import { folded, plainState } from "../../support/plain.ts";
import { share } from "../../support/runs.ts";
import { cases, EXAMPLES, OBJECT, type Case } from "./cases.ts";
import { expected } from "./expected.ts";
import { Mirror, type Agent } from "./mirror.ts";
import { HOUR } from "./world.ts";
import { textOf } from "./oracle.ts";
import { ALL, close, listen, NEST, crash, open, reset, restore, same } from "./workspace.ts";
import { RECEIVE, TELL } from "./tries/family.ts";
import { PLANTED } from "./tries/objects.ts";
import { TRIES } from "./tries.ts";
import { DEPUTY, listsOf, REGISTERED, ROUTES, texts, type Make, type Route, type Try } from "./try.ts";

after(close);

let made = 0;

/** Makes a try by its route: of the loop, or of calls of calls, each narrowed to the next list. */
async function enter(k: TestKernel, me: Agent, t: Try, route: Route): Promise<Result<unknown>> {
  const loop = mint.caller(me.pid);
  if (route === "loop") return k.kernel.syscall(loop, t.op, t.args);
  const left = [...route];
  let result: Result<unknown> | undefined;
  const nest = (): object => ({ calls: [{ op: `call ${made++}` }] });
  NEST.body = async (on) => {
    const list = left.shift() ?? "all";
    const listed = list === "all" ? [] : parseGrants(texts(list), k.kernel.state.kinds);
    const as = list === "all" || isFault(listed) ? undefined : on.narrow(listed);
    assert.ok(!isFault(as) && !isFault(listed));
    if (left.length > 0) return on.sub("nest.run", nest(), as);
    result = await on.sub(t.op, t.args, as);
    return null;
  };
  await k.kernel.syscall(loop, "nest.run", nest());
  assert.ok(result);
  return result;
}

/** Tells the mirror what the kernel calls what was minted from number `from` on. */
function number(k: TestKernel, m: Mirror, from: number): void {
  const fresh: { id: string; holder: number; text: string }[] = [];
  for (let n = from; n < k.kernel.state.nextCapability; n++) {
    const cap = k.kernel.state.capabilities.get(`cap${n}`)?.cap;
    const until = cap?.until === undefined ? undefined : Date.parse(cap.until);
    if (cap !== undefined) fresh.push({ id: cap.id, holder: cap.holder, text: textOf({ ...cap, until }) });
  }
  m.number(fresh);
}

/** The operations of the fake world and of the nest. */
const FAKE = /^(?:box\.(?:read|write|delete|send)|nest\..*)$/u;
const WORDS = /\b(?:word|own-of|put-by|said-by|result-of)-[a-z0-9-]+/gu;
const seen = new Map<string, Map<string, number>>();
/** All that was shown to somebody. */
const told = new Set<string>();

async function attempt(
  k: TestKernel,
  m: Mirror,
  me: Agent,
  make: Make,
  done: Map<string, number>,
  route: Route,
): Promise<void> {
  m.within = listsOf(route);
  const t = make(m, me);
  // The third time the same call with the same result would be asked for, which is another matter.
  const key = JSON.stringify([me.pid, t.op, t.args]);
  done.set(key, (done.get(key) ?? 0) + 1);
  if ((done.get(key) ?? 0) > 2) return;
  const before = k.kernel.state.nextCapability;
  const did = expected(m, me, t, route);
  m.within = [];
  const result = await enter(k, me, t, route);
  const says = `process ${me.pid} by ${JSON.stringify(route)}: ${t.op} ${JSON.stringify(t.args)}`;
  assert.equal(code(result), did.code, `${says}: ${JSON.stringify(result)}`);
  const text = JSON.stringify(result);
  const { shows = [], only = WORDS } = did;
  for (const word of shows) told.add(word);
  for (const word of shows) assert.ok(text.includes(word), `${says} does not show ${word}: ${text}`);
  for (const [word] of text.matchAll(only))
    assert.ok(
      shows.some((s) => s.includes(word)),
      `${says} shows ${word}: ${text}`,
    );
  number(k, m, before);
  m.checkpoint = [...k.kernel.state.checkpoints.values()].at(-1);
  // Lids end a moment after their process.
  if (k.kernel.state.handles.size > 0) await k.settle();
  same(k, m, says);
  assert.equal(k.open.length, 0);
  const name = t.op.startsWith("box/") ? REGISTERED : t.op;
  const counts = seen.get(name) ?? new Map<string, number>();
  seen.set(name, counts);
  counts.set(did.code, (counts.get(did.code) ?? 0) + 1);
  restore(m);
}

/** One who may make objects anywhere. */
const KEEPER = 6;

async function play({ says, rules, attacker, deputy, steps, sweep, fourth, route }: Case): Promise<void> {
  const m = new Mirror(rules, says);
  reset();
  let k = await open(says, rules, m);
  const keeper = { effect: "allow", rights: [...OBJECT], resource: "object:/**" } as const;
  for (const list of [attacker, deputy, [], [], [keeper]]) {
    const before = k.kernel.state.nextCapability;
    const pid = k.launch(
      list.map((s) => textOf(s)),
      { image: ALL },
    );
    assert.equal(m.launch(list), pid);
    number(k, m, before);
  }
  const done = new Map<string, number>();
  const acts = async (pid: number, make: Make | undefined, by = 0): Promise<void> => {
    const me = m.living(pid);
    if (me !== undefined && !me.paused && make !== undefined)
      await attempt(k, m, me, make, done, ROUTES[by] ?? "loop");
  };
  for (const make of PLANTED) await acts(KEEPER, make);
  const pick = (n: number): number => {
    const living = [...m.agents.keys()].filter((pid) => m.living(pid) !== undefined);
    // Mostly the attacker and its family, now and then anybody.
    return (n < 3 ? living[0] : n < 6 ? living.at(-1) : living[n % living.length]) ?? 0;
  };
  for (const each of steps) {
    if (each.what === "try") await acts(pick(each.who), TRIES[each.which], each.route);
    if (each.what === "order") {
      await acts(pick(each.who), TELL);
      if ((m.living(DEPUTY)?.mail.length ?? 0) > 0)
        for (const make of [RECEIVE, TRIES[each.which]]) await acts(DEPUTY, make);
    }
    if (each.what === "hour") k.clock.advance((m.now += HOUR) - k.clock.now());
    if (each.what === "kill") {
      k.kernel.signal(k.person, each.who, "kill", "test");
      if (m.living(each.who) !== undefined) m.kill(each.who);
      await k.settle();
    }
    if (each.what === "revoke") {
      const fact = m.facts[each.which % m.facts.length];
      k.kernel.revoke(k.person, m.idOf(fact), "test");
      if (fact !== undefined) fact.gone = true;
    }
    if (each.what === "reload") {
      k = await crash(k);
      m.reload();
      listen(k, says);
    }
    same(k, m, JSON.stringify(each));
  }
  const sweeper = pick(sweep);
  for (let i = fourth; i < TRIES.length; i += 4) await acts(sweeper, TRIES[i], route);
  assert.deepEqual(plainState(folded(k.records, k.kernel.state.kinds)), plainState(k.kernel.state));
  await k.kernel.stop();
}

const seed = Number(process.env["ATTACK_SEED"] ?? Date.now() % 1_000_000_000);
/** How many random cases are played behind the examples. */
const RUNS = Number(process.env["ATTACK_RUNS"] ?? share(1000));

test(`by every route exactly the closure of the grants is reached (ATTACK_SEED=${seed})`, async (t) => {
  await fc.assert(fc.asyncProperty(cases, play), {
    ...{ numRuns: EXAMPLES.length + RUNS, seed, endOnFailure: process.env["PLANTED"] !== undefined },
    examples: EXAMPLES.map((example): [Case] => [example]),
  });
  for (const [op, counts] of seen) t.diagnostic(`${op}: ${JSON.stringify([...counts])}`);
  const k = await open("no", [], new Mirror([], "no"));
  const names = [...k.core.operations.keys()].filter((name) => !FAKE.test(name));
  names.push(REGISTERED);
  assert.deepEqual([...seen.keys()].sort(), names.sort(), "every operation is tried");
  // Nobody here has a command in the background or a worktree, and no file went back: they are tried beside their primitives.
  const absent = [
    "shell.read",
    "shell.stop",
    "checkpoint.undo",
    "checkpoint.finish",
    "checkpoint.branch",
    "checkpoint.commit",
    "git.merge",
    "git.discard",
  ];
  const never = names.filter((name) => !seen.get(name)?.has("ok") && !absent.includes(name));
  assert.deepEqual(never, [], "every operation is let through to somebody");
  assert.ok(told.has("word-weeds-app-tools"), "an added folder is read by whoever holds grants on all");
});
