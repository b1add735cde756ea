// The tries on processes: being born, going on as another image, speaking, waiting, following and signalling.
import { type Agent } from "../mirror.ts";
import { FILED } from "../world.ts";
import {
  allow,
  DEPUTY,
  LISTS,
  MODEL,
  need,
  OK,
  own,
  process,
  said,
  STRANGER,
  TARGETS,
  texts,
  VICTIM,
  WIDE,
  type Lister,
  type Make,
} from "../try.ts";

function born(op: string, list: Lister, image?: string, model = "test/one"): Make {
  return (m, me) => {
    const given = list(m, me);
    const runs = image ?? me.image;
    const args = { goal: "part", grants: texts(given), ...(model === "test/one" ? {} : { model }) };
    return {
      ...{ op, args: { ...args, ...(image === undefined ? {} : { image }) } },
      needs: [need("spawn", "process:/children"), need("execute", `image:/${runs}`)],
      list: [...given, MODEL(model)],
      does() {
        if (!m.hasImage(runs)) return said("ENOENT");
        // This very call may have spent what it wanted to pass on.
        if (!m.mayPass(me.pid, [...given, MODEL(model)])) return said("ENOTCAPABLE");
        m.spawn(me, runs, [...given, MODEL(model)]);
        return OK;
      },
    };
  };
}

const nothing: Lister = () => [];

const families: Make[] = [
  ...[nothing, ...LISTS].map((list) => born("process.spawn", list)),
  ...WIDE.map((wide) => born("process.spawn", () => [wide])),
  ...["few", FILED, "made", "nowhere"].map((image) => born("process.spawn", nothing, image)),
  ...[FILED, "made"].map((image) => born("process.spawn", own, image)),
  born("process.spawn", nothing, undefined, "test/two"),
  ...[own, () => WIDE.slice(0, 1)].map((list) => born("process.fork", list)),
  ...["few", FILED, "made", "nowhere"].map((image): Make => (m, me) => ({
    ...{ op: "process.exec", args: { image }, needs: [need("execute", `image:/${image}`)] },
    does() {
      if (!m.hasImage(image)) return said("ENOENT");
      m.exec(me, image);
      return OK;
    },
  })),
];

function send(target: (me: Agent) => number, reply: boolean): Make {
  return (m, me) => {
    const pid = target(me);
    const message = `said-by-${me.pid}`;
    return {
      ...{ op: "process.send", args: { pid, message, reply }, needs: [process("message", pid)] },
      does() {
        const to = m.living(pid);
        if (to === undefined) return said("ENOENT");
        // Whoever has only a part of a process lets nobody speak to it whom that part does not reach.
        if (reply && !m.inLists(process("message", me.pid))) return said("ENOTCAPABLE");
        to.mail.push({ from: me.pid, text: message });
        if (reply) m.mint(pid, { ...allow("message", `process:/${me.pid}`), uses: 1 });
        return OK;
      },
    };
  };
}

/** Tells the deputy what to do for one, and what the deputy does first. */
export const TELL = send(() => DEPUTY, true);
export const RECEIVE: Make = (_, me) => ({
  ...{ op: "process.receive", args: { seconds: 0 }, needs: [] },
  does() {
    const next = me.mail.shift();
    return next === undefined ? said("ETIMEDOUT") : { code: "ok", shows: [next.text] };
  },
});

const talks: Make[] = TARGETS.flatMap((target): Make[] => [
  send(target, false),
  send(target, true),
  (m, me) => {
    const pid = target(me);
    return {
      ...{ op: "process.wait", args: { pid, seconds: 0 }, needs: [process("wait", pid)] },
      does() {
        const other = m.agent(pid);
        if (other === undefined) return said("ENOENT");
        if (other.alive) return said("ETIMEDOUT");
        if (!other.reaped && other.parent === me.pid) m.reap(other);
        return { code: "ok", shows: [JSON.stringify(other.result)] };
      },
    };
  },
  (_, me) => {
    const pid = target(me);
    const needs = pid === me.pid ? [] : [process("wait", pid)];
    return { op: "process.events", args: { pid }, needs, does: () => OK };
  },
]);

/** Nobody stops those whose doings the tries look at; the victim and one's own children are there for that. */
const SIGNALS: readonly (readonly [string, (me: Agent) => number])[] = [
  ...[["kill", () => 1] as const, ["interrupt", () => DEPUTY] as const, ["kill", () => VICTIM] as const],
  ...[["pause", () => STRANGER] as const, ["resume", () => STRANGER] as const],
  ...["pause", "resume", "terminate"].map((s) => [s, (me: Agent) => me.children.at(-1) ?? 998] as const),
];

const signals: Make[] = [
  ...SIGNALS.map(([signal, target]): Make => (m, me) => {
    const pid = target(me);
    return {
      ...{ op: "process.signal", args: { pid, signal }, needs: [process("signal", pid)] },
      does() {
        const other = m.living(pid);
        if (other === undefined) return said("ENOENT");
        if (signal === "kill") m.kill(pid);
        else if (signal === "terminate") m.exit(pid, null);
        else if (signal !== "interrupt") other.paused = signal === "pause";
        return OK;
      },
    };
  }),
  (m, me) => ({
    ...{ op: "process.wait", args: { seconds: 0 }, needs: [] },
    does() {
      const mine = me.children.filter((pid) => m.plainly(me.pid, process("wait", pid)));
      const left = mine.flatMap((pid) => m.agent(pid) ?? []).filter((a) => !a.reaped);
      const ended = left.find((a) => !a.alive);
      if (left.length === 0) return said("ENOENT");
      if (ended === undefined) return said("ETIMEDOUT");
      m.reap(ended);
      return OK;
    },
  }),
  () => ({ op: "process.events", args: {}, needs: [], does: () => OK }),
  RECEIVE,
];

export const FAMILY_TRIES: readonly Make[] = [...families, ...talks, ...signals];
