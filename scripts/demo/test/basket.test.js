// What the shop promises; the first test fails until quantities count.
import assert from "node:assert/strict";
import { test } from "node:test";
import { discount, total } from "../src/basket.js";

test("quantities count", () => {
  assert.equal(total([{ name: "tea", cents: 250, quantity: 2 }]), 500);
});

test("a discount is rounded to whole cents", () => {
  assert.equal(discount(999, 10), 899);
});
