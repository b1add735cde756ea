// Addresses of providers as people and other programs write them, as base URLs that requests are put below.

/** The port of Ollama where none is named. */
const OLLAMA_PORT = 11_434;

/**
 * The base URL that `OLLAMA_HOST` means, read as Ollama reads it: a host, a port, both, or an address. A server that
 * listens on every address is asked on this machine. Undefined for what is no host.
 */
export function ollamaAddress(text: string | undefined): string | undefined {
  const trimmed =
    text
      ?.trim()
      .replace(/^(["'])(.*)\1$/u, "$2")
      .trim() ?? "";
  if (trimmed === "") return undefined;
  const [, scheme = "", rest = ""] = /^(?:([a-z]+):\/\/)?(.*)$/iu.exec(trimmed) ?? [];
  const protocol = scheme === "" ? "http" : scheme.toLowerCase();
  const port = scheme === "" ? OLLAMA_PORT : protocol === "https" ? 443 : 80;
  const bareIpv6 = /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/iu.test(rest);
  const [, host = "", named = "", path = ""] =
    /^(\[[^\]]*\]|[^:/]*)(?::(\d*))?(\/.*)?$/u.exec(bareIpv6 ? `[${rest}]` : rest) ?? [];
  const everywhere = host === "" || host === "0.0.0.0" || host === "*";
  const at = everywhere ? "127.0.0.1" : /^\[(?:::|0:0:0:0:0:0:0:0)\]$/u.test(host) ? "[::1]" : host;
  const own = named === "" || Number(named) > 65_535 ? port : Number(named);
  const url = URL.parse(`${protocol}://${at}:${own}${path}`);
  return url === null || rest === "" ? undefined : url.href.replace(/\/+$/u, "");
}

/** Hosts of this machine and of its own networks, which rarely speak TLS. */
const NEAR = /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[)/iu;

/** An address without the end of the path that each request has; what is no address stays as it is. */
function withoutEnd(text: string, end: RegExp, more = ""): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const bare = !/^[a-z][\w+.-]*:\/\//iu.test(trimmed);
  const url = URL.parse(bare ? `${NEAR.test(trimmed) ? "http" : "https"}://${trimmed}` : trimmed);
  if (url === null) return trimmed;
  const path = url.pathname.replace(/\/+$/u, "").replace(end, "").replace(/\/+$/u, "");
  url.pathname = /\/v\d+\w*$/u.test(path) ? path : `${path}${more}`;
  return url.search === "" ? url.href.replace(/\/+$/u, "") : url.href;
}

/** The base URL of chat completions: also of one that names the whole endpoint. */
export function chatAddress(text: string | undefined): string | undefined {
  return withoutEnd(text ?? "", /\/chat\/completions$/u);
}

/** The base URL of Anthropic's messages. Other programs write it without `/v1`, which they add themselves. */
export function messagesAddress(text: string | undefined): string | undefined {
  return withoutEnd(text ?? "", /\/messages$/u, "/v1");
}
