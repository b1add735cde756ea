// Reaching providers: certificates and servers that are not there, each told with what to set.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";
import { test } from "node:test";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { ModelAnswer } from "../../../src/abi/model.ts";
import { makeCertificate, serveSecurely } from "./certificates.ts";
import { says, serve } from "../server.ts";
import { ask, askFault } from "./ask.ts";

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
