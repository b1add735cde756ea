// Requests of random conversations: the same record gives the same request, within its budget.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { IMAGES } from "../harness/images.ts";
import { BOXES } from "../support/kernel.ts";
import { type Turn } from "../support/kernel/turns.ts";
import { long } from "../support/long.ts";
import { share } from "../support/runs.ts";

const TYPES = ["text", "goal", "decision", "json", "summary"] as const;
const put = fc.record({
  name: fc.integer({ min: 0, max: 4 }).map((n) => `o${n}`),
  type: fc.constantFrom(...TYPES),
  size: fc.integer({ min: 1, max: 3_000 }),
});
const turn = fc.array(
  fc.oneof(
    put.map(({ name, type, size }) => ["put_object", { name, type, value: "v".repeat(size) }] as const),
    put.map(({ name }) => ["get_object", { name }] as const),
  ),
  { minLength: 1, maxLength: 3 },
);

test("the request of a record is the same live and reloaded, and each object has one reason within the budget", async () => {
  let trims = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(turn, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 3_000, max: 6_000 }),
      fc.integer({ min: 0, max: 900 }),
      async (script, window, tokens) => {
        const images = new Map([
          ...IMAGES,
          ["boxes", { ...BOXES, tools: ["put_object", "get_object"], memory: { tokens } }],
        ]);
        const setup = { window, images, script: (_: number, n: number): Turn => script[n] ?? "your turn" };
        const { k } = await long(setup);
        const image = images.get("boxes");
        k.launch([], { launch: { interactive: true }, ...(image === undefined ? {} : { image }) });
        await k.kernel.rest();
        const { k: again } = await long({ ...setup, records: structuredClone([...k.records]), paused: true });
        assert.deepEqual(again.talk.request(2), k.talk.request(2));
        assert.deepEqual(again.talk.memory(2), k.talk.memory(2));
        const living = [...(k.kernel.state.objects.get("p2")?.values() ?? [])].map((o) => o.name).sort();
        const memory = k.talk.memory(2);
        assert.deepEqual([...memory.keys()].sort(), living);
        const told = k.talk
          .request(2)
          .messages.find((m) => m.role === "user" && m.text.startsWith("(What you keep"));
        const size = told?.role === "user" ? told.text.length : 0;
        assert.ok(size <= Math.min(tokens, window / 8) * 4, `${size}`);
        trims += k.of("process.trim").length;
      },
    ),
    { numRuns: share(1_000) },
  );
  assert.ok(trims > share(100), `${trims} compactions`);
});
