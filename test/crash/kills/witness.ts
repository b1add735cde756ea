// A witness outside of the programs that are killed: a model server that gives one plan and logs all that it is told.
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import { DONE, ROLE, STOP, delta, event } from "../../wire/server.ts";

/** One call of the plan: a tool and its arguments. */
export type Planned = readonly [tool: string, args: unknown];

/** What the witness saw that must not be. */
export interface Seen {
  /** Results that were told once and were not there later, or are not what they were. */
  readonly lost: string[];
  /** Calls that were carried out once more, as their own results tell. */
  readonly repeated: string[];
  requests: number;
}

interface Message {
  readonly role: string;
  readonly content?: unknown;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string }[];
}

/**
 * A server of chat completions. The nth request of a conversation gets the nth turn of the plan. It may be asked for a turn
 * again, as after a crash, but then with the same conversation, and never for a turn before the newest.
 */
export class Witness implements AsyncDisposable {
  readonly seen: Seen = { lost: [], repeated: [], requests: 0 };
  /** Called when a request has come. */
  onRequest: () => void = () => undefined;
  readonly #plan: readonly (readonly Planned[])[];
  readonly #server: Server;
  #newest = 0;
  /** The digest of the conversation that each turn was asked with. */
  readonly #asked: string[] = [];

  private constructor(plan: readonly (readonly Planned[])[]) {
    this.#plan = plan;
    this.#server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => (body += part));
      request.on("end", () => {
        this.#answer(JSON.parse(body) as { messages: Message[] }, response);
      });
    });
  }

  /** Starts a server on a port of its own. */
  static async start(plan: readonly (readonly Planned[])[]): Promise<Witness> {
    const witness = new Witness(plan);
    witness.#server.listen(0, "127.0.0.1");
    await once(witness.#server, "listening");
    return witness;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** True when the last turn was asked for: every result of the plan was told. */
  get heardAll(): boolean {
    return this.#newest >= this.#plan.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer({ messages }: { readonly messages: readonly Message[] }, response: ServerResponse): void {
    this.seen.requests += 1;
    const told = messages.filter(({ role }) => role !== "system");
    const turn = told.filter(({ tool_calls }) => tool_calls !== undefined).length;
    const digest = createHash("sha256").update(JSON.stringify(told)).digest("hex");
    if (turn < this.#newest) this.seen.lost.push(`turn ${turn} was asked for after turn ${this.#newest}`);
    if ((this.#asked[turn] ??= digest) !== digest)
      this.seen.lost.push(`turn ${turn} was asked for with another conversation`);
    this.#newest = Math.max(this.#newest, turn);
    this.#judge(told);
    this.onRequest();
    const calls = (this.#plan[turn] ?? []).map(([name, args], index) => ({
      ...{ index, id: `call-${turn}-${index}`, type: "function" },
      function: { name, arguments: JSON.stringify(args) },
    }));
    response.writeHead(200, { "content-type": "text/event-stream" });
    const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
    const pieces =
      calls.length === 0
        ? [delta({ content: "done" }), STOP]
        : [delta({ tool_calls: calls }), delta({}, "tool_calls")];
    response.end([ROLE, ...pieces, event({ choices: [], usage }), DONE].join(""));
  }

  /** Each call of the conversation must have one result, and no call of the plan can fail unless it was done before. */
  #judge(told: readonly Message[]): void {
    const results = told.filter(({ role }) => role === "tool");
    const ids = told.flatMap(({ tool_calls = [] }) => tool_calls.map(({ id }) => id));
    for (const id of ids) {
      const own = results.filter(({ tool_call_id }) => tool_call_id === id);
      if (own.length !== 1) this.seen.lost.push(`${id} has ${own.length} results`);
      const text = JSON.stringify(own[0]?.content ?? "");
      if (/ENOENT|EEXIST|ESTALE|EINVAL|"exit\\*":\s*[1-9]/u.test(text))
        this.seen.repeated.push(`${id}: ${text}`);
    }
  }
}
