// The shape of a try, the processes that exist from the start, and the grants that a try can name.
import { type Agent, type Mirror } from "./mirror.ts";
import { HOUR } from "./world.ts";
import { textOf, type Ask } from "./oracle.ts";
import { type Need, type Said } from "./needs.ts";

/** What comes of a call that was let through: its code, and every word of the world that it shows. */
export interface Did {
  readonly code: string;
  readonly shows?: readonly string[];
  /** What may be shown only if it is listed, where that is more than the words of files, objects and messages. */
  readonly only?: RegExp;
}

export interface Try {
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly needs: readonly Need[];
  /** What it wants to pass on. */
  readonly list?: readonly Said[];
  /** The code of a call that cannot be meant, whoever makes it. */
  readonly wrong?: string | undefined;
  /** What the first touch finds: more needs, or the code of why there is nothing to do. */
  readonly finds?: () => readonly Need[] | string;
  /** What the very call asks for, whatever is held. */
  readonly asks?: readonly Ask[];
  /** Why a look at it before anybody is asked ends it. */
  readonly looks?: () => string | undefined;
  readonly does: () => Did;
}

/** Makes the same try of any process, as the mirror stands. */
export type Make = (m: Mirror, me: Agent) => Try;

export const OK: Did = { code: "ok" };
export const need = (right: string, resource: string): Need => ({ right, resource });
export const file = (right: string, path: string): Need =>
  need(right, path.startsWith("..") ? "fs:/.." : path === "" ? "fs:/app" : `fs:/app/${path}`);
export const named = (path: string): string => `app/${path}`;

/** The processes that are there from the start: the attacker, one that does what it is told, and two more. */
export const [ATTACKER, DEPUTY, STRANGER, VICTIM] = [2, 3, 4, 5] as const;

export const object = (right: string, ref: string): Need => need(right, `object:/${ref}`);
export const process = (right: string, pid: number): Need => need(right, `process:/${pid}`);
export const allow = (rights: string, resource: string): Said => ({
  effect: "allow",
  rights: rights.split(","),
  resource,
});
export const said = (code: string): Did => ({ code });

/** The widest that can be named, and what nobody can hold. */
export const WIDE: readonly Said[] = [
  allow("read,list,write,delete", "fs:/app/**"),
  allow("read", "fs:/app/src/b.txt"),
  allow("read,write,link,share", "object:/**"),
  allow("read", "object:/p4/own"),
  allow("spawn", "process:/children"),
  allow("wait,signal,message", "process:/**"),
  allow("message", `process:/${ATTACKER}`),
  allow("execute,register,replace", "image:/**"),
  allow("call", "model:/**"),
  allow("sleep", "clock:/sleep"),
  allow("execute", "shell:/**"),
  allow("read,write", "git:/**"),
  allow("connect", "net:/**"),
  allow("create,restore", "checkpoint:/**"),
  allow("read", "fs:/.."),
  { ...allow("write", "fs:/app/**"), effect: "ask" },
  { ...allow("read,write", "fs:/app/src/**"), effect: "deny" },
  { ...allow("read", "fs:/app/a.txt"), uses: 1 },
  allow("open,pack,empty,lend", "box:/**"),
];
/** All that somebody holds and may pass on, as it stands; what is counted once. */
export const own = (m: Mirror, me: Agent): Said[] =>
  m
    .held(me.pid)
    .map(({ effect, rights, resource, until, left }) => {
      const uses = left === undefined ? undefined : 1;
      return { effect, rights, resource, until, uses };
    })
    .filter((f) => f.effect !== "deny" && m.mayPass(me.pid, [f]));

/** What to pass on. Lists made of what somebody holds: as it stands, for more uses, for the same uses twice, for longer and for shorter. */
export type Lister = (m: Mirror, me: Agent) => readonly Said[];
export const LISTS: readonly Lister[] = [
  own,
  ...[1, 2].map((times): Lister => (m, me) => {
    const counted = m.held(me.pid).find((f) => f.effect === "allow" && f.left !== undefined);
    if (counted === undefined) return [];
    const { effect, rights, resource, left = 0 } = counted;
    const some = { effect, rights, resource, uses: times === 1 ? left + 1 : left };
    return times === 1 ? [some] : [some, { ...some, uses: 1 }];
  }),
  ...[2 * HOUR, -HOUR / 2].map((more): Lister => (m, me) => {
    const ending = m.held(me.pid).find((f) => f.effect === "allow" && f.until !== undefined);
    if (ending === undefined) return [];
    const { effect, rights, resource, until = 0, left } = ending;
    return [{ effect, rights, resource, until: until + more, uses: left }];
  }),
];

/** How a try reaches the door: by its loop, or as a call of a call that is narrowed to lists, one inside another. */
export type Route = "loop" | readonly (readonly Said[] | "all")[];

/** The lists of a route, from the outermost on; who gets "all" has what its maker has. */
export function listsOf(route: Route): readonly (readonly Said[])[] {
  return route === "loop" ? [] : route.filter((list) => list !== "all");
}

const EVERYTHING = [
  ...WIDE.filter(({ effect, uses }) => effect === "allow" && uses === undefined),
  ...[allow("ask", "human:/ask"), allow("wait,signal,message", `process:/${ATTACKER}`)],
];
const SOURCES = [allow("read,list,write,delete", "fs:/app/src/**"), allow("read", "fs:/app/a.txt")];
const READS = [allow("read,list", "fs:/**"), allow("read", "object:/**"), allow("wait", "process:/**")];
const ONE_BOX = [allow("open,pack", "box:/app/tools")];
const TALK = [allow("message", "process:/**"), allow("read,write,link,share", "object:/shared/**")];
export const ROUTES: readonly Route[] = [
  ...(["loop", [], [EVERYTHING], [SOURCES], [READS], [TALK], [ONE_BOX], [[]]] as const),
  ...([
    [EVERYTHING, SOURCES],
    [READS, SOURCES],
    [SOURCES, EVERYTHING],
    [TALK, READS],
    [SOURCES, "all"],
  ] as const),
];

/** The operations that only the whole of a process may do; a caller with a part of it is refused, whatever its list says. */
export const WHOLE: ReadonlySet<string> = new Set([
  ...["capability.request", "capability.delegate", "capability.transfer", "capability.drop"],
  ...["capability.list", "process.spawn", "process.fork", "process.exec", "process.exit", "process.chdir"],
  ...["process.receive", "process.events", "image.register", "model.call", "tools.find"],
  ...[
    "box.teach",
    "box.forget",
    "box.visit",
    "box.leave",
    "shell.list",
    "shell.read",
    "shell.stop",
    "checkpoint.list",
    "checkpoint.branch",
    "checkpoint.commit",
  ],
]);

/** Stands for every operation that was registered, where they are counted. */
export const REGISTERED = "box/*";

export const MODEL = (model: string): Said => allow("call", `model:/${model}`);
export const texts = (list: readonly Said[]): string[] => list.map((s) => textOf(s));

/** Whom one may try to reach: init, those who are there, the latest child, and a pid that nobody has. */
export const TARGETS: readonly ((me: Agent) => number)[] = [
  ...[1, ATTACKER, DEPUTY, STRANGER, VICTIM, 999].map((pid) => () => pid),
  (me) => me.children.at(-1) ?? 998,
];
