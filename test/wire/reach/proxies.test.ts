// Reaching providers through proxies: what they see, when they are passed by, and how they are named.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { proxyFor, proxySecrets } from "../../../src/host/node/models/reach/proxy.ts";
import { makeCertificate, serveSecurely } from "./certificates.ts";
import { KEY, says, serve } from "../server.ts";
import { type Env, ask, askFault } from "./ask.ts";

/** A proxy that carries requests and tunnels to `target`, whatever host they name. */
async function serveProxy(target: number, refusal?: number) {
  const seen: { way: string; auth: string | undefined; headers: IncomingMessage["headers"] }[] = [];
  const note = (way: string, { headers }: IncomingMessage): void =>
    void seen.push({ way, auth: headers["proxy-authorization"], headers });
  const server = createServer((incoming, response) => {
    note(`${incoming.method} ${incoming.url}`, incoming);
    if (refusal !== undefined) return void response.writeHead(refusal).end("no");
    const { "proxy-authorization": _, ...headers } = incoming.headers;
    const path = new URL(incoming.url ?? "").pathname;
    const onward = request({ host: "127.0.0.1", port: target, path, method: incoming.method, headers });
    onward.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    incoming.pipe(onward);
  });
  server.on("connect", (incoming: IncomingMessage, socket: Socket) => {
    note(`CONNECT ${incoming.url}`, incoming);
    if (refusal !== undefined) return void socket.end(`HTTP/1.1 ${refusal} No\r\n\r\n`);
    const onward = connect(target, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    seen,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("TLS goes through a tunnel, in which the proxy sees neither the key nor the conversation", async () => {
  const certificate = makeCertificate("model.test");
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, certificate.cert]);
  try {
    await using server = await serveSecurely(certificate, says("fine"));
    await using proxy = await serveProxy(server.port);
    for (const name of ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]) {
      const address = `http://me:pass%21@127.0.0.1:${proxy.port}`;
      const answer = await ask("https://model.test/v1", { [name]: address });
      assert.equal((answer as ModelAnswer).text, "fine", JSON.stringify(answer));
    }
    assert.equal(server.seen[0]?.url, "/v1/chat/completions");
    assert.equal(server.seen[0].headers.authorization, `Bearer ${KEY}`);
    assert.equal(server.seen[0].headers.host, "model.test");
    assert.equal(server.seen[0].headers["proxy-authorization"], undefined);
    assert.deepEqual(
      proxy.seen.map(({ way, auth }) => [way, auth]),
      Array.from({ length: 4 }, () => [
        "CONNECT model.test:443",
        `Basic ${Buffer.from("me:pass!").toString("base64")}`,
      ]),
    );
    assert.ok(!JSON.stringify(proxy.seen).includes(KEY));
  } finally {
    setDefaultCACertificates(before);
  }
});

test("an address without TLS goes through the proxy as it is", async () => {
  await using wire = await serve(says("fine"));
  await using proxy = await serveProxy(Number(new URL(wire.origin).port));
  const answer = await ask("http://model.test/v1", { HTTP_PROXY: `127.0.0.1:${proxy.port}` });
  assert.equal((answer as ModelAnswer).text, "fine", JSON.stringify(answer));
  assert.deepEqual(
    proxy.seen.map(({ way }) => way),
    ["POST http://model.test/v1/chat/completions"],
  );
  assert.equal(wire.seen[0]?.headers["proxy-authorization"], undefined);
});

test("this machine and the hosts of NO_PROXY are asked directly", async () => {
  await using wire = await serve(says("fine"));
  const answer = await ask(wire.baseUrl, { HTTP_PROXY: "http://127.0.0.1:1" });
  assert.equal((answer as ModelAnswer).text, "fine");
  const HTTPS_PROXY = "http://proxy.test:3128";
  for (const [list, host, through] of [
    ["", "api.openai.com", true],
    ["*", "api.openai.com", false],
    ["api.openai.com", "api.openai.com", false],
    [".openai.com", "api.openai.com", false],
    ["*.openai.com", "api.openai.com", false],
    ["openai.com", "api.openai.com", false],
    ["openai.com", "notopenai.com", true],
    ["other.test, openai.com", "api.openai.com", false],
    ["api.openai.com:443", "api.openai.com", false],
    ["api.openai.com:8443", "api.openai.com", true],
    ["10.0.0.0/8", "10.1.2.3", false],
    ["10.0.0.0/8", "11.1.2.3", true],
    ["fd00::/8", "[fd00::5]", false],
    ["::5", "[::5]", false],
    ["10.0.0.0/99", "10.1.2.3", true],
    ["API.OpenAI.com", "api.openai.com", false],
  ] as const)
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const found = proxyFor(new URL(`https://${host}/v1`), { HTTPS_PROXY, [name]: list });
      assert.equal(found !== undefined, through, `${list} for ${host}`);
    }
  for (const host of ["localhost", "a.localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
    assert.equal(proxyFor(new URL(`https://${host}/v1`), { HTTPS_PROXY }), undefined, host);
});

test("a proxy in the way is named, without its password, and with the variable that names it", async () => {
  const through = (env: Env) => askFault("https://model.test/v1", env);
  const gone = await through({ https_proxy: "http://me:secret-word@127.0.0.1:1" });
  assert.match(gone.message, /the proxy 127\.0\.0\.1:1 \(https_proxy\) .*cannot be reached: ECONNREFUSED/u);
  assert.match(gone.hint, /NO_PROXY/u);
  await using asks = await serveProxy(1, 407);
  const HTTPS_PROXY = `http://me:secret-word@127.0.0.1:${asks.port}`;
  const closed = await through({ HTTPS_PROXY });
  assert.match(closed.message, /\(HTTPS_PROXY\) asks for a name and a password/u);
  assert.equal(asks.seen.length, 1, "it is not asked again");
  const plain = await askFault("http://model.test/v1", { HTTP_PROXY: HTTPS_PROXY });
  assert.match(plain.message, /\(HTTP_PROXY\) asks for a name/u);
  await using refuses = await serveProxy(1, 403);
  const refused = await through({ HTTPS_PROXY: `http://127.0.0.1:${refuses.port}` });
  assert.match(refused.message, /refused the way to model\.test: HTTP 403/u);
  const socks = await through({ ALL_PROXY: "socks5://me:secret-word@127.0.0.1:1080" });
  assert.match(socks.message, /127\.0\.0\.1:1080 \(ALL_PROXY\) .*not supported/u);
  assert.match(socks.hint, /HTTPS_PROXY/u);
  for (const failed of [gone, closed, plain, refused, socks])
    assert.ok(!JSON.stringify(failed).includes("secret-word") && failed.code === "EUNAVAILABLE");
});

test("an interrupt ends a request through a proxy", async () => {
  const stop = new AbortController();
  const silent = createServer().on("connect", () => stop.abort());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  const failed = await askFault(
    "https://model.test/v1",
    { HTTPS_PROXY: `http://127.0.0.1:${port}` },
    stop.signal,
  );
  assert.equal(failed.code, "EINTR");
  silent.closeAllConnections();
  silent.close();
});

test("passwords of proxies are secrets, however they are spelled", () => {
  const env = {
    HTTPS_PROXY: "http://a:one%20word@h:1",
    http_proxy: "b:two@h",
    ALL_PROXY: "socks5://c:three@h",
    NO_PROXY: "x:y@z",
  };
  assert.deepEqual(proxySecrets(env).sort(), ["one word", "three", "two"]);
});
