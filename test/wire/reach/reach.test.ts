// Reaching providers: certificates, proxies and addresses, each told with what to set when it stands in the way.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { isFault, type Fault } from "../../../src/abi/errors.ts";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import { editorProviders, editorSecrets, ollamaModels } from "../../../src/host/node/models/environment.ts";
import { proxyFor, proxySecrets, sendByProxies } from "../../../src/host/node/models/reach/proxy.ts";
import { chatAddress, messagesAddress, ollamaAddress } from "../../../src/host/node/models/reach/address.ts";
import { makeCertificate, serveSecurely } from "./certificates.ts";
import { grantFor, KEY, refuses, REQUEST, says, serve } from "../server.ts";

const never = new AbortController().signal;
type Env = Record<string, string>;

/** Asks one address once, as the command line does under this environment; retries take no time. */
async function ask(baseUrl: string, env: Env = {}, signal = never): Promise<ModelAnswer | Fault> {
  const pace = { wait: () => Promise.resolve(), random: () => 0, now: () => 0 };
  const send = sendByProxies(env);
  const openai = { baseUrl, key: () => KEY, keyRequired: true, pace, send, source: "OPENAI_BASE_URL" };
  const models = createModels({ scripted: false, openai });
  const result = await models.complete(REQUEST, grantFor(REQUEST.model), signal, () => undefined);
  assert.ok(!JSON.stringify(result).includes(KEY.slice(3, 12)));
  return result;
}

async function askFault(...what: Parameters<typeof ask>): Promise<Fault> {
  const result = await ask(...what);
  assert.ok(isFault(result), JSON.stringify(result));
  return result;
}

for (const [name, certificate, message, hint] of [
  [
    "a certificate that nobody has signed",
    makeCertificate(),
    /SELF_SIGNED/u,
    /is not trusted on this machine.*NODE_EXTRA_CA_CERTS.*http\.systemCertificates/u,
  ],
  [
    "a certificate that has expired",
    makeCertificate("localhost", 2019, 2020),
    /EXPIRED|SELF_SIGNED/u,
    /NODE_EXTRA_CA_CERTS|clock/u,
  ],
] as const)
  test(`${name} is told with the setting that helps, and not tried again`, async () => {
    await using server = await serveSecurely(certificate, says("no"));
    const failed = await askFault(`https://127.0.0.1:${server.port}/v1`);
    assert.equal(failed.code, "EUNAVAILABLE");
    assert.match(failed.message, message);
    assert.match(failed.hint, hint);
    assert.deepEqual([server.connections, server.seen], [1, []]);
  });

test("a certificate of another name, once it is trusted, is told as that; a right one is taken", async () => {
  const other = makeCertificate("example.test", 2020, 2120, false);
  const right = makeCertificate();
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, other.cert, right.cert]);
  try {
    await using wrong = await serveSecurely(other, says("no"));
    const failed = await askFault(`https://127.0.0.1:${wrong.port}/v1`);
    assert.match(failed.message, /ALTNAME/u);
    assert.match(failed.hint, /another name than 127\.0\.0\.1/u);
    assert.equal(wrong.connections, 1);
    await using server = await serveSecurely(right, says("fine"));
    const answer = await ask(`https://127.0.0.1:${server.port}/v1`);
    assert.equal((answer as ModelAnswer).text, "fine");
  } finally {
    setDefaultCACertificates(before);
  }
});

test("a server that does not speak TLS is told as that, and not tried again", async () => {
  await using wire = await serve(says("no"));
  const failed = await askFault(wire.baseUrl.replace("http:", "https:"));
  assert.equal(failed.code, "EUNAVAILABLE");
  assert.match(failed.hint, /begin with http:\/\//u);
});

test("a server that is not there is told with what sets its address", async () => {
  const unused = createServer().listen(0, "127.0.0.1");
  await once(unused, "listening");
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, "close");
  const failed = await askFault(`http://127.0.0.1:${port}/v1`);
  assert.match(failed.hint, /set by OPENAI_BASE_URL.*HTTPS_PROXY/u);
});

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

test("OLLAMA_HOST is read as Ollama reads it", () => {
  for (const [text, address] of [
    ["", undefined],
    ["   ", undefined],
    ["gpu", "http://gpu:11434"],
    ["gpu:1234", "http://gpu:1234"],
    ["http://gpu", "http://gpu"],
    ["https://gpu", "https://gpu"],
    ["https://gpu:11434", "https://gpu:11434"],
    ["http://gpu:1234/ollama/", "http://gpu:1234/ollama"],
    ["0.0.0.0", "http://127.0.0.1:11434"],
    ["0.0.0.0:1234", "http://127.0.0.1:1234"],
    ["http://0.0.0.0:1234", "http://127.0.0.1:1234"],
    [":1234", "http://127.0.0.1:1234"],
    ["[::]:1234", "http://[::1]:1234"],
    ["[::1]", "http://[::1]:11434"],
    ["::1", "http://[::1]:11434"],
    ["gpu:99999", "http://gpu:11434"],
    ['"gpu:1234"', "http://gpu:1234"],
    ["10.0.0.5:80", "http://10.0.0.5"],
  ] as const)
    assert.equal(ollamaAddress(text), address, text);
});

test("the models of Ollama are listed from the address that is set, also when it names no protocol", async () => {
  await using wire = await serve((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ models: [{ name: "qwen3:8b" }] }));
  });
  for (const set of [wire.origin, `${wire.origin}/`, wire.origin.slice("http://".length)])
    assert.deepEqual(await ollamaModels(set), { names: ["qwen3:8b"] });
  assert.equal(wire.seen[0]?.path, "/api/tags");
});

test("addresses of the other providers are taken with and without what each request adds", () => {
  for (const [text, address] of [
    ["https://h/v1", "https://h/v1"],
    ["https://h/v1/", "https://h/v1"],
    [" https://h/v1/chat/completions ", "https://h/v1"],
    ["https://h/openai/chat/completions?api-version=1", "https://h/openai?api-version=1"],
    ["h.test/v1", "https://h.test/v1"],
    ["localhost:8080/v1", "http://localhost:8080/v1"],
    ["192.168.1.5:8080/v1", "http://192.168.1.5:8080/v1"],
    ["http://", "http://"],
    ["", undefined],
  ] as const)
    assert.equal(chatAddress(text), address, text);
  for (const [text, address] of [
    ["https://h", "https://h/v1"],
    ["https://h/", "https://h/v1"],
    ["https://h/v1", "https://h/v1"],
    ["https://h/anthropic", "https://h/anthropic/v1"],
    ["https://h/v1/messages", "https://h/v1"],
    ["", undefined],
  ] as const)
    assert.equal(messagesAddress(text), address, text);
});

test("the editor's addresses are its settings, each with the key of its own vendor; its proxy is a secret", async () => {
  await using wire = await serve(refuses(401, { message: "no" }));
  const set = {
    ...{ openai: `${wire.origin}/openai/v1/`, anthropic: wire.origin, ollama: wire.origin.slice(7) },
    openaiCompatible: `${wire.origin}/own/chat/completions`,
  };
  const models = editorProviders({
    key: async (vendor) => `key-of-${vendor}`,
    baseUrl: (vendor) => set[vendor],
    prices: () => undefined,
    vscode: { complete: () => assert.fail("asked"), window: () => undefined },
  });
  for (const model of ["openai/m", "anthropic/m", "openai-compatible/m", "ollama/m"])
    await models.complete({ ...REQUEST, model }, grantFor(model), never, () => undefined);
  const told = new Map(
    wire.seen.map(({ path, headers }) => [path, headers.authorization ?? headers["x-api-key"]]),
  );
  assert.deepEqual(
    [...told],
    [
      ["/openai/v1/chat/completions", "Bearer key-of-openai"],
      ["/v1/messages", "key-of-anthropic"],
      ["/own/chat/completions", "Bearer key-of-openai-compatible"],
      ["/api/chat", undefined],
    ],
  );
  const secrets = editorSecrets(["sk-1", undefined], "http://c:hidden-3@proxy.test");
  assert.deepEqual([secrets.includes("sk-1"), secrets.includes("hidden-3")], [true, true]);
});
