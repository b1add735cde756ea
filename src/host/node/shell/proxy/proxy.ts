// The proxy of one command: the only way out of its layer, for the hosts that its call named, and for nothing else.
import http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { canonicalHost } from "../../../../abi/net/host.ts";
import type { ConnectionProblem, Reached } from "../../../../primitives/shell/backend.ts";
import { Pins, type Network } from "../../net/network.ts";
import { Connections } from "./connections.ts";
import { MOST_HELLO, readHello } from "./hello.ts";
import { absoluteTarget, hostTarget, type HostTarget } from "./targets.ts";

const HTTP = 80;
const HTTPS = 443;
/** So many connections of the command are open at once. */
const MOST_OPEN = 128;
/** A client that has a tunnel, and a machine that is called, answers within this time. */
const ANSWER_MS = 20_000;

/** Fields that belong to one connection and not to the request (RFC 9110, 7.6.1). */
const OF_CONNECTION = new Set(
  "connection proxy-connection keep-alive proxy-authenticate proxy-authorization te trailer transfer-encoding upgrade expect host".split(
    " ",
  ),
);

/** The words with which the proxy refuses, for whoever reads the output of the command. */
const REFUSALS: Readonly<Record<ConnectionProblem, readonly [status: number, text: string]>> = {
  host: [403, "This host is not in the hosts of the call."],
  revoked: [403, "The right to connect to this host was taken away."],
  port: [403, "Only the ports 80 and 443 can be reached."],
  address: [403, "The name leads to an address that is not on the open internet."],
  name: [403, "The request names another host than its connection."],
  request: [400, "The request is not understood."],
  protocol: [403, "Only TLS can be spoken on port 443."],
  limit: [429, "The command has used up its connections."],
  unresolved: [502, "The name has no address."],
  unreachable: [502, "The host does not answer."],
};

/** A connection that is not made, and why. */
class Refused extends Error {
  readonly problem: ConnectionProblem;
  constructor(problem: ConnectionProblem) {
    super(REFUSALS[problem][1]);
    this.problem = problem;
  }
}

/** Answers on the sockets of one server until it is closed. The server that it answers on belongs to its maker. */
export class HostProxy {
  readonly server = http.createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
  /** Reads the requests in tunnels that lead to port 80. */
  readonly #inner = http.createServer({ requestTimeout: 0, keepAliveTimeout: 60_000 });
  readonly #hosts: ReadonlySet<string>;
  readonly #network: Network;
  readonly #pins: Pins;
  readonly #connections: Connections;
  readonly #mayReach: (host: string) => boolean;
  /** Sockets of the command, to be ended with it. */
  readonly #near = new Set<Duplex>();
  readonly #tunnels = new WeakMap<Duplex, HostTarget>();
  /** Sockets to hosts, connected or not yet. */
  readonly #far = new Set<Socket>();
  #isClosed = false;

  /**
   * @param hosts canonical hosts
   * @param mayReach says whether one of them may still be reached
   */
  constructor(hosts: readonly string[], network: Network, mayReach: (host: string) => boolean = () => true) {
    this.#hosts = new Set(hosts);
    this.#mayReach = mayReach;
    this.#connections = new Connections(mayReach);
    this.#network = network;
    this.#pins = new Pins(network);
    this.server.maxConnections = MOST_OPEN;
    this.server.on("connection", (socket) => {
      this.#near.add(socket);
      socket.once("close", () => this.#near.delete(socket));
    });
    this.server.on("request", (request, response) => void this.#forward(request, response));
    this.#inner.on("request", (request, response) => void this.#forward(request, response));
    this.server.on("connect", (request, near, head) => void this.#tunnel(request.url ?? "", near, head));
    for (const server of [this.server, this.#inner])
      server.on("clientError", ({ code = "" }: NodeJS.ErrnoException, near) => {
        // All others are connections that ended.
        if (code.startsWith("HPE_")) this.#misread(near);
        else near.destroy();
      });
    this.server.on("drop", () => this.#connections.refuse("", 0, "limit"));
    this.#inner.on("connect", (_request, near) => this.#misread(near));
  }

  /** Ends everything and gives each connection that was asked for. */
  close(): Reached {
    const reached = this.#connections.close();
    this.#isClosed = true;
    this.server.close();
    for (const socket of [...this.#near, ...this.#far]) socket.destroy();
    return reached;
  }

  /** Carries out a request in plain HTTP. */
  async #forward(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = request.url ?? "";
    const tunnel = this.#tunnels.get(request.socket);
    const target =
      tunnel === undefined ? absoluteTarget(url) : url.startsWith("/") && { ...tunnel, path: url };
    const { host = "", port = 0 } = target || (tunnel ?? {});
    let far: Socket | undefined;
    try {
      if (!target) throw new Refused("request");
      const named = request.headers.host;
      const asked = named === undefined ? undefined : hostTarget(named, HTTP);
      this.#admit(target, HTTP);
      if (named !== undefined && (asked?.host !== host || asked.port !== port)) throw new Refused("name");
      far = await this.#dial(host, port);
      await this.#exchange(request, response, { far, host, path: target.path });
    } catch (error) {
      const problem = error instanceof Refused ? error.problem : "unreachable";
      if (far === undefined) this.#connections.refuse(host, port, problem);
      else if (request.socket.destroyed) far.destroy();
      else this.#connections.end(far, problem);
      const [status, text] = REFUSALS[problem];
      if (response.headersSent || response.destroyed) return void response.destroy();
      const body = `${text}\n`;
      response.writeHead(status, {
        ...{ "content-type": "text/plain", "content-length": body.length, connection: "close" },
      });
      response.end(body);
    }
  }

  async #exchange(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    { far, host, path }: { readonly far: Socket; readonly host: string; readonly path: string },
  ): Promise<void> {
    const up = http.request({
      ...{ method: request.method, path, createConnection: () => far, setHost: false },
      headers: { ...endToEnd(request), host, connection: "close" },
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      up.once("response", resolve);
      up.on("error", reject);
      response.once("close", () => reject(new Error("the client has gone")));
    });
    // A server may answer before it has read the whole request; then its answer counts.
    pipeline(request, up).catch(() => undefined);
    const answer = await answered;
    response.sendDate = false;
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer));
    await pipeline(answer, response);
    far.destroy();
  }

  /** Opens a tunnel to a host: for TLS with its name, or for requests in plain HTTP, which are read one by one. */
  async #tunnel(authority: string, near: Duplex, head: Buffer): Promise<void> {
    near.on("error", () => near.destroy());
    const target = hostTarget(authority);
    const { host = "", port = 0 } = target ?? {};
    let far: Socket | undefined;
    try {
      if (target === undefined) throw new Refused("request");
      this.#admit(target, port === HTTP ? HTTP : HTTPS);
      if (port === HTTP) {
        this.#tunnels.set(near, target);
        near.write(ESTABLISHED);
        near.unshift(head);
        return void this.#inner.emit("connection", near);
      }
      far = await this.#dial(host, port);
      tie(near, far);
      near.write(ESTABLISHED);
      const hello = await helloFrom(near, head);
      if (hello === undefined) throw new Refused("protocol");
      if (near.destroyed) return void far.destroy();
      if (hello.name !== undefined && canonicalHost(hello.name) !== host) throw new Refused("name");
      far.write(hello.bytes);
      near.pipe(far);
      far.pipe(near);
    } catch (error) {
      const problem = error instanceof Refused ? error.problem : "unreachable";
      if (far === undefined) return this.#turnAway(near, host, port, problem);
      // The client was told already that it has a tunnel.
      this.#connections.end(far, problem);
      near.destroy();
    }
  }

  /** Turns away what cannot be read. Only in a tunnel is it known whom it was meant for. */
  #misread(near: Duplex): void {
    const { host = "", port = 0 } = this.#tunnels.get(near) ?? {};
    this.#turnAway(near, host, port, "request");
  }

  #turnAway(near: Duplex, host: string, port: number, problem: ConnectionProblem): void {
    this.#connections.refuse(host, port, problem);
    const [status, text] = REFUSALS[problem];
    const body = `${text}\n`;
    if (!near.writable) return void near.destroy();
    near.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\nContent-Type: text/plain\r\n` +
        `Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  }

  /** Refuses what the call did not name. */
  #admit({ host, port }: HostTarget, allowed: number): void {
    if (!this.#hosts.has(host)) throw new Refused("host");
    if (!this.#mayReach(host)) throw new Refused("revoked");
    if (port !== allowed) throw new Refused("port");
    if (this.#connections.isFull) throw new Refused("limit");
  }

  /** Connects to an address of the host. */
  async #dial(host: string, port: number): Promise<Socket> {
    const pinned = await this.#pins.of(host);
    if ("problem" in pinned) throw new Refused(pinned.problem);
    if (this.#isClosed) throw new Refused("unreachable");
    const far = this.#network.dial(pinned.addresses, port);
    this.#far.add(far);
    far.once("close", () => this.#far.delete(far));
    far.setTimeout(ANSWER_MS, () => far.destroy(new Error("no answer")));
    await new Promise<void>((resolve, reject) => {
      far.once("connect", resolve);
      far.once("error", reject);
      far.once("close", () => reject(new Error("closed")));
    });
    far.on("error", () => far.destroy());
    this.#connections.add(host, port, far);
    return far;
  }
}

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";

/** The fields of a message that are meant for its other end. */
function endToEnd(message: http.IncomingMessage): Record<string, string[]> {
  const named = (message.headers.connection ?? "").toLowerCase().split(",");
  const left = new Set([...OF_CONNECTION, ...named.map((name) => name.trim())]);
  return Object.fromEntries(
    Object.entries(message.headersDistinct).flatMap(([name, values]) =>
      values === undefined || left.has(name) ? [] : [[name, values]],
    ),
  );
}

/** Reads the first message of a client, of which a client that leaves at once sends nothing. Undefined when it is not TLS. */
async function helloFrom(
  near: Duplex,
  head: Buffer,
): Promise<{ readonly name: string | undefined; readonly bytes: Buffer } | undefined> {
  let bytes = head;
  const late = setTimeout(() => near.destroy(), ANSWER_MS);
  try {
    for (;;) {
      const hello = readHello(bytes);
      if (hello.kind === "other" || bytes.length > MOST_HELLO) return undefined;
      if (hello.kind === "hello") return { name: hello.name, bytes };
      const more = await chunkFrom(near);
      if (more === undefined) return bytes.length === 0 ? { name: undefined, bytes } : undefined;
      bytes = Buffer.concat([bytes, more]);
    }
  } finally {
    clearTimeout(late);
  }
}

/** The next bytes of a stream, which is left paused; undefined at its end. */
function chunkFrom(stream: Duplex): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const take = (): void => {
      const bytes = stream.read() as Buffer | null;
      if (bytes === null && !stream.readableEnded && !stream.destroyed) return;
      for (const event of ["readable", "end", "close"]) stream.off(event, take);
      resolve(bytes ?? undefined);
    };
    for (const event of ["readable", "end", "close"]) stream.on(event, take);
    take();
  });
}

/** Ends either side with the other. One that has said all it had may leave before the other has heard it. */
function tie(near: Duplex, far: Socket): void {
  near.once("close", () => near.readableEnded || far.destroy());
  far.once("close", () => far.readableEnded || near.destroy());
}
