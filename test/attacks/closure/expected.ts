// What must come of a try, told by the mirror alone.
import assert from "node:assert/strict";
import type { Agent, Mirror } from "./mirror.ts";
import { listsOf, WHOLE, type Did, type Route, type Try } from "./try.ts";

/**
 * What must come of a try, and what it does to the mirror. Routes are steps like any other: a child, a fork, another
 * image, a passing on and back, an object that carries a file. After each step what everybody holds is compared, so that
 * nobody gains by a route more than the words of giving give; and whoever does what another told it is judged by its own
 * grants alone, and its gain is nobody else's.
 */
export function expected(m: Mirror, me: Agent, t: Try, route: Route): Did {
  if (listsOf(route).length > 0 && WHOLE.has(t.op)) return { code: "EACCES" };
  if (t.wrong !== undefined) return { code: t.wrong };
  if (t.list !== undefined && !m.mayPass(me.pid, t.list)) return { code: "ENOTCAPABLE" };
  const first = m.judge(me.pid, t.needs);
  if (first.word === "EACCES" || first.word === "ENOTCAPABLE") return { code: first.word };
  const found = t.finds?.() ?? [];
  if (typeof found === "string") return { code: found };
  const needs = [...t.needs, ...found];
  const judge = () => m.judge(me.pid, needs, true, t.asks);
  let verdict = judge();
  if (verdict.word === "EACCES" || verdict.word === "ENOTCAPABLE") return { code: verdict.word };
  const why = t.looks?.();
  if (why !== undefined) return { code: why };
  if (verdict.word === "ask") {
    if (m.says === "no") return { code: "ECANCELED" };
    m.answer(me.pid, verdict.open);
    verdict = judge();
  }
  assert.equal(verdict.word, "allow");
  if (verdict.word === "allow") for (const fact of verdict.spends) fact.left = (fact.left ?? 0) - 1;
  return t.does();
}
