// Certificates that a test makes for itself, and a server that shows one.
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";

/** A key and a certificate that nobody has signed but itself, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const SEQUENCE = 0x30;
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const ECDSA_WITH_SHA256 = der(SEQUENCE, oid("2a8648ce3d040302"));
const COMMON_NAME = oid("550403");
const ALTERNATIVE_NAMES = oid("551d11");

/** Makes a certificate for a name and for 127.0.0.1 if that is asked, valid between two years. */
export function makeCertificate(name = "localhost", from = 2020, to = 2120, local = true): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const common = der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(name)));
  const subject = der(SEQUENCE, der(0x31, common));
  const time = (year: number): Buffer => der(0x18, Buffer.from(`${year}0101000000Z`));
  const names = der(
    SEQUENCE,
    der(0x82, Buffer.from(name)),
    ...(local ? [der(0x87, Buffer.from([127, 0, 0, 1]))] : []),
  );
  const extensions = der(0xa3, der(SEQUENCE, der(SEQUENCE, ALTERNATIVE_NAMES, der(0x04, names))));
  const body = der(
    SEQUENCE,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ...[ECDSA_WITH_SHA256, subject, der(SEQUENCE, time(from), time(to)), subject],
    publicKey.export({ type: "spki", format: "der" }),
    extensions,
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, signature).toString("base64");
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${whole.match(/.{1,64}/gu)?.join("\n") ?? ""}\n-----END CERTIFICATE-----\n`,
  };
}

/** A server that speaks TLS; it counts the connections that it was offered. */
export interface SecureServer extends AsyncDisposable {
  readonly port: number;
  readonly seen: { readonly url: string; readonly headers: IncomingMessage["headers"] }[];
  connections: number;
}

export async function serveSecurely(
  of: Certificate,
  reply: (response: ServerResponse) => unknown,
): Promise<SecureServer> {
  const seen: { url: string; headers: IncomingMessage["headers"] }[] = [];
  const server = createServer(of, (request, response) => {
    request.resume().on("end", () => {
      seen.push({ url: request.url ?? "", headers: request.headers });
      void reply(response);
    });
  });
  server.on("connection", () => (secure.connections += 1));
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const secure: SecureServer = {
    ...{ port: (server.address() as AddressInfo).port, seen, connections: 0 },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return secure;
}
