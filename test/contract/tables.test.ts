// The tables of operations: their names, the tools of the images, and the schemas that are sent.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { SchemaLists, SCHEMAS_MOST, toolSchema } from "../../src/agent/context/tools.ts";
import { builtInImages } from "../../src/agent/images.ts";
import { IMAGES } from "../harness/images.ts";
import { makeFixture } from "./fixture.ts";

const probe = await makeFixture([]);
after(() => {
  probe.close();
});
/** The operations of the fake world and of the nest, which stand in for others in tests. */
const FAKE = /^(?:box\.(?:read|write|delete|send)|nest\..*)$/u;
const OPERATIONS = [...probe.k.kernel.operations.values()].filter((o) => !FAKE.test(o.name));

test("the schemas sent for every image fit into 16 KB, whatever was found, and every tool of an image exists", () => {
  const { operations } = probe.k.core;
  const lists = new SchemaLists(() => operations);
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
  for (const image of IMAGES.values()) {
    const table = operations.table(image);
    const found = [...table.values()].flatMap((op) => (op.finds === true ? [op.tool] : []));
    assert.deepEqual(
      [...table.keys()],
      [...image.tools, ...found.filter((tool) => !image.tools.includes(tool ?? ""))],
    );
    const deferred = [...table.values()].filter((op) => op.deferred === true);
    assert.equal(found.length, deferred.length === 0 ? 0 : 1);
    const sent = bytes(lists.sent(image).tools);
    const all = bytes([...table].map(([name, op]) => toolSchema(name, op)));
    const most = bytes(lists.sent(image, { tools: [...table.keys()] }).tools);
    console.log(`  ${image.name}: ${all} bytes of schemas, ${sent} of them sent`);
    assert.ok(most <= SCHEMAS_MOST, `${image.name}: ${most} bytes with all found`);
    assert.ok(sent <= 12_000, `${image.name}: ${sent} bytes leave no room for what is found`);
    if (deferred.length > 0) assert.ok(sent < 0.8 * all, `${image.name}: ${sent} of ${all} bytes are sent`);
  }
});

test("every tool there is stands in some built-in image: by those an image file's tools are judged", () => {
  const images = builtInImages(probe.k.kernel.state.kinds);
  const listed = new Set([...images.values()].flatMap((image) => image.tools));
  assert.deepEqual(
    OPERATIONS.filter((o) => o.finds !== true)
      .map((o) => o.tool ?? "finish")
      .filter((tool) => !listed.has(tool)),
    [],
  );
});

test("names are given once: no two operations, and no two tools, share one", () => {
  const names = OPERATIONS.map((o) => o.name);
  const tools = OPERATIONS.flatMap((o) => o.tool ?? []);
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(tools).size, tools.length);
});
