// A client in a layer: asks the proxy, the socket behind it, or the network itself, and prints what came of it.
import dgram from "node:dgram";
import dns from "node:dns/promises";
import net from "node:net";
import tls from "node:tls";

const PROXY = { port: 3128, host: "127.0.0.1" };
const SOCKET = { path: "/run/layer/proxy" };
const get = (url: string, host: string): string =>
  `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
const connect = (to: string): string => `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`;
const lines = (text: string): string => text.replaceAll("|", "\r\n");
const codeOf = (error: Error | null): string | undefined =>
  error !== null && "code" in error ? String(error.code) : error?.message;

/** Everything that comes after these bytes. */
function exchange(at: net.NetConnectOpts, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = net.connect(at, () => socket.write(bytes));
    socket.on("data", (more: Buffer) => (answer += more.toString("latin1")));
    socket.on("error", (error) => resolve(codeOf(error) ?? ""));
    socket.on("close", () => resolve(answer));
  });
}

/** The body of the last answer, or its status if it has none. */
function told(answer: string): string {
  const last = answer.replace(/^HTTP\S+ 200 Connection established\r\n\r\n(?=.)/su, "");
  const [head = "", body = ""] = last.split("\r\n\r\n");
  return (body.trim() || (head.split("\r\n")[0] ?? "")).split("\n").at(-1) ?? "";
}

/** Follows redirects, as programs do. */
async function follow(url: string): Promise<string> {
  const answer = await exchange(PROXY, get(url, new URL(url).host));
  const to = /^location: (\S+)/imu.exec(answer)?.[1];
  return to === undefined ? told(answer) : follow(to);
}

function secure(to: string, servername: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect(PROXY, () => socket.write(connect(to)));
    socket.once("error", (error) => resolve(codeOf(error) ?? ""));
    socket.once("data", (first: Buffer) => {
      if (!/ 200 /u.test(first.toString())) return resolve(told(first.toString()));
      const client = tls.connect({ socket, servername, rejectUnauthorized: false });
      let answer = "";
      client.on("secureConnect", () => client.write(get("/", servername)));
      client.on("data", (more: Buffer) => (answer += more.toString()));
      client.on("error", () => undefined);
      client.on("close", () => resolve(answer === "" ? "cut" : told(answer)));
    });
  });
}

function direct(host: string, port: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: Number(port) }, () => resolve("connected"));
    socket.setTimeout(3000, () => resolve("silence"));
    socket.on("error", (error) => resolve(codeOf(error) ?? ""));
  });
}

function datagram(host: string): Promise<string> {
  return new Promise((resolve) => {
    dgram.createSocket("udp4").send("x", 53, host, (error) => resolve(codeOf(error) ?? "sent"));
  });
}

const [way = "", first = "", ...words] = process.argv.slice(2);
const ways: Readonly<Record<string, () => Promise<string>>> = {
  get: async () => told(await exchange(PROXY, get(first, words[0] ?? new URL(first).host))),
  socket: async () => told(await exchange(SOCKET, get(first, new URL(first).host))),
  tunnel: async () => told(await exchange(PROXY, connect(first) + lines(words.join(" ")))),
  raw: async () => told(await exchange(PROXY, lines(first))),
  follow: () => follow(first),
  secure: () => secure(first, words[0] ?? ""),
  direct: () => direct(first, words[0] ?? ""),
  datagram: () => datagram(first),
  name: async () => {
    const found = await dns.lookup(first).catch(() => undefined);
    return found?.address ?? "no address";
  },
};
console.log(`${way}: ${await ways[way]?.()}`);
process.exit();
