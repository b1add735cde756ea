// Connections of extension hosts: which of them asks on which, so that a host that dies takes its own along.
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { owners, type Owner } from "./clock.ts";

/** Requests, by the extension host that made them. */
const made = new WeakMap<object, Owner>();
const sockets = new WeakMap<Owner, Set<Socket>>();

subscribe("undici:request:create", (message) => {
  const owner = owners.getStore();
  if (owner !== undefined) made.set((message as { request: object }).request, owner);
});
subscribe("undici:client:sendHeaders", (message) => {
  const { request, socket } = message as { request: object; socket: Socket };
  const owner = made.get(request);
  if (owner !== undefined) sockets.set(owner, (sockets.get(owner) ?? new Set()).add(socket));
});

/** Cuts the connections of a host that died: the other side sees them closed, and the host hears nothing of it. */
export function cutOff(owner: Owner): void {
  for (const socket of sockets.get(owner) ?? []) {
    socket.removeAllListeners();
    socket.destroy();
  }
  sockets.delete(owner);
}
