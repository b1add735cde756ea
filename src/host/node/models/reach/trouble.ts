// Trouble of connections: an error of the network becomes a failure that says what to set. Messages of foreign errors
// are left out, because they may quote the key.
import { fault } from "../../../../abi/errors.ts";
import type { AskedModel } from "../refusals/refusal.ts";
import { Failure } from "../retry.ts";
import { fieldOf } from "../streams/gather.ts";

/** A proxy, and the variable that names it. */
export interface Proxy {
  readonly url: URL;
  readonly source: string;
}

/** The proxy stood in the way: it was not reached, or it refused. Its name has no password. */
export class ProxyTrouble extends Error {
  readonly proxy: string;
  /** The variable that names the proxy. */
  readonly source: string;
  /** The status of its refusal, if it answered. */
  readonly status: number | undefined;
  constructor(proxy: string, source: string, what: { readonly status?: number; readonly cause?: unknown }) {
    super("the proxy stood in the way", { cause: what.cause });
    this.proxy = proxy;
    this.source = source;
    this.status = what.status;
  }
}

const UNREACHED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT)$/u;
/** Certificates that this machine does not trust. A company's proxy that opens connections shows such ones. */
const UNTRUSTED =
  /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET_ISSUER|GET_CRL)|CERT_UNTRUSTED|CERT_CHAIN|INVALID_CA|CERT_REJECTED/u;
const EXPIRED = /CERT_(?:HAS_EXPIRED|NOT_YET_VALID)|CRL_/u;
const OTHER_NAME = /ALTNAME|HOSTNAME_MISMATCH/u;
const NO_TLS = /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|ERR_SSL_HTTP_REQUEST/u;
const TLS = /CERT|TLS|SSL|EPROTO/u;

const TRUST =
  "If it belongs to your company or to you: set NODE_EXTRA_CA_CERTS to the file of its certificate authority and start again; or add that to the system's store, which the editor reads (http.systemCertificates) and Node with NODE_USE_SYSTEM_CA=1.";

/** The failure of an attempt that got no answer. Certificates do not mend themselves, so they are not tried again. */
export function connectionFailure(error: unknown, asked: AskedModel): Failure {
  if (error instanceof ProxyTrouble) return proxyFailure(error, asked);
  const { host } = asked;
  const name = codeOf(error);
  if (UNREACHED.test(name))
    return new Failure(fault("EUNAVAILABLE", `${host} cannot be reached: ${name}`, reachHint(asked)), true);
  if (isBlockedPort(error))
    return new Failure(
      fault(
        "EUNAVAILABLE",
        `${host} cannot be reached: programs may not fetch from this port`,
        "Let the server listen on another port, for example 8080, and set the base URL to it.",
      ),
      false,
    );
  const hint = certificateHint(name, host);
  if (hint !== undefined)
    return new Failure(fault("EUNAVAILABLE", `the connection to ${host} failed: ${name}`, hint), false);
  return new Failure(fault("EIO", `the connection to ${host} failed: ${name}`, "Try again later."), true);
}

/** True for a port that the Fetch standard forbids, such as 9 or 6000 (its section "bad port"). */
function isBlockedPort(error: unknown): boolean {
  return fieldOf(fieldOf(error, "cause"), "message") === "bad port";
}

function certificateHint(name: string, host: string): string | undefined {
  if (UNTRUSTED.test(name)) return `The certificate of ${host} is not trusted on this machine. ${TRUST}`;
  if (EXPIRED.test(name))
    return `The certificate of ${host} is not valid now: check the clock of this machine, or renew it.`;
  if (OTHER_NAME.test(name))
    return `The certificate is for another name than ${host}: check the base URL, and proxies before it.`;
  if (NO_TLS.test(name)) return `${host} does not speak TLS: the base URL should begin with http://.`;
  return TLS.test(name) ? `Check the certificate of ${host}, and proxies before it. ${TRUST}` : undefined;
}

function reachHint({ source }: AskedModel): string {
  const where = source === undefined ? "" : ` The address is set by ${source}.`;
  return `Check that the server runs, the base URL and the network.${where} Behind a proxy, set HTTPS_PROXY, or http.proxy in the editor.`;
}

function proxyFailure({ proxy, source, status, cause }: ProxyTrouble, { host }: AskedModel): Failure {
  const by = `the proxy ${proxy} (${source})`;
  if (status === 407)
    return new Failure(
      fault(
        "EUNAVAILABLE",
        `${by} asks for a name and a password on the way to ${host}`,
        `Put them into ${source}: before the host, with a colon between and an @ after; special characters as %XX.`,
      ),
      false,
    );
  if (status !== undefined)
    return new Failure(
      fault(
        "EUNAVAILABLE",
        `${by} refused the way to ${host}: HTTP ${status}`,
        `Check ${source}, or name the host in NO_PROXY if it needs no proxy.`,
      ),
      status >= 500,
    );
  const name = codeOf(cause);
  return new Failure(
    fault(
      "EUNAVAILABLE",
      `${by} on the way to ${host} ${name === UNSUPPORTED ? "is of a kind that is not supported" : `cannot be reached: ${name}`}`,
      name === UNSUPPORTED
        ? "Set HTTPS_PROXY to a proxy that begins with http:// or https://."
        : `Check ${source} and that the proxy runs, or name the host in NO_PROXY.`,
    ),
    name !== UNSUPPORTED,
  );
}

/** The code of a proxy whose protocol is none of HTTP. */
export const UNSUPPORTED = "UNSUPPORTED_PROXY";

function codeOf(error: unknown): string {
  for (const code of [fieldOf(fieldOf(error, "cause"), "code"), fieldOf(error, "code")])
    if (typeof code === "string" && /^[A-Z0-9_]{1,60}$/u.test(code)) return code;
  return "the connection broke";
}
