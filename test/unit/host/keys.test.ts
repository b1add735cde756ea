// Keys and clock of the host: what counts as a public key, whose key signs, and timers that hold for any length.
import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { systemClock } from "../../../src/host/node/clock.ts";
import { nodeDigests, nodeSignatures } from "../../../src/host/node/digests.ts";
import { newIdentity, readPublicKey, signerOf } from "../../../src/host/node/journal/keys.ts";

test("a public key may come as PEM, as identity.json or as raw hex", () => {
  const { identity, privateKey } = newIdentity();
  const raw = createPublicKey(identity.publicKey)
    .export({ format: "der", type: "spki" })
    .subarray(-32)
    .toString("hex");
  for (const text of [
    identity.publicKey,
    identity.publicKey.trim(),
    JSON.stringify(identity),
    raw,
    raw.toUpperCase() + "\n",
  ]) {
    assert.equal(readPublicKey(text), identity.publicKey, text);
  }
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 })
    .publicKey.export({ type: "spki", format: "pem" })
    .toString();
  for (const text of ["", "nonsense", "{}", "{", '{"publicKey":5}', rsa, raw.slice(1)])
    assert.equal(readPublicKey(text), undefined);
  assert.equal(
    readPublicKey(privateKey),
    undefined,
    "a private key is no public one, and nobody should bring it",
  );
});

test("signatures: lowercase hex, of this message, by this key", () => {
  const { identity, privateKey } = newIdentity();
  const signer = signerOf(identity, privateKey);
  assert.ok(signer);
  const signature = signer.sign("message");
  const { publicKey } = identity;
  assert.equal(nodeSignatures.verifies(publicKey, "message", signature), true);
  assert.equal(nodeSignatures.verifies(publicKey, "message!", signature), false);
  assert.equal(nodeSignatures.verifies(publicKey, "message", signature.toUpperCase()), false);
  assert.equal(nodeSignatures.verifies(publicKey, "message", signature + "00"), false);
  assert.equal(nodeSignatures.verifies("no key", "message", signature), false);
  assert.equal(nodeSignatures.verifies(newIdentity().identity.publicKey, "message", signature), false);
  assert.equal(signerOf(newIdentity().identity, privateKey), undefined);
  assert.equal(identity.id, nodeDigests.sha256(publicKey).slice(0, 32));
});

test("waiting: called once, or not at all when cancelled, however long", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const calls: string[] = [];
  systemClock.after(10, () => calls.push("short"));
  const cancel = systemClock.after(20, () => calls.push("cancelled"));
  const days = 60 * 24 * 3600 * 1000; // longer than a timer of Node can be
  systemClock.after(days, () => calls.push("long"));
  systemClock.after(-5, () => calls.push("past"));
  cancel();
  t.mock.timers.tick(1000);
  assert.deepEqual(calls, ["past", "short"]);
  t.mock.timers.tick(days / 2);
  assert.deepEqual(calls, ["past", "short"]);
  for (let i = 0; i < 3; i++) t.mock.timers.tick(days); // the mock starts each piece at the end of a tick
  assert.deepEqual(calls, ["past", "short", "long"]);
});
