// Connections of one command: each is counted with its host and bytes, and all together have limits.
import type { Socket } from "node:net";
import type { ConnectionProblem, HostConnection, Reached } from "../../../../primitives/shell/backend.ts";

/** So many connections are told one by one; the others are counted. */
const LISTED = 200;
/** The most connections of one command, and the most bytes both ways. */
const MOST = 5000;
const MOST_BYTES = 4 * 1024 ** 3;
/** A connection on which nothing moves for so long is given up. */
const IDLE_MS = 120_000;
const LOOK_MS = 250;

/** One connection that was asked for. */
interface Entry extends Omit<HostConnection, "up" | "down"> {
  readonly far?: Socket;
}

/** The connections of one command. */
export class Connections {
  readonly #listed: Entry[] = [];
  readonly #open = new Map<Socket, string>();
  readonly #mayReach: (host: string) => boolean;
  #count = 0;
  /** Bytes of the connections that have ended. */
  #spent = 0;
  /** Looks at the bytes now and then: to count them as they come would keep streams from waiting for each other. */
  readonly #watch = setInterval(() => this.#look(), LOOK_MS);

  /** @param mayReach says whether a host may still be reached, because its right can be taken away at any time */
  constructor(mayReach: (host: string) => boolean) {
    this.#mayReach = mayReach;
  }

  /** True when the command may connect no more. */
  get isFull(): boolean {
    return this.#count >= MOST || this.#bytes >= MOST_BYTES;
  }

  get #bytes(): number {
    return [...this.#open.keys()].reduce((sum, far) => sum + far.bytesWritten + far.bytesRead, this.#spent);
  }

  /** Notes a connection that is not made. */
  refuse(host: string, port: number, problem: ConnectionProblem): void {
    this.#note({ host: host.slice(0, 253), port, problem });
  }

  /** Notes a connection to another machine, which counts from now on. */
  add(host: string, port: number, far: Socket): void {
    const address = far.remoteAddress;
    this.#note({ host, port, ...(address === undefined ? {} : { address }), far });
    this.#open.set(far, host);
    far.once("close", () => {
      this.#open.delete(far);
      this.#spent += far.bytesWritten + far.bytesRead;
    });
    far.setTimeout(IDLE_MS, () => far.destroy());
  }

  /** Notes why a connection that was made has ended early. */
  end(far: Socket, problem: ConnectionProblem): void {
    const at = this.#listed.findIndex((entry) => entry.far === far);
    const entry = this.#listed[at];
    if (entry !== undefined) this.#listed[at] = { ...entry, problem };
    far.destroy();
  }

  /** Gives all connections, and watches them no more. */
  close(): Reached {
    const connections = this.#listed.map(({ far, ...entry }) => ({
      ...entry,
      ...{ up: far?.bytesWritten ?? 0, down: far?.bytesRead ?? 0 },
    }));
    clearInterval(this.#watch);
    return { connections, more: this.#count - connections.length };
  }

  /** Ends what may no longer be, and everything when the bytes are too many. */
  #look(): void {
    const isOver = this.#bytes >= MOST_BYTES;
    for (const [far, host] of [...this.#open])
      if (isOver) this.end(far, "limit");
      else if (!this.#mayReach(host)) this.end(far, "revoked");
  }

  #note(entry: Entry): void {
    this.#count += 1;
    if (this.#listed.length < LISTED) this.#listed.push(entry);
  }
}
