// The proxy of commands on real sockets: what it carries, what it refuses, and what it tells afterwards.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import tls from "node:tls";
import { HostProxy } from "../../../src/host/node/shell/proxy/proxy.ts";
import type { HostConnection } from "../../../src/primitives/shell/backend.ts";
import { GOOD, Internet } from "../../support/shell/internet.ts";

const HOSTS = [
  GOOD,
  "inside.test",
  "mixed.test",
  "127.0.0.1.nip.io",
  "turning.test",
  "gone.test",
  "10.0.0.9",
  "xn--bcher-kva.de",
];

/** A proxy on a socket, in front of a small internet. */
async function opened(t: TestContext) {
  const internet = await new Internet().open();
  const folder = mkdtempSync(join(tmpdir(), "proxy-"));
  const revoked = new Set<string>();
  const proxy = new HostProxy(HOSTS, internet, (host) => !revoked.has(host));
  const path = join(folder, "proxy");
  await once(proxy.server.listen({ path }), "listening");
  for (const [name, ...answers] of [
    ["inside.test", ["10.1.2.3"]],
    ["mixed.test", ["93.184.216.34", "192.168.0.1"]],
    ["127.0.0.1.nip.io", ["127.0.0.1"]],
    ["turning.test", ["93.184.216.35"], ["169.254.169.254"]],
    ["xn--bcher-kva.de", ["93.184.216.36"]],
  ] as const)
    internet.names.set(
      name,
      answers.map((each) => [...each]),
    );
  let isOpen = true;
  const close = (): readonly HostConnection[] => {
    isOpen = false;
    return proxy.close().connections;
  };
  t.after(async () => {
    if (isOpen) close();
    await internet[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return { internet, path, proxy, revoked, close };
}

/** Sends bytes and gives everything that comes until the other side closes. */
async function exchange(path: string, text: string | Buffer): Promise<string> {
  const socket = net.connect({ path });
  let answer = "";
  socket.on("data", (bytes: Buffer) => (answer += bytes.toString("latin1")));
  socket.on("error", () => undefined);
  socket.write(text);
  await once(socket, "close");
  return answer;
}

const get = (url: string, host: string): string =>
  `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const connect = (to: string, then = ""): string => `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n${then}`;

/** What is sent, the status that comes back, the problem on record, and the requests that a server got. */
const PLAIN: readonly [
  what: string,
  sent: string,
  status: number,
  problem: string | undefined,
  got?: string,
][] = [
  ["a request", get(`http://${GOOD}/a?b=c`, GOOD), 200, undefined, `http GET ${GOOD} /a?b=c`],
  [
    "a host in capitals, with a dot",
    get("http://GOOD.test./", "gOOd.TEST"),
    200,
    undefined,
    `http GET ${GOOD} /`,
  ],
  ["the usual port, named", get(`http://${GOOD}:80/`, `${GOOD}:80`), 200, undefined, `http GET ${GOOD} /`],
  ["no path", get(`http://${GOOD}`, GOOD), 200, undefined, `http GET ${GOOD} /`],
  ["a query without a path", get(`http://${GOOD}?q`, GOOD), 200, undefined, `http GET ${GOOD} /?q`],
  [
    "a name in other letters",
    get("http://xn--bcher-kva.de/", "xn--bcher-kva.de"),
    200,
    undefined,
    "http GET xn--bcher-kva.de /",
  ],
  [
    "an address that was allowed as such",
    get("http://10.0.0.9/", "10.0.0.9"),
    200,
    undefined,
    "http GET 10.0.0.9 /",
  ],
  [
    "requests in a tunnel to port 80",
    connect(`${GOOD}:80`, get("/t", GOOD)),
    200,
    undefined,
    `http GET ${GOOD} /t`,
  ],
  ["another host", get("http://evil.test/", "evil.test"), 403, "host"],
  ["a host below the allowed one", get(`http://sub.${GOOD}/`, `sub.${GOOD}`), 403, "host"],
  ["a host that ends alike", get(`http://evil-${GOOD}/`, `evil-${GOOD}`), 403, "host"],
  ["the allowed host as a user", get(`http://${GOOD}@evil.test/`, "evil.test"), 400, "request"],
  ["the allowed host before a backslash", get(`http://evil.test\\@${GOOD}/`, GOOD), 400, "request"],
  ["another Host than the address", get(`http://${GOOD}/`, "evil.test"), 403, "name"],
  ["another port in Host", get(`http://${GOOD}/`, `${GOOD}:8080`), 403, "name"],
  ["another Host in a tunnel", connect(`${GOOD}:80`, get("/", "evil.test")), 200, "name"],
  ["another address in a tunnel", connect(`${GOOD}:80`, get("http://evil.test/", GOOD)), 200, "request"],
  ["a tunnel in a tunnel", connect(`${GOOD}:80`, connect("evil.test:443")), 200, "request"],
  ["a path alone", get("/", GOOD), 400, "request"],
  ["https to be spoken by the proxy", get(`https://${GOOD}/`, GOOD), 400, "request"],
  ["ftp", get(`ftp://${GOOD}/`, GOOD), 400, "request"],
  ["a file", get("file:///etc/passwd", GOOD), 400, "request"],
  ["another port", get(`http://${GOOD}:8080/`, `${GOOD}:8080`), 403, "port"],
  ["plain HTTP on port 443", get(`http://${GOOD}:443/`, `${GOOD}:443`), 403, "port"],
  ["a tunnel to port 22", connect(`${GOOD}:22`), 403, "port"],
  ["a tunnel to port 0", connect(`${GOOD}:0`), 403, "port"],
  ["a tunnel to a port that wraps round", connect(`${GOOD}:65979`), 403, "port"],
  ["a tunnel without a port", connect(GOOD), 400, "request"],
  ["a tunnel to an address in another form", connect("0x7f000001:443"), 403, "host"],
  ["a tunnel to this machine", connect("127.0.0.1:443"), 403, "host"],
  ["a tunnel to version 6 of it", connect("[::1]:443"), 403, "host"],
  ["the metadata of a cloud", get("http://169.254.169.254/latest", "169.254.169.254"), 403, "host"],
  ["an allowed name that leads inside", get("http://inside.test/", "inside.test"), 403, "address"],
  ["an allowed name that leads inside, too", get("http://mixed.test/", "mixed.test"), 403, "address"],
  ["an allowed name that leads to this machine", connect("127.0.0.1.nip.io:443"), 403, "address"],
  ["an allowed name that has no address", get("http://gone.test/", "gone.test"), 502, "unresolved"],
  ["plain HTTP in a tunnel to port 443", connect(`${GOOD}:443`, get("/", GOOD)), 200, "protocol"],
  ["something else than HTTP", "SSH-2.0-x\r\n\r\n", 400, "request"],
  [
    "two lengths",
    `POST http://${GOOD}/ HTTP/1.1\r\nHost: ${GOOD}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    400,
    "request",
  ],
];

suite("the proxy of a command", () => {
  for (const [what, sent, status, problem, got] of PLAIN)
    test(`${problem === undefined ? "carries" : "refuses"} ${what}`, async (t) => {
      const { internet, path, close } = await opened(t);
      const answer = await exchange(path, sent);
      assert.equal(Number(/^HTTP\/1\.1 (\d+)/u.exec(answer)?.[1]), status, answer);
      const all = close();
      assert.deepEqual(
        all.map((each) => each.problem),
        [problem],
        JSON.stringify(all),
      );
      assert.deepEqual(internet.requests, got === undefined ? [] : [got]);
      if (status !== 200) assert.deepEqual(internet.dialled, []);
    });

  test("leads every connection of a call to the address that was found first", async (t) => {
    const { internet, path, close } = await opened(t);
    for (let i = 0; i < 3; i++) await exchange(path, get("http://turning.test/", "turning.test"));
    assert.deepEqual(internet.lookups, ["turning.test"]);
    assert.deepEqual(internet.dialled, Array(3).fill("93.184.216.35:80"));
    assert.equal(close().length, 3);
  });

  test("passes a redirect on, so that its target is decided by itself", async (t) => {
    const { internet, path } = await opened(t);
    const answer = await exchange(path, get(`http://${GOOD}/redirect?to=http://169.254.169.254/`, GOOD));
    assert.match(answer, /^HTTP\/1\.1 302 /u);
    assert.deepEqual(internet.dialled, ["93.184.216.34:80"]);
  });

  test("passes nothing on that belongs to the connection", async (t) => {
    const { path } = await opened(t);
    const own =
      "Proxy-Authorization: secret\r\nProxy-Connection: x\r\nX-Own: 1\r\nConnection: close, x-own\r\nX-Other: 2\r\n";
    const answer = await exchange(path, `GET http://${GOOD}/headers HTTP/1.1\r\nHost: ${GOOD}\r\n${own}\r\n`);
    const headers = JSON.parse(answer.slice(answer.indexOf("{"), answer.lastIndexOf("}") + 1)) as object;
    assert.deepEqual(headers, { "x-other": "2", host: GOOD, connection: "close" });
  });

  test("carries a body of any length, and counts what went both ways", async (t) => {
    const { path, close } = await opened(t);
    const head = `POST http://${GOOD}/ HTTP/1.1\r\nHost: ${GOOD}\r\nConnection: close\r\n`;
    const body = "x".repeat(300_000);
    assert.match(
      await exchange(path, `${head}Content-Length: ${body.length}\r\n\r\n${body}`),
      /300000 bytes came/u,
    );
    const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    assert.match(await exchange(path, chunked), /300000 bytes came/u);
    for (const { up, down, host, port } of close()) {
      assert.deepEqual([host, port], [GOOD, 80]);
      assert.ok(up > 300_000 && up < 310_000 && down > 50 && down < 1000, `${up} ${down}`);
    }
  });
});

/** A TLS client through a tunnel. */
async function secured(path: string, to: string, servername: string, ca: string): Promise<string> {
  const socket = net.connect({ path });
  socket.write(connect(to));
  const [first] = (await once(socket, "data")) as [Buffer];
  if (!/^HTTP\/1\.1 200 /u.test(first.toString())) return first.toString();
  const secure = tls.connect({ socket, servername, ca, checkServerIdentity: () => undefined });
  let answer = "";
  secure.on("data", (bytes: Buffer) => (answer += bytes.toString()));
  secure.on("error", (error: Error) => (answer += error.message));
  secure.write(`GET /s HTTP/1.1\r\nHost: ${GOOD}\r\nConnection: close\r\n\r\n`);
  await new Promise((resolve) => secure.once("close", resolve));
  return answer;
}

suite("a tunnel for TLS", () => {
  test("carries what the two say, and counts it", async (t) => {
    const { internet, path, close } = await opened(t);
    for (const name of [GOOD, "GOOD.test", ""])
      assert.match(
        await secured(path, `${GOOD}:443`, name, internet.certificate.cert),
        /came to good\.test/u,
      );
    assert.deepEqual(internet.requests, Array(3).fill(`https GET ${GOOD} /s`));
    for (const each of close()) assert.ok(each.problem === undefined && each.up > 300 && each.down > 300);
  });
  test("brings all of a long answer to a client that has said all it had", async (t) => {
    const { internet, path } = await opened(t);
    const socket = net.connect({ path, allowHalfOpen: true });
    socket.write(connect(`${GOOD}:443`));
    await once(socket, "data");
    const secure = tls.connect({
      socket,
      servername: GOOD,
      ca: internet.certificate.cert,
    });
    let bytes = 0;
    secure.on("data", (part: Buffer) => (bytes += part.length));
    secure.end(`GET /large HTTP/1.0\r\nHost: ${GOOD}\r\n\r\n`);
    await once(secure, "end");
    assert.ok(bytes > 2_000_000, String(bytes));
  });
  for (const name of ["evil.test", `sub.${GOOD}`, `${GOOD}.evil.test`])
    test(`to another name, ${name}, is cut before the server hears of it`, async (t) => {
      const { internet, path, close } = await opened(t);
      await secured(path, `${GOOD}:443`, name, internet.certificate.cert);
      assert.deepEqual(
        close().map(({ problem, up }) => [problem, up]),
        [["name", 0]],
      );
      assert.deepEqual(internet.requests, []);
    });
});

test("a host whose right is taken away is cut off, also where a connection is open", async (t) => {
  const { path, revoked, close } = await opened(t);
  const open = net.connect({ path });
  open.write(connect(`${GOOD}:443`));
  await once(open, "data");
  const ended = once(open, "close");
  revoked.add(GOOD);
  open.resume();
  await ended;
  assert.match(await exchange(path, get(`http://${GOOD}/`, GOOD)), /^HTTP\/1\.1 403 [^]*taken away/u);
  assert.match(await exchange(path, get("http://10.0.0.9/", "10.0.0.9")), /^HTTP\/1\.1 200 /u);
  assert.deepEqual(
    close().map(({ host, port, problem }) => [host, port, problem]),
    [
      [GOOD, 443, "revoked"],
      [GOOD, 80, "revoked"],
      ["10.0.0.9", 80, undefined],
    ],
  );
});

test("nothing is open any more once the proxy is closed, whatever was under way", async (t) => {
  const { internet, path, proxy, close } = await opened(t);
  const waiting = net.connect({ path });
  waiting.on("error", () => undefined);
  waiting.write(connect(`${GOOD}:443`));
  await once(waiting, "data");
  const ended = once(waiting, "close");
  assert.equal(close().length, 1);
  await ended;
  const late = net.connect({ path });
  await once(late, "error");
  assert.equal(proxy.server.listening, false);
  assert.equal(internet.dialled.length, 1);
});
