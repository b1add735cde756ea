// A request through a proxy: TLS goes through a tunnel, so that the proxy sees neither the key nor the conversation.
import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { connect as connectTls } from "node:tls";
import { ProxyTrouble, type Proxy } from "./trouble.ts";

/** Statuses whose response may have no body. */
const EMPTY = new Set([101, 204, 205, 304]);

/** Sends one request through a proxy, as `fetch` would send it; redirects are given back and not followed. */
export async function sendThrough(proxy: Proxy, url: URL, init: RequestInit): Promise<Response> {
  const headers = Object.fromEntries(new Headers(init.headers));
  const body = typeof init.body === "string" ? init.body : "";
  const options: RequestOptions = {
    method: init.method ?? "GET",
    headers: { ...headers, host: url.host, "content-length": Buffer.byteLength(body) },
    ...(init.signal ? { signal: init.signal } : {}),
  };
  if (url.protocol === "http:") {
    const sent = { ...options, ...addressOf(proxy.url), path: `${url.origin}${url.pathname}${url.search}` };
    sent.headers = { ...options.headers, ...credentialsOf(proxy.url) };
    return respond(
      await exchange(proxy, sent, body).catch((cause: unknown) => inTheWay(proxy, cause)),
      proxy,
    );
  }
  const socket = await tunnel(proxy, url, init.signal ?? undefined);
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  const secure = connectTls({ socket, host, ...(/^[\d.:]+$/u.test(host) ? {} : { servername: host }) });
  const sent = { ...options, path: `${url.pathname}${url.search}`, createConnection: () => secure };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  // The request speaks plainly into a socket that is secure already.
  requestHttp(sent).once("response", resolve).once("error", reject).end(body);
  return respond(await promise);
}

function addressOf(proxy: URL): RequestOptions {
  const port = proxy.port || (proxy.protocol === "https:" ? "443" : "80");
  return { host: proxy.hostname.replace(/^\[|\]$/gu, ""), port, agent: false };
}

function credentialsOf({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const plain = `${decoded(username)}:${decoded(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(plain).toString("base64")}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function exchange(proxy: Proxy, options: RequestOptions, body: string): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = proxy.url.protocol === "https:" ? requestHttps : requestHttp;
  request(options).once("response", resolve).once("error", reject).end(body);
  return promise;
}

/** Opens a tunnel to the host of an address. */
function tunnel(proxy: Proxy, url: URL, signal: AbortSignal | undefined): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const authority = `${url.hostname}:${url.port || "443"}`;
  const request = proxy.url.protocol === "https:" ? requestHttps : requestHttp;
  request({
    ...addressOf(proxy.url),
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...credentialsOf(proxy.url) },
    ...(signal === undefined ? {} : { signal }),
  })
    .once("connect", (response: IncomingMessage, socket: Socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(refusal(proxy, response.statusCode ?? 502));
    })
    .once("response", (response: IncomingMessage) => {
      response.destroy();
      reject(refusal(proxy, response.statusCode ?? 502));
    })
    .once("error", (cause) => reject(signal?.aborted === true ? cause : trouble(proxy, cause)))
    .end();
  return promise;
}

function refusal({ url, source }: Proxy, status: number): ProxyTrouble {
  return new ProxyTrouble(url.host, source, { status });
}

function trouble({ url, source }: Proxy, cause: unknown): ProxyTrouble {
  return new ProxyTrouble(url.host, source, { cause });
}

function inTheWay(proxy: Proxy, cause: unknown): never {
  throw cause instanceof Error && cause.name === "AbortError" ? cause : trouble(proxy, cause);
}

/** The response as `fetch` gives one. A refusal of the proxy itself, which asks for credentials, is told apart. */
function respond(message: IncomingMessage, proxy?: Proxy): Response {
  const status = message.statusCode ?? 502;
  if (status === 407 && proxy !== undefined) {
    message.destroy();
    throw refusal(proxy, status);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(message.headersDistinct))
    for (const each of value ?? []) headers.append(name, each);
  const empty = EMPTY.has(status);
  if (empty) message.resume();
  const body = empty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}
