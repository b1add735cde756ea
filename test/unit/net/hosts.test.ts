// Hosts and addresses: every way to write a host means the same, and only the open internet is open.
import assert from "node:assert/strict";
import os from "node:os";
import { suite, test } from "node:test";
import { overlaps } from "../../../src/abi/resource.ts";
import { isPublic } from "../../../src/host/node/net/addresses.ts";
import { Pins } from "../../../src/host/node/net/network.ts";
import { canonicalHost, isAddress } from "../../../src/abi/net/host.ts";
import { kinds } from "../../harness/kinds.ts";

const HOSTS: Readonly<Record<string, string>> = {
  "example.com": "Example.COM example.com. EXAMPLE.com. ｅxample.com exa\u00admple.com example。com",
  "xn--bcher-kva.de": "bücher.de BÜCHER.de xn--bcher-kva.de XN--BCHER-KVA.DE. bu\u0308cher.de",
  "127.0.0.1":
    "127.0.0.1 127.1 0x7f.1 2130706433 0177.0.0.1 127.0.0.1. １２７.0.0.1 ::ffff:127.0.0.1 [::ffff:7f00:1]",
  "[::1]": "::1 [::1] [0:0:0:0:0:0:0:1] 0::1",
  "[fe80::1]": "fe80::1 [FE80::0001]",
  localhost: "localhost LOCALHOST. localhost.",
  "a_b.test": "a_b.test",
};

suite("a host", () => {
  for (const [host, texts] of Object.entries(HOSTS))
    for (const text of texts.split(" "))
      test(`${JSON.stringify(text)} is ${host}`, () => assert.equal(canonicalHost(text), host));

  for (const text of [
    ...[
      "",
      ".",
      "..",
      "a..b",
      "a.b..",
      "-a.test",
      "a-.test",
      "*",
      "*.a.test",
      "a.test:80",
      "a.test:",
      "[::1]:80",
    ],
    ...[
      "http://a.test",
      "a.test/b",
      "a@b.test",
      "a.test?b",
      "a.test#b",
      "a.test\\b",
      "a b.test",
      "a\tb",
      "a\nb",
    ],
    ...[
      "%61.test",
      "fe80::1%eth0",
      "[fe80::1%25eth0]",
      "256.1.1.1",
      "1.2.3.4.5",
      "0x7f.1.1.1.1",
      "[::1",
      "::1]",
      "a;b",
    ],
    ...[`${"a".repeat(64)}.test`, "a.".repeat(130)],
  ])
    test(`${JSON.stringify(text.slice(0, 30))} is none`, () => assert.equal(canonicalHost(text), undefined));

  test("a name is no address", () => {
    assert.deepEqual(["127.0.0.1", "[::1]", "127.0.0.1.nip.io", "1.test", "a"].map(isAddress), [
      ...[true, true, false, false, false],
    ]);
  });
});

test("a rule about a host holds however it is written, and about no other host", () => {
  const meets = (a: string, b: string): boolean => overlaps(`net:/${a}`, `net:/${b}`, kinds);
  for (const [host, texts] of Object.entries(HOSTS))
    for (const text of texts.split(" ")) assert.ok(meets(text, host), text);
  for (const other of ["example.com.evil.test", "evil-example.com", "sub.example.com", "com"])
    assert.ok(!meets("example.com", other), other);
  assert.ok(meets("**", "example.com"));
});

const OPEN =
  "8.8.8.8 1.1.1.1 93.184.216.34 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 192.167.1.1 223.255.255.255 2606:4700:4700::1111 2a00:1450::1";
const CLOSED =
  "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.0.1 169.254.169.254 172.16.0.1 172.31.255.255 " +
  "192.0.0.1 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 " +
  ":: ::1 ::ffff:8.8.8.8 ::ffff:10.0.0.1 ::8.8.8.8 64:ff9b::8.8.8.8 64:ff9b:1::1 100::1 2001::1 2001:10::1 2001:db8::1 2002:a00:1::1 3fff::1 " +
  "5f00::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 fd00:ec2::254 not-an-address 8.8.8 8.8.8.8:80 2606:4700::1%lo";

suite("an address", () => {
  for (const address of OPEN.split(" "))
    test(`${address} is on the open internet`, () => assert.ok(isPublic(address)));
  for (const address of CLOSED.split(" ")) test(`${address} is not`, () => assert.ok(!isPublic(address)));
  test("none of this machine is, even a public one", () => {
    const own = Object.values(os.networkInterfaces()).flatMap((all) => all ?? []);
    assert.ok(own.length > 0);
    for (const { address } of own) assert.ok(!isPublic(address));
    assert.ok(isPublic("8.8.8.8", ["8.8.4.4"]) && !isPublic("8.8.8.8", ["8.8.4.4", "8.8.8.8"]));
  });
});

test("a name is looked up once, and every address of it must be public", async () => {
  const answers = [["8.8.8.8"], ["127.0.0.1"]];
  const pins = new Pins({
    resolve: (host) =>
      Promise.resolve(host === "mixed.test" ? ["8.8.8.8", "10.0.0.1"] : (answers.shift() ?? [])),
    dial: () => assert.fail("nothing is to be dialled"),
  });
  assert.deepEqual(await Promise.all([pins.of("a.test"), pins.of("a.test")]), [
    { addresses: ["8.8.8.8"] },
    { addresses: ["8.8.8.8"] },
  ]);
  assert.deepEqual(await pins.of("a.test"), { addresses: ["8.8.8.8"] });
  assert.deepEqual(await pins.of("mixed.test"), { problem: "address" });
  assert.deepEqual(await pins.of("[::1]"), { addresses: ["::1"] });
});
