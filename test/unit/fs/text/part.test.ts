// Parts of files: every character of any file can be reached, answers fit what a model is sent, and the text says where.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import fc from "fast-check";
import { RESULT_MAX } from "../../../../src/agent/context/results.ts";
import { Bench } from "../../../harness/fs.ts";

const bench = new Bench();

after(() => bench.close());

interface Part {
  content: string;
  first: number;
  last: number;
  total: number;
  truncated: boolean;
  column?: number;
  end_column?: number;
  columns?: number;
  characters?: number;
  next?: { start_line: number; start_column?: number };
}

const op = bench.operations.get("fs.read");

async function read(args: object, path = "f.txt"): Promise<Part & { told: string }> {
  const got = await bench.call("fs.read", { path, ...args });
  assert.equal(got.code, "ok", got.error?.message);
  const told = op?.told(got.value, { path, ...args });
  assert.ok(told !== undefined, "a value is told");
  return { ...(got.value as unknown as Part), told };
}

function put(content: string | Buffer): void {
  bench.seen.clear();
  writeFileSync(bench.at("f.txt"), content);
}

/** Reads a file by following `next` until there is none. */
async function readAll(): Promise<{ text: string; parts: number }> {
  let text = "";
  let next: Part["next"] | undefined = { start_line: 1 };
  let parts = 0;
  for (; next !== undefined && parts < 100; parts++) {
    const got: Part & { told: string } = await read(next);
    assert.ok(got.told.length <= RESULT_MAX, `${got.told.length} characters are told`);
    assert.equal(got.content.isWellFormed(), true);
    text += got.content;
    next = got.next;
  }
  return { text, parts };
}

for (const [title, content] of [
  ["one long line", JSON.stringify(Object.fromEntries([...Array(20_000).keys()].map((i) => [`k${i}`, i])))],
  ["one long line of wide characters", "😀é中".repeat(40_000)],
  ["a long line in the middle", `first\n${"x".repeat(120_000)}\nlast\n`],
  ["a long line with CR LF", `first\r\n${"y".repeat(120_000)}\r\nlast\r\n`],
  ["many short lines", "\n".repeat(30_000)],
  ["many lines", "a line of usual length\n".repeat(9000)],
  ["a file over 1 MB", "日本語 text\n".repeat(90_000)],
  ["a line over 1 MB", "ab😀".repeat(180_000)],
] as const) {
  test(`${title} can be read to its end by the arguments that an answer names`, async () => {
    put(content);
    const { text, parts } = await readAll();
    assert.ok(text === content, "the parts are the file");
    assert.ok(parts > 1);
  });
}

test("old encodings are read in parts as well, also in long files", async () => {
  const line = "café naïve déjà vu, one line of text\n";
  put(Buffer.from(line.repeat(40_000), "latin1"));
  const far = await read({ start_line: 30_000, end_line: 30_001 });
  assert.deepEqual([far.content, far.total], [line + line, 40_000]);
  put(Buffer.concat([Buffer.from("plain\n".repeat(300_000)), Buffer.from("c4e3bac3a3accac0bde70a", "hex")]));
  const last = await read({ start_line: 300_001 });
  assert.deepEqual([last.content, last.total], ["你好，世界\n", 300_001]);
  put(Buffer.from("wide é\n".repeat(100_000), "utf16le"));
  assert.equal((await read({ start_line: 99_999 })).content, "wide é\nwide é\n");
  put(Buffer.concat([Buffer.from("é\n".repeat(500_000)), Buffer.from([0xe9, 0x0a])]));
  const broken = await bench.call("fs.read", { path: "f.txt" });
  assert.match(
    broken.error?.message ?? "",
    /f\.txt is UTF-8 except for some bytes: 1500002 bytes, sha256 [0-9a-f]{64}/u,
  );
});

test("columns count whole characters and belong to the first and the last line", async () => {
  put("a😀bcd\r\nsecond\nthird");
  const content = async (args: object): Promise<string> => (await read(args)).content;
  assert.equal(await content({ start_column: 2, end_column: 3 }), "😀b");
  assert.equal(await content({ start_line: 1, end_line: 2, start_column: 4, end_column: 3 }), "cd\r\nsec");
  assert.equal(await content({ start_line: 2, start_column: 4 }), "ond\nthird");
  assert.equal(await content({ start_line: 2, end_line: 2, end_column: 99 }), "second\n");
  const part = await read({ start_line: 2, end_line: 2, start_column: 2, end_column: 4 });
  assert.deepEqual(
    [part.content, part.column, part.end_column, part.columns, part.truncated],
    ["eco", 2, 4, 6, false],
  );
  for (const [args, why] of [
    [
      { start_line: 2, start_column: 7 },
      /Line 2 of fs:\/app\/f\.txt has 6 characters; there is no column 7/u,
    ],
    [{ start_column: 3, end_column: 2 }, /end_column is before start_column/u],
    [{ start_line: 4 }, /has 3 lines; there is no line 4/u],
    [{ start_column: 0 }, /start_column/u],
  ] as const)
    assert.match((await bench.call("fs.read", { path: "f.txt", ...args })).error?.message ?? "", why);
});

test("what is told begins with counts, then each line has its number", async () => {
  const head = async (content: string | Buffer, args: object = {}): Promise<string> => {
    put(content);
    return (await read(args)).told;
  };
  assert.equal(await head("a\n\n\tb\n"), "app/f.txt: lines 1 to 3 of 3\n1\ta\n2\t\n3\t\tb");
  assert.equal(await head("a\nb"), "app/f.txt: lines 1 to 2 of 2; no line end at the end\n1\ta\n2\tb");
  assert.equal(await head(""), "app/f.txt: empty");
  assert.equal(await head("a\nb\nc\n", { start_line: 2, end_line: 2 }), "app/f.txt: line 2 of 3\n2\tb");
  assert.equal(
    await head(Buffer.from("caf\u00e9\r\n", "latin1")),
    "app/f.txt: line 1 of 1; encoding windows-1252; line ends CR LF\n1\tcafé",
  );
  assert.equal(await head("a\r\nb\n"), "app/f.txt: lines 1 to 2 of 2; line ends mixed\n1\ta\n2\tb");
  assert.equal(await head("a\rb\r"), "app/f.txt: lines 1 to 2 of 2; line ends CR\n1\ta\n2\tb");
  assert.equal(
    await head("abcdef\n", { start_column: 2, end_column: 3 }),
    "app/f.txt: line 1 of 1, from column 2 of line 1, to column 3 of the 6 of line 1\n1\tbc",
  );
  assert.match(
    await head("x".repeat(100_000)),
    /^app\/f\.txt: line 1 of 1, to column 47992 of the 100000 of line 1; shortened to 47992 of 100000 characters; the next part begins at start_line 1, start_column 47993\n1\tx+$/u,
  );
  assert.match(
    await head(`${"x".repeat(99)}\n`.repeat(1000)),
    /^app\/f\.txt: lines 1 to 444 of 1000; shortened to 44400 of 100000 characters; the next part begins at start_line 445\n1\tx/u,
  );
});

test("any part that is named is that part of the text", async () => {
  const text = fc
    .array(fc.constantFrom("a", "é", "😀", "\n", "\r\n", "中"), { maxLength: 30 })
    .map((all) => all.join(""));
  const number = fc.integer({ min: 1, max: 6 });
  await fc.assert(
    fc.asyncProperty(text, number, number, number, number, async (content, a, b, c, d) => {
      put(content);
      const lines = content.split(/(?<=\n)/u);
      const args = { start_line: a, end_line: b, start_column: c, end_column: d };
      const got = await bench.call("fs.read", { path: "f.txt", ...args });
      const first = [...(lines[a - 1] ?? "").replace(/\r?\n$/u, "")].length;
      const fits = b >= a && (b > a || d >= c) && a <= Math.max(1, content === "" ? 0 : lines.length);
      if (!fits || (c > 1 && c > first)) return assert.equal(got.code, "EINVAL");
      const chosen = lines.slice(a - 1, b).map((line) => [...line]);
      if (lines.length >= b) chosen.splice(-1, 1, (chosen.at(-1) ?? []).slice(0, d));
      if (a === b && chosen.length > 0) chosen[0] = [...(lines[a - 1] ?? "")].slice(0, d);
      chosen.splice(0, 1, (chosen[0] ?? []).slice(c - 1));
      assert.equal(got.value?.["content"], chosen.map((line) => line.join("")).join(""));
    }),
  );
});

test("values of a secret file that is read by columns are learned whole", async () => {
  put("TOKEN=abcdefghijklmnop\n");
  const learned: string[] = [];
  const { learn } = bench;
  bench.learn = (text) => void learned.push(text);
  await read({ start_column: 7, end_column: 12 });
  bench.learn = learn;
  assert.deepEqual(learned, ["TOKEN=abcdefghijklmnop\n"]);
});
