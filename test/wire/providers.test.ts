// The model backend in front of the providers: grants, vendors, windows.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault, type Errno } from "../../src/abi/errors.ts";
import { createModels, type ModelsConfig } from "../../src/host/node/models/providers.ts";
import type { Grant } from "../../src/kernel/witness.ts";
import { grantFor, KEY, REQUEST, says, serve } from "./server.ts";

const never = new AbortController().signal;
const script = { turns: [{ text: "hi" }] };
const scripted = { ...REQUEST, model: "scripted/test", turn: 0, script };

async function code(config: ModelsConfig, model: string, grant: Grant): Promise<Errno | "ok"> {
  const models = createModels(config);
  const answer = await models.complete({ ...scripted, model }, grant, never, () => {
    assert.fail("nothing may be streamed");
  });
  return isFault(answer) ? answer.code : "ok";
}

test("a live grant for exactly this model reaches the provider", async () => {
  const models = createModels({ scripted: true });
  let streamed = "";
  const answer = await models.complete(scripted, grantFor("scripted/test"), never, (d) => (streamed += d));
  assert.deepEqual(answer, {
    text: "hi",
    calls: [],
    usage: { input: 5, output: 1, estimated: true },
    stop: "end",
  });
  assert.equal(streamed, "hi");
});

test("no grant, a copy, an ended or look-only one, or one for another model reaches nothing", async () => {
  await using wire = await serve(says("no"));
  const config: ModelsConfig = {
    scripted: true,
    openai: { baseUrl: wire.baseUrl, key: () => assert.fail("the key was asked for"), keyRequired: true },
  };
  const ended = grantFor("openai/x");
  ended.expire();
  const real = grantFor("openai/x");
  const copy = Object.create(Object.getPrototypeOf(real) as object, { mode: { value: "full" } }) as Grant;
  const forged = [undefined, null, {}, copy] as unknown as Grant[];
  for (const grant of [ended, grantFor("openai/x", "look"), ...forged]) {
    assert.equal(await code(config, "openai/x", grant), "EFAULT");
  }
  for (const other of ["openai/y", "openai", "openai/x/y", "scripted/test", "openai/**"]) {
    assert.equal(await code(config, "openai/x", grantFor(other)), "EACCES");
  }
  assert.equal(wire.seen.length, 0);
});

test("an unknown or unconfigured vendor is EUNAVAILABLE and the hint lists what there is", async () => {
  const here: ModelsConfig = {
    scripted: true,
    "openai-compatible": { baseUrl: "http://127.0.0.1:1/v1", key: () => undefined, keyRequired: false },
  };
  for (const model of ["openai/gpt-x", "nobody/x", "scripted", "/x", "constructor/x", "__proto__/x"]) {
    const answer = await createModels(here).complete(
      { ...scripted, model },
      grantFor(model),
      never,
      () => undefined,
    );
    assert.ok(isFault(answer));
    assert.equal(answer.code, "EUNAVAILABLE");
    assert.ok(answer.message.includes(`"${model}"`));
    assert.match(answer.hint, /Configured providers: scripted\/…, openai-compatible\/…\./u);
  }
  const none = await createModels({ scripted: false }).complete(
    scripted,
    grantFor(scripted.model),
    never,
    () => undefined,
  );
  assert.match(isFault(none) ? none.hint : "", /Configured providers: none\./u);
});

test("a missing key is said before anything is sent, and a key that is set later counts", async () => {
  await using wire = await serve(says("hi"));
  const keys: string[] = [];
  const openai = { baseUrl: wire.baseUrl, key: async () => keys.at(-1), keyRequired: true };
  const models = createModels({ scripted: false, openai });
  const ask = () => models.complete(REQUEST, grantFor(REQUEST.model), never, () => undefined);
  const without = await ask();
  assert.ok(isFault(without));
  assert.equal(without.code, "EUNAVAILABLE");
  assert.match(without.hint, /Set API Key/u);
  assert.equal(wire.seen.length, 0);
  keys.push(KEY);
  assert.ok(!isFault(await ask()));
  assert.equal(wire.seen[0]?.headers.authorization, `Bearer ${KEY}`);
});

test("a key storage that fails is the same as no key", async () => {
  const key = () => Promise.reject(new Error(`cannot read ${KEY}`));
  const models = createModels({
    scripted: false,
    openai: { baseUrl: "http://127.0.0.1:1", key, keyRequired: true },
  });
  const answer = await models.complete(REQUEST, grantFor(REQUEST.model), never, () => undefined);
  assert.ok(isFault(answer));
  assert.equal(answer.code, "EUNAVAILABLE");
  assert.ok(!JSON.stringify(answer).includes(KEY));
});

test("each vendor has its own address and key", async () => {
  await using one = await serve(says("one"));
  await using other = await serve(says("other"));
  const models = createModels({
    scripted: true,
    openai: { baseUrl: one.baseUrl, key: () => "key-one", keyRequired: true },
    "openai-compatible": { baseUrl: other.baseUrl, key: () => undefined, keyRequired: false },
  });
  for (const model of ["openai/m", "openai-compatible/pub/m"]) {
    await models.complete({ ...REQUEST, model }, grantFor(model), never, () => undefined);
  }
  assert.deepEqual(
    [one, other].map((w) => w.seen.map((s) => s.headers.authorization)),
    [["Bearer key-one"], [undefined]],
  );
  assert.match(other.seen[0]?.body ?? "", /"model":"pub\/m".*"max_tokens":8192/u);
});

for (const [model, tokens, answer] of [
  ["scripted/test", 128_000, 0],
  ["openai/gpt-4", 8_192, 2_048],
  ["openai/gpt-4o-mini", 128_000, 16_384],
  ["openai/gpt-4.1-nano", 1_047_576, 32_768],
  ["openai/GPT-5-codex", 400_000, 32_768],
  ["openai-compatible/meta-llama/Llama-3.3-70B-Instruct", 131_072, 8_192],
  ["openai-compatible/something-new", 32_768, 8_192],
  ["nobody/x", 32_768, 8_192],
] as const) {
  test(`the window of ${model} is ${tokens} tokens, its longest answer ${answer}`, () => {
    const at = { baseUrl: "http://127.0.0.1:1", key: () => undefined, keyRequired: false };
    const models = createModels({ scripted: true, openai: at, "openai-compatible": at });
    assert.deepEqual([models.window(model), models.answerMax(model)], [tokens, answer]);
  });
}
