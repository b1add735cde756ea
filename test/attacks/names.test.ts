// Names that nobody listed: how many names of things that run later or hold secrets ask, and how many of real source do not.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { ClassAsk } from "../../src/abi/kind.ts";
import { fsResource, type Right } from "../../src/abi/resource.ts";
import { classify, classifyResource } from "../../src/primitives/fs/classes/classes.ts";

const DATA = join(import.meta.dirname, "data/names");
const read = (file: string): string[] => readFileSync(join(DATA, file), "utf8").trimEnd().split("\n");

/** The names of a list, which may be parted by lines that begin with `# `. */
const namesOf = (file: string): string[] =>
  read(file)
    .filter((line) => !line.startsWith("# "))
    .flatMap((line) => line.trim().split(/\s+/u));

const asksOf = (path: string, right: Right): readonly ClassAsk[] => classify(path.split("/"), right).asks;
const percent = (part: number, of: number): string => `${((100 * part) / of).toFixed(2)} %`;

/** A repository as its release lists it: every k-th file, so that there are 500 at most. */
function repositories(): { readonly name: string; readonly files: readonly string[] }[] {
  const found: { name: string; files: string[] }[] = [];
  for (const line of read("repositories.txt")) {
    if (line.startsWith("= ")) {
      found.push({ name: line.slice(2), files: [] });
      continue;
    }
    const [folder = "", ...names] = line.split(" ");
    found.at(-1)?.files.push(...names.map((name) => (folder === "/" ? name : folder + name)));
  }
  return found;
}

/** Extensions of source code and prose, written apart from those that the product knows. */
const SOURCE =
  /\.(?:[cm]?[jt]sx?|py|go|rs|c|h|cc|cpp|hpp|java|kt|scala|rb|php|swift|cs|lua|pl|hs|exs?|erl|el|vim|vue|svelte|html|css|scss|sql|sh|md|rst)$/iu;

test("names of things that run later or hold secrets ask", (t) => {
  const lists = { later: namesOf("later.txt"), secret: namesOf("secret.txt") };
  assert.ok(lists.later.length + lists.secret.length > 1500);
  const missed = {
    later: lists.later.filter((path) => asksOf(path, "write").length === 0),
    secret: lists.secret.filter((path) => !asksOf(path, "read").some((ask) => ask.secret)),
  };
  for (const kind of ["later", "secret"] as const) {
    const all = lists[kind];
    const byShape = all.filter((path) => {
      const asks = asksOf(path, kind === "later" ? "write" : "read");
      return asks.length > 0 && asks.every((ask) => ask.shape === true);
    });
    const hits = all.length - missed[kind].length;
    const share = percent(hits, all.length);
    t.diagnostic(`${kind}: ${hits} of ${all.length} ask (${share}), ${byShape.length} by their shape alone`);
    t.diagnostic(`${kind}, not asked: ${missed[kind].join(" ")}`);
    assert.ok(hits >= all.length * 0.98, `${kind}: ${missed[kind].join(" ")}`);
  }
});

test("no ordinary name of the list asks, for any right", (t) => {
  const ordinary = namesOf("ordinary.txt");
  t.diagnostic(`${ordinary.length} names`);
  const asked = ordinary.filter((path) =>
    (["read", "list", "write", "delete"] as const).some((right) => asksOf(path, right).length > 0),
  );
  assert.deepEqual(asked, []);
});

test("at most 2 % of the source files of real repositories ask, and shapes hide none of them", (t) => {
  const sum = { files: 0, source: 0, asked: 0, shaped: 0 };
  const hidden: string[] = [];
  for (const { name, files } of repositories()) {
    // A build file is one whatever it is written in, and asks as before: an exact grant settles it.
    const isBuild = (path: string): boolean => asksOf(path, "write").some((ask) => ask.id === "build");
    const source = files.filter((path) => SOURCE.test(path) && !isBuild(path));
    const asks = (path: string): readonly ClassAsk[] => [...asksOf(path, "read"), ...asksOf(path, "write")];
    const asked = source.filter((path) => asks(path).length > 0);
    const shaped = source.filter((path) => asks(path).some((ask) => ask.shape === true));
    hidden.push(...source.filter((path) => asksOf(path, "read").some((ask) => ask.shape !== true)));
    sum.files += files.length;
    sum.source += source.length;
    sum.asked += asked.length;
    sum.shaped += shaped.length;
    const share = percent(asked.length, source.length);
    t.diagnostic(
      `${name}: ${asked.length} of ${source.length} source files ask (${share}) ${asked.join(" ")}`,
    );
    assert.ok(asked.length <= Math.max(1, source.length * 0.02), `${name}: ${asked.join(" ")}`);
  }
  t.diagnostic(
    `${sum.files} files; ${sum.asked} of ${sum.source} source files ask (${percent(sum.asked, sum.source)}), ${sum.shaped} by shape`,
  );
  assert.ok(sum.source > 4000);
  assert.ok(sum.asked <= sum.source * 0.02);
  assert.deepEqual(hidden, []);
});

test("a name of the lists asks the same, wherever on its path the workspace folder begins", (t) => {
  let splits = 0;
  const paths = [...namesOf("later.txt"), ...namesOf("secret.txt"), ".agentlibos/x/y", "a/.agentlibos/b/c"];
  for (const path of paths) {
    const names = path.split("/");
    for (const right of ["read", "write", "delete"] as const) {
      const whole = classify(names, right);
      const listed = whole.asks.filter((ask) => ask.shape !== true && ask.id !== "build");
      for (let at = 1; at < names.length; at++) {
        const [above, inside] = [names.slice(0, at), names.slice(at)];
        const name = above.at(-1) ?? "";
        const split = (root: string) =>
          classifyResource(fsResource(root, inside), right, [{ name: root, path: `/w/${above.join("/")}` }]);
        // By the folder's own name, and by another that a link gave it.
        for (const found of [split(name), split("app")]) {
          const ids = found.asks.map((ask) => ask.id);
          const missing = listed.filter((ask) => !ids.includes(ask.id)).map((ask) => ask.id);
          assert.deepEqual(missing, [], `${right} ${above.join("/")} + ${inside.join("/")}`);
          assert.equal(found.reserved !== undefined, whole.reserved !== undefined, path);
        }
        splits++;
      }
    }
  }
  t.diagnostic(`${splits} splits`);
});
