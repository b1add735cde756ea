// Parsing: every program of nested commands is found, and what cannot be told needs every program.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plainWords, readText, readWords } from "../../../src/primitives/shell/reading/parse.ts";

interface Case {
  readonly text: string;
  /** Every program that it starts, each once. */
  readonly programs: readonly string[];
  /** True when it may start others. */
  readonly any?: true;
}

const CORPUS = JSON.parse(readFileSync(join(import.meta.dirname, "corpus.json"), "utf8")) as readonly Case[];

test("the corpus is large enough", () => {
  assert.ok(CORPUS.filter(({ any }) => any !== true).length >= 50);
});

for (const { text, programs, any = false } of CORPUS)
  test(`${JSON.stringify(text)} starts ${programs.join(", ")}${any ? " and any other" : ""}`, () => {
    const { starts, unsure } = readText(text);
    assert.deepEqual(new Set(starts.map(({ program }) => program)), new Set(programs));
    assert.equal(unsure.length > 0, any, unsure.join("; "));
  });

test("words that no shell reads are one program, and wrappers are looked through all the same", () => {
  const programs = (...words: string[]): string[] => readWords(words).starts.map(({ program }) => program);
  assert.deepEqual(programs("echo", "$(rm x)", ";", "rm"), ["echo"]);
  assert.deepEqual(programs("env", "A=$(id)", "bash", "-c", "ls; id"), ["env", "bash", "ls", "id"]);
  assert.deepEqual(programs("find", ".", "-exec", "rm", "{}", ";"), ["find", "rm"]);
  assert.equal(readWords([]).unsure.length, 1);
  assert.equal(readWords(["$CMD"]).unsure.length, 0);
});

test("a text that is one plain command needs no shell", () => {
  assert.deepEqual(plainWords(" npm   test -- 'a b' \"c\"d\\ e "), ["npm", "test", "--", "a b", "cd e"]);
  for (const text of [
    ...["npm test; ls", "npm test &", "npm test > f", "A=1 npm test", "npm $x", "npm *.ts", "npm ~", "! npm"],
    ...["cd x", "export A", "exec ls", "npm {a,b}", "(npm)", "", "npm 'a", "npm $(id)", "npm\rtest", "a\nb"],
  ])
    assert.equal(plainWords(text), undefined, text);
});

test("texts of any size and depth end soon", () => {
  const long = [
    `${"(".repeat(5000)}ls${")".repeat(5000)}`,
    "$(".repeat(5000),
    `echo ${"a".repeat(300_000)}`,
    `sed ${"s/a/".repeat(20_000)}`,
    "ls;".repeat(50_000),
    `find ${"-exec ".repeat(20_000)}`,
    `${"env ".repeat(20_000)}ls`,
    `${"cd x;".repeat(20_000)}ls`,
    "[ ".repeat(50_000),
    `eval ${"eval ".repeat(1000)}ls`,
  ];
  for (const text of long) {
    const start = performance.now();
    readText(text);
    const took = performance.now() - start;
    assert.ok(took < 3000, `${text.slice(0, 20)} took ${took} ms`);
  }
});

for (const [text, last, places] of [
  ["cd a && ./run", "./run", ["a"]],
  ["cd a; ./run", "./run", ["", "a"]],
  ["cd a && cd b && ./run", "./run", ["a/b"]],
  ["cd a || exit; ./run", "./run", ["", "a"]],
  ["(cd a && ls); ./run", "./run", [""]],
  ["cd a | cat; ./run", "./run", [""]],
  ["cd a & ./run", "./run", [""]],
  ["cd /x && ./run", "./run", ["/x"]],
  ["{ cd a && ls; } && ./run", "./run", ["a"]],
  ["{ cd a; ls; } && ./run", "./run", ["", "a"]],
  ["bash -c 'cd a && ./run'", "./run", ["a"]],
  ["bash -c 'cd a'; ./run", "./run", [""]],
  ["eval 'cd a' && ./run", "./run", ["a"]],
  ["cd -- a && ./run", "./run", ["a"]],
  ["command cd a && ./run", "./run", ["a"]],
  ["cd && ./run", "./run", undefined],
  ["cd - && ./run", "./run", undefined],
  ["cd ~ && ./run", "./run", undefined],
  ["cd $x && ./run", "./run", undefined],
  ["cd -P a && ./run", "./run", undefined],
  ["pushd a && ./run", "./run", undefined],
  ["if true; then cd a; fi; ./run", "./run", undefined],
  ["for i in 1 2; do ./run; cd a; done", "./run", undefined],
  ["f() { cd a; }; f; ./run", "./run", undefined],
  ["f() { ./run; }; cd a && f", "./run", undefined],
  ["f() { ./run; }; f", "./run", [""]],
  ["find . -execdir ./run ';'", "./run", undefined],
  ["chroot /x ./run", "./run", undefined],
] as const)
  test(`${JSON.stringify(text)} runs ${last} in ${JSON.stringify(places) ?? "an unknown folder"}`, () => {
    const found = readText(text).starts.find(({ program }) => program === last);
    assert.deepEqual(found?.at === undefined ? undefined : new Set(found.at), places && new Set(places));
    assert.ok(found);
  });
