// Authority: the capabilities of a process in words, as stored text, and with their origin.
import { printCap, type Listed } from "../../abi/capability.ts";
import { covers } from "../../abi/resource.ts";
import { limitsOver } from "../../kernel/processes/limits.ts";
import { bindersOf } from "../../kernel/state/account.ts";
import { INIT, type State } from "../../kernel/state/rows.ts";
import { hasExpired, placesIn, type Held, type Now } from "../../kernel/authority/capabilities.ts";
import { chainWords, lineageOf } from "./family.ts";
import { ruleScopeText, ruleSourceText } from "./policy.ts";
import type { Translate } from "../words/translate.ts";
import { linesText, quotedText, visibleLine } from "../words/visible.ts";
import { usageWords } from "../words/processes.ts";
import { grantWords } from "../words/resources.ts";

/** One capability as shown. `cap` is its text with the uses left. `ended` says why it no longer counts. */
export interface AuthorityRow {
  readonly id: string;
  readonly effect: "allow" | "ask" | "deny";
  readonly words: string;
  readonly cap: string;
  readonly lineage: string;
  readonly ended?: string;
}

/** The time and folder places that decide whether a capability is live. They come from the record alone. */
export function nowIn(state: State, now: number): Now {
  return { now, ...placesIn(state) };
}

function endedOf(t: Translate, state: State, held: Held, at: Now): string | undefined {
  if (state.capabilities.live(held, at)) return undefined;
  if (held.revoked) return t("revoked");
  if (held.left === 0) return t("used up");
  return hasExpired(held.cap, at.now) ? t("expired") : t("suspended: its folder is now another place");
}

/** The text of a capability with the uses that are left. */
export function capText(held: Held): string {
  return printCap({ ...held.cap, ...(held.left === undefined ? {} : { uses: held.left }) });
}

function row(t: Translate, state: State, held: Held, at: Now): AuthorityRow {
  const { cap } = held;
  const ended = endedOf(t, state, held, at);
  const bound = cap.boundTo === undefined ? [] : [t("for exactly one call")];
  const answers = cap.answers === undefined || cap.answers.length === 0 ? [] : [t("without being asked")];
  return {
    id: cap.id,
    effect: cap.effect,
    words: [grantWords(t, state.kinds, cap), ...(bound.length === 0 ? answers : bound)].join(", "),
    cap: capText(held),
    lineage: lineageOf(t, state.capabilities, cap),
    ...(ended === undefined ? {} : { ended }),
  };
}

/**
 * Lists the grants to offer a fork of an ended process: its live capabilities, with the uses that are left.
 * Capabilities that every process gets, or that belong to the workspace, are left out: the fork gets its own. An
 * allow that came from an answer becomes an ask, so that a person is asked again for the fork. Nobody answers for a
 * fork but the person, so the asks and denies of those above the process come along.
 */
export function grantsForFork(state: State, pid: number, at: Now): Listed[] {
  const process = state.processes.get(pid);
  const births = state.kinds.all.map(({ birth }) => birth);
  const own = births.flatMap((birth) => [
    birth?.given?.({ model: process?.model ?? "" }).resource,
    birth?.own?.(pid).resource,
  ]);
  // What a parent got on a child is worth nothing when that child has ended.
  const gone = new Set(
    [...state.processes.values()]
      .filter((other) => other.life.ended !== undefined)
      .flatMap((other) => births.map((birth) => birth?.overChild?.(other.pid).resource)),
  );
  const listed = state.capabilities.heldBy(pid).flatMap((held): Listed[] => {
    const { cap, left } = held;
    const { effect, rights, resource, until } = cap;
    const shared = cap.parent !== undefined && state.capabilities.get(cap.parent)?.cap.holder === INIT;
    if (!state.capabilities.live(held, at) || cap.boundTo !== undefined || shared) return [];
    if (gone.has(resource) || (effect === "allow" && own.includes(resource))) return [];
    const limits = {
      ...(left === undefined ? {} : { uses: left }),
      ...(until === undefined ? {} : { until }),
    };
    const answered = effect === "allow" && (cap.answers ?? []).length > 0;
    return [{ effect: answered ? "ask" : effect, rights, resource, ...limits }];
  });
  const above = bindersOf(state, pid).filter((each) => each !== pid);
  for (const { from, rights, resource } of limitsOver(state, at, above, listed)) {
    const { effect, until } = from.cap;
    listed.push({ effect, rights, resource, ...(until === undefined ? {} : { until }) });
  }
  const within = (a: Listed, b: Listed): boolean =>
    a.effect === "ask" &&
    b.effect === "ask" &&
    b.uses === undefined &&
    b.until === undefined &&
    covers(b.resource, a.resource) &&
    a.rights.every((right) => b.rights.includes(right));
  return listed.filter((a, i) => !listed.some((b, j) => i !== j && within(a, b) && (!within(b, a) || j < i)));
}

/** Lists every capability the process was given, in order. Ended ones say why they ended. */
export function authorityRows(t: Translate, state: State, pid: number, at: Now): AuthorityRow[] {
  return state.capabilities.heldBy(pid).map((held) => row(t, state, held, at));
}

/** The rows as text: allows, asks and denies, then ended capabilities, then the rules for every agent. */
export function authorityText(t: Translate, state: State, pid: number, at: Now): string {
  const process = state.processes.get(pid);
  if (process === undefined) return `${t("There is no process {0}.", pid)}\n`;
  const lines = [
    pid === INIT
      ? t("The workspace")
      : t("Process {0}: {1}", chainWords(t, state, pid), quotedText(t, process.goal)),
  ];
  const rows = authorityRows(t, state, pid, at);
  for (const effect of ["allow", "ask", "deny"] as const) {
    for (const r of rows.filter((x) => x.effect === effect && x.ended === undefined)) {
      lines.push(
        `  ${r.id.padEnd(6)} ${visibleLine(r.words)}`,
        `         ${visibleLine(r.cap)}  (${r.lineage})`,
      );
    }
  }
  const above = bindersOf(state, pid).flatMap((each) =>
    each === pid ? [] : authorityRows(t, state, each, at),
  );
  const binding = above.filter((r) => r.effect !== "allow" && r.ended === undefined);
  if (binding.length > 0) lines.push("", t("Bound by those above it:"));
  for (const r of binding)
    lines.push(
      `  ${r.id.padEnd(6)} ${visibleLine(r.words)}`,
      `         ${visibleLine(r.cap)}  (${r.lineage})`,
    );
  if (pid !== INIT) lines.push("", t("Used: {0}", usageWords(t, process.used, process.budget)));
  const gone = rows.filter((r) => r.ended !== undefined);
  if (gone.length > 0) lines.push("", t("No longer counts:"));
  for (const r of gone) lines.push(`  ${r.id.padEnd(6)} ${visibleLine(r.cap)}  ${r.ended ?? ""}`);
  if (state.policy.length > 0) lines.push("", t("Rules for every agent:"));
  for (const rule of state.policy)
    lines.push(
      [
        `  ${rule.effect}:${rule.rights.join(",")}:${ruleScopeText(rule)}  ${visibleLine(rule.reason)}`,
        ...(rule.source === undefined ? [] : [`(${ruleSourceText(rule)})`]),
      ].join("  "),
    );
  return linesText(lines);
}
