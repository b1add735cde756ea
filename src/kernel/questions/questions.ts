// Questions: puts the question of a call to a person and waits, and mints what an answer grants.
import { answerSchema, type Answer, type OpenAsk, type Question } from "../../abi/question.ts";
import { printCap, type Capability, type Listed } from "../../abi/capability.ts";
import { fault, isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import type { AnyRecord, RecordKind } from "../../abi/record.ts";
import { covers, isAbout, type Need } from "../../abi/resource.ts";
import { commit, nowOf, until, type Core } from "../core.ts";
import { closeQuestion, deadlineOf, expireQuestion, isOverdue, watchDeadline } from "./deadlines.ts";
import { capOf } from "../authority/decide.ts";
import { kernelReason } from "../authority/reasons.ts";
import type { Call } from "../call.ts";
import type { AnswerGrant } from "./grants.ts";
import { grantsOf, questionStop } from "./kinds.ts";
import { bindersOf, familyRoot } from "../state/account.ts";
import { placeOfChange } from "../state/call-id.ts";
import { INIT, questionsOf, type AskedQuestion } from "../state/rows.ts";
import { isPerson, type Person } from "../witness.ts";

/** The abort reason of an orderly shutdown: waiting calls write no end and resume later. */
export const SHUTDOWN = "shutdown";

/** The content of a question. `seconds` is how long the asker waits for an answer at most. */
export type Asking = Omit<Question, "id" | "pid" | "call" | "deadline" | "stop"> & {
  readonly seconds?: number;
};

/**
 * Opens a question for a call and waits until it is closed. A question for the same call and digest, open or answered,
 * is used again; so waiting survives a reload. One for another digest is withdrawn. `shown` is the preview a person
 * sees; the record may have to keep less. When `moot` returns true, it stops waiting and withdraws the question.
 */
export async function askQuestion(
  core: Core,
  call: Call,
  { seconds, ...asking }: Asking,
  shown = asking.preview,
  moot = (): boolean => false,
): Promise<AskedQuestion | undefined> {
  const earlier = questionsOf(core.state, call.pid, call.id);
  let asked = earlier.find((a) => a.question.digest === asking.digest && a.outcome !== "cancelled");
  for (const stale of earlier)
    if (stale !== asked && stale.outcome === undefined) withdrawQuestion(core, stale.question);
  if (asked === undefined) {
    const id = `q${core.state.nextQuestion}`;
    const deadline = deadlineOf(core, call.pid, seconds);
    const within = deadline === undefined ? {} : { deadline };
    commit(
      core,
      "question.open",
      { ...asking, ...stopFor(core, asking.kind), ...within, id, pid: call.pid, call: call.id },
      { pid: call.pid, call: call.id },
    );
    asked = core.state.questions.get(id);
  }
  if (asked === undefined) return undefined;
  const { question } = asked;
  if (asked.outcome === undefined) watchDeadline(core, question);
  call.waits = questionStop(question);
  call.preview = shown;
  core.idle();
  // Many calls may wait at once, and only a record that takes authority away can make a question moot.
  const over = (record?: AnyRecord): boolean =>
    asked.outcome !== undefined || ((record === undefined || takesAuthority(record)) && moot());
  await until(core, call.pid, over, call.signal, undefined, question.deadline !== undefined);
  call.waits = undefined;
  call.preview = undefined;
  if (asked.outcome === undefined && call.signal.reason !== SHUTDOWN) withdrawQuestion(core, question);
  return asked;
}

/** The stop that the record needs of a kind that only a primitive knows. A kind that nobody knows is a bug. */
function stopFor({ questionKinds }: Core, name: string): Pick<Question, "stop"> {
  const kind = questionKinds.get(name);
  if (kind === undefined) throw new Error(`there is no kind of question "${name}"`);
  return kind.shown === undefined ? {} : { stop: kind.stop };
}

/** The most requests of one family that wait for a person at once; the writes of one turn, or of one call, count as one. */
export const MAX_WAITING = 32;

/**
 * Why a call may not ask: its wish was refused to its family and no person has spoken to any of it since. Too many
 * of its family may also wait already. A question that is open or answered already is not asked again.
 */
export function faultBeforeAsking(core: Core, call: Call, wish?: string): Fault | undefined {
  const { state } = core;
  if (questionsOf(state, call.pid, call.id).length > 0) return undefined;
  const root = familyRoot(state, call.pid);
  // Records without wishes name the very call that was refused, and its process holds that.
  const same = call.digest !== undefined && call.process.refused?.has(call.digest) === true;
  if (same || (wish !== undefined && root?.refused?.has(wish) === true))
    return fault("ECANCELED", "Exactly this was refused before.", "Find another way or finish.");
  const place = placeInQueue(core, call.name, call.id, call.pid);
  const waiting = new Set<string>();
  // The newest ones come first, because the requests of one place are made one after the other.
  for (const { question, outcome } of [...state.questions.values()].reverse()) {
    if (outcome !== undefined || question.call === undefined) continue;
    if (familyRoot(state, question.pid) !== root) continue;
    const other = placeInQueue(core, question.op, question.call, question.pid);
    if (other === place) return undefined;
    waiting.add(other);
  }
  if (waiting.size < MAX_WAITING) return undefined;
  const why = `${waiting.size} requests of this family wait for a person already.`;
  return fault("EBUSY", why, "Wait for an answer before you ask for more.");
}

/** Writes of one place are answered together, as one change set; each other call stands alone. */
function placeInQueue(core: Core, op: string, call: string, pid: number): string {
  return core.operations.find(op, pid)?.effect === "write" ? (placeOfChange(call) ?? call) : call;
}

const TAKING: ReadonlySet<RecordKind> = new Set([
  "capability.move",
  "capability.revoke",
  "policy.set",
  "root.add",
  "root.remove",
]);

/** True for a record after which something may be denied. To mint an allow or an ask denies nothing. */
function takesAuthority(record: AnyRecord): boolean {
  return record.kind === "capability.mint"
    ? record.data.capability.effect === "deny"
    : TAKING.has(record.kind);
}

/** Withdraws an open question; nobody can answer it any more. */
export function withdrawQuestion(core: Core, question: Question): void {
  closeQuestion(core, question.pid, { id: question.id, outcome: "cancelled", by: "kernel" });
}

/**
 * Mints one capability and takes `takes` uses from its parent. An allow or ask in a workspace folder is bound to its
 * present place; if there is no such folder, it is never live. A deny holds wherever the name leads.
 */
export function mintCapability(core: Core, fields: Omit<Capability, "id">, takes?: number): string {
  const id = `cap${core.state.nextCapability}`;
  const folder = core.state.kinds.folderOf(fields.resource);
  const bound = folder !== undefined && fields.effect !== "deny";
  const place = bound ? (nowOf(core).placeOf(folder) ?? "") : undefined;
  const capability = { ...fields, id, ...(place === undefined ? {} : { place }) };
  commit(
    core,
    "capability.mint",
    { capability, ...(takes === undefined ? {} : { takes }) },
    { pid: fields.holder },
  );
  return id;
}

/**
 * Answers a question, once. The witness proves a person or the command line's rule. The rule may never allow once-only
 * or secret things, and never answers in place of a person. ESTALE when the question was closed or its time is over.
 */
export function answerQuestion(
  core: Core,
  who: Person,
  id: string,
  given: Answer,
): Result<{ minted: string[] }> {
  if (!isPerson(who))
    return fault("EACCES", "Only a person can answer.", "Answer from the approvals view or the terminal.");
  if (core.sealed !== undefined) return core.sealed;
  if (!answerSchema.safeParse(given).success)
    return fault("EINVAL", "This is not an answer.", "Say allow or deny, and for how long.");
  const asked = core.state.questions.get(id);
  if (asked === undefined || asked.outcome !== undefined)
    return fault("ESTALE", "This was already answered.", "Nothing was changed.");
  const { question } = asked;
  if (isOverdue(core, question)) {
    expireQuestion(core, question);
    return fault("ESTALE", "The time to answer this is over.", "Nothing was changed.");
  }
  const kind = core.questionKinds.get(question.kind);
  if (kind === undefined && given.allow)
    return fault("EINVAL", "Nothing here knows this kind of question.", "It can only be denied.");
  const strict = question.asks.some((a) => a.once || a.secret) || kind?.byRule !== "once";
  if (who.as === "launcher" && given.allow && (strict || given.scope !== "once")) {
    return fault("EACCES", "A command-line rule cannot allow this.", "Run where a person can answer.");
  }
  const grants = given.allow ? grantsOf(core, question, given, who.as) : [];
  if (isFault(grants)) return grants;
  if (given.scope === "workspace" && grants.some((g) => g.uses !== undefined && g.boundTo === undefined))
    return fault("EINVAL", "Counted uses are for one agent.", "Choose this agent, or leave uses out.");
  const minted = grants.flatMap((g) => mintAnswer(core, question, g, given.scope));
  const outcome = given.allow ? (kind?.allowed ?? "allowed") : "denied";
  const kept = {
    ...given,
    // Once-only things are allowed once, whatever scope was chosen; the record holds the real scope.
    ...(grants.some((g) => g.boundTo !== undefined) ? { scope: "once" as const } : {}),
    ...(grants[0] === undefined ? {} : { grant: grants.map((g) => printCap(g)).join(" ") }),
  };
  const made = minted.length === 0 ? {} : { minted };
  closeQuestion(core, question.pid, { id, outcome, by: who.as, answer: kept, ...made });
  return ok({ minted });
}

/**
 * The asks that a wish for a grant shows, and that its answer settles: of capabilities and rules that cover all of it. A
 * narrower one, and one that is asked each time, still asks when a call meets it.
 */
export function asksOver(core: Core, holder: number, { rights, resource }: Listed): OpenAsk[] {
  const { state } = core;
  const { kinds } = state;
  const at = nowOf(core);
  const needs: Need[] = rights
    .map((right) => ({ resource, right }))
    .filter((need) => !kinds.asksEachTime(need));
  return needs.flatMap((need) => {
    const held = state.capabilities
      .limits(bindersOf(state, holder), "ask", need, at)
      .filter((q) => covers(q.cap.resource, resource))
      .map((q) => ({ key: q.key, ...kernelReason("heldAsk", capOf(q, holder), q.cap.resource) }));
    const rules = state.policy.filter(
      (r) => r.args === undefined && isAbout(r, need, kinds) && covers(r.resource, resource),
    );
    const asks = [...held, ...rules.map(({ key, reason }) => ({ key, reason }))];
    return asks.map((ask) => ({ ...ask, need, once: false, secret: false }));
  });
}

/** Mints an answer. For the workspace, init holds the grant and passes it to the asking agent and each later one. */
function mintAnswer(core: Core, question: Question, grant: AnswerGrant, scope: Answer["scope"]): string[] {
  if (scope !== "workspace" || grant.boundTo !== undefined) {
    return [mintCapability(core, { ...grant, holder: question.pid })];
  }
  const parent = mintCapability(core, { ...grant, holder: INIT });
  return [parent, mintCapability(core, { ...grant, holder: question.pid, parent })];
}
