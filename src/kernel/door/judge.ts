// Judging: decides a call by what is known of it, and single entries of a call that acts on many.
import type { CallAsk, OpenAsk } from "../../abi/question.ts";
import { fault, type Fault } from "../../abi/errors.ts";
import { CLASS } from "../../abi/kind.ts";
import type { DecisionWord, RecordKind } from "../../abi/record.ts";
import type { Need } from "../../abi/resource.ts";
import type { Authority } from "../authority/authority.ts";
import type { Verdict } from "../authority/decide.ts";
import { kernelReason } from "../authority/reasons.ts";
import { decideBy } from "../authority/verdict.ts";
import type { Call } from "../call.ts";
import { canonical, listenToProcess, nowOf, type Core } from "../core.ts";
import type { Now } from "../authority/capabilities.ts";
import type { Prepared } from "../operation.ts";
import { LOOP, countRepetition } from "../processes/budget.ts";
import { bindersOf } from "../state/account.ts";
import { questionsOf } from "../state/rows.ts";
import { mint, type Grant } from "../witness.ts";

/** The fault of a call whose authority ended before its effect. */
export const REVOKED = fault("EACCES", "The authority for it was revoked meanwhile.", "Ask again if needed.");

/**
 * Decides a call by what is known of it. Uses that an earlier begin of this very call spent count as held. A call that
 * keeps giving the same result is asked for, and in the end refused, whatever is held. The verdict is
 * kept while the call, the state and the time are the same.
 */
export function judgeCall(core: Core, call: Call): Verdict {
  const at = nowOf(core, core.state.open.get(call.id)?.spends);
  const { needs, digest, judged } = call;
  const { seq } = core.state;
  const same = judged?.needs === needs && judged.digest === digest;
  if (same && judged.seq === seq && judged.now === at.now) return judged.verdict;
  const verdict = judgeAnew(core, call, at);
  call.judged = { verdict, needs, digest, seq, now: at.now };
  return verdict;
}

function judgeAnew(core: Core, call: Call, at: Now): Verdict {
  const { needs, authority, digest, asks } = call;
  // A call that another call made is repeated by that one alone.
  const uncounted = call.maker !== undefined || call.op?.waits === true;
  const times = digest === undefined || uncounted ? 1 : countRepetition(call.process, digest);
  const extra = asks.map((ask) => askOf(call, ask));
  if (times >= LOOP.ask) for (const ask of loopAsks(needs)) extra.push(ask);
  const asked =
    digest === undefined ? { needs, authority, at, extra } : { needs, authority, at, digest, extra };
  const verdict = decideBy(core.state, asked);
  if (verdict.kind === "deny" || times < LOOP.refuse || call.begun) return verdict;
  const why = "the same call gave the same result again and again";
  const hint = "Do something else, or ask a person.";
  return { kind: "deny", why, fault: fault("EACCES", `Refused: ${why}.`, hint) };
}

/** An ask of the call itself, on the need of the call that it names. */
function askOf({ needs, name }: Call, { id, need: of, ...rest }: CallAsk): OpenAsk {
  const need = needs.find((n) => n.right === of.right && n.resource === of.resource);
  if (need === undefined)
    throw new Error(`${name} asks for ${of.right} on ${of.resource}, which it does not need`);
  return { key: `call:${id}`, need, ...rest };
}

/** The ask of a call that repeats itself. One that needs nothing has nothing to ask for; it is refused in the end. */
function loopAsks(needs: readonly Need[]): OpenAsk[] {
  const reason = kernelReason("loop");
  return needs
    .slice(0, 1)
    .map((need) => ({ key: `${CLASS}loop`, need, ...reason, once: true, secret: false }));
}

/** Decides single entries of a recursive read under an authority. Nothing is spent on entries; a count allows only names. */
export function entriesOf(core: Core, authority: Authority): (need: Need, named?: boolean) => boolean {
  let at: Now | undefined; // most calls have no entries
  const { state } = core;
  const binders = bindersOf(state, authority.holder);
  return (need, named = false) => {
    at ??= nowOf(core);
    const asked = { needs: [need], authority, binders, at, met: true, uncounted: !named };
    return decideBy(state, asked).kind === "allow";
  };
}

/** Runs a read of the world under a look-only grant that expires when the read returns. */
export async function withLookGrant<T>(
  core: Core,
  call: Call,
  look: (grant: Grant) => Promise<T>,
): Promise<T> {
  const { id, authority, needs } = call;
  const entry = entriesOf(core, authority);
  const grant = mint.grant({ mode: "look", call: id, authority, needs, entry });
  try {
    return await look(grant);
  } finally {
    grant.expire();
  }
}

/** The kinds of records that may take a capability away, or suspend it. */
const TAKING: readonly RecordKind[] = ["capability.revoke", "capability.move", "root.remove"];

/** Aborts a waiting call once a revoke or a rule takes its authority. Returns a function that stops watching. */
export function watchAuthority(core: Core, call: Call): () => void {
  const isLive = (id: string): boolean => {
    const held = core.state.capabilities.get(id);
    return held !== undefined && core.state.capabilities.live(held, nowOf(core));
  };
  return listenToProcess(core, call.pid, ({ kind }) => {
    // Many calls may wait, and most revokes concern no capability that this call uses.
    const taken = TAKING.includes(kind) && !call.by.every(isLive);
    const ruled = kind === "policy.set" || kind === "capability.mint";
    if ((taken || ruled) && judgeCall(core, call).kind !== "allow") call.stop(REVOKED);
  });
}

/** The lexical needs and those of the real names, each once. Gives `needs` itself when nothing is added. */
export function joinNeeds(needs: readonly Need[], more: readonly Need[]): readonly Need[] {
  if (more.length === 0) return needs;
  const seen = new Set(needs.map((n) => `${n.right} ${n.resource}`));
  const added = more.filter((n) => !seen.has(`${n.right} ${n.resource}`));
  return added.length === 0 ? needs : [...needs, ...added];
}

/** Binds an approval to a call: its operation, content, lexical and real names, and prestate, in any spelling. */
export function digestOf(core: Core, call: Call, prepared: Prepared | undefined): string {
  return core.digests.sha256(canonical([call.name, call.content, call.needs, prepared?.prestate ?? null]));
}

/** Tells a wish from any other, whoever of a family has it: its operation, content and real names. */
export function wishDigest(core: Core, { name, content, real }: Call): string {
  const needs = real.map(({ right, resource }) => `${right} ${resource}`).sort();
  return core.digests.sha256(canonical([name, content, needs]));
}

/** The decision of a call that nobody is asked about now: begun before, approved before a reload, or allowed. */
export function decisionOf(core: Core, call: Call): DecisionWord {
  const approved = questionsOf(core.state, call.pid, call.id).some(
    (a) => a.outcome === "allowed" && a.question.digest === call.digest,
  );
  return core.state.open.get(call.id)?.decision ?? (approved ? "approved" : "allow");
}

/** The decision of a call that ended before it was asked about; a path that leads out of the roots is a denial. */
export function decisionBeforeAsk(verdict: Verdict, why: Fault): DecisionWord {
  if (why.code === "EACCES") return "deny";
  return verdict.kind === "allow" ? "allow" : "none";
}
