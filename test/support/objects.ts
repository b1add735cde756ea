// A kernel with processes that keep objects, and short calls for each of them.
import assert from "node:assert/strict";
import type { Result } from "../../src/abi/errors.ts";
import { TestKernel, type Setup } from "./kernel.ts";

/** What a process needs to have children. */
export const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/boxes"];
/** The value of a call that went well. */
export const valueOf = (result: Result<unknown>): Record<string, unknown> => {
  assert.ok(result.ok, JSON.stringify(result));
  return result.value as Record<string, unknown>;
};
export const messageOf = (result: Result<unknown> | undefined): string =>
  result === undefined || result.ok ? "" : result.message;

export async function openKernel(grants: readonly string[] = FAMILY, setup: Setup = {}) {
  const k = await TestKernel.open(setup);
  const pid = k.launch(grants);
  const put = (who: number, args: object) => k.call(who, "object.put", args);
  const get = (who: number, args: object) => k.call(who, "object.get", args);
  const list = async (who: number, args: object = {}) => {
    const { entries } = valueOf(await k.call(who, "object.list", args)) as {
      entries: { namespace: string; name: string; version: number; links?: unknown }[];
    };
    return entries;
  };
  const child = async (who: number, grants: string[]) => {
    const { pid: born } = valueOf(
      await k.call(who, "process.spawn", { goal: "part", image: "boxes", grants }),
    );
    return Number(born);
  };
  return { k, pid, put, get, list, child };
}
