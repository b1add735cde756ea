// Rate limits: while one provider asks to wait, nobody calls it, and calls to others go on.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fault, isFault } from "../../src/abi/errors.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { Failure, withRetries, type Pace, type ProviderPause } from "../../src/host/node/models/retry.ts";
import { grantFor, refuses, REQUEST, says, serve } from "./server.ts";
import { share } from "../support/runs.ts";

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A clock that moves when told, and wakes who waits for it. */
class HandPace implements Pace {
  #now = Date.parse("2026-01-01T00:00:00Z");
  readonly #waiting = new Set<{ at: number; wake: () => void }>();

  wait(ms: number, signal: AbortSignal): Promise<unknown> {
    return new Promise<void>((resolve, reject) => {
      const one = { at: this.#now + ms, wake: resolve };
      this.#waiting.add(one);
      signal.addEventListener("abort", () => {
        this.#waiting.delete(one);
        reject(new Error("aborted"));
      });
    });
  }
  random(): number {
    return 0;
  }
  now(): number {
    return this.#now;
  }
  get waiting(): number {
    return this.#waiting.size;
  }
  async advance(ms: number): Promise<void> {
    this.#now += ms;
    for (const one of [...this.#waiting])
      if (one.at <= this.#now) {
        this.#waiting.delete(one);
        one.wake();
      }
    await tick();
  }
}

const { signal } = new AbortController();

async function waitFor(test: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !test(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.ok(test(), "it did not come to this");
}

test("whoever calls, and however often it is refused: no provider is called before the time it asked for", async () => {
  const step = fc.oneof(
    fc.record({ call: fc.nat(2), answers: fc.array(fc.constantFrom(-1, 0, 1, 5, 30), { maxLength: 3 }) }),
    fc.record({ seconds: fc.constantFrom(1, 2, 10, 40) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const pace = new HandPace();
      const rests: ProviderPause[] = [0, 1, 2].map(() => ({ until: 0 }));
      const asked = [0, 0, 0];
      const all: Promise<unknown>[] = [];
      for (const given of steps) {
        if ("seconds" in given) await pace.advance(given.seconds * 1000);
        else {
          const { call, answers } = given;
          const free = pace.now() >= (asked[call] ?? 0);
          let n = 0;
          const attempt = async (): Promise<string | Failure> => {
            assert.ok(pace.now() >= (asked[call] ?? 0), `${call} is called too early`);
            const after = answers[n++];
            await tick();
            if (after === undefined) return "fine";
            if (after > 0) asked[call] = Math.max(asked[call] ?? 0, pace.now() + after * 1000);
            return new Failure(fault("EIO", "busy"), true, after < 0 ? undefined : after * 1000);
          };
          all.push(withRetries(attempt, pace, signal, rests[call]));
          await tick();
          if (free) assert.ok(n > 0, "a wait for another provider is in nobody's way");
        }
      }
      for (let i = 0; i < 100; i++) await pace.advance(10_000);
      assert.deepEqual(new Set(await Promise.all(all)), new Set(all.length === 0 ? [] : ["fine"]));
    }),
    { numRuns: share(1000) },
  );
});

test("a second agent does not call a provider that told the first to wait; another provider answers meanwhile", async () => {
  await using busy = await serve(
    refuses(429, { message: "slow down" }, { "retry-after": "7" }),
    says("fine"),
  );
  await using idle = await serve(says("fine"));
  const pace = new HandPace();
  const at = (baseUrl: string) => ({ baseUrl, key: () => "key", keyRequired: false, pace });
  const models = createModels({
    scripted: false,
    ...{ openai: at(busy.baseUrl), "openai-compatible": at(idle.baseUrl) },
  });
  const ask = (model: string, stop = signal) =>
    models.complete({ ...REQUEST, model }, grantFor(model), stop, () => undefined);
  const first = ask("openai/one");
  await waitFor(() => pace.waiting === 1);
  const second = ask("openai/two");
  const stop = new AbortController();
  const third = ask("openai/three", stop.signal);
  await waitFor(() => pace.waiting === 3);
  assert.equal(isFault(await ask("openai-compatible/other")), false);
  stop.abort();
  const stopped = await third;
  assert.ok(isFault(stopped) && stopped.code === "EINTR", "who is stopped does not wait");
  await pace.advance(6_999);
  await waitFor(() => pace.waiting === 2);
  assert.equal(busy.seen.length, 1);
  await pace.advance(1);
  assert.deepEqual([isFault(await first), isFault(await second), busy.seen.length], [false, false, 3]);
});

test("while a provider wants to be left alone for long, calls to it fail at once and say for how long", async () => {
  await using wire = await serve(refuses(429, { message: "later" }, { "retry-after": "3600" }));
  const pace = new HandPace();
  const openai = { baseUrl: wire.baseUrl, key: () => "key", keyRequired: false, pace };
  const models = createModels({ scripted: false, openai });
  const ask = () => models.complete(REQUEST, grantFor(REQUEST.model), signal, () => undefined);
  const hints = [];
  for (const ms of [0, 600_000, 3_000_000]) {
    await pace.advance(ms);
    const result = await ask();
    hints.push(isFault(result) ? /\d+ seconds/u.exec(result.hint)?.[0] : "answered");
  }
  assert.deepEqual([hints, wire.seen.length], [["3600 seconds", "3000 seconds", "3600 seconds"], 2]);
});
