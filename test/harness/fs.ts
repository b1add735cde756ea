// A small door for tests of `fs`: it decodes, resolves, prepares and invokes, and decides by one function.
import type { Preview } from "../../src/abi/question.ts";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  lstatSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fault, isFault, type Errno, type Fault } from "../../src/abi/errors.ts";
import type { RootFolder } from "../../src/abi/record.ts";
import type { FileChange } from "../../src/abi/record/files.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { OUTSIDE, type Need } from "../../src/abi/resource.ts";
import { nodeFs } from "../../src/host/node/fs/fs.ts";
import type { Ground } from "../../src/host/node/fs/node.ts";
import type { ReservedPlaces } from "../../src/host/node/reserved.ts";
import { classifyResource } from "../../src/primitives/fs/classes/classes.ts";
import type { Operation, Prepared, Probe, View } from "../../src/kernel/operation.ts";
import { mint, type Grant } from "../../src/kernel/witness.ts";
import { NO_EDITOR } from "../../src/primitives/fs/diagnostics.ts";
import { fsPrimitive } from "../../src/primitives/fs/fs.ts";
import type { FsBackend } from "../../src/primitives/fs/backend.ts";

export interface Outcome {
  readonly value: Record<string, unknown> | undefined;
  readonly error: Fault | undefined;
  readonly code: Errno | "ok";
  readonly needs: readonly Need[];
  readonly preview: Preview | undefined;
  readonly prestate: unknown;
  /** The changes that the call reported. */
  readonly changes: readonly FileChange[];
}

/** What a test may do between two steps of a call: that is where the world moves. */
export interface Between {
  readonly afterResolve?: () => void;
  readonly afterPrepare?: () => void;
  readonly beforeInvoke?: (prestate: unknown) => void;
}

/** A workspace of one or more folders in a scratch place, with the operations of `fs` over the real disk. */
export class Bench {
  readonly base: string;
  readonly roots: RootFolder[];
  readonly outside: string;
  readonly home: string;
  readonly backend: FsBackend & { close(): void };
  readonly operations: ReadonlyMap<string, Operation>;
  readonly seen = new Map<string, string>();
  cwd: string;
  denied: (need: Need) => boolean = () => false;
  /** Called with the texts that a call reports before it shows or writes them. */
  learn: (text: string) => void = () => undefined;

  /** With `base` it continues in a scratch place that is there already, as a process does after a crash. */
  constructor(
    names: readonly string[] = ["app"],
    ground?: Ground,
    base?: string,
    programs?: (first: string) => ReservedPlaces,
  ) {
    this.base = base ?? realpathSync(mkdtempSync(join(tmpdir(), "fs-bench-")));
    this.outside = join(this.base, "outside");
    this.home = join(this.base, "home");
    this.roots = names.map((name) => ({
      name: name.split("/").at(-1) ?? name,
      path: join(this.base, "w", name),
    }));
    for (const root of this.roots) mkdirSync(root.path, { recursive: true });
    for (const folder of [this.outside, this.home]) mkdirSync(folder, { recursive: true });
    this.cwd = `fs:/${this.roots[0]?.name ?? ""}`;
    this.backend = nodeFs({
      folders: () => this.roots,
      reserved: () => [this.home],
      preImages: join(this.home, "pre"),
      programs: programs?.(this.at()),
      ...(ground === undefined ? {} : { ground }),
    });
    this.operations = new Map(
      fsPrimitive(this.backend, { digests: nodeDigests, diagnostics: NO_EDITOR }).operations.map((o) => [
        o.name,
        o,
      ]),
    );
  }

  /** A path inside the first folder. */
  at(...names: string[]): string {
    return join(this.roots[0]?.path ?? "", ...names);
  }

  text(...names: string[]): string {
    return readFileSync(this.at(...names), "utf8");
  }

  view(): View {
    return {
      ...{ pid: 2, parent: 1, cwd: this.cwd, roots: this.roots, image: "test", model: "test/test" },
      seen: (resource) => this.seen.get(resource),
    };
  }

  /** Reserved places and the outside are out of reach; classes ask, which here means no; all else is allowed. */
  allows(need: Need): boolean {
    if (need.resource === OUTSIDE || this.denied(need)) return false;
    const { reserved, asks } = classifyResource(need.resource, need.right, [...this.roots]);
    return reserved === undefined && (asks.length === 0 || this.approves);
  }
  approves = false;

  grant(mode: "look" | "full", needs: readonly Need[]): Grant {
    return mint.grant({
      mode,
      call: "2.0.0",
      authority: { holder: 2 },
      needs,
      entry: (need) => this.allows(need),
    });
  }

  async call(name: string, args: unknown, between: Between = {}): Promise<Outcome> {
    let needs: readonly Need[] = [];
    let prepared: Prepared | undefined;
    const changes: FileChange[] = [];
    const signal = new AbortController().signal;
    const out = (error: Fault | undefined, value?: unknown): Outcome => ({
      value:
        typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : undefined,
      ...{
        error,
        code: error?.code ?? "ok",
        needs,
        preview: prepared?.preview,
        prestate: prepared?.prestate,
        changes,
      },
    });
    const bound = this.operations.get(name)?.decode(args) ?? fault("ENOSYS", name);
    if (isFault(bound)) return out(bound);
    const view = this.view();
    const lexical = bound.needs(view);
    if (isFault(lexical)) return out(lexical);
    needs = lexical;
    const refused = (): Fault | undefined => {
      const need = needs.find((n) => !this.allows(n));
      return (
        need &&
        fault(need.resource === OUTSIDE ? "EACCES" : "ENOTCAPABLE", `denied: ${need.right} ${need.resource}`)
      );
    };
    const looking = async <T>(step: (look: Grant) => Promise<T>): Promise<T> => {
      const look = this.grant("look", needs);
      try {
        return await step(look);
      } finally {
        look.expire();
      }
    };
    if (refused() !== undefined) return out(refused());
    const resolved = await looking((look) => bound.resolve(view, look, signal));
    if (isFault(resolved)) return out(resolved);
    needs = [
      ...needs,
      ...resolved.needs.filter((n) => !needs.some((m) => m.resource === n.resource && m.right === n.right)),
    ];
    if (refused() !== undefined) return out(refused());
    between.afterResolve?.();
    const first = await looking((look) => bound.prepare(view, look, signal));
    if (isFault(first)) return out(first);
    prepared = first;
    between.afterPrepare?.();
    if (between.afterPrepare !== undefined) {
      const again = await looking((look) => bound.prepare(view, look, signal));
      if (isFault(again)) return out(again);
      if (JSON.stringify(again?.prestate) !== JSON.stringify(first?.prestate))
        return out(fault("ESTALE", "prestate changed"));
      prepared = again;
    }
    const kept = await prepared?.keep?.();
    if (kept !== undefined) return out(kept);
    between.beforeInvoke?.(prepared?.prestate);
    const grant = this.grant("full", needs);
    const result = await bound.invoke({
      ...{ grant, signal, view, prestate: prepared?.prestate ?? null, call: "2.0.0" },
      learn: (_resource, text) => {
        this.learn(text);
        return Promise.resolve(undefined);
      },
      settle: () => undefined,
      once: (act) => act(),
      sub: () => Promise.reject(new Error("nothing here makes calls")),
      narrow: () => fault("EFAULT", "nothing here makes calls"),
      opened: () => Promise.reject(new Error("nothing here outlives its call")),
      closed: () => Promise.resolve(),
      left: (seconds) => seconds * 1000,
      waiting: (_reason, until) => until,
      found: () => undefined,
      saw: (resource, sha256) =>
        void (sha256 === null ? this.seen.delete(resource) : this.seen.set(resource, sha256)),
      changed: (change) => void changes.push(change),
      emit: () => undefined,
      noted: undefined,
      note: () => Promise.resolve(undefined),
    });
    grant.expire();
    return isFault(result) ? out(result) : out(undefined, result.value);
  }

  async probe(name: string, args: unknown, prestate: unknown): Promise<Probe> {
    const bound = this.operations.get(name)?.decode(args) ?? fault("ENOSYS", name);
    if (isFault(bound)) throw new Error(bound.message);
    return bound.probe(prestate, this.view());
  }

  close(): void {
    this.backend.close();
    rmSync(this.base, { recursive: true, force: true });
  }
}

/** Every name below a folder with what it holds, for an observer that compares before and after. */
export function picture(folder: string): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) Object.assign(seen, { [path]: "folder" }, picture(path));
    else if (entry.isSymbolicLink()) seen[path] = `-> ${readlinkSync(path)}`;
    else if (entry.isFile())
      seen[path] = `${lstatSync(path).mode.toString(8)} ${nodeDigests.sha256(readFileSync(path))}`;
    else seen[path] = "other";
  }
  return seen;
}
