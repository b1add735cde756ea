// Every view that the editor draws says its words through its Translate: none stand in its code, and none in what it draws.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseSync } from "oxc-parser";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { auditText, targetOf } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english, type Translate } from "../../../src/views/words/translate.ts";
import { digests } from "../../support/journal.ts";
import { TestKernel } from "../../support/kernel.ts";
import { turns } from "../../support/kernel/turns.ts";
import { importsOf } from "../../tidy/source.ts";
import { kinds } from "../../harness/kinds.ts";

const root = join(import.meta.dirname, "../../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** Names that are the same in every language: a step of the door, units, a command to type, a mark. */
const NAMES = ["look again", " µs", " ms", "agentlibos verify --workspace ", " spaces›"];

/** The views that the surface and what it boots reach; what only the command line prints stays English. */
function drawn(): string[] {
  const found = new Set<string>();
  const open = ["src/boot.ts", ...globSync("src/ui/**/*.ts", { cwd: root })];
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const wanted = importsOf(file, read(file)).filter((i) => !i.types && i.target.startsWith("src/views/"));
    for (const { target } of wanted) if (!found.has(target)) open.push(found.add(target) && target);
  }
  return [...found].sort();
}

/** A node of the tree that the parser gives; children stand in any of its fields. */
type Node = { type: string; start: number; end: number } & Record<string, unknown>;

const isNode = (value: unknown): value is Node =>
  typeof value === "object" && value !== null && "type" in value && "start" in value;

/** Types say nothing to a reader; what stands around an expression of a type may. */
const UNSHOWN = /^(?:Import|ExportAll|TS(?!As|Satisfies|NonNull))/u;

/** Texts with a word in them that are said to nobody's Translate; keys, codes and names of one small word are none. */
function untranslated(file: string, code: string): string[] {
  const { program, errors } = parseSync(file, code);
  assert.deepEqual(errors, []);
  const texts: string[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (!isNode(value)) return;
    const { type, ...node } = value;
    if (UNSHOWN.test(type)) return;
    // Names of what a preview on the record is called are compared, and tests of patterns read; neither is shown.
    if (type === "BinaryExpression" && /^[!=]==$/u.test(String(node["operator"]))) return;
    if (type === "SwitchCase") return look(node["consequent"]);
    const callee = node["callee"];
    if (type === "CallExpression" && isNode(callee) && /(?:^|#)t$/u.test(textOf(code, callee))) {
      const [key, ...rest] = node["arguments"] as Node[];
      assert.equal(typeof key?.["value"], "string", textOf(code, value));
      return rest.forEach(look);
    }
    if (type === "Literal" && typeof node["value"] === "string") texts.push(node["value"]);
    if (type === "TemplateElement") texts.push((node["value"] as { cooked: string }).cooked);
    Object.values(node).forEach(look);
  };
  look(program);
  return texts.filter((text) => /\p{L}{2,} \p{L}|^ *\p{Lu}\p{Ll}+|^\p{L}{3,} $|^ \p{L}{2,}/u.test(text));
}

function textOf(code: string, { start, end }: Node): string {
  return code.slice(start, end);
}

test("no text of a view that the editor draws stands outside the translations", () => {
  const files = drawn();
  assert.ok(files.includes("src/views/record/transcript.ts") && !files.includes("src/cli/prompt.ts"));
  assert.deepEqual(
    files.flatMap((file) =>
      untranslated(file, read(file)).flatMap((text) => (NAMES.includes(text) ? [] : `${file}: ${text}`)),
    ),
    [],
  );
});

test("the search finds what was not translated, wherever it stands", () => {
  const found = (code: string): number => untranslated("a.ts", code).length;
  assert.equal(found('const a = t("two words");'), 0);
  assert.equal(found('const a = { key: "agent", other: `${b} (${c})` };'), 0);
  assert.equal(found('type A = "two words"; let a: "two words" = b as "two words"; f<"two words">();'), 0);
  assert.equal(found('if (a === "two words" || /two words/u.test(a)) switch (a) { case "two words": }'), 0);
  assert.equal(found('const a = "two words";'), 1);
  assert.equal(found('export const a = ("two words" as string)!;'), 1);
  assert.equal(found("const a = `Turn ${b}`;"), 1);
  assert.equal(found("const a = `${b} by ${c}`;"), 1);
  assert.equal(found('const a = t("{0}", `Turn ${b}`);'), 1);
});

/** Keeps only the values of a text, so that what is left of a view is data, or was not translated. */
const masked: Translate = (text, ...values) => english(text.replace(/\p{L}/gu, "·"), ...values);

const wordsOf = (text: string): string[] => text.match(/\p{L}{2,}/gu) ?? [];

/** The words among the values of records: what agents, people and the kernel have said. */
function said(value: unknown): string[] {
  if (typeof value === "string") return wordsOf(value);
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, each]) => [
        ...(each === null ? [] : wordsOf(name)),
        ...said(each),
      ])
    : [];
}

test("what views draw has no words but those of the record and those that were translated", async () => {
  const write = ["write_box", { at: "fs:/app/a", content: "one\n" }] as const;
  const lost = ["read_box", { at: "fs:/app/none" }] as const;
  const model = turns({ 2: [[write, lost], [["ask_human", { question: "Which?" }]], "Good."] });
  const on = await TestKernel.open({ model });
  on.launch(["ask:write:fs:/app/**", "allow:connect:net:/example.com;uses=2"], { goal: "tidy up" });
  await on.settle();
  const { kernel, person } = on;
  const { state } = kernel;
  const drawn: string[] = [];
  const draw = (): void => {
    const journal = { id: "journal", head: { seq: on.records.length, hash: "hash" } };
    drawn.push(
      transcriptText(masked, state, on.records, 2, "streaming"),
      receiptText(masked, { records: on.records, state, journal }, 2, "folder"),
      authorityText(masked, state, 2, nowIn(state, on.clock.now())),
      auditText(masked, callsOf(on.records), state),
      ...callsOf(on.records).map(
        ({ json }) => explainText(masked, on.records, json.call, (t) => digests.sha256(t), kinds) ?? "",
      ),
    );
  };
  const ask = (): void => {
    const preview = kernel.previewOf(on.question);
    drawn.push(questionText(masked, questionView(masked, kernel, on.question, preview, person)));
  };
  draw();
  ask();
  on.answer({ scope: "agent" });
  await on.settle();
  ask();
  on.answer({ text: "this" });
  kernel.revoke(person, "cap1", "no more");
  await on.settle();
  draw();
  const names = [...NAMES, "find decode locate decide resolve preview ask charge begin invoke diff"];
  const extra = ["streaming", "journal", "hash", "folder"];
  const known = new Set([...said(on.records), ...names.flatMap(wordsOf), ...extra]);
  assert.deepEqual(
    [...new Set(drawn.flatMap(wordsOf))].filter((word) => !known.has(word)),
    [],
  );
});

test("the columns of the audit log stand under one another however long the words are", async () => {
  const model = turns({
    2: [
      [
        ["read_box", { at: "fs:/app/a" }],
        ["send_box", { host: "b", body: "" }],
      ],
      ".",
    ],
  });
  const on = await TestKernel.open({ model });
  on.launch(["allow:read:fs:/app/**"]);
  await on.settle();
  const twice: Translate = (text, ...values) => `${english(text, ...values)} ${english(text, ...values)}`;
  const rows = callsOf(on.records);
  const lines = auditText(twice, rows, on.kernel.state).split("\n");
  const places = rows.map((row, at) => lines[at]?.indexOf(`  ${targetOf(twice, row)}`));
  assert.equal(rows.length, 4);
  assert.equal(new Set(places).size, 1, lines.join("\n"));
});
