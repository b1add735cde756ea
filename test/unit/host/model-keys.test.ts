// Keys and prices from the environment: taken once, gone from it afterwards, and kept off the record.
import assert from "node:assert/strict";
import { test } from "node:test";
import { takeModelKeys } from "../../../src/host/node/models/environment.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";

const spent = { input: 1000, output: 100 };

test("keys are taken out of the environment, given to their vendor alone, and named as secrets", async () => {
  const env: NodeJS.ProcessEnv = {
    ANTHROPIC_API_KEY: " sk-ant \n",
    OPENAI_API_KEY: "sk-open",
    OPENAI_BASE_URL: "http://me:pass%21word@127.0.0.1:1/v1",
    PATH: "/bin",
  };
  const { models, secrets } = takeModelKeys(env);
  assert.deepEqual(env, { PATH: "/bin" });
  assert.deepEqual(secrets, ["sk-ant", "sk-open", "pass!word"]);
  assert.equal(await models.anthropic?.key(), "sk-ant");
  assert.equal(await models.openai?.key(), "sk-open");
  assert.equal(await models.ollama?.key(), undefined);
  assert.deepEqual(
    [models.anthropic, models.ollama].map((each) => each?.baseUrl),
    ["https://api.anthropic.com/v1", "http://127.0.0.1:11434"],
  );
});

test("prices are a table as JSON; nonsense is none", () => {
  const table = JSON.stringify({ "openai/*": { input: 1, output: 10 } });
  for (const [prices, cost] of [
    [table, 2000],
    ["{no", undefined],
    [undefined, undefined],
  ] as const) {
    const env = prices === undefined ? {} : { AGENTLIBOS_PRICES: prices };
    assert.equal(createModels(takeModelKeys(env).models).cost("openai/x", spent), cost);
  }
});
