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

test("other addresses are taken from the environment, each with the name of its variable", () => {
  const env: NodeJS.ProcessEnv = {
    OPENAI_BASE_URL: "https://gateway.test/openai/v1/",
    ANTHROPIC_BASE_URL: "https://a:hidden-1@gateway.test/anthropic",
    OLLAMA_HOST: "gpu:1234",
    HTTPS_PROXY: "http://b:hidden-2@proxy.test:3128",
  };
  const { models, secrets } = takeModelKeys(env);
  assert.deepEqual(
    [models.openai, models["openai-compatible"], models.anthropic, models.ollama].map((each) => [
      each?.baseUrl,
      each?.source,
      each?.keyRequired,
    ]),
    [
      ["https://gateway.test/openai/v1", "OPENAI_BASE_URL", false],
      ["https://gateway.test/openai/v1", "OPENAI_BASE_URL", false],
      ["https://a:hidden-1@gateway.test/anthropic/v1", "ANTHROPIC_BASE_URL", false],
      ["http://gpu:1234", "OLLAMA_HOST", false],
    ],
  );
  assert.deepEqual(secrets, ["hidden-1", "hidden-2"]);
  assert.deepEqual(
    Object.keys(env),
    ["OLLAMA_HOST", "HTTPS_PROXY"],
    "programs that agents start may need these",
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
