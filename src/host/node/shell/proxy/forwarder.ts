// The forwarder: runs inside a layer, where there is no network, and carries bytes from a port of its own to the proxy.
import type fs from "node:fs";
import type net from "node:net";

/** The port that a command finds its proxy at, on a loopback interface that it shares with nobody. */
export const PROXY_PORT = 3128;

/** The descriptor by which the host learns that the layer stands. */
const READY = 4;

/**
 * Carries bytes. It runs as a text, because nothing of this program is to be seen in a layer, so it uses nothing but its
 * arguments. It decides nothing either: the command could reach the socket by itself.
 */
function forward(
  { createServer, connect }: typeof net,
  { writeSync, closeSync }: typeof fs,
  port: number,
  path: string,
  ready: number,
): void {
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ path, allowHalfOpen: true });
    const tie = (one: net.Socket, other: net.Socket): void => {
      one.on("error", () => other.destroy());
      // One that has said all it had may leave before the other has heard it.
      one.on("close", () => one.readableEnded || other.destroy());
      one.pipe(other);
    };
    tie(near, far);
    tie(far, near);
  });
  server.listen(port, "127.0.0.1", () => {
    writeSync(ready, "\n");
    closeSync(ready);
  });
}

/** The forwarder as the text of a program for Node. */
export function forwarderText(socket: string): string {
  const own = `require("node:net"), require("node:fs"), ${PROXY_PORT}, ${JSON.stringify(socket)}, ${READY}`;
  return `(${forward.toString()})(${own})`;
}
