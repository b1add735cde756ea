// Records that a hostile repository brings: whole chains, signed by a key of their own, that say what no kernel says.
import { closeSync, ftruncateSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { newIdentity, signerOf } from "../../../src/host/node/journal/keys.ts";
import { headMessage } from "../../../src/kernel/record/line.ts";

/** One record as its attacker likes it: everything but its place in the chain. `raw` replaces the JSON of `data`. */
export interface Said {
  readonly kind: string;
  readonly pid?: unknown;
  readonly call?: unknown;
  readonly time?: string;
  readonly data?: unknown;
  readonly raw?: string;
}

const TIME = "2026-01-01T00:00:00.000Z";

/** Writes a record into `<root>/.agentlibos`. Its chain and its signatures are right, whatever it says. */
export class HostileRecord {
  readonly folder: string;
  readonly #made = newIdentity();
  readonly #file: number;
  #hash: string;
  #seq = 0;
  #queue: string[] = [];
  #size = 0;

  constructor(root: string) {
    this.folder = join(root, ".agentlibos");
    mkdirSync(join(this.folder, "journal"), { recursive: true });
    mkdirSync(join(this.folder, "bodies"));
    const identity = JSON.stringify(this.#made.identity) + "\n";
    writeFileSync(join(this.folder, "identity.json"), identity);
    writeFileSync(join(this.folder, "bodies/00000001"), "");
    this.#file = openSync(join(this.folder, "journal/00000001.jsonl"), "w");
    this.#hash = nodeDigests.sha256(identity);
  }

  /** The public key, for those who check the bytes alone. */
  get publicKey(): string {
    return this.#made.identity.publicKey;
  }

  say(...some: readonly Said[]): this {
    return this.sayAll(some);
  }

  sayAll(all: Iterable<Said>): this {
    for (const { kind, pid, call, time = TIME, data = {}, raw = JSON.stringify(data) } of all) {
      const at = [
        `"v":1,"seq":${++this.#seq},"time":${JSON.stringify(time)},"kind":${JSON.stringify(kind)}`,
        ...(pid === undefined ? [] : [`"pid":${JSON.stringify(pid)}`]),
        ...(call === undefined ? [] : [`"call":${JSON.stringify(call)}`]),
      ];
      this.line(`{${at.join(",")},"data":${raw},"prev":"${this.#hash}"}`);
    }
    return this;
  }

  /** Writes a line to the letter. */
  line(text: string): void {
    this.#hash = nodeDigests.sha256(text);
    this.#queue.push(text);
    this.#size += text.length;
    if (this.#size > 8_000_000) this.flush();
  }

  /** Ends what was said with a head. Without `good` its signature is wrong. */
  head(good = true): this {
    const signer = signerOf(this.#made.identity, this.#made.privateKey);
    const open = `{"v":1,"seq":${++this.#seq},"time":"${TIME}","kind":"head","data":{`;
    const bare = `${open}},"prev":"${this.#hash}"}`;
    const message = headMessage(this.#made.identity.id, nodeDigests.sha256(bare));
    const signature = good ? (signer?.sign(message) ?? "") : "0".repeat(128);
    this.line(`${open}"signature":"${signature}"},"prev":"${this.#hash}"}`);
    return this;
  }

  flush(): void {
    if (this.#queue.length > 0) writeSync(this.#file, this.#queue.join("\n") + "\n");
    this.#queue = [];
    this.#size = 0;
  }

  /** Writes what is left and closes the file; sparse sizes of its files on request. */
  close(sizes: { readonly bodies?: number; readonly journal?: number } = {}): void {
    this.flush();
    if (sizes.journal !== undefined) ftruncateSync(this.#file, sizes.journal);
    closeSync(this.#file);
    if (sizes.bodies === undefined) return;
    const bodies = openSync(join(this.folder, "bodies/00000001"), "r+");
    ftruncateSync(bodies, sizes.bodies);
    closeSync(bodies);
  }
}

const USED = { modelCalls: 0, toolCalls: 1, tokens: 0, activeSeconds: 0 };

/** The first record, as ours would be. */
export const opening: Said = {
  kind: "journal.open",
  data: { format: 1, host: "h", roots: [{ name: "w", path: "/w" }], policy: [] },
};

/** A birth as ours would be, with what differs. */
export function spawn(pid: unknown, parent: unknown, other: object = {}): Said {
  const born = { image: "coding", imageHash: "", model: "m/m", goal: "g", cwd: "fs:/w", budget: {} };
  return {
    kind: "process.spawn",
    pid,
    data: { parent, ...born, depth: 1, childIndex: 0, by: "person", ...other },
  };
}

/** A capability as ours would be, with what differs. */
export function mint(id: string, holder: unknown, other: object = {}): Said {
  const cap = { effect: "allow", rights: ["read"], resource: "fs:/w/**", issuer: "person", place: "/w" };
  return { kind: "capability.mint", pid: holder, data: { capability: { id, holder, ...cap, ...other } } };
}

export function revoke(id: string, pid = 2): Said {
  return { kind: "capability.revoke", pid, data: { id, by: "person", reason: "r" } };
}

/** The end of a call that read a file, with what differs. */
export function ended(pid: unknown, call: string, other: object = {}): Said {
  const data = { op: "fs.read", tool: "read_file", args: { path: "a" }, needs: [], decision: "allow" };
  return {
    kind: "call.end",
    pid,
    call,
    data: { ...data, outcome: "ok", value: {}, used: USED, micros: 1, ...other },
  };
}

export function message(pid: unknown, text = "x"): Said {
  return { kind: "process.message", pid, data: { text, by: "person" } };
}

/** The exit of a process. */
export function exit(pid: unknown): Said {
  return { kind: "process.exit", pid, data: { exit: "finished", result: null, reason: "" } };
}

/** The numbers from 0 up to, but not including, `n`. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
