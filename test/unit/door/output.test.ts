// Output: what a running call puts out is shown by its id as it comes, kept at both ends, and holds no secret anywhere.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import { fault, type Fault } from "../../../src/abi/errors.ts";
import { Output, OUTPUT_KEPT } from "../../../src/kernel/door/output.ts";
import { RedactedStream } from "../../../src/kernel/door/stream.ts";
import { define, type Invocation } from "../../../src/kernel/operation.ts";
import { Redactor } from "../../../src/kernel/record/redact.ts";
import { TestKernel } from "../../support/kernel.ts";
import { answerOf } from "../../support/kernel/turns.ts";

const KEY = `sk-ant-${"a1b2c3d4".repeat(5)}`;
const PEM = `-----BEGIN PRIVATE KEY-----\n${"MIIEvQIBADANBgkqhkiG9w0BAQ\n".repeat(20)}-----END PRIVATE KEY-----\n`;

type Shown = { pid: number; call: string; text: string }[];
type Act = (on: Invocation<unknown>, shown: Shown) => Fault | undefined;

/** An operation that talks while it runs, on a thing that it names. */
const talker = (act: (on: Invocation<unknown>) => Fault | undefined, emitsValue: boolean) =>
  define({
    name: "program.run",
    summary: "Run a program.",
    effect: "external",
    idempotent: false,
    emitsValue,
    input: z.strictObject({ at: z.string().default("shell:/make") }),
    output: z.strictObject({ exit: z.int() }),
    needs: ({ at }) => [{ resource: at, right: at.startsWith("fs:") ? "read" : "execute" }],
    invoke: (_args, on) => Promise.resolve(act(on) ?? { exit: 0 }),
  });

async function ran(act: Act, how: { at?: string; emitsValue?: boolean } = {}) {
  const shown: Shown = [];
  const operations = [talker((on) => act(on, shown), how.emitsValue ?? false)];
  const k = await TestKernel.open({ more: () => [{ kind: "program", operations }] });
  k.kernel.onOutput((piece) => shown.push({ ...piece }));
  const pid = k.launch(["allow:execute:shell:/make", "allow:read:fs:/app/**"]);
  const ended = k.call(pid, "program.run", how.at === undefined ? {} : { at: how.at }, { id: "0.0" });
  await k.settle();
  if (k.open.length > 0) k.answer();
  await ended;
  return { k, shown, text: shown.map((piece) => piece.text).join("") };
}

test("pieces are shown as they come, by call, and the end records them once", async () => {
  const { k, shown, text } = await ran((on, now) => {
    on.emit("one two ");
    assert.deepEqual(
      now.map((piece) => piece.text),
      ["one two "],
    );
    on.emit("three\n");
    return undefined;
  });
  assert.deepEqual([...new Set(shown.map((piece) => `${piece.pid} ${piece.call}`))], ["2 2.0.0"]);
  assert.equal(text, "one two three\n");
  assert.deepEqual(k.lastEnd.output, { head: "one two three\n" });
  assert.equal(JSON.stringify(k.records).split("one two").length, 2);
});

test("a call that fails records what it had put out; one that says nothing has no field", async () => {
  const { k } = await ran((on) => {
    on.emit("half");
    return fault("EIO", "it broke off");
  });
  assert.deepEqual([k.lastEnd.outcome, k.lastEnd.output], ["error", { head: "half" }]);
  const quiet = await ran(() => undefined);
  assert.equal("output" in quiet.k.lastEnd, false);
});

test("after the end of the call nothing is shown or recorded", async () => {
  let later: () => void = () => undefined;
  const { k, shown } = await ran((on) => {
    later = () => on.emit("too late\n");
    return undefined;
  });
  later();
  assert.deepEqual([shown, JSON.stringify(k.records).includes("too late")], [[], false]);
});

test("an operation whose value holds its text is shown and not recorded twice", async () => {
  const { k, text } = await ran(
    (on) => {
      on.emit("the answer");
      return undefined;
    },
    { emitsValue: true },
  );
  assert.deepEqual([text, "output" in k.lastEnd], ["the answer", false]);
});

test("the text of a model comes by the call of its turn, and stands in the record once", async () => {
  const shown: Shown = [];
  const k = await TestKernel.open({
    model: () => Promise.resolve(answerOf("It is done.")),
    says: ["It is ", "done."],
  });
  k.kernel.onOutput((piece) => shown.push({ ...piece }));
  k.launch([]);
  await k.kernel.rest();
  assert.equal(shown.map((piece) => piece.text).join(""), "It is done.");
  assert.deepEqual([...new Set(shown.map((piece) => piece.call))], ["2.0"]);
  const [end] = k.of("call.end");
  assert.deepEqual([end?.data.op, end !== undefined && "output" in end.data], ["model.call", false]);
});

test("a call on a secret file shows nothing and records no text of it", async () => {
  const { k, shown } = await ran(
    (on) => {
      on.emit("DB_HOST is db7.example.com\n");
      return undefined;
    },
    { at: "fs:/app/notes.txt" },
  );
  assert.deepEqual([shown.length, k.lastEnd.output?.head], [1, "DB_HOST is db7.example.com\n"]);
  const secret = await ran(
    (on) => {
      on.emit("DB_HOST is db7.example.com\n");
      return undefined;
    },
    { at: "fs:/app/.env" },
  );
  assert.deepEqual(secret.shown, []);
  assert.equal(JSON.stringify(secret.k.records).includes("db7"), false);
});

test("a secret that lies across two pieces is neither shown nor recorded", async () => {
  const { k, text } = await ran((on) => {
    for (const part of [`key ${KEY.slice(0, 9)}`, KEY.slice(9, 30), `${KEY.slice(30)} end\n`]) on.emit(part);
    return undefined;
  });
  assert.equal(text, "key [redacted:api-key] end\n");
  assert.deepEqual(k.lastEnd.output, { head: text });
});

test("a long output keeps its beginning and its end, in whole characters, and counts the rest", () => {
  const line = "\u{1F600} \u00e4\u00f6\u00fc and more\n";
  const size = Buffer.byteLength(line);
  for (let n = 0; n < 24; n++) {
    const more = "x".repeat(n);
    const output = new Output(new Redactor());
    let shown = "";
    for (let i = 0; i < 5_000; i++) shown += output.push(line);
    shown += output.push(more);
    shown += output.end();
    assert.equal(shown, line.repeat(5_000) + more);
    const { head = "", tail = "", omitted = 0 } = output.kept ?? {};
    assert.ok(Buffer.byteLength(head) > OUTPUT_KEPT - 4 && Buffer.byteLength(head) <= OUTPUT_KEPT);
    assert.ok(Buffer.byteLength(tail) > OUTPUT_KEPT - 4 && Buffer.byteLength(tail) <= OUTPUT_KEPT);
    assert.equal(Buffer.byteLength(head) + Buffer.byteLength(tail) + omitted, 5_000 * size + more.length);
    assert.ok(shown.startsWith(head) && shown.endsWith(tail));
    assert.ok(head.isWellFormed() && tail.isWellFormed() && !/\ufffd/u.test(head + tail));
  }
});

test("what is a little over the beginning is kept whole", () => {
  const output = new Output(new Redactor());
  const text = `${"x".repeat(79)}\n`.repeat(500);
  output.push(text);
  output.end();
  const { head = "", tail = "", omitted } = output.kept ?? {};
  assert.deepEqual([head + tail === text, omitted], [true, undefined]);
});

/** Texts with secrets of every form, and the values that are known before. */
const SECRETS: readonly (readonly [text: string, known?: string])[] = [
  [`use ${KEY} now\n`],
  [`Authorization: Bearer ${KEY.slice(4)}\nnext line\n`],
  [`password = "correct horse 7battery"\nnext\n`],
  [`{"name":"x","apiToken":"q8w7e6r5t4z3","more":1}\n`],
  [`- name: DB_PASSWORD\n  value: hunter2hunter\n- name: X\n`],
  [`here it is\n${PEM}and on\n`],
  [`https://bob:geheim77@example.com/x and so on\n`],
  [`it says: blue car over 9 hills, twice\n`, "blue car over 9 hills"],
  [`a\nline one of it\nline two of it\nb\n`, "line one of it\nline two of it"],
  [
    `${Buffer.from("a long value that is known here and there, and then some").toString("base64").replace(/.{40}/gu, "$&\n")}\nend\n`,
    "a long value that is known here and there, and then some",
  ],
  [`${"word ".repeat(1000)}${KEY} ${"word ".repeat(1000)}\n`],
];

test("however a text is cut into pieces, what is given out is what the whole text becomes", () => {
  for (const [text, known] of SECRETS) {
    const redactor = new Redactor();
    if (known !== undefined) redactor.learn(known);
    const whole = redactor.text(text);
    assert.notEqual(whole, text, "there is a secret in it");
    for (const size of [1, 2, 3, 7, 19, 64, 500]) {
      if (size < 64 && text.length > 5000) continue;
      const stream = new RedactedStream(redactor);
      let out = "";
      for (let at = 0; at < text.length; at += size) {
        out += stream.push(text.slice(at, at + size));
        assert.ok(whole.startsWith(out), `${JSON.stringify(out)} in pieces of ${size}`);
      }
      out += stream.end();
      assert.equal(out, whole, `in pieces of ${size}`);
    }
  }
});

test("prose comes word by word: only what may be a secret waits", () => {
  const stream = new RedactedStream(new Redactor());
  const words = "Pass the token to the author, who keeps secrets well. It is authentic: yes".split(" ");
  let behind = 0;
  let [given, put] = ["", ""];
  for (const word of words) {
    put += `${word} `;
    given += stream.push(`${word} `);
    behind = Math.max(behind, put.length - given.length);
  }
  assert.ok(behind <= 24, `${behind} characters behind`);
});

test("a word that has no end is bounded, and its secret still is none", () => {
  const redactor = new Redactor();
  const long = new RedactedStream(redactor);
  let out = "";
  for (let i = 0; i < 40; i++) out += long.push("0123456789abcdef".repeat(1024));
  out += `${long.push(" end\n")}${long.end()}`;
  assert.ok(out.length < 200_000 && out.endsWith(" end\n"), `${out.length}`);
  assert.equal(out.length + long.lost, 40 * 16 * 1024 + 5);
  const key = new RedactedStream(redactor);
  let shown = key.push("a sk-ant-");
  for (let i = 0; i < 40; i++) shown += key.push("a1b2c3d4".repeat(2048));
  shown += `${key.push(" end\n")}${key.end()}`;
  assert.equal(shown, "a [redacted:api-key] end\n");
});
