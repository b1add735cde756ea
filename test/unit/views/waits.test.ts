// What a process waits for and what waits for it, in the words that its row says.
import assert from "node:assert/strict";
import { setImmediate as tick } from "node:timers/promises";
import { test } from "node:test";
import { english } from "../../../src/views/words/translate.ts";
import { unreadWords, waitWords } from "../../../src/views/words/processes.ts";
import { openKernel, FAMILY } from "../../support/objects.ts";

const moment = (ms: number): string => new Date(ms).toISOString().slice(11, 16);

const WAITS: readonly (readonly [op: string, args: object, words: RegExp])[] = [
  ["process.wait", { pid: 3 }, /^waits for boxes \(3\)$/],
  ["process.wait", {}, /^waits for any child$/],
  ["process.wait", { pid: 3, seconds: 60 }, /^waits for boxes \(3\)$/],
  ["process.receive", {}, /^waits for a message$/],
  ["process.receive", { from: 3 }, /^waits for a message from boxes \(3\)$/],
  ["process.receive", { from: 99 }, /^waits for a message from process 99$/],
  ["clock.sleep", { seconds: 3600 }, /^sleeps until \d\d:\d\d$/],
  ["process.events", { after: 9999, seconds: 3600 }, /^follows events until \d\d:\d\d$/],
];
for (const [op, args, words] of WAITS) {
  test(`${op} ${JSON.stringify(args)} reads as what it is`, async () => {
    const { k, pid, child } = await openKernel([...FAMILY, "allow:sleep:clock:/sleep"]);
    await child(pid, []);
    const said = (): string => waitWords(english, k.kernel, pid, moment);
    assert.equal(said(), "");
    const waiting = k.call(pid, op, args);
    while (k.core.live.size > 0 && said() === "") await tick();
    assert.match(said(), words);
    k.kernel.signal(k.person, pid, "kill", "over");
    await waiting;
    assert.equal(said(), "");
  });
}

test("several waits at once name the first and count the others", async () => {
  const { k, pid, child } = await openKernel();
  await child(pid, []);
  const both = [k.call(pid, "process.wait", { pid: 3 }), k.call(pid, "process.receive", {})];
  const said = (): string => waitWords(english, k.kernel, pid, moment);
  while (!said().includes("more")) await tick();
  assert.equal(said(), "waits for boxes (3) and 1 more");
  k.kernel.signal(k.person, pid, "kill", "over");
  await Promise.all(both);
});

test("messages that nobody took are counted, until it has taken them or ended", async () => {
  const { k, pid, child } = await openKernel();
  await child(pid, []);
  const unread = (): string => unreadWords(english, k.kernel, 3);
  assert.equal(unread(), "");
  for (const message of ["one", "two"]) await k.call(pid, "process.send", { pid: 3, message });
  assert.equal(unread(), "2 unread");
  await k.call(3, "process.receive", {});
  assert.equal(unread(), "1 unread");
  k.kernel.signal(k.person, 3, "kill", "over");
  assert.equal(unread(), "");
});
