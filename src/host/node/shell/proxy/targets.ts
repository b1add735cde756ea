// Targets of requests to a proxy: the host and port that a request names, in the one form that everybody reads alike.
import { canonicalHost } from "../../../../abi/net/host.ts";

export interface HostTarget {
  readonly host: string;
  readonly port: number;
}

const AUTHORITY = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d{1,5}))?$/u;
/** The form of a request to a proxy. A fragment, a user or a backslash would be read differently by others. */
const ABSOLUTE = /^http:\/\/([^/?#@\\]+)([/?][^#]*)?$/iu;

/** A host with a port; undefined when the text is anything else. */
export function hostTarget(authority: string, usual?: number): HostTarget | undefined {
  const [, name = "", number] = AUTHORITY.exec(authority) ?? [];
  const host = canonicalHost(name);
  const port = number === undefined ? usual : Number(number);
  return host === undefined || port === undefined ? undefined : { host, port };
}

/** The target of a request in absolute form, and the path to ask it for. */
export function absoluteTarget(url: string): (HostTarget & { readonly path: string }) | undefined {
  const [, authority = "", rest = "/"] = ABSOLUTE.exec(url) ?? [];
  const target = hostTarget(authority, 80);
  return target && { ...target, path: rest.startsWith("/") ? rest : `/${rest}` };
}
