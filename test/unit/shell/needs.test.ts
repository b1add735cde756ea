// Needs of commands: names of programs on the system and in workspace folders, their words, and files outside a layer.
import assert from "node:assert/strict";
import { test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { parseResource } from "../../../src/abi/resource.ts";
import {
  commandNeeds,
  type Programs,
  type Surroundings,
} from "../../../src/primitives/shell/reading/needs.ts";
import { readText, readWords } from "../../../src/primitives/shell/reading/parse.ts";
import { kinds } from "../../harness/kinds.ts";

const PLAIN: Surroundings = {
  right: "execute",
  cwd: "fs:/app/src",
  roots: [
    { name: "app", path: "/w/app", opened: "/link/app" },
    { name: "a%25*b", path: "/w/app/inner" },
  ],
  programs: {
    path: ["/opt/tools", "/usr/bin"],
    find: (folder) => (folder === "/usr/bin" ? "outside" : undefined),
  },
};

/** A PATH of which these folders hold every program, outside the workspace folders. */
const programsIn = (path: readonly string[], holding: readonly string[]): Programs => ({
  path,
  find: (folder) => (holding.includes(folder) ? "outside" : undefined),
});

/** The needs of a text, each as `right resource`; programs on a layer without the right. */
function needs(command: string | readonly string[], around: Partial<Surroundings> = {}): readonly string[] {
  const reading = typeof command === "string" ? readText(command) : readWords(command);
  return commandNeeds(reading, { ...PLAIN, ...around }).map(({ right, resource }) =>
    right === "execute" ? resource : `${right} ${resource}`,
  );
}

const ON_LAYER: readonly (readonly [command: string | readonly string[], ...resources: string[]])[] = [
  ["npm test", "shell:/npm"],
  ["npm test && npm run x | wc", "shell:/npm", "shell:/wc"],
  [["npm", "test"], "shell:/npm"],
  ["/usr/bin/npm x", "shell:/npm"],
  ["/bin/npm x", "shell:/npm"],
  ["/opt/tools/npm x", "shell:/npm"],
  ["/opt/npm x", "shell:/npm", "shell:/**"],
  ["./run x", "shell:/./app/src/run"],
  ["../run x", "shell:/./app/run"],
  ["sub/./run", "shell:/./app/src/sub/run"],
  ["/w/app/run", "shell:/./app/run"],
  ["/link/app/run", "shell:/./app/run"],
  ["/w/app/inner/run", "shell:/./a%2525%2Ab/run"],
  ["/w/application/run", "shell:/run", "shell:/**"],
  ["../../run", "shell:/run", "shell:/**"],
  ["'a*b;c%'", "shell:/a%2Ab%3Bc%25"],
  ["'./a b'", "shell:/./app/src/a b"],
  ["./", "shell:/./app/src"],
  ["/", "shell:/**"],
  [["."], "shell:/**"],
  [[".."], "shell:/**"],
  [["a\\b"], "shell:/**"],
  [[""], "shell:/**"],
  [[], "shell:/**"],
  ["x=1", "shell:/**"],
  ["> f", "shell:/**"],
  ["ls > f < g", "shell:/ls"],
  ["cd a && ls", "shell:/cd", "shell:/ls"],
  ["ls; $x", "shell:/ls", "shell:/**"],
];

for (const [command, ...resources] of ON_LAYER)
  test(`on a layer ${JSON.stringify(command)} needs ${resources.join(", ")}`, () => {
    assert.deepEqual(needs(command), resources);
    for (const resource of resources) assert.ok(!isFault(parseResource(resource, kinds)), resource);
  });

const DIRECT: readonly (readonly [command: string, ...more: string[]])[] = [
  ["ls"],
  ["ls > f", "write fs:/app/src/f"],
  ["ls >> ../f 2> /w/app/g", "write fs:/app/f", "write fs:/app/g"],
  ["ls < f", "read fs:/app/src/f"],
  ["ls <> f", "write fs:/app/src/f", "read fs:/app/src/f"],
  ["ls > /dev/null 2>&1", ...[]],
  ["ls > /tmp/f", "direct shell:/**"],
  ["ls > $f", "direct shell:/**"],
  ["ls > ~/f", "direct shell:/**"],
  ["sort -u f"],
];

for (const [command, ...more] of DIRECT)
  test(`outside a layer ${JSON.stringify(command)} needs ${more.join(", ") || "its program"}`, () => {
    const program = `direct shell:/${command.split(" ")[0] ?? ""}`;
    assert.deepEqual(new Set(needs(command, { right: "direct" })), new Set([program, ...more]));
  });

test("outside a layer a folder that is entered needs to be listed, and files are where it leads", () => {
  assert.deepEqual(needs("cd ../a && ls > f; ls", { right: "direct" }), [
    ...["direct shell:/cd", "direct shell:/ls", "write fs:/app/a/f", "list fs:/app/a"],
  ]);
  assert.deepEqual(needs("cd a; ls > f", { right: "direct" }).slice(2), [
    ...["write fs:/app/src/f", "write fs:/app/src/a/f", "list fs:/app/src/a"],
  ]);
});

test("PATH decides: a program in a workspace folder has its place, and one that may come before is needed, too", () => {
  const path = ["/w/app/bin", "/usr/bin"];
  const held = (...folders: string[]) => ({ programs: programsIn(path, folders) });
  assert.deepEqual(needs("ls", held("/w/app/bin", "/usr/bin")), ["shell:/./app/bin/ls"]);
  assert.deepEqual(needs("ls", held("/usr/bin")), ["shell:/ls", "shell:/./app/bin/ls"]);
  assert.deepEqual(needs("ls", held()), ["shell:/ls", "shell:/./app/bin/ls"]);
  assert.deepEqual(needs("ls", { programs: programsIn(["/usr/bin", "/w/app/bin"], ["/usr/bin"]) }), [
    "shell:/ls",
  ]);
  const linked = { path: ["/home/bin"], find: () => "inside" as const };
  assert.deepEqual(needs("ls", { programs: linked }), ["shell:/ls", "shell:/**"]);
});

test("a need has the words of each use, and null for what is not known", () => {
  const [need] = commandNeeds(readText(`npm test; npm "$x" 'a b' $y -c; npm`), PLAIN);
  assert.deepEqual(need?.words, [["test"], [null, "a b", null, "-c"], []]);
  const [long] = commandNeeds(readWords(["npm", ...Array.from({ length: 500 }, () => "x")]), PLAIN);
  assert.equal(long?.words?.[0]?.at(-1), null);
  assert.ok((long?.words?.[0]?.length ?? 0) <= 101);
});

test("a command of very many programs needs every program", () => {
  const many = Array.from({ length: 1000 }, (_, i) => `p${i}`).join("; ");
  const found = needs(many);
  assert.ok(found.includes("shell:/**") && found.length <= 201, `${found.length}`);
});

test("paths with a drive are found in folders with one", () => {
  const roots = [{ name: "app", path: "C:\\w\\app" }];
  assert.deepEqual(needs(["./run.cmd"], { cwd: "fs:/app", roots }), ["shell:/./app/run.cmd"]);
  assert.deepEqual(needs(["C:/w/app/x/run"], { cwd: "fs:/app", roots }), ["shell:/./app/x/run"]);
  assert.deepEqual(needs(["C:\\w\\run"], { cwd: "fs:/app", roots }), ["shell:/**"]);
  assert.deepEqual(needs(["npm"], { cwd: "fs:/app", roots, programs: programsIn([], []) }), ["shell:/npm"]);
});
