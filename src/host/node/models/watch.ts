// The watch over one streamed response: the limits of its silence, its duration and its size.

/** Limits of one response; tests set smaller ones. */
export interface StreamLimits {
  /**
   * Silence before the first byte: long, because reasoning and slow local models think before they answer.
   */
  readonly firstMs: number;
  /** Silence between bytes. */
  readonly idleMs: number;
  /** Silence after the finish reason: only the usage is missing, which is not worth a long wait. */
  readonly tailMs: number;
  /** The whole answer, against one that never ends. */
  readonly totalMs: number;
}

/** The limits in use outside of tests. */
export const STREAM_LIMITS: StreamLimits = {
  firstMs: 300_000,
  idleMs: 120_000,
  tailMs: 5_000,
  totalMs: 1_800_000,
};

/**
 * Bytes of one event: the reader keeps an unfinished one in memory and searches it again with every chunk.
 */
const EVENT_BYTES = 8 << 20;
/** Bytes of a whole stream. A token costs about 300 bytes of framing, so no real answer comes near this. */
const STREAM_BYTES = 64 << 20;

/** Thrown into a stream that is too large. */
export class TooLarge extends Error {}

/** Watches one response. `end` must be called on every path, or its timer keeps the process alive. */
export class StreamWatch {
  readonly controller = new AbortController();
  /** Set when this watch ended the response. */
  late: "silent" | "endless" | undefined;
  readonly #limits: StreamLimits;
  readonly #outer: AbortSignal;
  readonly #deadline: number;
  readonly #stop = () => this.controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #silence: number;
  #bytes = 0;
  #pending = 0;

  constructor(limits: StreamLimits, outer: AbortSignal) {
    this.#limits = limits;
    this.#outer = outer;
    this.#deadline = performance.now() + limits.totalMs;
    this.#silence = limits.firstMs;
    if (outer.aborted) this.#stop();
    else outer.addEventListener("abort", this.#stop, { once: true });
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const left = this.#deadline - performance.now();
    this.#timer = setTimeout(
      () => {
        this.late = left < this.#silence ? "endless" : "silent";
        this.controller.abort();
      },
      Math.max(0, Math.min(this.#silence, left)),
    );
  }

  /** The response's body under watch: every chunk restarts the silence and is counted. */
  over(body: ReadableStream<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
    this.#silence = this.#limits.idleMs;
    this.#arm();
    return body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform: (chunk, sink) => {
          this.#bytes += chunk.length;
          this.#pending += chunk.length;
          if (this.#bytes > STREAM_BYTES || this.#pending > EVENT_BYTES) sink.error(new TooLarge());
          else sink.enqueue(chunk);
          this.#arm();
        },
      }),
    );
  }

  /** Tells the watch that a whole event was read. */
  event(): void {
    this.#pending = 0;
  }

  /** Shortens the silence, because the answer is complete. */
  tail(): void {
    this.#silence = this.#limits.tailMs;
    this.#arm();
  }

  /** Ends everything: the timer, the listener, and the connection if it is still open. */
  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#stop);
    this.controller.abort();
  }
}

/** Reads at most `limit` bytes of a body as text; the rest is left unread. */
export async function readUpTo(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body ?? []) {
    parts.push(part);
    size += part.length;
    if (size >= limit) break;
  }
  return Buffer.concat(parts).subarray(0, limit).toString("utf8");
}
