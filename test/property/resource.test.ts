// Resources and CAP texts: printed texts read back, and cover and overlap match sets of names.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCap, printCap } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import {
  covers,
  foldResource,
  fsResource,
  fsSegments,
  isTree,
  OUTSIDE,
  overlaps,
  parseResource,
} from "../../src/abi/resource.ts";
import { exact, listed, name, resource } from "./names.ts";
import { kinds } from "../harness/kinds.ts";

const ALL = kinds.all.map((kind) => kind.name);

/** Whether a resource names `thing`, an exact one: the definition that cover and overlap are about. */
function names(pattern: string, thing: string): boolean {
  if (!isTree(pattern)) return pattern === thing;
  const root = pattern.slice(0, -3).split("/");
  return root.every((segment, i) => thing.split("/")[i] === segment);
}

test("a grant reads back from its text", () => {
  fc.assert(
    fc.property(listed(ALL), (grant) => {
      assert.deepEqual(parseCap(printCap(grant), kinds), grant);
    }),
    { numRuns: 2000 },
  );
});

test("any text either is no grant, or prints as a grant that reads back to the same", () => {
  const noise = fc.oneof(
    fc.string({ maxLength: 40 }),
    listed(ALL).chain((g) => fc.string({ maxLength: 3 }).map((s) => printCap(g) + s)),
    fc
      .tuple(listed(ALL), fc.nat(30), fc.string({ maxLength: 2 }))
      .map(([g, at, s]) => printCap(g).slice(0, at) + s + printCap(g).slice(at)),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const grant = parseCap(text, kinds);
      if (isFault(grant)) {
        assert.equal(grant.code, "EINVAL");
        assert.ok(grant.message !== "" && grant.hint !== "", text);
      } else assert.deepEqual(parseCap(printCap(grant), kinds), grant);
    }),
    { numRuns: 3000 },
  );
});

test("names of files come back from the resource that encodes them", () => {
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), ([folder = "", ...rest]) => {
      const text = fsResource(folder, rest);
      assert.equal(parseResource(text, kinds), text);
      assert.deepEqual(fsSegments(text), [folder, ...rest]);
      assert.deepEqual(fsSegments(`${text}/**`), [folder, ...rest]);
    }),
    { numRuns: 2000 },
  );
});

test("a resource that parses has one text: no two of them name the same file", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(..."ab%254123ABF*/;."), maxLength: 12 }), (s) => {
      const text = parseResource(`fs:/${s}`, kinds);
      if (isFault(text) || text === OUTSIDE || s === "**") return;
      const [folder = "", ...rest] = fsSegments(text);
      assert.equal(isTree(text) ? `${fsResource(folder, rest)}/**` : fsResource(folder, rest), text);
    }),
    { numRuns: 5000 },
  );
});

test("cover: everything the narrower names, the wider names too (P7)", () => {
  fc.assert(
    fc.property(resource(), resource(), fc.array(name, { maxLength: 2 }), (wide, narrow, deeper) => {
      const inside = fsResource("x", deeper).slice("fs:/x".length);
      const thing = isTree(narrow) ? narrow.slice(0, -3) + inside : narrow;
      if (covers(wide, narrow)) assert.ok(names(wide, thing), `${wide} covers ${narrow} but not ${thing}`);
      else if (isTree(narrow)) {
        // A witness below the tree that the other does not name: a name nobody uses, or the root itself.
        const root = narrow.slice(0, -3);
        assert.ok(!names(wide, root) || !names(wide, `${root}/nobody-uses-this`));
      } else assert.ok(!names(wide, thing));
    }),
    { numRuns: 5000 },
  );
});

test("overlap: some thing has both names, whatever case, composition or slack it is spelt with", () => {
  fc.assert(
    fc.property(resource(), resource(), (a, b) => {
      assert.equal(overlaps(a, b, kinds), overlaps(b, a, kinds));
      if (covers(a, b)) assert.ok(overlaps(a, b, kinds));
      const [x, y] = [foldResource(a, kinds), foldResource(b, kinds)];
      const shared = [x, y]
        .map((t) => (isTree(t) ? t.slice(0, -3) : t))
        .some((t) => names(x, t) && names(y, t));
      assert.equal(overlaps(a, b, kinds), shared, `${a} and ${b}`);
    }),
    { numRuns: 5000 },
  );
});

test("folding is stable, keeps every slash, and never turns one tree into another kind of resource", () => {
  fc.assert(
    fc.property(resource(ALL), (text) => {
      const folded = foldResource(text, kinds);
      assert.equal(foldResource(folded, kinds), folded);
      assert.equal(isTree(folded), isTree(text));
      assert.equal(folded.split("/").length, text.split("/").length);
    }),
    { numRuns: 5000 },
  );
});

test("exact resources cover only themselves", () => {
  fc.assert(
    fc.property(exact(), resource(), (one, other) => {
      assert.equal(covers(one, other), one === other);
    }),
    { numRuns: 2000 },
  );
});

const SAME: [string, string][] = [
  ["fs:/app/Secrets", "fs:/app/secrets"],
  ["fs:/app/secrets./x", "fs:/app/secrets/x"],
  ["fs:/app/secrets /x", "fs:/app/secrets/x"],
  ["fs:/app/secrets::$INDEX_ALLOCATION/x", "fs:/app/secrets/x"],
  ["fs:/app/a.txt::$DATA", "fs:/app/a.txt"],
  ["fs:/app/sec\u200dret", "fs:/app/secret"],
  ["fs:/app/e\u200d\u0301", "fs:/app/é"],
  ["fs:/app/\u017fecret", "fs:/app/secret"],
  ["fs:/app/stra\u00dfe", "fs:/app/STRASSE"],
  ["fs:/app/\u212aeys", "fs:/app/keys"],
];
for (const [spelt, plain] of SAME) {
  test(`a deny on ${plain} also binds ${JSON.stringify(spelt)}`, () => {
    assert.ok(overlaps(plain, spelt, kinds));
    assert.ok(overlaps(`${plain}/**`, spelt, kinds));
    assert.ok(!covers(plain, spelt), "and an allow does not stretch to it");
  });
}

const OTHER: [string, string][] = [
  ["fs:/app/src/**", "fs:/app/src2"],
  ["fs:/app", "fs:/app-secrets/x"],
  ["fs:/app/**", "fs:/app-secrets/x"],
  ["model:/ollama/llama3:8b", "model:/ollama/llama3:70b"],
  ["fs:/app/..", "fs:/app/..."],
  ["fs:/a/**", "object:/a/x"],
];
for (const [one, other] of OTHER) {
  test(`${one} and ${other} have nothing in common (P7)`, () => {
    assert.ok(!overlaps(one, other, kinds));
  });
}

const BAD = [
  ...["", "fs", "fs:", "fs:/", "fs:app", "fs://app", "fs:/app/", "fs:/app//x", "fs:/./x", "fs:/app/../x"],
  ...["fs:/../x", "fs:/../**", "fs:/app/*", "fs:/app/**/x", "fs:/*/x", "fs:/a*b", "fs:/a;b", "fs:/a\nb"],
  ...["fs:/a%", "fs:/a%2", "fs:/%41", "fs:/%2e%2e/x", "fs:/%2E%2E/x", "fs:/a%2Fb", "fs:/a%2a"],
  ...["FS:/app", " fs:/app", "disk:/app", "*", "**", "fs:**", "toString:/app", "__proto__:/x"],
];
for (const text of BAD) {
  test(`${JSON.stringify(text)} is no resource (P7)`, () => {
    assert.equal(isFault(parseResource(text, kinds)), true);
  });
}

const BAD_CAPS = [
  ...["", "allow", "allow:read", "allow::fs:/app", "allow:read:", "grant:read:fs:/app", "allow:fly:fs:/app"],
  ...["allow:execute:fs:/app", "allow:read,:fs:/app", "allow:*:fs:/app", "Allow:read:fs:/app"],
  ...[
    "allow:read:fs:/app;",
    "allow:read:fs:/app;uses",
    "allow:read:fs:/app;uses=0",
    "allow:read:fs:/app;uses=-1",
  ],
  ...["allow:read:fs:/app;uses=1.5", "allow:read:fs:/app;uses=1e3", "allow:read:fs:/app;uses=0x10"],
  ...[
    "allow:read:fs:/app;uses= 1",
    "allow:read:fs:/app;uses=9007199254740993",
    "allow:read:fs:/app;uses=NaN",
  ],
  ...["allow:read:fs:/app;uses=1;uses=9", "allow:read:fs:/app;until=tomorrow", "allow:read:fs:/app;until="],
  ...[
    "allow:read:fs:/app;until=2026-02-30T00:00:00Z",
    "allow:read:fs:/app;boundTo=x",
    "allow:read:fs:/app;answers=x",
  ],
  ...["allow:read:fs:/app;effect=deny", "allow:read:fs:/app;resource=fs:/b"],
];
for (const text of BAD_CAPS) {
  test(`${JSON.stringify(text)} is no grant (P8, P24)`, () => {
    assert.equal(isFault(parseCap(text, kinds)), true);
  });
}
