// The fold of calls of calls: what the calls of a call came to, kept while that call may run again after a crash.
import type { Result } from "../../abi/errors.ts";
import type { RecordData } from "../../abi/record.ts";
import { fault } from "../../abi/errors.ts";
import { measureJson } from "../../abi/size.ts";
import { isBelow, madeBy, partsOf } from "./call-id.ts";

/** A call that another call made. */
export interface MadeCall {
  /** The digest of its operation and its arguments; the call that runs again must ask for the same. */
  readonly request: string;
  /** True once it has ended; then it does not run again. */
  readonly ended: boolean;
  /** Its result; undefined while it runs, and when it was too large to be kept. */
  readonly result?: Result<unknown> | undefined;
  /** The digest of the result as its caller got it, where the record has one. */
  readonly digest?: string | undefined;
}

/** All calls that one call has made, by their numbers. */
export interface MadeCalls {
  readonly byNumber: Map<number, MadeCall>;
  /** The characters in the results that it gave so far. */
  characters: number;
}

/** The part of a process that remembers such calls. */
interface Maker {
  made?: Map<string, MadeCalls> | undefined;
  timers?: Map<string, number> | undefined;
  did?: Map<string, unknown> | undefined;
}

/** The most that the kept results of one call's calls hold together, in characters. */
export const KEPT_MOST = 4_000_000;

/** Notes that a record is about a call that another call made. It also notes the request, if the record says it. */
export function noteMade(of: Maker | undefined, call: string | undefined, request?: string): void {
  const calls = madeCalls(of, call);
  const { n = 0 } = (call === undefined ? undefined : madeBy(call)) ?? {};
  if (calls === undefined || request === undefined || calls.byNumber.has(n)) return;
  calls.byNumber.set(n, { request, ended: false });
}

/** Keeps the result of such a call for the case that its maker runs again. */
export function keepResult(of: Maker, call: string, data: RecordData<"call.end">): void {
  const calls = madeCalls(of, call);
  const { n } = madeBy(call) ?? {};
  if (calls === undefined || n === undefined) return;
  const { request = calls.byNumber.get(n)?.request ?? "", error, value } = data;
  const { code, message, hint } = error ?? { code: "EFAULT" as const, message: "no result", hint: "" };
  const result = data.outcome === "ok" ? ({ ok: true, value } as const) : fault(code, message, hint);
  calls.characters += measureJson(value ?? null, KEPT_MOST).characters;
  const kept = calls.characters > KEPT_MOST ? {} : { result };
  calls.byNumber.set(n, { request, ended: true, digest: data.result, ...kept });
}

/** Forgets what the calls of a call came to, because that call has ended. */
export function forgetMade(of: Maker, call: string): void {
  if (of.made?.delete(call) !== true) return;
  if (of.made.size === 0) of.made = undefined;
  of.timers = withoutBelow(of.timers, call);
  of.did = withoutBelow(of.did, call);
}

function withoutBelow<T>(map: Map<string, T> | undefined, call: string): Map<string, T> | undefined {
  for (const key of map?.keys() ?? []) if (isBelow(key, call)) map?.delete(key);
  return map?.size === 0 ? undefined : map;
}

/** The calls that the maker of a call has made. Only a call of a turn is dispatched again, so only its calls are kept. */
function madeCalls(of: Maker | undefined, call: string | undefined): MadeCalls | undefined {
  const maker = call === undefined ? undefined : madeBy(call);
  if (of === undefined || maker === undefined || partsOf(maker.call)?.index === undefined) return undefined;
  of.made ??= new Map<string, MadeCalls>();
  const calls = of.made.get(maker.call) ?? { byNumber: new Map<number, MadeCall>(), characters: 0 };
  of.made.set(maker.call, calls);
  return calls;
}
