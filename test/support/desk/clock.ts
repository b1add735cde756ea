// The clock of the desk: time stands still for the extension until a person waits, and nobody sleeps for it.
//
// While the clock is installed, setTimeout, AbortSignal.timeout, Date and performance.now of this program go by it. `idle` lets
// all that needs no time happen; `pass` lets time pass; `until` asks again, and lets time pass only as far as the next timer
// each time.
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";

/** Whose timers these are: an extension host, which may die and take them along. */
export interface Owner {
  readonly dead: boolean;
}

interface Timer {
  at: number;
  readonly nth: number;
  readonly every: number | undefined;
  readonly owner: Owner | undefined;
  readonly call: () => void;
}

/** Under whom code runs; what it starts runs under the same. */
export const owners = new AsyncLocalStorage<Owner>();

/** Open requests that end by themselves; while there is one, something may still happen without any time passing. */
const BUSY =
  /^(?:FSReq|CloseReq|FileHandleCloseReq|ProcessWrap|ShutdownWrap|WriteWrap|TCPConnectWrap|GetAddrInfoReqWrap|\w+Request$|Worker$)/;
/** How long nothing may change before `until` gives up, in milliseconds of the wall: a watched folder needs a moment. */
const GRACE = 250;

const real = { now: Date.now, setTimeout, clearTimeout, setInterval, clearInterval };
const RealDate = Date;
const realTimeout = AbortSignal.timeout.bind(AbortSignal);
const realPerformance = performance.now.bind(performance);
const timers = new Map<object, Timer>();
let offset = 0;
let made = 0;
let installed = false;
let began = { wall: 0, monotonic: 0 };
/** Work of the desk itself that is under way. */
let working = 0;
const failures: unknown[] = [];

class FakeDate extends RealDate {
  constructor(...given: [] | [number | string]) {
    if (given.length === 0) super(began.wall + offset);
    else super(...given);
  }
  static override now(): number {
    return began.wall + offset;
  }
}

/** What setTimeout returns; it can be told to keep nothing alive, as the real one. */
class Handle {
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  refresh(): this {
    return this;
  }
  [Symbol.dispose](): void {
    timers.delete(this);
  }
}

type Callback = (...args: unknown[]) => void;

function add(callback: Callback, ms: number | undefined, args: unknown[], repeats: boolean): Handle {
  const wait = Math.max(1, Number(ms) || 0);
  const owner = owners.getStore();
  const handle = new Handle();
  if (owner?.dead === true) return handle;
  const run = AsyncLocalStorage.bind(() => callback(...args));
  const every = repeats ? wait : undefined;
  timers.set(handle, { at: offset + wait, nth: ++made, every, owner, call: run });
  return handle;
}

const fake = {
  setTimeout: (callback: Callback, ms?: number, ...args: unknown[]) => add(callback, ms, args, false),
  setInterval: (callback: Callback, ms?: number, ...args: unknown[]) => add(callback, ms, args, true),
  clearTimeout: (handle: object | undefined) =>
    void (handle !== undefined && handle !== null && timers.delete(handle)),
  clearInterval: (handle: object | undefined) =>
    void (handle !== undefined && handle !== null && timers.delete(handle)),
};

/** `AbortSignal.timeout` by this clock. */
function timeout(ms: number): AbortSignal {
  const controller = new AbortController();
  const late = new DOMException("The operation was aborted due to timeout", "TimeoutError");
  setTimeout(() => controller.abort(late), ms);
  return controller.signal;
}

/** Puts the clock in place of that of the machine, at the same time of day. */
export function install(): void {
  if (installed) return;
  installed = true;
  offset = 0;
  began = { wall: real.now(), monotonic: realPerformance() };
  Object.assign(globalThis, fake, { Date: FakeDate });
  AbortSignal.timeout = timeout;
  performance.now = () => began.monotonic + offset;
}

/** Gives the machine its clock back; timers that wait are dropped. */
export function uninstall(): void {
  const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
  Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval, Date: RealDate });
  AbortSignal.timeout = realTimeout;
  performance.now = realPerformance;
  timers.clear();
  installed = false;
}

/** Drops what an extension host that died had set. */
export function dropTimersOf(owner: Owner): void {
  for (const [handle, timer] of timers) if (timer.owner === owner) timers.delete(handle);
}

/** Follows work of the desk; while it is under way nothing is idle, and its failure is that of the next wait. */
export function work(doing: () => unknown): void {
  working += 1;
  void (async () => doing())()
    .catch((error: unknown) => void failures.push(error))
    .finally(() => (working -= 1));
}

/** Notes what went wrong where nobody could be told; the next wait fails with it. */
export function fail(error: unknown): void {
  failures.push(error);
}

/** Waits until nothing more happens without time passing. */
export async function idle(): Promise<void> {
  // Work of the desk under which nothing is in flight waits for time to pass, or for a person. What goes to a server of
  // this program and back takes some turns, and an open connection does not tell whether anything is on its way.
  for (let quiet = 0, turns = 0, enough = 4; quiet < enough; turns++) {
    await turn();
    const resources = process.getActiveResourcesInfo();
    const busy = resources.some((name) => BUSY.test(name));
    enough = working > 0 || resources.includes("TCPSocketWrap") ? 50 : 4;
    quiet = busy ? 0 : quiet + 1;
    if (turns > 200 && busy) await pause(1);
  }
  if (failures.length > 0) throw failures.shift();
}

/** Lets the next timer fire that is due by then; false when there is none. */
function fire(limit: number): boolean {
  let next: [object, Timer] | undefined;
  for (const entry of timers) {
    const [, { at, nth }] = entry;
    if (at <= limit && (next === undefined || at < next[1].at || (at === next[1].at && nth < next[1].nth)))
      next = entry;
  }
  if (next === undefined) return false;
  const [handle, timer] = next;
  offset = Math.max(offset, timer.at);
  if (timer.every === undefined) timers.delete(handle);
  else timer.at = offset + timer.every;
  try {
    timer.call();
  } catch (error) {
    failures.push(error);
  }
  return true;
}

/** How long a hand takes to a key or a button, in milliseconds. */
const HAND = 250;

/** Lets as much time pass as a person needs for one gesture. */
export function reach(): Promise<void> {
  return pass(HAND);
}

/** Lets so many milliseconds pass, with all that happens meanwhile. */
export async function pass(ms: number): Promise<void> {
  await idle();
  const limit = offset + ms;
  while (fire(limit)) await idle();
  offset = limit;
  await idle();
}

/**
 * Asks again until the answer is good, and lets time pass meanwhile, but no more than so many seconds of it. It fails with
 * the last answer as soon as nothing is left that could change it.
 */
export async function until<T>(
  ask: () => Promise<T> | T,
  good: (answer: T) => boolean,
  seconds = 15,
): Promise<T> {
  const limit = offset + seconds * 1000;
  for (let still = 0; ;) {
    await idle();
    const answer = await ask();
    if (good(answer)) return answer;
    if (fire(limit)) continue;
    if (still === 0) still = real.now();
    // What watches a folder hears of it a moment later.
    if (real.now() - still > GRACE)
      throw new Error(`still not after ${seconds} s, and nothing more happens: ${JSON.stringify(answer)}`);
    await pause(10);
  }
}
