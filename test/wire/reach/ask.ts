// One request to a model of a server, its answer or its fault.
import assert from "node:assert/strict";
import { isFault, type Fault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import { sendByProxies } from "../../../src/host/node/models/reach/proxy.ts";
import { grantFor, KEY, REQUEST } from "../server.ts";

export const never = new AbortController().signal;

export type Env = Record<string, string>;

/** Asks one address once, as the command line does under this environment; retries take no time. */
export async function ask(baseUrl: string, env: Env = {}, signal = never): Promise<ModelAnswer | Fault> {
  const pace = { wait: () => Promise.resolve(), random: () => 0, now: () => 0 };
  const send = sendByProxies(env);
  const openai = { baseUrl, key: () => KEY, keyRequired: true, pace, send, source: "OPENAI_BASE_URL" };
  const models = createModels({ scripted: false, openai });
  const result = await models.complete(REQUEST, grantFor(REQUEST.model), signal, () => undefined);
  assert.ok(!JSON.stringify(result).includes(KEY.slice(3, 12)));
  return result;
}

export async function askFault(...what: Parameters<typeof ask>): Promise<Fault> {
  const result = await ask(...what);
  assert.ok(isFault(result), JSON.stringify(result));
  return result;
}
