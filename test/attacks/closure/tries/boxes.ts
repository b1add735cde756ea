// The tries on boxes: on what is in them, and on what lids, tools, yards and votes would add to anybody's reach.
import { HEAVY } from "../../../support/box/things.ts";
import { expected } from "../expected.ts";
import type { Agent, Mirror } from "../mirror.ts";
import type { Says } from "../oracle.ts";
import { allow, ATTACKER, DEPUTY, file, need, OK, said, VICTIM, type Make, type Try } from "../try.ts";

/** An ordinary box, one whose things are secret, and one that nobody reaches. */
export const BOXES = ["app/tools", "app/letters", "sealed/x"];
const box = (right: string, at: string) => need(right, `box:/${at}`);
const HEAVY_ASK = { what: "a heavy thing is put to a person each time" };
/** The tool that is made of a box, and the folder that its yard becomes. */
const TOOL = "count_things";
export const YARD = "yard";

const looks = (m: Mirror, at: string): Try => ({
  ...{ op: "box.open", args: { at }, needs: [box("open", at)] },
  does: () => ({ code: "ok", shows: m.boxes.get(at) ?? [] }),
});

function packs(m: Mirror, me: Agent, at: string, heavy: boolean): Try {
  const thing = `thing by ${me.pid}`.padEnd(heavy ? HEAVY + 1 : 0);
  const needs = [box("pack", at)];
  return {
    ...{ op: "box.pack", args: { at, thing }, needs },
    asks: heavy ? needs.map((of) => ({ by: HEAVY_ASK, need: of, once: true })) : [],
    does() {
      m.boxes.set(at, [...(m.boxes.get(at) ?? []), thing]);
      return OK;
    },
  };
}

const heavy: Make = (m, me) => packs(m, me, BOXES[0] ?? "", true);

const onEach: Make[] = BOXES.flatMap((at): Make[] => [
  (m) => looks(m, at),
  (m, me) => packs(m, me, at, false),
  at === BOXES[0] ? heavy : (m, me) => packs(m, me, at, true),
  (m) => ({
    ...{ op: "box.empty", args: { at }, needs: [box("empty", at)] },
    does() {
      m.boxes.set(at, []);
      return OK;
    },
  }),
  (m) => ({
    ...{ op: "box.unpack", args: { at, into: "app/src" }, needs: [box("open", at), file("write", "src/**")] },
    does() {
      m.folders.add("src/unpacked-1");
      for (const [i, thing] of (m.boxes.get(at) ?? []).entries())
        m.files.set(`src/unpacked-1/${i + 1}.txt`, thing);
      return OK;
    },
  }),
  (m, me) => ({
    ...{ op: "box.hold", args: { at }, needs: [box("open", at)] },
    does() {
      // A lid that a part of a process holds ends with the call that it was a part of.
      if (m.within.length === 0) m.lids.push({ pid: me.pid, at });
      return OK;
    },
  }),
  (m, me) => ({
    ...{ op: "box.close", args: { at }, needs: [box("open", at)] },
    does() {
      m.lids = m.lids.filter((lid) => lid.pid !== me.pid || lid.at !== at);
      return OK;
    },
  }),
]);

/** A list of steps reaches what its box and its process both reach. */
const steps: Make[] = BOXES.slice(0, 2).map((at): Make => (m, me) => {
  const tries: Try[] = [
    ...[...BOXES.map((other) => looks(m, other)), packs(m, me, at, true)],
    { op: "box.hold", args: { at }, needs: [box("open", at)], does: () => OK },
    { op: "fs.read", args: { path: "app/a.txt" }, needs: [file("read", "a.txt")], does: () => OK },
    { op: "box.leave", args: { name: YARD }, needs: [], does: () => OK },
  ];
  return {
    op: "box.run",
    args: { at, steps: tries.map(({ op, args }) => ({ op, args })) },
    needs: [box("open", at)],
    does() {
      const outer = m.within;
      m.within = [...outer, [allow("open,pack", `box:/${at}`)]];
      const came = tries.map((step) => expected(m, me, step, m.within).code);
      m.within = outer;
      return { code: "ok", shows: [JSON.stringify({ came })], only: /\{"came":\[[^\]]*\]\}/gu };
    },
  };
});

const teaches: Make[] = BOXES.map((at): Make => (m, me) => ({
  ...{ op: "box.teach", args: { at, tool: TOOL }, needs: [box("open", at)] },
  does() {
    const known = m.tools.find(({ owner }) => owner === me.pid);
    if (known !== undefined && known.at !== at) return said("EEXIST");
    const taken = m.tools.some(({ owner }) => owner !== me.pid && m.family(owner) === m.family(me.pid));
    if (known === undefined && taken) return said("EEXIST");
    m.tools = [...m.tools.filter((tool) => tool !== known), { owner: me.pid, at, here: true }];
    return OK;
  },
}));

const forget: Make = (m, me) => ({
  ...{ op: "box.forget", args: { tool: TOOL }, needs: [] },
  does() {
    const left = m.tools.filter(({ owner }) => owner !== me.pid);
    if (left.length === m.tools.length) return said("ENOENT");
    m.tools = left;
    return OK;
  },
});

const uses: Make[] = [
  (me: Agent) => me.pid,
  () => ATTACKER,
  () => DEPUTY,
  () => VICTIM,
  (me: Agent) => me.children.at(-1) ?? 998,
].map((owner): Make => (m, me) => {
  const made = m.tools.find((tool) => tool.owner === owner(me));
  const seen = made !== undefined && m.family(made.owner) === m.family(me.pid) ? made : undefined;
  return {
    ...{ op: `box/p${owner(me)}/${TOOL}`, args: { word: "word" } },
    wrong: seen === undefined ? "ENOSYS" : seen.here ? undefined : "EUNAVAILABLE",
    needs: [box("open", seen?.at ?? "")],
    does: () => OK,
  };
});

/** A tool that a box brings counts only for whoever may open the box, and is there for its owner's family alone. */
const tools: Make[] = [...teaches, forget, ...uses];

const visits: Make[] = BOXES.map((at): Make => (m, me) => ({
  ...{ op: "box.visit", args: { at, name: YARD }, needs: [box("open", at)] },
  does() {
    if (m.yard !== undefined) return said("EEXIST");
    m.yard = { owner: me.pid, at };
    return OK;
  },
}));

const leave: Make = (m, me) => ({
  ...{ op: "box.leave", args: { name: YARD }, needs: [] },
  does() {
    if (m.yard === undefined) return said("ENOENT");
    if (m.yard.owner !== me.pid) return said("EACCES");
    m.yard = undefined;
    return OK;
  },
});

const touches: Make[] = ["read", "write"].map((right): Make => (m, me) => {
  const resource = m.yard === undefined ? `${me.cwd}/${YARD}/weeds.txt` : `fs:/${YARD}/weeds.txt`;
  const path = `${YARD}/weeds.txt`;
  return {
    ...(right === "read"
      ? { op: "fs.read", args: { path } }
      : { op: "fs.edit", args: { path, old_text: "no such", new_text: "text" } }),
    needs: right === "read" ? [need(right, resource)] : ["read", "write"].map((each) => need(each, resource)),
    // The edit names a text that is in no file.
    looks: () => (right === "write" ? (m.yard === undefined ? "ENOENT" : "EINVAL") : undefined),
    does: () =>
      m.yard === undefined
        ? said("ENOENT")
        : { code: "ok", shows: [`word-weeds-${m.yard.at.replace("/", "-")}`] },
  };
});

/** A folder that was added opens nothing: what is in it is reached by grants on it, in the place that it had for them. */
const yards: Make[] = [
  ...visits,
  leave,
  ...touches,
  (m, me) => ({
    op: "capability.request",
    args: { grant: `allow:read:fs:/${YARD}/**` },
    needs: [need("ask", "human:/ask")],
    does() {
      const grant = allow("read", `fs:/${YARD}/**`);
      const { word } = m.judge(me.pid, [need("read", grant.resource)]);
      if (word === "allow") return OK;
      if (word === "EACCES") return said("EACCES");
      if (m.says === "no") return said("ECANCELED");
      m.mint(
        me.pid,
        { ...grant, uses: m.says === "once" ? 1 : undefined },
        { answers: m.inTheWay(me.pid, grant) },
      );
      return OK;
    },
  }),
];

const votes: Make[] = [
  (m, me) => ({
    ...{ op: "box.vote", args: { question: "Where to?" }, needs: [need("ask", "human:/ask")] },
    does() {
      if (m.says === "no") return said("ECANCELED");
      m.mint(me.pid, allow("read", "fs:/app/left/**"));
      return OK;
    },
  }),
];

export const BOX_TRIES: readonly Make[] = [...onEach, ...steps, ...tools, ...yards, ...votes];

/** One act of a story: who does it, among those who live, what it is, and whether a part of a process may do it. */
interface Act {
  readonly who: number;
  readonly make: Make | undefined;
  readonly part: boolean;
}

const whole = (make: Make | undefined, who = 0): Act => ({ who, make, part: false });
const part = (make: Make | undefined, who = 0): Act => ({ who, make, part: true });
/** Who is picked as the deputy while nobody has ended. */
const OTHER = 6;
const [teach, visit, again] = [whole(teaches[0]), whole(visits[0]), whole(visits[1])];
const [use, look, wish] = [part(uses[1]), part(touches[0]), whole(yards.at(-1))];

interface Story {
  readonly acts: readonly Act[];
  /** True when the attacker may read all files of all folders. */
  readonly wide?: true;
  readonly says?: Says;
}

/** Stories of what is made of boxes. */
export const STORIES: readonly Story[] = [
  // It is there until it is let go.
  { wide: true, acts: [teach, use, whole(forget), use, visit, look, whole(leave), look] },
  // What another one made is not one's own, and goes with its maker.
  { acts: [teach, part(uses[1], OTHER), visit, whole(leave, OTHER)] },
  // A grant on a folder holds in the place that it had, and not in that of the next folder of the same name.
  { acts: [visit, wish, look, whole(leave), again, look] },
  // What the very call asks for is asked whatever is held.
  { says: "no", acts: [part(heavy)] },
];

/** The things that are in each box before anybody comes. */
export const PLACED: ReadonlyMap<string, readonly string[]> = new Map(
  BOXES.map((at) => [at, [`word-in-${at.replace("/", "-")}`]]),
);
