// Primitive `tools`: how a model finds those of its tools whose schemas it was not sent.
import * as z from "zod";
import { fault } from "../abi/errors.ts";
import type { Images } from "../abi/image.ts";
import { define, type Operation, type Primitive } from "../kernel/operation.ts";
import type { Reader } from "../kernel/reader.ts";
import { imageOf } from "../kernel/state/objects.ts";

/** The most tools that one answer describes, and the most that it names beside them. */
const FOUND_MOST = 10;
const NAMED_MOST = 40;

const findInput = z.strictObject({
  query: z.string().max(200).describe("What it should do, in a few words."),
});
const findOutput = z.strictObject({
  tools: z.array(z.strictObject({ tool: z.string(), summary: z.string() })),
  /** Names of more that match; if none matches, of all. */
  others: z.array(z.string()),
});

/** The weight of a word of the query where it stands, as a whole word and as the beginning of one. */
const WORTH = { name: { whole: 8, start: 4 }, summary: { whole: 2, start: 1 } } as const;

/** The shortest word that counts as the beginning of another one. */
const START_LEAST = 3;

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** How well a word is met by others: whole, as the beginning of one of them, or with one of them as its beginning. */
function worthOf(word: string, others: readonly string[], worth: { whole: number; start: number }): number {
  if (others.includes(word)) return worth.whole;
  const begins = (a: string, b: string): boolean => a.length >= START_LEAST && b.startsWith(a);
  return others.some((other) => begins(word, other) || begins(other, word)) ? worth.start : 0;
}

/** The operations that a query is about, the best first; equal ones stay in their order. */
export function rankTools(query: string, operations: readonly Operation[]): Operation[] {
  const asked = [...new Set(wordsOf(query))];
  const scored = operations.map((op) => {
    const names = [...wordsOf(op.tool ?? ""), ...wordsOf(op.name)];
    const summary = wordsOf(op.summary);
    const score = asked.reduce(
      (sum, word) => sum + worthOf(word, names, WORTH.name) + worthOf(word, summary, WORTH.summary),
      0,
    );
    return { op, score };
  });
  const met = scored.filter(({ score }) => score > 0);
  return met.sort((a, b) => b.score - a.score).map(({ op }) => op);
}

/** Builds the primitive; `images` are those that processes run from. It shows names and schemas, and grants nothing. */
export function toolsPrimitive(reader: Reader, images: Images): Primitive {
  const deferredOf = (pid: number): Operation[] => {
    const process = reader.living(pid);
    const image = process && imageOf(reader.state, images.builtIn, process);
    const table = image === undefined ? [] : reader.operations.table(image, pid).values();
    return [...table].filter((op) => op.deferred === true && op.absent !== true);
  };
  const findOp = define({
    name: "tools.find",
    tool: "find_tools",
    summary: "Find more tools than you are shown, by what they do.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    finds: true,
    input: findInput,
    output: findOutput,
    told({ tools, others }) {
      const names = others.join(", ");
      if (tools.length === 0)
        return others.length === 0
          ? "You have no more tools than those you are shown."
          : `None of your other tools is about that. They are: ${names}. Call find_tools with the name of one, or call it.`;
      return [
        "Call these like any other tool; you are shown their arguments from now on:",
        ...tools.map(({ tool, summary }) => `${tool}: ${summary}`),
        ...(others.length === 0 ? [] : [`Less fitting: ${names}.`]),
      ].join("\n");
    },
    needs: () => [],
    invoke({ query }, on) {
      const all = deferredOf(on.grant.pid);
      const ranked = rankTools(query, all);
      const tools = ranked
        .slice(0, FOUND_MOST)
        .flatMap(({ tool, summary }) => (tool ? [{ tool, summary }] : []));
      const rest = ranked.length === 0 ? all : ranked.slice(FOUND_MOST);
      const others = rest.flatMap(({ tool }) => tool ?? []).slice(0, NAMED_MOST);
      on.found(tools.map(({ tool }) => tool));
      return Promise.resolve(
        on.signal.aborted ? fault("EINTR", "Interrupted.", "Call again.") : { tools, others },
      );
    },
  });
  return { kind: "tools", operations: [findOp] };
}
