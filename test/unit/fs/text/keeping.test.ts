// Keeping: encoding, byte order mark and line ends of a file survive every way of writing, or a person is told.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeDigests } from "../../../../src/host/node/digests.ts";
import { nodeFs } from "../../../../src/host/node/fs/fs.ts";
import { keptText } from "../../../../src/host/node/fs/preimage.ts";
import { Bench, type Outcome } from "../../../harness/fs.ts";
import { notesOf } from "../../../harness/notes.ts";

const bench = new Bench();

after(() => bench.close());

const latin = (text: string): Buffer => Buffer.from(text, "latin1");
const wide = (text: string): Buffer => Buffer.from(`\ufeff${text}`, "utf16le");
const GBK = Buffer.from("c4e3bac3a3accac0bde70a", "hex"); // 你好，世界

function put(name: string, content: string | Buffer): void {
  bench.seen.clear();
  writeFileSync(bench.at(name), content);
}

const bytes = (name: string): string => readFileSync(bench.at(name)).toString("latin1");
const write = (path: string, content: string, more: object = {}) =>
  bench.call("fs.write", { path, content, ...more });
const edit = (path: string, old_text: string, new_text: string) =>
  bench.call("fs.edit", { path, old_text, new_text });
const read = (path: string) => bench.call("fs.read", { path });
const said = (got: Outcome): string => `${got.error?.message ?? ""} ${got.error?.hint ?? ""}`;

for (const [title, before, content, expected] of [
  ["a mark and CR LF", "\ufeffclass A {}\r\n", "class B {}\n", "\ufeffclass B {}\r\n"],
  ["CR LF", "a\r\nb\r\n", "a\nc\nb\n", "a\r\nc\r\nb\r\n"],
  ["LF", "a\nb\n", "a\r\nc\r\n", "a\nc\n"],
  ["CR", "a\rb\r", "a\nc\n", "a\rc\r"],
  ["mixed line ends, each of its line", "a\r\nb\nc\r\n", "a\nb\nx\nc\n", "a\r\nb\nx\nc\r\n"],
  ["windows-1252", latin("café = 1\n"), "café = 2\n", latin("café = 2\n")],
  ["GBK", GBK, "世界\n", GBK.subarray(6)],
  ["UTF-16", wide("a\r\n"), "b\n", wide("b\r\n")],
  ["UTF-16 without a mark", Buffer.from("abc\n", "utf16le"), "é\n", Buffer.from("é\n", "utf16le")],
  ["a mark that is given once more", "\ufeffa\n", "\ufeffb\n", "\ufeffb\n"],
  ["an empty file", "", "a\r\nb\n", "a\r\nb\n"],
] as const) {
  test(`a file that is overwritten keeps ${title}, also if it was never read`, async () => {
    put("f.txt", typeof before === "string" ? before : Buffer.from(before));
    const got = await write("f.txt", content);
    assert.equal(got.code, "ok", said(got));
    assert.equal(bytes("f.txt"), Buffer.from(expected).toString("latin1"));
    const detail = notesOf(got.preview);
    if (title.startsWith("mixed")) assert.match(detail, /Line ends are mixed/u);
    else assert.equal(detail, "", "where nothing changes nothing is said");
  });
}

for (const [title, before, old_text, new_text, expected] of [
  [
    "mixed line ends",
    "alpha\nbeta one\r\nbeta two\r\ngamma\n",
    "beta one\nbeta two\n",
    "BETA\n",
    "alpha\nBETA\r\ngamma\n",
  ],
  ["windows-1252", latin("café = 1\nnaïve = 2\n"), "café = 1", "déjà = 1", latin("déjà = 1\nnaïve = 2\n")],
  ["GBK", GBK, "你好", "世界", Buffer.concat([GBK.subarray(6, 10), GBK.subarray(4)])],
  ["UTF-16 and its mark", wide("a\r\nb\r\n"), "a\nb", "c\nd", wide("c\r\nd\r\n")],
  ["a mark", "\ufeffone\n", "one", "two", "\ufefftwo\n"],
] as const) {
  test(`an edit keeps ${title}, and says nothing of it`, async () => {
    put("e.txt", typeof before === "string" ? before : Buffer.from(before));
    const seen = await read("e.txt");
    assert.equal(seen.code, "ok", said(seen));
    const got = await edit("e.txt", old_text, new_text);
    assert.equal(got.code, "ok", said(got));
    assert.equal(bytes("e.txt"), Buffer.from(expected).toString("latin1"));
    assert.equal(notesOf(got.preview), "");
  });
}

test("a read tells the encoding and the line ends, and its text is the decoded one", async () => {
  put("l.txt", latin("café = 1\r\nnaïve = 2\r\n"));
  const got = await read("l.txt");
  const { content, encoding, line_ends, total } = got.value ?? {};
  assert.deepEqual(
    [content, encoding, line_ends, total],
    ["café = 1\r\nnaïve = 2\r\n", "windows-1252", "crlf", 2],
  );
  put("g.txt", GBK);
  const gbk = await read("g.txt");
  assert.deepEqual([gbk.value?.["content"], gbk.value?.["encoding"]], ["你好，世界\n", "gbk"]);
  const found = await bench.call("fs.search", { query: "世界" });
  assert.deepEqual(found.value?.["matches"], [{ path: "app/g.txt", line: 1, text: "你好，世界", column: 4 }]);
});

test("a character that the encoding does not have is refused, with its line and what to do", async () => {
  put("l.txt", latin("café\n"));
  for (const got of [await write("l.txt", "café\n2 → 3\n"), await edit("l.txt", "café\n", "café\n2 → 3\n")]) {
    assert.equal(got.code, "EINVAL");
    assert.match(said(got), /l\.txt is in windows-1252, which has no "→" \(U\+2192, line 2\)/u);
    assert.match(said(got), /encoding "utf-8"/u);
  }
  assert.equal(bytes("l.txt"), "café\n");
  const converted = await write("l.txt", "café\n2 → 3\n", { encoding: "utf-8" });
  assert.equal(converted.code, "ok");
  assert.equal(bench.text("l.txt"), "café\n2 → 3\n");
  assert.match(notesOf(converted.preview), /^The encoding changes from windows-1252 to UTF-8\.$/u);
  assert.match(said(await write("l.txt", "x", { encoding: "utf-7" })), /No encoding called "utf-7"/u);
});

test("a change of mark, line ends or encoding is asked for, and stands in the preview in words", async () => {
  const detail = async (before: string | Buffer, content: string, more: object): Promise<string> => {
    put("c.txt", before);
    const got = await write("c.txt", content, more);
    assert.equal(got.code, "ok", said(got));
    return notesOf(got.preview);
  };
  assert.equal(await detail("a\r\n", "a\n", { line_ends: "lf" }), "Line ends change from CR LF to LF.");
  assert.equal(bytes("c.txt"), "a\n");
  assert.equal(await detail("a\n", "a\n", { line_ends: "crlf" }), "Line ends change from LF to CR LF.");
  assert.equal(await detail("a\r\nb\n", "a\nb\n", { line_ends: "lf" }), "Line ends change from mixed to LF.");
  assert.equal(await detail("\ufeffa\n", "a\n", { encoding: "utf-8" }), "The byte order mark is removed.");
  assert.equal(bytes("c.txt"), "a\n");
  assert.equal(await detail("a\n", "\ufeffa\n", {}), "A byte order mark is added.");
  assert.equal(
    await detail("é\n", "é\n", { encoding: "latin1", line_ends: "crlf" }),
    "The encoding changes from UTF-8 to iso-8859-1.\nLine ends change from LF to CR LF.",
  );
  assert.match(
    await detail(Buffer.from([0, 1, 2]), "text\n", {}),
    /What is there cannot be read as text; text takes its place/u,
  );
});

test("what is brought back has its old bytes, the form that changes is said, and its text is shown decoded", async () => {
  for (const [before, more, detail] of [
    ["a\r\nb\r\n", { line_ends: "lf" }, "Line ends change from LF to CR LF."],
    ["\ufeffa\n", { encoding: "utf-8" }, "A byte order mark is added."],
    [latin("caf\u00e9\n"), { encoding: "utf-8" }, "The encoding changes from UTF-8 to windows-1252."],
    ["a\nb\n", {}, undefined],
  ] as const) {
    const bytesBefore = Buffer.from(before as string);
    put("back.txt", bytesBefore);
    const text = await readBack();
    const written = await write("back.txt", `${text}é\n`, more);
    assert.equal(written.code, "ok", said(written));
    const [from, to] = [written.value?.["sha256"], nodeDigests.sha256(bytesBefore)];
    assert.equal(await keptText(join(bench.home, "pre"), to), text);
    const back = await bench.call("fs.restore", { path: "back.txt", from, to });
    assert.equal(back.code, "ok", said(back));
    assert.deepEqual(readFileSync(bench.at("back.txt")), bytesBefore);
    assert.equal(notesOf(back.preview), detail ?? "");
    assert.equal(back.preview?.after, text);
  }
  put("back.txt", Buffer.from([0, 1, 2]));
  const gone = await write("back.txt", "x\n");
  const [from, to] = [gone.value?.["sha256"], nodeDigests.sha256(Uint8Array.from([0, 1, 2]))];
  const binary = await bench.call("fs.restore", { path: "back.txt", from, to });
  assert.match(notesOf(binary.preview), /^What is there is no text.*\nReplaces 2 bytes/u);
});

/** The text of `back.txt` as a process reads it. */
async function readBack(): Promise<string> {
  return String((await read("back.txt")).value?.["content"]);
}

test("a file too large to be shown keeps its form as well", async () => {
  put("big.txt", latin("é\r\n".repeat(600_000)));
  const got = await write("big.txt", "ü\nä\n");
  assert.equal(got.code, "ok", said(got));
  assert.equal(bytes("big.txt"), "ü\r\nä\r\n");
  put("huge.txt", Buffer.concat([wide(""), Buffer.from("é\n".repeat(1_500_000), "utf16le")]));
  assert.equal((await write("huge.txt", "b\n")).code, "ok");
  assert.deepEqual(readFileSync(bench.at("huge.txt")), wide("b\n"));
});

test("what is no text in one encoding is neither read nor edited, and the reason is told", async () => {
  put("broken.txt", Buffer.concat([Buffer.from("été\nnaïve\n"), latin("é\n")]));
  for (const got of [await read("broken.txt"), await edit("broken.txt", "naïve", "x")])
    assert.match(said(got), /broken\.txt is UTF-8 except for some bytes, first in line 3: 15 bytes/u);
  put("x.bin", Buffer.from([1, 0, 2, 0xff, 0, 0, 9]));
  for (const got of [await read("x.bin"), await edit("x.bin", "a", "b")])
    assert.match(said(got), /x\.bin is binary: 7 bytes, sha256/u);
});

test("a new file takes what .editorconfig says, the nearest and the last that names it", async () => {
  mkdirSync(bench.at("sub/deep"), { recursive: true });
  put(
    ".editorconfig",
    "root = true\n[*]\nend_of_line = crlf\n[*.{txt,md}]\ncharset = latin1\n[sub/**.cs]\ncharset = utf-8-bom\n",
  );
  put("sub/.editorconfig", "[deep/*.txt]\nend_of_line = lf\n[/only.txt]\ncharset = utf-8\n");
  for (const [path, expected] of [
    ["new.ts", "é\r\n"],
    ["new.txt", latin("é\r\n")],
    ["sub/new.txt", latin("é\r\n")],
    ["sub/deep/new.txt", latin("é\n")],
    ["sub/only.txt", "é\r\n"],
    ["sub/deep/only.txt", latin("é\n")],
    ["sub/a.cs", "\ufeffé\r\n"],
  ] as const) {
    const got = await write(path, "é\n");
    assert.equal(got.code, "ok", said(got));
    assert.equal(bytes(path), Buffer.from(expected).toString("latin1"), path);
  }
  const told = await write("told.md", "é\n");
  assert.equal(notesOf(told.preview), "It is written in iso-8859-1, as the settings of the workspace say.");
  assert.match(String(told.value?.["note"]), /Written in iso-8859-1\. Its line ends are CR LF\./u);
  // An ASCII file takes the named encoding with its first other character; UTF-8 stays UTF-8.
  put("ascii.txt", "cafe\n");
  assert.equal((await edit("ascii.txt", "cafe", "café")).code, "ok");
  assert.equal(bytes("ascii.txt"), "café\n");
  put("utf8.txt", "é\n");
  assert.equal((await edit("utf8.txt", "é", "éü")).code, "ok");
  assert.equal(bench.text("utf8.txt"), "éü\n");
  put(".editorconfig", "");
});

test("without .editorconfig the folder's editor settings name the encoding", async () => {
  mkdirSync(bench.at(".vscode"), { recursive: true });
  put(".vscode/settings.json", '{ // comment\n "files.encoding": "koi8r", }');
  put("k.txt", Buffer.from([0xc0, 0xc1, 0x0a]));
  assert.equal((await read("k.txt")).value?.["content"], "юа\n");
  put("utf8.txt", "é\n");
  assert.equal((await read("utf8.txt")).value?.["encoding"], "utf-8");
  for (const hostile of ['{"files.encoding": "utf-7"}', '{"files.encoding": {}}', "[", "\0"]) {
    put(".vscode/settings.json", hostile);
    assert.equal((await read("k.txt")).code, "ok", hostile);
  }
  put(".vscode/settings.json", "{}");
});

test("where an editor says its settings, those count, and the folder's do not", async () => {
  const asked: string[] = [];
  const files = nodeFs({
    ...{ folders: () => bench.roots, reserved: () => [], preImages: join(bench.home, "pre") },
    textSettings: (file) => {
      asked.push(file);
      return { encoding: "koi8r", guess: true };
    },
  });
  put(".vscode/settings.json", '{ "files.encoding": "gbk" }');
  const grant = bench.grant("look", []);
  const place = { folder: "app", segments: ["sub", "k.txt"] };
  const found = await files.conventions(place, grant);
  assert.deepEqual([found.encoding, found.guess, asked], ["koi8r", true, [bench.at("sub", "k.txt")]]);
  grant.expire();
  assert.deepEqual(await files.conventions(place, grant), { editorconfig: [] });
  files.close();
  put(".vscode/settings.json", "{}");
});

test("rules of a hostile workspace take no time and lead nowhere", async () => {
  const rules = `[${"*{a,b}".repeat(60)}]\nend_of_line=crlf\n`.repeat(400);
  put(".editorconfig", rules.slice(0, 60_000));
  const start = performance.now();
  assert.equal((await write("slow.txt", "a\n")).code, "ok");
  assert.ok(performance.now() - start < 1000);
  put(".editorconfig", `[*]\nend_of_line = crlf\n${"#".repeat(70_000)}`);
  assert.equal((await write("large-rules.txt", "a\n")).code, "ok");
  assert.equal(bytes("large-rules.txt"), "a\n");
  put(".editorconfig", "");
});
