// Hosts: machines on the network by name or address, in the one spelling that capabilities, rules and the record have.
import { decodeName, encodeName, stem } from "../resource.ts";

/** Signs that belong to other parts of an address, or that not every program reads alike. */
const STRAY = /[\s/\\?#@%*;<>^|"'`{}]|\p{Cc}/u;
/** A host with a colon can only be an address of version 6; a port is never part of a host. */
const VERSION_6 = /^(?:[0-9a-f:.]+|\[[0-9a-f:.]+\])$/iu;
const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/u;
const VERSION_4 = /^\d+(?:\.\d+){3}$/u;
/** An address of version 4 inside one of version 6, as `URL` writes it. */
const MAPPED = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/u;
const LONGEST = 253;

/**
 * The canonical text of a host: lower case, ASCII, without the dot at its end; an address as numbers, of version 6 in
 * brackets. Every way to write one host gives the same text. Undefined for what is no host, such as one with a port.
 */
export function canonicalHost(text: string): string | undefined {
  if (text === "" || text.length > LONGEST * 4 || STRAY.test(text)) return undefined;
  if (text.includes(":") && !VERSION_6.test(text)) return undefined;
  const url = `http://${text.includes(":") && !text.startsWith("[") ? `[${text}]` : text}/`;
  if (!URL.canParse(url)) return undefined;
  const { hostname } = new URL(url);
  if (hostname.startsWith("[")) return withoutMapping(hostname);
  const host = hostname.replace(/\.$/u, "");
  return host.length <= LONGEST && host.split(".").every((label) => LABEL.test(label)) ? host : undefined;
}

function withoutMapping(address: string): string {
  const [, high, low] = MAPPED.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  return [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 0xff]).join(".");
}

/** True when a canonical host is an address and no name. */
export function isAddress(host: string): boolean {
  return host.startsWith("[") || VERSION_4.test(host);
}

/** The resource of a canonical host. */
export function hostResource(host: string): string {
  return `net:/${encodeName(host)}`;
}

/** The host that a resource names; empty for all of them. */
export function hostOf(resource: string): string {
  return decodeName(stem(resource).slice("net:/".length));
}
