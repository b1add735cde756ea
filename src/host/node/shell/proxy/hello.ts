// The first message of a TLS client: the server name in it, which must be the host that the connection was asked for.

/** The name that a client asks for. `more` bytes are needed, or it is `other` than TLS. */
export type Hello =
  | { readonly kind: "hello"; readonly name: string | undefined }
  | { readonly kind: "more" }
  | { readonly kind: "other" };

const MORE: Hello = { kind: "more" };
const OTHER: Hello = { kind: "other" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
/** No client says so much before a server answers. */
export const MOST_HELLO = 64 * 1024;
/** The most bytes of one record. */
const MOST_RECORD = 16 * 1024;

/** Reads bytes in order; every read of what is not there throws a `RangeError`. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  number(bytes: 1 | 2 | 3): number {
    const value = this.#bytes.readUIntBE(this.#at, bytes);
    this.#at += bytes;
    return value;
  }

  part(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError("the message ends before its part does");
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  /** A part with its length before it. */
  counted(bytes: 1 | 2 | 3): Buffer {
    return this.part(this.number(bytes));
  }
}

/** The bytes of the handshake in the records so far; undefined when something else than a handshake comes first. */
function handshakeIn(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] !== HANDSHAKE || (bytes[at + 1] ?? 3) !== 3) return undefined;
    if (at + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(at + 3);
    if (length === 0 || length > MOST_RECORD) return undefined;
    parts.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(parts);
}

/** Reads what a client has sent so far. It takes nothing for granted: a message that is cut or padded is `other`. */
export function readHello(bytes: Buffer): Hello {
  if (bytes.length > MOST_HELLO) return OTHER;
  const handshake = handshakeIn(bytes);
  if (handshake === undefined || (handshake[0] ?? CLIENT_HELLO) !== CLIENT_HELLO) return OTHER;
  if (handshake.length < 4 || handshake.length < 4 + handshake.readUIntBE(1, 3)) return MORE;
  try {
    return {
      kind: "hello",
      name: serverName(new Reader(handshake.subarray(4, 4 + handshake.readUIntBE(1, 3)))),
    };
  } catch (error) {
    if (error instanceof RangeError) return OTHER;
    throw error;
  }
}

function serverName(hello: Reader): string | undefined {
  hello.part(2 + 32); // version and random
  hello.counted(1); // session
  hello.counted(2); // ciphers
  hello.counted(1); // compressions
  if (hello.isAtEnd) return undefined;
  const extensions = new Reader(hello.counted(2));
  const names: string[] = [];
  while (!extensions.isAtEnd) {
    const type = extensions.number(2);
    const body = extensions.counted(2);
    if (type !== SERVER_NAME) continue;
    const list = new Reader(new Reader(body).counted(2));
    while (!list.isAtEnd) {
      if (list.number(1) !== HOST_NAME) throw new RangeError("a server name is of an unknown kind");
      names.push(list.counted(2).toString("latin1"));
    }
  }
  // Two names would let each side take another one.
  if (names.length > 1) throw new RangeError("the message has several server names");
  return names[0];
}
