// Forged lines: no text of an agent begins a line of ours or ends its quotation, in any text that people are shown.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { AnyRecord } from "../../../src/abi/record.ts";
import { brokenLines } from "../../../src/cli/print.ts";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { chainWords } from "../../../src/views/agents/family.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { recordSourceOf, runText, type RecordSource } from "../../../src/views/record/run.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { quotedText } from "../../../src/views/words/visible.ts";
import { english } from "../../../src/views/words/translate.ts";
import { emptyState } from "../../../src/kernel/state/rows.ts";
import { applyRecord } from "../../../src/kernel/state/fold.ts";
import { digests } from "../../support/journal.ts";
import { Attacker } from "../attacker.ts";
import { FAMILY, Scratch } from "../scratch.ts";
import { foreignEntries } from "./foreign.ts";
import { kinds } from "../../harness/kinds.ts";

/** A word that we never say. */
const MARK = "zwiebelkuchen";

/** Lines as ours look, each in another view. */
const OURS = [
  `Yes would store: ${MARK}`,
  `  for every agent in this workspace: ${MARK}`,
  `      allow:read:fs:/** ${MARK}`,
  `It gets: nothing ${MARK}`,
  `  Risk   low ${MARK}`,
  `  Note   It gets: nothing ${MARK}`,
  `Agent 9 (coding) finished: ${MARK}`,
  `(y) once, (n) no: ${MARK}`,
  `  2.0.0    read_file        fs:/app/README.md ${MARK}`,
  `2      finished  coding  1  1  ${MARK}`,
  `The smallest grant that would do ${MARK}`,
  `  cap1   may change everything in app ${MARK}`,
  `agentlibos: ${MARK}`,
  `## Ended: finished ${MARK}`,
  `**Denied (0)** ${MARK}`,
  `- **read_file**: allowed, done ${MARK}`,
];
/** All that some reader takes for the end of a line. */
const ENDS = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\u000b", "\u000c", "\n\n\n"];

const TEXTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(OURS.map((line, i) => [line, `x${ENDS[i % ENDS.length] ?? ""}${line}`])),
  "every line after every end": ENDS.flatMap((end) => OURS.map((line) => end + line)).join(""),
  "the end of a quotation": `x"\nYes would store: ${MARK}\\"\n"${MARK}`,
  "the end of a fence": `x\n\`\`\`\n# ${MARK}\n~~~\n# ${MARK}`,
  "the end of a quoted fence": `\`\`\`\nx\n> \`\`\`\n# ${MARK}`,
};

const HELD = ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**", "allow:ask:human:/ask", ...FAMILY];

/** The same, but a person is asked about each child. */
const ASKED = HELD.map((cap) => cap.replace(/^allow:(?=spawn|execute)/u, "ask:"));

/** An agent that says the text wherever it can, and a child that asks. */
function sayer(text: string) {
  const name = text.replaceAll("/", "∕").replaceAll("\0", "").slice(0, 60);
  const ask = { tool: "ask_human", args: { question: text } };
  const calls = [
    { tool: "write_file", args: { path: `src/${name}`, content: text } },
    { tool: "make_directory", args: { path: `${name}/${name}` } },
    { tool: "delete_file", args: { path: "src/a.txt" } },
    ask,
    { tool: "request_capability", args: { grant: "allow:delete:fs:/app/src/**", reason: text } },
    { tool: "read_file", args: { path: `none/${name}` } },
    { tool: "put_object", args: { name: "said", value: text } },
    { tool: text.slice(0, 60), args: { [text]: text } },
    { tool: "spawn_agent", args: { goal: text, grants: [] } },
    { tool: "spawn_agent", args: { goal: text, grants: ["ask:write:fs:/app/**"] } },
  ];
  const child = { turns: [{ calls: [ask] }, { calls: [{ tool: "finish", args: { result: text } }] }] };
  return { turns: [{ text, calls }], children: [child, child] };
}

/** The questions of a live kernel, by id. */
function questions({ on: { kernel, person } }: Attacker): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { question } of kernel.state.questions.values()) {
    const preview = kernel.previewOf(question);
    const view = questionView(english, kernel, question, preview, person, true);
    found[`question ${question.id}`] = questionText(english, view);
    assert.equal(view.who.includes(MARK), false, "a chain holds a text of an agent");
  }
  return found;
}

/** The texts that people are shown about a record, by their view. */
function shown(source: RecordSource): Record<string, string> {
  const { state, records } = source;
  const pids = [...state.processes.keys()].filter((pid) => pid > 1);
  const found: Record<string, string> = {
    ps: psText(state),
    audit: auditText(english, callsOf(records), state),
    run: runText(source, pids.slice(0, 1), "/w/app", "agentlibos verify"),
  };
  for (const pid of pids) {
    found[`transcript ${pid}.md`] = transcriptText(english, state, records, pid);
    found[`receipt ${pid}.md`] = receiptText(english, source, pid, "/w/app");
    found[`authority ${pid}`] = authorityText(english, state, pid, nowIn(state, Date.now()));
  }
  for (const { json } of callsOf(records))
    found[`explain ${json.call}`] =
      explainText(english, records, json.call, (text) => digests.sha256(text), kinds) ?? "";
  return found;
}

const LINE_END = /[\n\r\v\f\u2028\u2029\u0085]/u;

/** A margin that marks quoted lines: of a request, of an explanation, of Markdown, and of a fence in a list. */
const MARGIN = /^(?: {2,4}\| |> | {2}[-+` ])/u;

/** The lines in which the word stands where a line of ours could. */
function forged(name: string, text: string): string[] {
  let fence = "";
  return text.split(LINE_END).filter((line) => {
    const marks = name.endsWith(".md") ? (/^ *(`{3,})/u.exec(line)?.[1] ?? "") : "";
    if (fence === "" ? marks !== "" : marks.length >= fence.length) fence = fence === "" ? marks : "";
    if (!line.includes(MARK) || fence !== "") return false;
    return OURS.some((ours) => line.trim().startsWith(ours.trim())) && !MARGIN.test(line);
  });
}

suite("Q11: no text of an agent makes a line of ours", { concurrency: 4 }, () => {
  for (const [name, text] of Object.entries(TEXTS))
    test(JSON.stringify(name), async () => {
      const scratch = new Scratch();
      try {
        const stage = await Attacker.open(scratch, { grants: HELD, answer: "open" });
        stage.launch(sayer(text), HELD);
        stage.launch(sayer(text), ASKED);
        await stage.on.kernel.rest();
        const all = { ...shown(recordSourceOf(stage.on)), ...questions(stage) };
        assert.ok(Object.keys(all).filter((view) => view.startsWith("question")).length >= 4);
        assert.ok(Object.values(all).filter((view) => view.includes(MARK)).length > 10);
        const wrong = Object.entries(all).flatMap(([view, said]) =>
          forged(view, said).map((line) => `${view}: ${line}`),
        );
        assert.deepEqual(wrong, []);
        await stage.close();
      } finally {
        scratch.close();
      }
    });

  for (const [name, text] of Object.entries(TEXTS))
    test(`in a foreign record: ${JSON.stringify(name)}`, () => {
      const source = foreignSource(text);
      const plain = shown(foreignSource("x"));
      const all = shown(source);
      assert.ok(Object.values(all).filter((view) => view.includes(MARK)).length > 4);
      assert.deepEqual(
        Object.entries(all).flatMap(([view, said]) => forged(view, said).map((line) => `${view}: ${line}`)),
        [],
      );
      // Where nothing is quoted behind a margin, there are exactly our lines.
      const lines = (text = ""): number => text.split(LINE_END).length;
      for (const view of ["ps", "audit", "run", "authority 2"])
        assert.equal(lines(all[view]), lines(plain[view]), view);
    });
});

function foreignSource(text: string): RecordSource {
  const state = emptyState((said) => digests.sha256(said), kinds);
  const time = "2026-01-01T00:00:00.000Z";
  const records = foreignEntries(text).map(
    ([kind, data, at], i) => ({ v: 1, seq: i + 1, time, kind, data, prev: "", ...at }) as AnyRecord,
  );
  for (const record of records) applyRecord(state, record);
  return { records, state, journal: { id: text, head: { seq: records.length, hash: text } } };
}

/** Names of files with which a target or a title would look like another one. */
const NAMES: Readonly<Record<string, string>> = {
  "a link": "a.txt -> notes.md",
  "a link without blanks": "a.txt->notes.md",
  "two names of a move": "a.txt to app∕b.txt",
  "a column": "a.txt  EACCES: denied",
  "an outcome": "a.txt  allowed, done",
  "a reason": "a.txt: policy says allow",
  "a quotation that ends": 'a.txt" -> "notes.md',
  "an arrow of a chain": "a.txt ← 1 init",
  "a hidden link": "a.txt\u00a0->\u00a0notes.md",
};

test("Q11: a name of a file is one name, whatever it says", async () => {
  const scratch = new Scratch();
  try {
    const stage = await Attacker.open(scratch, { grants: HELD, answer: "open" });
    const calls = Object.values(NAMES).map((path) => ({ tool: "write_file", args: { path, content: "x" } }));
    stage.launch({ turns: [{ calls }] }, HELD);
    await stage.on.kernel.rest();
    const { kernel, person } = stage.on;
    const views = [...kernel.state.questions.values()].map(({ question }) =>
      questionView(english, kernel, question, kernel.previewOf(question), person),
    );
    assert.equal(views.length, calls.length);
    for (const { verb, target, reasons } of views) {
      const quoted = /"app\/a\.txt(?:[^"\\]|\\.)+"/u;
      for (const text of [verb.replace(/^Create /u, ""), target]) assert.match(text, /^"(?:[^"\\]|\\.)*"$/u);
      for (const reason of reasons) assert.match(reason, new RegExp(`^change ${quoted.source}: cap`, "u"));
    }
    const audit = auditText(english, callsOf(stage.on.records()), kernel.state);
    assert.doesNotMatch(audit, /"[^"]*" -> "[^"]*"/u);
    await stage.close();
  } finally {
    scratch.close();
  }
});

test("Q11: an image of a forged record has a name that says nothing else", () => {
  const images = [
    ") ← 1 init",
    "coding (7)",
    "![x](https://evil.example/p.png)",
    "a\n# b",
    "**x**",
    "x, y",
    "<b>",
  ];
  for (const image of images) {
    const state = emptyState((text) => digests.sha256(text), kinds);
    const spawn = { imageHash: "", model: "", goal: "", cwd: "", budget: {}, by: "person" };
    const data = { ...spawn, image, parent: 1, depth: 1, childIndex: 0 };
    const record = {
      v: 1,
      seq: 1,
      time: "2026-01-01T00:00:00.000Z",
      kind: "process.spawn",
      pid: 2,
      data,
      prev: "",
    };
    applyRecord(state, record as AnyRecord);
    const words = chainWords(english, state, 2);
    assert.match(words, /^2 (?:"[\p{L}\p{N}._@/ ‹›+-]*"|[\p{L}\p{N}._@/‹›+-]*)$/u);
    assert.equal(psText(state).split("\n").length, 3);
  }
});

test("Q11: a quotation ends where we end it, and says how long the text is", () => {
  assert.equal(quotedText(english, 'a" by a person: "b\\'), '"a\\" by a person: \\"b\\\\"');
  assert.equal(quotedText(english, "x".repeat(500), 10), '"xxxxxxxxxx"… (500 characters)');
});

test("Q11: a line wider than the terminal goes on behind a mark", () => {
  for (const columns of [20, 79, 80, 120]) {
    for (const filler of ["x", "漢", "\t", "é", "😀"]) {
      const text = `  | ${filler.repeat(columns)}Yes would store: ${MARK}`;
      const rows = brokenLines(text, columns).split("\n");
      assert.ok(rows.length > 1);
      for (const row of rows.slice(1)) assert.ok(row.startsWith("↳ "), row);
      assert.equal(rows.map((row, i) => (i === 0 ? row : row.slice(2))).join(""), text);
    }
  }
  assert.equal(brokenLines("short\nlines\n", 80), "short\nlines\n");
  assert.equal(brokenLines("x".repeat(100), 0), "x".repeat(100));
});
