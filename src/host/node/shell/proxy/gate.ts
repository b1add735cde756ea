// The gate of a layer: a socket with the proxy behind it, and what a command needs to find its way there.
import fs from "node:fs";
import path from "node:path";
import type { Reached } from "../../../../primitives/shell/backend.ts";
import type { Network } from "../../net/network.ts";
import { forwarderText, PROXY_PORT } from "./forwarder.ts";
import { HostProxy } from "./proxy.ts";

/** A folder of the layer's own, in which no agent can write. */
const INSIDE = "/run/layer";
const SOCKET = "proxy";

/** The names of a command for itself; what it asks there needs no proxy. */
const ITSELF = ["localhost", "127.0.0.1", "[::1]"];

/** An open gate. */
export interface Gate {
  /** Arguments of bubblewrap that show the socket and our own runtime. */
  readonly view: readonly string[];
  /** The runtime, and the program that it is to run. */
  readonly forwarder: readonly [runtime: string, program: string];
  /** Variables that tell programs of the proxy. */
  readonly env: Readonly<Record<string, string>>;
  /** Ends every connection, and gives them. */
  close(): Reached;
}

/** Shows our own runtime: a Node, or the program of an editor, which needs the files beside it. */
function showRuntime(): { readonly view: readonly string[]; readonly program: string } {
  const real = fs.realpathSync.native(process.execPath);
  const isEditor = process.versions["electron"] !== undefined;
  const inside = path.join(INSIDE, "runtime");
  const name = path.basename(real);
  if (isEditor) return { view: ["--ro-bind", path.dirname(real), inside], program: path.join(inside, name) };
  return { view: ["--ro-bind", real, path.join(inside, name)], program: path.join(inside, name) };
}

function variables(hosts: readonly string[]): Record<string, string> {
  const address = `http://127.0.0.1:${PROXY_PORT}`;
  const direct = ITSELF.filter((name) => !hosts.includes(name)).map((name) => name.replaceAll(/[[\]]/gu, ""));
  const named = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].map((name) => [name, address] as const);
  const both = [...named, ["NO_PROXY", direct.join(",")] as const].flatMap(([name, value]) => [
    [name, value] as const,
    [name.toLowerCase(), value] as const,
  ]);
  // Node asks the proxy only when it is told to.
  return { ...Object.fromEntries(both), NODE_USE_ENV_PROXY: "1" };
}

/** The way of one command to its hosts. */
export interface HostWay {
  /** Canonical hosts. */
  readonly hosts: readonly string[];
  /** Whether one of them may still be reached. */
  mayReach(host: string): boolean;
}

/**
 * Opens the gate of one command.
 * @param folder the folder of the command, which only this user may enter
 */
export async function openGate(folder: string, way: HostWay, network: Network): Promise<Gate> {
  const { hosts } = way;
  const proxy = new HostProxy(hosts, network, (host) => way.mayReach(host));
  const own = fs.openSync(folder, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  const close = (): Reached => {
    const reached = proxy.close();
    fs.closeSync(own);
    return reached;
  };
  try {
    await new Promise<void>((resolve, reject) => {
      proxy.server.once("error", reject);
      // The name of a socket must be short, and the folders of users are not.
      proxy.server.listen({ path: `/proc/self/fd/${own}/${SOCKET}` }, resolve);
    });
    const { view, program } = showRuntime();
    const socket = path.join(INSIDE, SOCKET);
    return {
      view: [...view, "--ro-bind", path.join(folder, SOCKET), socket],
      forwarder: [program, forwarderText(socket)],
      env: variables(hosts),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
