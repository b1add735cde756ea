// Path arguments by their letters: what each spelling means, on POSIX and with drive letters, before any touch.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isFault } from "../../../src/abi/errors.ts";
import { fsSegments, OUTSIDE, parseResource } from "../../../src/abi/resource.ts";
import { locatePath, needsOf, pathOf, resourceOf } from "../../../src/primitives/fs/path.ts";
import { kinds } from "../../harness/kinds.ts";

const roots = [
  { name: "app", path: "/w/app" },
  { name: "lib", path: "/w/lib" },
  { name: "inner", path: "/w/app/packages/inner" },
];
const windows = [{ name: "app", path: "C:\\w\\App" }];

function means(path: string, cwd = "fs:/app/src", folders = roots): string {
  const place = locatePath(path, { cwd, roots: folders });
  return isFault(place) ? place.code : place === OUTSIDE ? OUTSIDE : resourceOf(place);
}

function check(cases: readonly (readonly [path: string, expected: string])[], folders = roots): void {
  for (const [path, expected] of cases) {
    test(`${JSON.stringify(path)} means ${expected}`, () =>
      assert.equal(means(path, "fs:/app/src", folders), expected));
  }
}

check([
  [".", "fs:/app/src"],
  ["x.ts", "fs:/app/src/x.ts"],
  ["./x.ts", "fs:/app/src/x.ts"],
  ["../x.ts", "fs:/app/x.ts"],
  ["a//b/./c/", "fs:/app/src/a/b/c"],
  ["a/../b", "fs:/app/src/b"],
  ["app", "fs:/app"],
  ["app/x.ts", "fs:/app/x.ts"],
  ["./app/x.ts", "fs:/app/src/app/x.ts"],
  ["lib/x.ts", "fs:/lib/x.ts"],
  ["app/../lib/x", OUTSIDE],
  ["App/x.ts", "fs:/app/src/App/x.ts"],
  ["application/x", "fs:/app/src/application/x"],
  ["../..", OUTSIDE],
  ["../../lib/x", OUTSIDE],
  ["../../../etc/passwd", OUTSIDE],
  ["a/../../../x", OUTSIDE],
  ["/w/app", "fs:/app"],
  ["/w/app/", "fs:/app"],
  ["/w/app/x", "fs:/app/x"],
  ["/w/app/../lib/x", "fs:/lib/x"],
  ["/w/app/packages/inner/x", "fs:/inner/x"],
  ["/w/app-secrets/x", OUTSIDE],
  ["/w/ap", OUTSIDE],
  ["/w", OUTSIDE],
  ["/", OUTSIDE],
  ["/etc/passwd", OUTSIDE],
  ["/../../etc/passwd", OUTSIDE],
  ["//server/share/x", OUTSIDE],
  ["//w/app/x", "EINVAL"],
  ["\\\\server\\share", OUTSIDE],
  ["\\\\?\\C:\\x", OUTSIDE],
  ["\\??\\C:\\x", OUTSIDE],
  ["\\\\.\\pipe\\x", OUTSIDE],
  ["..\\..\\etc\\passwd", OUTSIDE],
  [".agentlibos\\journal", "EINVAL"],
  ["C:\\Windows", OUTSIDE],
  ["C:/Windows", OUTSIDE],
  ["c:x", OUTSIDE],
  ["file:///etc/passwd", OUTSIDE],
  ["FILE:/etc/passwd", OUTSIDE],
  ["vscode-vfs://github/x", OUTSIDE],
  ["https://example.org/x", OUTSIDE],
  ["~", OUTSIDE],
  ["~/.ssh/id_rsa", OUTSIDE],
  ["./~/x", "fs:/app/src/~/x"],
  ["~x", "fs:/app/src/~x"],
  ["", "EINVAL"],
  ["a\0b", "EINVAL"],
  ["/w/app\0/../../etc", "EINVAL"],
  ["\ud800", "EINVAL"],
  ["a%2Fb", "fs:/app/src/a%252Fb"],
  ["%2e%2e/x", "fs:/app/src/%252e%252e/x"],
  ["a\nb", "fs:/app/src/a%0Ab"],
  ["a*b;c", "fs:/app/src/a%2Ab%3Bc"],
  ["...", "fs:/app/src/..."],
  ["..x/.y", "fs:/app/src/..x/.y"],
  ["\u202etxt.exe", "fs:/app/src/\u202etxt.exe"],
  ["x".repeat(300), `fs:/app/src/${"x".repeat(300)}`],
]);

check(
  [
    ["src\\x.ts", "fs:/app/src/src/x.ts"],
    ["..\\x.ts", "fs:/app/x.ts"],
    ["..\\..\\x.ts", OUTSIDE],
    ["C:\\w\\App\\x", "fs:/app/x"],
    ["c:/W/app/x", "fs:/app/x"],
    ["C:\\w\\App2\\x", OUTSIDE],
    ["D:\\w\\App\\x", OUTSIDE],
    ["C:x", OUTSIDE],
    ["\\\\server\\c$\\w\\App", OUTSIDE],
    ["\\\\?\\C:\\w\\App\\x", OUTSIDE],
    ["\\??\\C:\\w\\App\\x", OUTSIDE],
    ["//?/C:/w/App/x", OUTSIDE],
    ["\\Windows", OUTSIDE],
    [".vscode\\settings.json", "fs:/app/src/.vscode/settings.json"],
  ],
  windows,
);

test("without a folder there is nothing to mean", () => {
  assert.equal(means("x", "fs:/app", []), "EUNAVAILABLE");
});

test("the needs of a path are on the outside or on exactly that name", () => {
  const view = { cwd: "fs:/app", roots };
  assert.deepEqual(needsOf("../x", view, ["read", "write"]), [
    { resource: OUTSIDE, right: "read" },
    { resource: OUTSIDE, right: "write" },
  ]);
  assert.deepEqual(needsOf("a", view, ["delete"], true), [{ resource: "fs:/app/a/**", right: "delete" }]);
});

test("no path leaves the folders: what is not outside has plain names in a known folder", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "",
      "app",
      "lib",
      "w",
      "~",
      "\\",
      "C:",
      "...",
      "a:b",
      "%2e",
      "\u2024.",
      "..\u200b",
      "/",
    ),
    fc.string({ unit: "binary", maxLength: 6 }),
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 8 }),
      fc.constantFrom("", "/", "./", "../", "/w/app/"),
      (pieces, start) => {
        const place = locatePath(start + pieces.join("/"), { cwd: "fs:/app/src", roots });
        if (isFault(place) || place === OUTSIDE) return;
        assert.ok(roots.some((r) => r.name === place.folder));
        for (const s of place.segments)
          assert.ok(s !== "" && s !== "." && s !== ".." && !/[/\\\0]/u.test(s), JSON.stringify(s));
        const resource = resourceOf(place);
        assert.equal(parseResource(resource, kinds), resource);
        assert.deepEqual(fsSegments(resource), [place.folder, ...place.segments]);
        // What is shown as a path means the same place again.
        assert.deepEqual(locatePath(pathOf(place), { cwd: "fs:/lib", roots }), place);
      },
    ),
    { numRuns: 3000 },
  );
});
