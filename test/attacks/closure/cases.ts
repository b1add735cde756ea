// Random cases: what the attacker and the deputy hold, the rules in force, what the person says, and what is done.
import fc from "fast-check";
import { HOUR, START } from "./world.ts";
import type { Rule, Says } from "./oracle.ts";
import type { Said } from "./needs.ts";
import { STORIES } from "./tries/boxes.ts";
import { CHECKPOINT_TRIES } from "./tries/checkpoints.ts";
import { GIT_TRIES } from "./tries/git.ts";
import { TRIES } from "./tries.ts";
import { ATTACKER, ROUTES, STRANGER, VICTIM } from "./try.ts";

const FS = ["read", "list", "write", "delete"];
export const OBJECT = ["read", "write", "link", "share"];
/** The rights on boxes. */
const BOX = ["open", "pack", "empty", "lend"];
const BASES: readonly (readonly [resource: string, rights: readonly string[]])[] = [
  ...["/app/**", "/app/**", "/app/src/**", "/**"].map((at) => [`fs:${at}`, FS] as const),
  ...["", "/a.txt", "/src", "/src/b.txt", "/.env", "/e.txt", "/src/d.txt", "/m.txt"].map(
    (at) => [`fs:/app${at}`, FS] as const,
  ),
  ...["/**", "/shared/**", "/shared/x", "/p3/**", "/p4/own"].map((at) => [`object:${at}`, OBJECT] as const),
  ...["children", "children", "children"].map((at) => [`process:/${at}`, ["spawn"]] as const),
  ...["2", "3", "3", "4", "5", "**"].map((at) => [`process:/${at}`, ["wait", "signal", "message"]] as const),
  ...["all", "all", "few", "filed", "made", "**"].map(
    (at) => [`image:/${at}`, ["execute", "register", "replace"]] as const,
  ),
  ...["one", "two"].map((at) => [`model:/test/${at}`, ["call"]] as const),
  ...["/app/**", "/app/tools", "/app/letters", "/**"].map((at) => [`box:${at}`, BOX] as const),
  ...["cut", "ls", "**"].map((at) => [`shell:/${at}`, ["execute"]] as const),
  ...["/**", "/app/**", "/app/switch", "/app/push"].map((at) => [`git:${at}`, ["read", "write"]] as const),
  ...["/**", "/example.org"].map((at) => [`net:${at}`, ["connect"]] as const),
  ...["self", "3", "**"].map((at) => [`checkpoint:/${at}`, ["create", "restore"]] as const),
  ...([["human:/ask", ["ask"]] as const, ["clock:/sleep", ["sleep"]] as const] as const),
];

const grant: fc.Arbitrary<Said> = fc.constantFrom(...BASES).chain(([resource, rights]) =>
  fc.record(
    {
      resource: fc.constant(resource),
      rights: fc.subarray([...rights], { minLength: 1 }),
      effect: fc.constantFrom(...(["allow", "allow", "allow", "allow", "allow", "ask", "deny"] as const)),
      uses: fc.constantFrom(undefined, undefined, undefined, undefined, 1, 3),
      until: fc.constantFrom(
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        START + HOUR,
        START + 2 * HOUR,
      ),
    },
    { noNullPrototype: true },
  ),
);
/** What a family, and talk with the deputy, take; so that many cases get far. */
const KIT = [
  ...[["process:/children", ["spawn"]] as const, ["process:/**", ["wait", "signal", "message"]] as const],
  ...[["process:/3", ["message"]] as const, ["process:/2", ["message"]] as const],
  ...[["image:/**", ["execute"]] as const, ["image:/**", ["register"]] as const],
  ["image:/made", ["replace"]] as const,
  ...[
    ["fs:/app/**", FS] as const,
    ["object:/shared/**", OBJECT] as const,
    ["clock:/sleep", ["sleep"]] as const,
  ],
  ["fs:/app/**", ["list"]] as const,
  ["shell:/**", ["execute"]] as const,
  ["git:/app/**", ["read", "write"]] as const,
  ["net:/**", ["connect"]] as const,
  ["checkpoint:/**", ["create", "restore"]] as const,
  ["box:/app/**", BOX] as const,
].map(([resource, rights]): Said => ({ effect: "allow", rights, resource }));
/** All files of all folders, also of those that are added later. */
const ALL_FILES: Said = { effect: "allow", rights: ["read"], resource: "fs:/**" };
/** What may be read so many times, with the walks over it that must not read it more often. */
const COUNTED: Said = { effect: "allow", rights: ["read"], resource: "fs:/app/src/**", uses: 3 };
const grants = fc
  .tuple(fc.subarray([...KIT, COUNTED]), fc.array(grant, { maxLength: 6 }))
  .map(([kit, more]) => [...kit, ...more]);
const rule: fc.Arbitrary<Rule> = grant.map(({ resource, rights: [right = ""], effect }) => ({
  ...{ resource, right, effect: effect === "deny" ? ("deny" as const) : ("ask" as const) },
}));
const which = fc.nat(TRIES.length - 1);
const who = fc.nat(9);
/** Mostly by its own loop. */
const route = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.nat(ROUTES.length - 1) },
);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ what: fc.constant("try" as const), who, which, route }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant("order" as const), who, which }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant("revoke" as const), which }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("hour" as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("reload" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("kill" as const), who: fc.integer({ min: 2, max: 9 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export interface Case {
  readonly says: Says;
  readonly rules: readonly Rule[];
  readonly attacker: readonly Said[];
  readonly deputy: readonly Said[];
  readonly steps: readonly Step[];
  /** Who tries, at last, a fourth of all there is to try, and from which on. */
  readonly sweep: number;
  readonly fourth: number;
  /** How it tries. */
  readonly route: number;
}
export const cases: fc.Arbitrary<Case> = fc.record(
  {
    says: fc.constantFrom("no" as const, "once" as const, "agent" as const),
    rules: fc.array(rule, { maxLength: 2 }),
    attacker: grants,
    deputy: grants,
    steps: fc.array(step, { maxLength: 20 }),
    sweep: fc.nat(12),
    fourth: fc.nat(3),
    route,
  },
  { noNullPrototype: true },
);

/** The stories of boxes, each by every route; what only a whole process may do is done by its loop. */
const TOLD: readonly Case[] = STORIES.flatMap(({ wide, acts, says = "agent" }) =>
  [...ROUTES.keys()].map((route): Case => ({
    ...{ says, rules: [], attacker: wide === true ? [...KIT, ALL_FILES] : KIT, deputy: KIT, route },
    ...{ sweep: 0, fourth: TRIES.length },
    steps: [
      ...acts.map(({ who, make, part }): Step => {
        const which = make === undefined ? -1 : TRIES.indexOf(make);
        return { what: "try", who, which, route: part ? route : 0 };
      }),
      { what: "kill", who: ATTACKER },
    ],
  })),
);

/** Every verb of git for one who may only list files and reaches no host, and whom a person refuses everything. */
const BARE_GIT: Case = {
  ...{ says: "no", rules: [], deputy: [], sweep: 0, fourth: TRIES.length, route: 0 },
  attacker: [
    { effect: "allow", rights: ["read", "write"], resource: "git:/app/**" },
    { effect: "allow", rights: ["list"], resource: "fs:/app/**" },
  ],
  steps: GIT_TRIES.map((make) => ({ what: "try", who: 0, which: TRIES.indexOf(make), route: 0 })),
};

const CHECKPOINTS_OWN: readonly Said[] = [
  { effect: "allow", rights: ["create", "restore"], resource: "checkpoint:/self" },
];

/** Somebody takes a checkpoint, and one who may go back to its own alone wants that one. */
const OTHERS_CHECKPOINT: Case = {
  ...{ says: "no", rules: [], sweep: 0, fourth: TRIES.length, route: 0 },
  ...{ attacker: CHECKPOINTS_OWN, deputy: CHECKPOINTS_OWN },
  // The second process takes it; the attacker then tries all but to take one itself.
  steps: [CHECKPOINT_TRIES[0], ...CHECKPOINT_TRIES.slice(2)].flatMap((make, i) =>
    make === undefined ? [] : [{ what: "try", who: i === 0 ? 6 : 0, which: TRIES.indexOf(make), route: 0 }],
  ),
};

/**
 * Cases in which the attacker holds the whole kit beside two that have ended. In each it tries another fourth of
 * everything, in each of some ways.
 */
export const EXAMPLES: readonly Case[] = [
  ...TOLD,
  ...[...ROUTES.keys()].flatMap((route) =>
    [0, 1, 2, 3].map((fourth): Case => ({
      ...{ says: "once", rules: [], attacker: KIT, deputy: KIT, sweep: 0, fourth, route },
      steps: [STRANGER, VICTIM].map((who) => ({ what: "kill", who })),
    })),
  ),
  BARE_GIT,
  OTHERS_CHECKPOINT,
];
