// The tries on authority itself: passing on, giving away, listing, dropping and asking a person for more.
import type { Agent, Mirror } from "../mirror.ts";
import { textOf } from "../oracle.ts";
import { allow, LISTS, need, OK, process, said, STRANGER, TARGETS, texts, WIDE, type Make } from "../try.ts";

const gives: Make[] = TARGETS.flatMap((target, at): Make[] => [
  ...[
    ...LISTS,
    ...[WIDE[at * 2], WIDE[at * 2 + 1]].map((wide) => () => (wide === undefined ? [] : [wide])),
  ].map((lists): Make => (m, me) => {
    const pid = target(me);
    const list = lists(m, me);
    return {
      ...{ op: "capability.delegate", args: { pid, grants: texts(list) } },
      ...{ needs: [process("message", pid)], list, wrong: list.length === 0 ? "EINVAL" : undefined },
      does() {
        if (pid === me.pid || m.living(pid) === undefined) return said("ENOENT");
        // What binds is for those whom one answers for; others one may only give to.
        if (list.some((g) => g.effect !== "allow") && !m.below(m.agent(pid), me.pid)) return said("EACCES");
        if (!m.mayPass(me.pid, list)) return said("ENOTCAPABLE");
        m.pass(me.pid, pid, list);
        return OK;
      },
    };
  }),
  (m, me) => {
    const pid = target(me);
    const id = m.idOf(m.held(me.pid).find((f) => f.effect === "allow"));
    return transfer(m, me, pid, id);
  },
  (m, me) => transfer(m, me, target(me), m.idOf(m.facts.find((f) => f.holder !== me.pid && m.live(f)))),
]);

function transfer(m: Mirror, me: Agent, pid: number, id: string): ReturnType<Make> {
  const fact = m.factOf(id);
  return {
    ...{ op: "capability.transfer", args: { pid, id }, needs: [process("message", pid)] },
    does() {
      // The very call may have spent the last use of it.
      if (fact?.holder !== me.pid || fact.effect !== "allow" || !m.live(fact)) return said("ENOENT");
      if (pid === me.pid || m.living(pid) === undefined) return said("ENOENT");
      if (!m.shares(me.pid, fact)) return said("ENOTCAPABLE");
      m.move(fact, pid);
      return OK;
    },
  };
}

const authority: Make[] = [
  (m, me) => ({
    ...{ op: "capability.list", args: {}, needs: [] },
    does: () => ({ code: "ok", shows: m.held(me.pid).map((f) => f.resource) }),
  }),
  ...[(m: Mirror, me: Agent) => m.held(me.pid)[0], (m: Mirror) => m.held(STRANGER)[0]].map(
    (which): Make =>
      (m, me) => {
        const id = m.idOf(which(m, me));
        const fact = m.factOf(id);
        return {
          ...{ op: "capability.drop", args: { id }, needs: [] },
          does() {
            if (fact?.holder !== me.pid || fact.effect !== "allow") return said("ENOENT");
            fact.gone = true;
            return OK;
          },
        };
      },
  ),
  ...[
    allow("read", "fs:/app/src/**"),
    allow("read", "object:/p4/own"),
    allow("delete", "fs:/app/src/**"),
    allow("read", "fs:/app/.env"),
    allow("write", "fs:/app/.agentlibos/x"),
  ].map((grant): Make => (m, me) => ({
    ...{ op: "capability.request", args: { grant: textOf(grant) }, needs: [need("ask", "human:/ask")] },
    does() {
      const needs = grant.rights.map((right) => need(right, grant.resource));
      const { word } = m.judge(me.pid, needs);
      if (word === "allow") return OK;
      if (word === "EACCES") return said("EACCES");
      if (m.says === "no") return said("ECANCELED");
      const uses = m.says === "once" ? 1 : undefined;
      m.mint(me.pid, { ...grant, uses }, { answers: m.inTheWay(me.pid, grant) });
      return OK;
    },
  })),
];

export const AUTHORITY_TRIES: readonly Make[] = [...gives, ...authority];
