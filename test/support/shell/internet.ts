// A small internet on this machine: names with the addresses that a test gives them, and real servers behind all of these.
import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import type { Network } from "../../../src/host/node/net/network.ts";
import { makeCertificate } from "../../wire/reach/certificates.ts";

/** The name that the certificate of every server has. */
export const GOOD = "good.test";

/** An address of the open internet; what is sent to it comes to a server of the test. */
const SOMEWHERE = "93.184.216.34";

export class Internet implements Network, AsyncDisposable {
  /** The addresses of names; those of a name that is looked up again come from the next list, if there is one. */
  readonly names = new Map<string, readonly string[][]>([[GOOD, [[SOMEWHERE]]]]);
  readonly lookups: string[] = [];
  /** Every connection that was made, as `address:port`. */
  readonly dialled: string[] = [];
  /** Every request that came, as `protocol method host path`. */
  readonly requests: string[] = [];
  readonly certificate = makeCertificate(GOOD);
  readonly #plain = http.createServer((request, response) => this.#answer("http", request, response));
  readonly #secure = https.createServer(this.certificate, (request, response) =>
    this.#answer("https", request, response),
  );

  async open(): Promise<this> {
    for (const server of [this.#plain, this.#secure]) await once(server.listen(0, "127.0.0.1"), "listening");
    return this;
  }

  resolve(host: string): Promise<readonly string[]> {
    this.lookups.push(host);
    const [now, ...later] = this.names.get(host) ?? [];
    if (now === undefined) return Promise.reject(new Error("there is no such name"));
    if (later.length > 0) this.names.set(host, later);
    return Promise.resolve(now);
  }

  dial(addresses: readonly string[], port: number): net.Socket {
    this.dialled.push(`${addresses.join(" ")}:${port}`);
    const server = port === 443 ? this.#secure : this.#plain;
    const { port: own } = server.address() as AddressInfo;
    return net.connect({ port: own, host: "127.0.0.1", allowHalfOpen: true });
  }

  #answer(protocol: string, request: http.IncomingMessage, response: http.ServerResponse): void {
    const { method, headers, url = "" } = request;
    this.requests.push(`${protocol} ${method} ${headers.host} ${url}`);
    const { pathname, searchParams } = new URL(url, "http://x");
    if (pathname === "/redirect")
      return void response.writeHead(302, { location: searchParams.get("to") ?? "" }).end();
    if (pathname === "/large") return void response.end("x".repeat(2_000_000));
    if (pathname === "/headers") return void response.end(JSON.stringify(headers));
    let bytes = 0;
    request.on("data", (part: Buffer) => (bytes += part.length));
    request.on("end", () => response.end(`${bytes} bytes came to ${headers.host}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of [this.#plain, this.#secure]) {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    }
  }
}
