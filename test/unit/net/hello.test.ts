// The first message of TLS clients: real ones, cut ones, and ones that no client sends.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { suite, test } from "node:test";
import tls from "node:tls";
import { readHello } from "../../../src/host/node/shell/proxy/hello.ts";

/** The first message that Node's own client sends. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const client = tls.connect({ port, host: "127.0.0.1", ...options });
  client.on("error", () => undefined);
  const [socket] = (await once(server, "connection")) as [net.Socket];
  const [bytes] = (await once(socket, "data")) as [Buffer];
  client.destroy();
  server.close();
  return bytes;
}

/** The same message in records of other lengths. */
function inRecords(hello: Buffer, length: number): Buffer {
  const body = hello.subarray(5);
  const parts: Buffer[] = [];
  for (let at = 0; at < body.length; at += length) {
    const part = body.subarray(at, at + length);
    parts.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(parts);
}

const named = await helloOf({ servername: "good.test" });

suite("the first message", () => {
  test("has the name that the client asks for", () => {
    assert.deepEqual(readHello(named), { kind: "hello", name: "good.test" });
  });
  test("may have none", async () => {
    assert.deepEqual(readHello(await helloOf({ servername: "" })), { kind: "hello", name: undefined });
  });
  test("of TLS 1.2 has it, too", async () => {
    const old = await helloOf({ servername: "old.test", maxVersion: "TLSv1.2" });
    assert.deepEqual(readHello(old), { kind: "hello", name: "old.test" });
  });
  test("needs more until it is whole, wherever it is cut", () => {
    for (let at = 0; at < named.length; at++)
      assert.deepEqual(readHello(named.subarray(0, at)), { kind: "more" }, String(at));
  });
  test("may come in many records, with something after it", () => {
    for (const length of [1, 7, 100]) assert.equal(readHello(inRecords(named, length)).kind, "hello");
    const more = Buffer.concat([named, Buffer.from([22, 3, 3, 0, 1, 0])]);
    assert.deepEqual(readHello(more), { kind: "hello", name: "good.test" });
  });
  for (const [what, bytes] of [
    ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: good.test\r\n\r\n")],
    ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.6\r\n")],
    ["TLS of version 2", Buffer.from([0x80, 0x2e, 1, 0, 2])],
    ["an alert", Buffer.from([21, 3, 3, 0, 2, 1, 0])],
    ["data", Buffer.from([23, 3, 3, 0, 1, 0])],
    ["another handshake", Buffer.from([22, 3, 3, 0, 4, 2, 0, 0, 0])],
    ["an empty record", Buffer.from([22, 3, 1, 0, 0])],
    ["a record that is too long", Buffer.from([22, 3, 1, 0x40, 1])],
    ["a message that is too long", Buffer.concat([named.subarray(0, 5), Buffer.alloc(70_000)])],
  ] as const)
    test(`is not ${what}`, () => assert.deepEqual(readHello(bytes), { kind: "other" }));

  test("with two names is none, because each side could take another one", () => {
    // The second name goes into the list behind the first one; every length before it grows by as much.
    const list = Buffer.concat([Buffer.from([0, 0, 9]), Buffer.from("evil.test")]);
    const at = named.indexOf("good.test");
    const grown = Buffer.concat([named.subarray(0, at + 9), list, named.subarray(at + 9)]);
    const grow = (offset: number): void =>
      void grown.writeUInt16BE(grown.readUInt16BE(offset) + list.length, offset);
    for (const offset of [3, 7, at - 5, at - 7]) grow(offset);
    const extensions = named.length - 2 - extensionsOf(named);
    grow(extensions);
    assert.deepEqual(readHello(grown), { kind: "other" });
  });
  test("throws nothing for any bytes that are wrong", () => {
    for (let at = 5; at < named.length; at++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const wrong = Buffer.from(named);
        wrong[at] = value;
        const { kind } = readHello(wrong);
        assert.ok(["hello", "more", "other"].includes(kind));
      }
  });
});

/** The bytes of the extensions, which end a message. */
function extensionsOf(hello: Buffer): number {
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  return hello.readUInt16BE(at);
}
