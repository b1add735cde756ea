// At rest: with its record open and nothing to do, the extension sets no timer, opens no connection and listens for none.
import assert from "node:assert/strict";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { journal, newAgent, until } from "./support/people.ts";

const OURS = /[\\/]dist[\\/](?:extension|agentlibos|parts[\\/][^\\/]*)\.js/u;

describe("at rest", () => {
  it("nothing of ours wakes up or connects by itself", async () => {
    await newAgent("one that ends", [{ calls: [{ tool: "finish", args: { result: "ended" } }] }]);
    await until("the agent to end", () => journal().includes('"result":"ended"'));
    await sleep(3000);
    const found: string[] = [];
    const note = (what: string): void => {
      const stack = new Error(what).stack ?? "";
      if (OURS.test(stack)) found.push(stack);
    };
    const stop = [
      noting(globalThis, "setTimeout", note),
      noting(globalThis, "setInterval", note),
      noting(net.Socket.prototype, "connect", note),
      noting(net.Server.prototype, "listen", note),
    ];
    try {
      await sleep(4000);
    } finally {
      for (const restore of stop) restore();
    }
    assert.deepEqual(found, []);
  });
});

/** Puts a listener before a function of everybody's; gives the way to take it off again. */
function noting(on: object, name: string, note: (what: string) => void): () => void {
  const real: unknown = Reflect.get(on, name);
  assert.ok(typeof real === "function");
  const noted = function (this: unknown, ...args: unknown[]): unknown {
    note(name);
    return Reflect.apply(real, this, args) as unknown;
  };
  Reflect.set(on, name, Object.assign(noted, real));
  return () => void Reflect.set(on, name, real);
}
