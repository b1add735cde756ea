// The mirror: the expected state of the world, compared with the real one after each step.
import { NOWHERE, Oracle, textOf, type Fact, type Rule, type Says } from "./oracle.ts";
import { overlaps, type Need, type Said } from "./needs.ts";
import { FILES, BUILT_IN, FILED, START } from "./world.ts";

export interface Kept {
  /** Grows for as long as the name is known; deleting frees the name and no number. */
  version: number;
  /** The first version since the name was last free. */
  since: number;
  values: { version: number; value: string }[];
  links: { to: string; version: number }[];
}

interface Letter {
  readonly from: number;
  readonly text: string;
}

export interface Agent {
  readonly pid: number;
  parent: number;
  /** Who answers for it: the parent it was born to, also when it is an orphan. */
  readonly account: number;
  readonly children: number[];
  alive: boolean;
  reaped: boolean;
  paused: boolean;
  image: string;
  cwd: string;
  result: unknown;
  readonly mail: Letter[];
  /** Files as it last read or wrote them. */
  readonly seen: Map<string, string>;
}

export class Mirror extends Oracle {
  readonly agents = new Map<number, Agent>();
  readonly objects = new Map<string, Map<string, Kept>>();
  readonly images = new Map<string, number>();
  readonly files = new Map(Object.entries(FILES));
  readonly folders = new Set([".agentlibos", "src"]);
  /** What left for a model, one entry each. */
  readonly thoughts: string[] = [];
  /** Boxes by name, and the lids that are held open. */
  boxes = new Map<string, readonly string[]>();
  lids: { readonly pid: number; readonly at: string }[] = [];
  /** The tools made of boxes; one whose code a restart has lost is not here. */
  tools: { readonly owner: number; readonly at: string; readonly here: boolean }[] = [];
  /** The yard that is a workspace folder now. */
  yard: { readonly owner: number; readonly at: string } | undefined;
  /** The newest checkpoint. */
  checkpoint: { readonly id: string; readonly pid: number } | undefined;
  nextPid = 2;
  /** What the kernel calls each fact, for calls that name one. */
  readonly #ids = new Map<Fact, string>();

  constructor(rules: readonly Rule[], says: Says) {
    super(rules, says, START);
    this.agents.set(1, this.#agent(1, 0, "init", ""));
  }

  #agent(pid: number, parent: number, image: string, cwd: string): Agent {
    const made = { children: [], mail: [], seen: new Map<string, string>(), result: null };
    return { pid, parent, account: parent, image, cwd, alive: true, reaped: false, paused: false, ...made };
  }

  binders(holder: number): readonly number[] {
    const account = this.agents.get(holder)?.account ?? 0;
    return account <= 1 ? [holder] : [holder, ...this.binders(account)];
  }

  placeOf(resource: string): string | undefined {
    const [, kind = "", folder = ""] = /^(fs|box|git):\/([^/]*)/u.exec(resource) ?? [];
    if (kind === "" || folder === "**") return undefined;
    if (folder === "app") return "app";
    return folder === "yard" && this.yard !== undefined ? this.yard.at : NOWHERE;
  }

  /** The first of a family. */
  family(pid: number): number {
    const account = this.agents.get(pid)?.account ?? 0;
    return account <= 1 ? pid : this.family(account);
  }

  /** The runtime starts anew: code, lids and folders of processes do not outlive it. */
  reload(): void {
    this.lids = [];
    this.yard = undefined;
    this.tools = this.tools.map((tool) => ({ ...tool, here: false }));
  }

  idOf(fact: Fact | undefined): string {
    return (fact === undefined ? undefined : this.#ids.get(fact)) ?? "cap0";
  }

  factOf(id: string): Fact | undefined {
    return [...this.#ids].find(([, each]) => each === id)?.[0];
  }

  /** Takes the ids of what was minted since; facts that read the same have them in the order in which they came. */
  number(minted: readonly { readonly id: string; readonly holder: number; readonly text: string }[]): void {
    const fresh = this.facts.filter((f) => !this.#ids.has(f));
    for (const { id, holder, text } of minted) {
      const at = fresh.findIndex((f) => f.holder === holder && textOf({ ...f, left: f.uses }) === text);
      const [fact] = at < 0 ? [] : fresh.splice(at, 1);
      if (fact !== undefined) this.#ids.set(fact, id);
    }
  }

  agent(pid: number): Agent | undefined {
    return this.agents.get(pid);
  }

  living(pid: number): Agent | undefined {
    const found = this.agents.get(pid);
    return found?.alive === true && pid !== 1 ? found : undefined;
  }

  /** What every process holds by being one. */
  #born(parent: number, image: string, cwd: string): number {
    const pid = this.nextPid++;
    this.agents.set(pid, this.#agent(pid, parent, image, cwd));
    this.agents.get(parent)?.children.push(pid);
    return pid;
  }

  #baseline(pid: number): void {
    this.mint(pid, { effect: "allow", rights: ["ask"], resource: "human:/ask" });
    const rights = ["read", "write", "link", "share"];
    this.mint(pid, { effect: "allow", rights, resource: `object:/p${pid}/**` });
    this.mint(pid, { effect: "allow", rights: ["open"], resource: `box:/p${pid}/**` });
  }

  launch(list: readonly Said[]): number {
    const pid = this.#born(1, "all", "fs:/app");
    for (const said of list) this.mint(pid, said);
    this.mint(pid, { effect: "allow", rights: ["call"], resource: "model:/test/one" });
    this.#baseline(pid);
    return pid;
  }

  spawn(parent: Agent, image: string, list: readonly Said[]): number {
    const pid = this.#born(parent.pid, image, parent.cwd);
    this.pass(parent.pid, pid, list);
    this.#baseline(pid);
    const rights = ["wait", "signal", "message"];
    this.mint(parent.pid, { effect: "allow", rights, resource: `process:/${pid}` });
    return pid;
  }

  /** True when a process is below another, by birth. */
  below(agent: Agent | undefined, above: number): boolean {
    return (
      agent !== undefined && (agent.account === above || this.below(this.agents.get(agent.account), above))
    );
  }

  hasImage(name: string): boolean {
    return BUILT_IN.includes(name) || name === FILED || this.images.has(name);
  }

  /** The same process under another image: nothing is added, and what was for once is gone. */
  exec(agent: Agent, image: string): void {
    agent.image = image;
    for (const fact of this.facts)
      if (fact.holder === agent.pid && fact.effect === "allow" && fact.uses === 1) fact.gone = true;
  }

  kill(pid: number): void {
    for (const child of this.agents.get(pid)?.children ?? [])
      if (this.agents.get(child)?.parent === pid) this.kill(child);
    this.exit(pid, null);
  }

  exit(pid: number, result: unknown): void {
    const agent = this.living(pid);
    if (agent === undefined) return;
    Object.assign(agent, { alive: false, paused: false, result });
    agent.mail.length = 0;
    this.lids = this.lids.filter((lid) => lid.pid !== pid);
    this.tools = this.tools.filter(({ owner }) => owner !== pid);
    if (this.yard?.owner === pid) this.yard = undefined;
    const orphans = agent.children.flatMap((child) => this.agents.get(child) ?? []).filter((c) => !c.reaped);
    for (const child of orphans) {
      child.parent = 1;
      this.agents.get(1)?.children.push(child.pid);
    }
    for (const child of orphans) if (!child.alive) this.reap(child);
    if (agent.parent === 1) this.reap(agent);
  }

  reap(agent: Agent): void {
    agent.reaped = true;
  }

  /** What nobody who lives has a way into may be let go, once its owner was reaped. When, is not for the oracle to say. */
  letGo(there: (space: string) => boolean): void {
    for (const space of this.objects.keys()) {
      const owner = this.agents.get(Number(/^p(\d+)$/u.exec(space)?.[1] ?? 0));
      if (owner?.reaped === true && !there(space) && !this.#reached(`object:/${space}/**`))
        this.objects.delete(space);
    }
  }

  #reached(tree: string): boolean {
    return this.facts.some(
      (f) =>
        f.effect !== "deny" &&
        f.resource.startsWith("object:") &&
        overlaps(f.resource, tree) &&
        this.live(f) &&
        this.agents.get(f.holder)?.alive === true,
    );
  }

  object(ref: string): Kept | undefined {
    const [space = "", name = ""] = ref.split("/");
    const found = this.objects.get(space)?.get(name);
    return found === undefined || found.values.length === 0 ? undefined : found;
  }

  put(ref: string, value: string): void {
    const [space = "", name = ""] = ref.split("/");
    const names = this.objects.get(space) ?? new Map<string, Kept>();
    this.objects.set(space, names);
    const kept: Kept = names.get(name) ?? { version: 0, since: 1, values: [], links: [] };
    names.set(name, kept);
    kept.version += 1;
    if (kept.values.length === 0) kept.since = kept.version;
    kept.values.push({ version: kept.version, value });
  }

  /** The links from an object that still lead somewhere and that this reader may follow. */
  linksFor(reader: number, kept: Kept): string[] {
    const open = kept.links.filter(({ to, version }) => {
      const target = this.object(to);
      return target !== undefined && version >= target.since && this.named(reader, read(`object:/${to}`));
    });
    return open.map((l) => l.to);
  }

  /** All objects that this reader may read without being asked, as `namespace/name`. */
  readable(reader: number): string[] {
    return [...this.objects]
      .flatMap(([space, names]) => [...names.keys()].map((name) => `${space}/${name}`))
      .filter((ref) => this.object(ref) !== undefined && this.named(reader, read(`object:/${ref}`)));
  }

  /** Everything that can be seen from outside, in lines. */
  look(): string[] {
    const lines = [...this.agents.values()].map((a) => {
      const life = a.reaped ? "reaped" : !a.alive ? "ended" : a.paused ? "paused" : "alive";
      const rights = this.held(a.pid).map((f) => textOf(f));
      const mail = a.mail.map((m) => `${m.from}: ${m.text}`);
      return lineOf({ ...a, life, rights, mail });
    });
    for (const [space, names] of this.objects)
      for (const [name, { values, links }] of names)
        if (values.length > 0)
          lines.push(
            `object ${space}/${name} ${values.map((v) => `${v.version}=${v.value}`).join(" ")} -> ${links.map((l) => `${l.to}@${l.version}`).join(" ")}`,
          );
    for (const [name, version] of this.images) lines.push(`image ${name} ${version}`);
    for (const path of this.folders) lines.push(`folder ${path}`);
    for (const [path, text] of this.files) lines.push(`file ${path} ${text}`);
    for (const [at, things] of this.boxes) lines.push(`box ${at}: ${things.join(", ")}`);
    for (const { pid, at } of this.lids) lines.push(`lid of ${pid} on ${at}`);
    for (const { owner, at } of this.tools) lines.push(`tool of ${owner} on ${at}`);
    if (this.yard !== undefined) lines.push(`yard of ${this.yard.owner} behind ${this.yard.at}`);
    lines.push(`thoughts ${this.thoughts.join(" ")}`);
    return lines.sort();
  }
}

const read = (resource: string): Need => ({ right: "read", resource });

/** How a process reads to whoever compares them. */
export function lineOf(a: {
  readonly pid: number;
  readonly parent: number;
  readonly life: string;
  readonly image: string;
  readonly cwd: string;
  readonly rights: readonly string[];
  readonly mail: readonly string[];
}): string {
  const rights = [...a.rights].sort().join(" ");
  return `process ${a.pid} of ${a.parent} ${a.life} ${a.image} in ${a.cwd} holds ${rights} mail ${a.mail.join(" | ")}`;
}
