// The oracle: authority as a plain list of facts, judged by DESIGN 6 without any code of the kernel.
import { type Need, type Said, stem, within, covers, overlaps, inList } from "./needs.ts";

/** One capability: what it says, who holds it, from which it was passed on, and what happened to it. */
export interface Fact extends Said {
  holder: number;
  readonly parent: Fact | undefined;
  left: number | undefined;
  gone: boolean;
  /** The place of its folder when it was minted; elsewhere it is suspended. */
  readonly place: string | undefined;
  /** The asks it answers; only what a person said sets it. */
  readonly answers: ReadonlySet<object>;
  /** True when it is for exactly the call that is being judged. */
  readonly bound: boolean;
}

export interface Rule extends Need {
  readonly effect: "ask" | "deny";
}

/** One ask that stands in the way of a need: by a held ask, a rule or a class of files. */
export interface Ask {
  readonly by: object;
  readonly need: Need;
  readonly once: boolean;
  /** True when an allow on exactly its resource settles it, and nothing else does. */
  readonly exact?: true;
}

export type Verdict =
  | { readonly word: "allow"; readonly spends: ReadonlySet<Fact> }
  | { readonly word: "ask"; readonly open: readonly Ask[] }
  | { readonly word: "EACCES" | "ENOTCAPABLE" };

const settles = (a: Fact, q: Ask): boolean =>
  q.exact === true ? a.resource === q.need.resource : a.answers.has(q.by) && (!q.once || a.bound);

/** The place of what lies in a folder that is not there. */
export const NOWHERE = "nowhere";

const NONE: ReadonlySet<object> = new Set();
const SECRETS = { what: "secrets are put to a person each time" };
const secret = (n: Need): boolean =>
  (n.right !== "list" && n.resource === "fs:/app/.env") || n.resource === "box:/app/letters";
const LOSS = { what: "what is in a box is lost when it is emptied" };
const reserved = (n: Need): boolean =>
  n.resource === "fs:/.." ||
  ["fs:/app/.agentlibos", "box:/sealed"].some((at) => within(at, stem(n.resource)));

/** What a person says whenever they are asked: no, yes for this once, or yes for as long as the agent lives. */
export type Says = "no" | "once" | "agent";

export abstract class Oracle {
  readonly facts: Fact[] = [];
  readonly rules: readonly Rule[];
  readonly says: Says;
  now: number;
  /** The lists that whoever tries now is narrowed to, one inside another; it has what all of them cover. */
  within: readonly (readonly Said[])[] = [];

  constructor(rules: readonly Rule[], says: Says, now: number) {
    this.rules = rules;
    this.says = says;
    this.now = now;
  }

  /** Revoking reaches everything passed on; what expired or has no uses left ends by itself alone. */
  live(fact: Fact): boolean {
    for (let at: Fact | undefined = fact; at !== undefined; at = at.parent) if (at.gone) return false;
    // What opens files and boxes is bound to the place of its folder; what had none never holds.
    if (fact.place === NOWHERE) return false;
    if (fact.place !== undefined && fact.place !== this.placeOf(fact.resource)) return false;
    return (fact.until === undefined || fact.until > this.now) && fact.left !== 0;
  }

  /** The place of the folder that a resource lies in; undefined for one that lies in no folder. */
  abstract placeOf(resource: string): string | undefined;

  /** Whose asks and denies bind a holder: its own, and those of everybody who answers for it, nearest first. */
  abstract binders(holder: number): readonly number[];

  held(holder: number): Fact[] {
    return this.facts.filter((f) => f.holder === holder && this.live(f));
  }

  mint(holder: number, said: Said, more: Partial<Pick<Fact, "parent" | "answers" | "bound">> = {}): Fact {
    const { parent, answers = NONE, bound = false } = more;
    const place = said.effect === "deny" ? undefined : this.placeOf(said.resource);
    const fact = { ...said, holder, parent, answers, bound, place, left: said.uses, gone: false };
    this.facts.push(fact);
    return fact;
  }

  /** Live allows that cover the need, the narrowest first, and of equals whoever was there first. */
  #allows(holder: number, n: Need): Fact[] {
    return this.held(holder)
      .filter((f) => f.effect === "allow" && f.rights.includes(n.right) && covers(f.resource, n.resource))
      .sort((a, b) => stem(b.resource).length - stem(a.resource).length);
  }

  #limits(holders: readonly number[], effect: "ask" | "deny", n: Need): Fact[] {
    return holders
      .flatMap((holder) => this.held(holder))
      .filter((f) => f.effect === effect && f.rights.includes(n.right) && overlaps(f.resource, n.resource));
  }

  /** The asks that bind a holder. Whoever answers one that was passed on has answered the one it came from. */
  #asks(holder: number, need: Need): Fact[] {
    const asks = this.#limits(this.binders(holder), "ask", need);
    const cameFrom = (f: Fact, from: Fact): boolean =>
      f.parent !== undefined && (f.parent === from || cameFrom(f.parent, from));
    return asks.filter((ask) => ask.holder === holder || !asks.some((other) => cameFrom(other, ask)));
  }

  inLists(need: Need): boolean {
    return this.within.every((list) => inList(list, need));
  }

  /** DESIGN 6, the whole algorithm: any deny wins, then one question for all that is open, else allow. */
  judge(holder: number, needs: readonly Need[], counted = true, extra: readonly Ask[] = []): Verdict {
    const open: Ask[] = [];
    const spends = new Set<Fact>();
    for (const need of needs) {
      if (reserved(need)) return { word: "EACCES" };
      const rules = this.rules.filter((r) => r.right === need.right && overlaps(r.resource, need.resource));
      if (rules.some((r) => r.effect === "deny")) return { word: "EACCES" };
      if (this.#limits(this.binders(holder), "deny", need).length > 0) return { word: "EACCES" };
      const allows = this.#allows(holder, need).filter((f) => counted || f.left === undefined);
      const asks = this.#asks(holder, need);
      const mayAsk = asks.some((q) => q.holder === holder && covers(q.resource, need.resource));
      if (allows.length === 0 && !mayAsk) return { word: "ENOTCAPABLE" };
      if (!this.inLists(need)) return { word: "ENOTCAPABLE" };
      const isPush = need.right === "write" && need.resource.endsWith("/push");
      const once = need.right === "delete" || need.right === "empty" || isPush;
      const wanted: Ask[] = [
        ...asks.map((by) => ({ by, need, once })),
        ...rules.map((by) => ({ by, need, once: false })),
        ...(secret(need) ? [{ by: SECRETS, need, once: true }] : []),
        ...(need.right === "empty" ? [{ by: LOSS, need, once: false, exact: true as const }] : []),
        ...extra.filter((q) => q.need === need),
      ];
      const met = wanted.map((q) => allows.find((a) => settles(a, q)));
      open.push(...wanted.filter((_, i) => met[i] === undefined));
      for (const used of wanted.length === 0 ? allows.slice(0, 1) : met)
        if (used?.left !== undefined) spends.add(used);
    }
    return open.length > 0 ? { word: "ask", open } : { word: "allow", spends };
  }

  /** What the person says to one question, as facts: one for each resource; all for this once if any must be. */
  answer(holder: number, open: readonly Ask[]): Fact[] {
    const once = this.says === "once" || open.some((q) => q.once);
    return [...Map.groupBy(open, (q) => q.need.resource)].map(([resource, here]) =>
      this.mint(
        holder,
        {
          ...{ effect: "allow", rights: [...new Set(here.map((q) => q.need.right))], resource },
          uses: once ? 1 : undefined,
        },
        { answers: new Set(here.map((q) => q.by)), bound: once },
      ),
    );
  }

  /** True when a name may be told: nobody is asked, and what is counted is not used up by it. */
  named(holder: number, n: Need): boolean {
    return this.judge(holder, [n]).word === "allow";
  }

  /** The asks that a grant which a person gives answers from the start: those that are shown, about all of it. */
  inTheWay(holder: number, { rights, resource }: Said): ReadonlySet<object> {
    const needs = rights.filter((right) => right !== "delete").map((right) => ({ right, resource }));
    const about = ({ right }: Need): Rule[] =>
      this.rules.filter((r) => r.effect === "ask" && r.right === right && covers(r.resource, resource));
    const held = (n: Need): Fact[] =>
      this.#limits(this.binders(holder), "ask", n).filter((q) => covers(q.resource, resource));
    return new Set(needs.flatMap((n) => [...held(n), ...about(n)]));
  }

  /** True when a right is held without being counted and without anybody being asked. */
  plainly(holder: number, n: Need): boolean {
    return this.judge(holder, [n], false).word === "allow";
  }

  /** Who was shown an object does not decide who else sees it: its kind is passed on by who may share it. */
  shares(giver: number, { resource }: Said): boolean {
    const right = resource.startsWith("object:") ? "share" : resource.startsWith("box:") ? "lend" : undefined;
    return right === undefined || this.plainly(giver, { right, resource });
  }

  /**
   * From which facts each right of a list would be passed on; undefined when any is not held as widely, for as many
   * uses and by right. A deny only tightens; and who may speak to a process is for that process itself to say.
   */
  #sources(giver: number, list: readonly Said[]): Map<Fact, string[]>[] | undefined {
    const taken = new Map<Fact, number>();
    const all: Map<Fact, string[]>[] = [];
    for (const said of list) {
      const from = new Map<Fact, string[]>();
      all.push(from);
      if (said.effect === "deny") continue;
      if (!this.shares(giver, said)) return undefined;
      for (const right of said.rights) {
        if (this.#own(giver, said, right)) continue;
        const need = { right, resource: said.resource };
        const asks = this.#limits([giver], "ask", need).filter((q) => covers(q.resource, said.resource));
        const enough = (f: Fact): boolean =>
          f.left === undefined ||
          (said.effect === "allow" && said.uses !== undefined && said.uses + (taken.get(f) ?? 0) <= f.left);
        const source = [...this.#allows(giver, need), ...(said.effect === "ask" ? asks : [])].find(enough);
        if (source === undefined) return undefined;
        from.set(source, [...(from.get(source) ?? []), right]);
      }
      for (const f of from.keys())
        if (f.left !== undefined) taken.set(f, (taken.get(f) ?? 0) + (said.uses ?? 0));
    }
    return all;
  }

  #own(giver: number, { effect, resource }: Said, right: string): boolean {
    return effect === "allow" && right === "message" && resource === `process:/${giver}`;
  }

  mayPass(giver: number, list: readonly Said[]): boolean {
    return this.#sources(giver, list) !== undefined;
  }

  /** Passes a list on. Passed-on uses leave the giver, the earlier expiry stands, overlapping limits go along. */
  pass(giver: number, receiver: number, list: readonly Said[]): void {
    const sources = this.#sources(giver, list) ?? [];
    const limits = this.#limitsOver(giver, receiver, list);
    for (const [i, said] of list.entries()) {
      for (const [parent, rights] of sources[i] ?? []) {
        const until = Math.min(said.until ?? Infinity, parent.until ?? Infinity);
        this.mint(receiver, { ...said, rights, until: until === Infinity ? undefined : until }, { parent });
        if (parent.left !== undefined) parent.left -= said.uses ?? 0;
      }
      const own = said.rights.filter((right) => said.effect === "deny" || this.#own(giver, said, right));
      if (own.length > 0) this.mint(receiver, { ...said, rights: own });
    }
    for (const [parent, said] of limits) this.mint(receiver, said, { parent });
  }

  /** Gives a fact away whole, with the limits that overlap it; it is then the last that its new holder got. */
  move(fact: Fact, receiver: number): void {
    const limits = this.#limitsOver(fact.holder, receiver, [fact]);
    fact.holder = receiver;
    this.facts.splice(this.facts.indexOf(fact), 1);
    this.facts.push(fact);
    for (const [parent, said] of limits) this.mint(receiver, said, { parent });
  }

  /** A deny goes along whole; of an ask the part that overlaps, for it also says what may be asked for. */
  #limitsOver(giver: number, receiver: number, list: readonly Said[]): (readonly [Fact, Said])[] {
    const found = new Map<string, readonly [Fact, Said]>();
    const bound = this.binders(receiver);
    const others = this.binders(giver).filter((holder) => !bound.includes(holder));
    for (const fact of others.flatMap((holder) => this.held(holder))) {
      if (fact.effect === "allow") continue;
      for (const said of list) {
        const rights = fact.rights.filter((r) => said.rights.includes(r));
        if (said.effect === "deny" || rights.length === 0 || !overlaps(said.resource, fact.resource))
          continue;
        const { effect, until } = fact;
        const inner = covers(fact.resource.toLowerCase(), said.resource.toLowerCase());
        const part = { effect, until, rights, resource: inner ? said.resource : fact.resource };
        const copy = effect === "deny" ? { ...part, rights: fact.rights, resource: fact.resource } : part;
        found.set(`${this.facts.indexOf(fact)} ${copy.rights.join()} ${copy.resource}`, [fact, copy]);
      }
    }
    return [...found.values()];
  }
}

/** How a capability reads to whoever compares them. */
export function textOf(said: Said & { readonly left?: number | undefined }): string {
  const { effect, rights, resource, uses, left = uses, until } = said;
  const counted = left === undefined ? "" : `;uses=${left}`;
  const ends = until === undefined ? "" : `;until=${new Date(until).toISOString()}`;
  return `${effect}:${[...rights].sort().join(",")}:${resource}${counted}${ends}`;
}
