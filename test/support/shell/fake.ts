// A fake sandbox: commands come to what a test says, so that everything after them is the real thing.
import { fault, type Fault } from "../../../src/abi/errors.ts";
import { isLiveGrant, type Grant } from "../../../src/kernel/witness.ts";
import type {
  BackgroundCommand,
  KeptBackend,
  LayerChange,
  Ran,
  Sandbox,
  ShellBackend,
  ShellOrder,
} from "../../../src/primitives/shell/backend.ts";
import type { Programs } from "../../../src/primitives/shell/reading/needs.ts";

export const LAYERED: Sandbox = { mode: "layered", route: "bubblewrap", memory: false };
export const NO_LAYER: Sandbox = {
  ...{ mode: "unconfined", reason: "Bubblewrap is not installed.", hint: "Install bubblewrap." },
};

/** What a command comes to, in a test. */
export interface Came {
  readonly output?: string;
  readonly exit?: number;
  readonly changes?: readonly LayerChange[];
  readonly more?: Partial<Ran>;
  readonly fails?: Fault;
  /** It runs until it is stopped. */
  readonly lasts?: true;
}

export class FakeShell implements ShellBackend {
  sandbox: Sandbox = LAYERED;
  probes = 0;
  found: Sandbox | undefined;
  came: Came = {};
  readonly orders: ShellOrder[] = [];
  readonly grants: Grant[] = [];
  readonly background = new Map<string, BackgroundCommand>();
  readonly ended: string[] = [];

  probe(): Promise<Sandbox> {
    this.probes += 1;
    this.found = this.sandbox;
    return Promise.resolve(this.sandbox);
  }
  programs = (): Programs => ({ path: ["/usr/bin"], find: () => "outside" });
  run(
    order: ShellOrder,
    grant: Grant,
    on: { emit(text: string): void; signal: AbortSignal },
  ): Promise<Ran | Fault> {
    this.orders.push(order);
    this.grants.push(grant);
    if (!isLiveGrant(grant) || grant.mode !== "full") throw new Error("no grant");
    on.emit(this.came.output ?? "");
    if (this.came.fails !== undefined) return Promise.resolve(this.came.fails);
    if (this.came.lasts !== true) return Promise.resolve(this.ran(order));
    return new Promise((resolve) => {
      on.signal.addEventListener("abort", () => resolve(fault("EINTR", "It was stopped.", "")));
    });
  }
  ran(order: ShellOrder): Ran {
    const { exit = 0, changes = [], more = {} } = this.came;
    return { mode: order.mode, exit, seconds: 0.1, changes, kept: 0, git: [], dropped: false, ...more };
  }
  start(id: string, order: ShellOrder, grant: Grant, on: { emit(text: string): void }): Promise<undefined> {
    this.orders.push(order);
    this.grants.push(grant);
    this.background.set(id, { state: "running", seconds: 1 });
    on.emit(this.came.output ?? "");
    return Promise.resolve(undefined);
  }
  read(id: string): BackgroundCommand | Fault {
    return this.background.get(id) ?? fault("ENOENT", "There is no such command.", "");
  }
  stop(id: string): Promise<void> {
    const order = this.orders.at(-1);
    if (this.background.get(id)?.state === "running" && order !== undefined)
      this.background.set(id, { state: "ended", ran: { ...this.ran(order), ended: "stopped" } });
    this.ended.push(id);
    return Promise.resolve();
  }
  forget(id: string): void {
    this.background.delete(id);
  }
  keepers = (): readonly number[] => [];
  keptFolders = (): { root: string; folder: string }[] => [];
  keptFiles: KeptBackend = {
    groups: () => Promise.resolve([]),
    changes: () => Promise.resolve([]),
    taken: () => Promise.resolve(),
  };
  drop = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
}
