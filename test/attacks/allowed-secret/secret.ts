// A secret in a file, its encodings, and what of it is found on record.
import type { ModelAnswer, ModelRequest } from "../../../src/abi/model.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { auditJson, auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { recordSourceOf, runJson } from "../../../src/views/record/run.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { type Scratch } from "../scratch.ts";
import type { Attacker } from "../attacker.ts";
import { type Order, type Play } from "../attacker.ts";
import { kinds } from "../../harness/kinds.ts";

/** Values as a person would have them in a file; none looks like the key of a provider. */
export const VALUES = {
  DB_HOST_LINE: "rettich.kohl.example:5433/garten",
  SESSION_SALT: 'Gurke"<&>\\ mit/Salz+Öl',
  PLAIN_WORDS: "drei-rote-rueben-im-keller",
  SHORT_ONE: "mais4711",
} as const;

export const ENV = [
  "NODE_ENV=production",
  `DB_HOST_LINE=${VALUES.DB_HOST_LINE}`,
  `SESSION_SALT='${VALUES.SESSION_SALT}'`,
  `export PLAIN_WORDS=${VALUES.PLAIN_WORDS}   # eaten in winter`,
  `SHORT_ONE=${VALUES.SHORT_ONE}`,
  "",
].join("\n");

const everyByte = (value: string, write: (byte: number) => string): string =>
  [...Buffer.from(value)].map(write).join("");

const hexOf = (n: number, digits = 2): string => n.toString(16).padStart(digits, "0");

/** How an agent may write a value so that a plain search does not find it. */
export const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
  plain: (v) => v,
  "inside a word": (v) => `x${v}y`,
  hex: (v) => Buffer.from(v).toString("hex"),
  "hex in capitals": (v) => Buffer.from(v).toString("hex").toUpperCase(),
  base64: (v) => Buffer.from(v).toString("base64"),
  "base64 after one byte": (v) => Buffer.from(`:${v}:`).toString("base64"),
  "base64 after two bytes": (v) => Buffer.from(`u:${v}::`).toString("base64"),
  "base64 for addresses": (v) => Buffer.from(`?${v}`).toString("base64url"),
  "base64 in lines": (v) =>
    Buffer.from(`${"-".repeat(50)}${v}${"-".repeat(50)}`)
      .toString("base64")
      .replace(/.{76}/gu, "$&\n"),
  JSON: (v) => JSON.stringify(v).slice(1, -1),
  "JSON in JSON": (v) => JSON.stringify(JSON.stringify({ v })),
  "JSON, all escaped": (v) => [...v].map((c) => `\\u${hexOf(c.charCodeAt(0), 4)}`).join(""),
  percent: (v) => encodeURIComponent(v),
  "percent, all escaped": (v) => everyByte(v, (b) => `%${hexOf(b).toUpperCase()}`),
  "percent, twice": (v) => encodeURIComponent(encodeURIComponent(`a b ${v}`)),
  form: (v) => new URLSearchParams({ v }).toString(),
  HTML: (v) => v.replace(/[&<>"]/gu, (c) => `&#${c.charCodeAt(0)};`),
  "HTML by name": (v) =>
    v.replace(/[&<>"]/gu, (c) => `&${{ "&": "amp", "<": "lt", ">": "gt", '"': "quot" }[c] ?? ""};`),
  "HTML, all escaped": (v) => [...v].map((c) => `&#x${hexOf(c.charCodeAt(0))};`).join(""),
  "C escapes": (v) => everyByte(v, (b) => `\\x${hexOf(b)}`),
};

/** Answers with these turns; each is made of what the model saw before. */
export function playing(
  turns: readonly ((request: ModelRequest) => string | readonly Order[])[],
): Play["model"] {
  return (request): ModelAnswer => {
    const usage = { input: 1, output: 1 };
    const turn = request.pid === 2 ? turns[request.turn]?.(request) : undefined;
    if (turn === undefined || typeof turn === "string")
      return { text: turn ?? "", calls: [], usage, stop: "end" };
    const calls = turn.map(({ tool, args }, i) => ({ id: `call_${request.turn}_${i}`, tool, args }));
    return { text: "", calls, usage, stop: "calls" };
  };
}

export const read = (path: string): Order => ({ tool: "read_file", args: { path } });

/** The texts in a line of the record, as they were before the line was JSON. */
function textsOf(line: string): string[] {
  const texts: string[] = [];
  const note = (key: string, value: unknown): unknown => {
    texts.push(key);
    if (typeof value === "string") texts.push(value);
    return value;
  };
  if (line.includes('{"v":1,')) JSON.parse(line.slice(line.indexOf("{")), note);
  return texts;
}

/** Everything that leaves: the files of the record, and each export of it, as one text. */
export function leaves(scratch: Scratch, attacker: Attacker): string {
  const { kernel } = attacker.on;
  const { state } = kernel;
  const records = attacker.on.records();
  const rows = callsOf(records);
  const files = [...scratch.picture()]
    .filter(([path]) => path.startsWith("app/.agentlibos/"))
    .map(([, said]) => Buffer.from(said, "latin1").toString())
    .flatMap((text) => [text, ...text.split("\n").flatMap(textsOf)]);
  const source = recordSourceOf({
    kernel,
    records: attacker.on.records,
    head: attacker.on.head,
    opened: attacker.on.opened,
  });
  return [
    ...files,
    auditJson(rows),
    auditText(english, rows, state),
    ...rows
      .slice(-3)
      .map(
        (row) =>
          explainText(english, records, row.json.call, (said) => nodeDigests.sha256(said), kinds) ?? "",
      ),
    ...[...state.processes.values()].map((p) => transcriptText(english, state, records, p.pid)),
    receiptText(english, source, 2, "app"),
    JSON.stringify(runJson(source, [2])),
  ].join("\n");
}

/** Which values stand in a text: plainly, or as any of the encodings writes them. */
export function found(text: string, values: Readonly<Record<string, string>> = VALUES): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    Object.entries(ENCODINGS)
      .filter(([, encode]) => text.includes(encode(value)))
      .map(([how]) => `${name}: ${how}`),
  );
}
