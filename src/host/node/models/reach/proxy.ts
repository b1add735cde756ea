// Proxies: which one the environment sets for an address. The editor takes requests through its own instead.
import { BlockList, isIP } from "node:net";
import type { Send } from "../wire.ts";
import { ProxyTrouble, UNSUPPORTED, type Proxy } from "./trouble.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The variables that hold a proxy, in either case. */
const VARIABLES = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] as const;

/** The passwords in the proxies of an environment; they must never reach the record. */
export function proxySecrets(env: Env): string[] {
  const found = VARIABLES.flatMap((name) => [env[name], env[name.toLowerCase()]]);
  return found.flatMap((value) => passwordOf(value) ?? []);
}

/** The password in an address, decoded. */
export function passwordOf(address: string | undefined): string | undefined {
  const url = address === undefined ? null : proxyUrl(address);
  if (url === null || url.password === "") return undefined;
  try {
    return decodeURIComponent(url.password);
  } catch {
    return url.password;
  }
}

/** An address that may lack its protocol. */
function proxyUrl(address: string): URL | null {
  const text = address.trim();
  return text === "" ? null : URL.parse(/^[a-z][\w+.-]*:\/\//iu.test(text) ? text : `http://${text}`);
}

/**
 * The proxy for an address; undefined where none is set, or none is wanted. This machine itself is never asked through
 * one.
 */
export function proxyFor(target: URL, env: Env): Proxy | undefined {
  const own = target.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const names = [own.toLowerCase(), own, "all_proxy", "ALL_PROXY"];
  const source = names.find((name) => (env[name] ?? "").trim() !== "");
  if (source === undefined || isLocal(target) || isExempt(target, env["no_proxy"] ?? env["NO_PROXY"] ?? ""))
    return undefined;
  const url = proxyUrl(env[source] ?? "");
  if (url === null || !/^https?:$/u.test(url.protocol))
    throw new ProxyTrouble(url?.host ?? "", source, { cause: { code: UNSUPPORTED } });
  return { url, source };
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$|\.$/gu, "");
}

/** True for an address of this machine itself. */
export function isLocal({ hostname }: URL): boolean {
  const host = bare(hostname);
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" || /^127\.[\d.]+$/u.test(host);
}

/** True when `NO_PROXY` names the host: itself, a domain above it, a network, or everything. */
function isExempt(target: URL, list: string): boolean {
  const host = bare(target.hostname);
  const port = target.port || (target.protocol === "https:" ? "443" : "80");
  return list
    .slice(0, 10_000)
    .split(/[\s,]+/u)
    .filter((entry) => entry !== "")
    .some((entry) => {
      if (entry === "*") return true;
      if (entry.includes("/")) return isInNetwork(host, entry);
      const [, name = "", only] =
        /^(.*?)(?::(\d+))?$/u.exec(isIP(bare(entry)) === 6 ? bare(entry) : entry) ?? [];
      const wanted = isIP(bare(entry)) === 6 ? bare(entry) : bare(name.replace(/^\*?\./u, ""));
      const same = host === wanted || (isIP(host) === 0 && host.endsWith(`.${wanted}`));
      return same && (only === undefined || isIP(bare(entry)) === 6 || only === port);
    });
}

function isInNetwork(host: string, entry: string): boolean {
  const [network = "", bits = ""] = entry.split("/");
  const family = isIP(host);
  const size = Number(bits);
  if (family === 0 || isIP(network) !== family || !/^\d{1,3}$/u.test(bits)) return false;
  if (size > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const word = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(network, size, word);
  return list.check(host, word);
}

/** Sends requests through the proxies of an environment, and all others by `fetch`. */
export function sendByProxies(env: Env): Send {
  return async (url, init) => {
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return fetch(url, init);
    const { sendThrough } = await import("./tunnel.ts");
    return sendThrough(proxy, url, init);
  };
}
