// The network as this machine reaches it: names are resolved once and then pinned, so that no later answer leads elsewhere.
import dns from "node:dns/promises";
import net from "node:net";
import { isAddress } from "../../../abi/net/host.ts";
import { isPublic } from "./addresses.ts";

/** The way to other machines. */
export interface Network {
  /** All addresses of a name; rejects when it has none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Begins a connection to the first of these addresses that answers. */
  dial(addresses: readonly string[], port: number): net.Socket;
}

/** The network of this machine, with its own resolver. */
export const systemNetwork: Network = {
  async resolve(host) {
    return (await dns.lookup(host, { all: true, order: "verbatim" })).map(({ address }) => address);
  },
  dial(addresses, port) {
    const found = addresses.map((address) => ({ address, family: net.isIP(address) }));
    return net.connect({
      ...{ host: "pinned", port, allowHalfOpen: true, autoSelectFamily: true },
      lookup: (_host, _options, answer) => answer(null, found),
    });
  },
};

/** The addresses of a host, or why it is not reached. */
export type Pinned =
  | { readonly addresses: readonly string[] }
  | { readonly problem: "unresolved" | "address" };

/** The addresses of hosts, each looked up at most once. */
export class Pins {
  readonly #network: Network;
  readonly #found = new Map<string, Promise<Pinned>>();

  constructor(network: Network) {
    this.#network = network;
  }

  /**
   * The addresses of a canonical host. A name must lead to public addresses alone. A host that is an address leads to
   * itself: whoever allowed it has seen where it leads.
   */
  of(host: string): Promise<Pinned> {
    let found = this.#found.get(host);
    if (found === undefined) this.#found.set(host, (found = this.#find(host)));
    return found;
  }

  async #find(host: string): Promise<Pinned> {
    if (isAddress(host)) return { addresses: [host.replaceAll(/[[\]]/gu, "")] };
    try {
      const addresses = await this.#network.resolve(host);
      if (addresses.length === 0) return { problem: "unresolved" };
      return addresses.every((address) => isPublic(address)) ? { addresses } : { problem: "address" };
    } catch {
      return { problem: "unresolved" };
    }
  }
}
