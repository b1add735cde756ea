// Kept layers: what git ignores stays for the next command of the same process, and for nobody else.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { CommandBench, told } from "../../attacks/commands/bench.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

const IGNORED = { file: "app/.gitignore", text: "node_modules/\ndist/\n*.log\n!keep.log\n.env*\n/top\n" };

/** Does the work over a repository with some ignored names. */
async function inRepository(
  work: (bench: CommandBench) => Promise<void>,
  ...more: { file: string; text: string }[]
): Promise<void> {
  const bench = new CommandBench([IGNORED, ...more]);
  try {
    bench.commit();
    await work(bench);
  } finally {
    await bench.close();
  }
}

suite("kept layers", { skip: await noSandbox() }, () => {
  test("hold what git ignores, for the next command of the process alone", () =>
    inRepository(async (bench) => {
      const first = await bench.ran(
        "mkdir -p node_modules/a dist src/dist; echo 1 > node_modules/a/x; echo 2 > dist/y; echo 3 > src/dist/z; echo 4 > a.log; echo 5 > keep.log; echo 6 > src/new; echo 7 > top",
      );
      assert.deepEqual(told(first), ["created file app/keep.log", "created file app/src/new"]);
      assert.equal(first.kept, 5);
      assert.deepEqual(
        first.keptAt?.map(({ resource, change }) => `${change} ${resource.slice("fs:/app/".length)}`).sort(),
        ["created a.log", "created dist", "created node_modules", "created src/dist", "created top"],
      );
      const show = "cat node_modules/a/x dist/y src/dist/z a.log top; ls keep.log src/new";
      const second = await bench.ran(show);
      assert.match(second.output, /^1\n2\n3\n4\n7\n(?:ls: .*\n){2}$/u);
      assert.deepEqual(told(second), []);
      assert.match((await bench.ran(show, { pid: 3 })).output, /^(?:cat: .*\n){5}(?:ls: .*\n){2}$/u);
      assert.ok(!existsSync(join(bench.scratch.app, "dist")));
    }));

  test("grow, change and shrink from command to command, and stay one folder", () =>
    inRepository(async (bench) => {
      await bench.ran("mkdir -p dist/in; echo 1 > dist/a; echo 1 > dist/in/b; echo 1 > dist/in/c");
      await bench.ran("echo 2 > dist/a; rm dist/in/b; echo 2 > dist/d");
      await bench.ran("rm -r dist/in; mkdir dist/in; echo 3 > dist/in/e");
      const { output } = await bench.ran("cd dist; grep -r . . | sort");
      assert.equal(output, "./a:2\n./d:2\n./in/e:3\n");
      const folders = bench.backend.keptFolders(2);
      assert.equal(folders.length, 1);
      assert.equal(readFileSync(join(folders[0]?.folder ?? "", "dist/in/e"), "utf8"), "3\n");
      await bench.ran("rm -r dist");
      assert.match((await bench.ran("ls dist")).output, /No such file/u);
    }));

  test("cover ignored files of the workspace, and their deletion", () =>
    inRepository(
      async (bench) => {
        const ran = await bench.ran("echo new > dist/a; rm dist/b; rm -r dist/gone; cat dist/c");
        assert.deepEqual([told(ran), ran.output], [[], "c\n"]);
        assert.equal((await bench.ran("ls dist; cat dist/a dist/c")).output, "a\nc\nnew\nc\n");
        assert.deepEqual(readdirSync(join(bench.scratch.app, "dist")).toSorted(), ["a", "b", "c", "gone"]);
        assert.deepEqual(told(await bench.ran("rm -r dist")), []);
        assert.match((await bench.ran("ls dist")).output, /No such file/u);
      },
      ...["a", "b", "c", "gone/d"].map((name) => ({ file: `app/dist/${name}`, text: `${name}\n` })),
    ));

  test("survive folders that a command closed to itself, or go whole", () =>
    inRepository(async (bench) => {
      const first = await bench.ran(
        "mkdir -p dist/a; echo 1 > dist/a/x; echo 1 > dist/y; chmod 0 dist/a; chmod 500 dist",
      );
      const ran = await bench.ran(
        "chmod -R u+rwx dist; cat dist/a/x dist/y; echo 2 > dist/z; chmod 0 dist/a dist",
      );
      assert.ok(first.dropped || ran.output === "1\n1\n", ran.output);
      const last = await bench.ran(
        "chmod -R u+rwx dist 2>/dev/null; echo 3 > w; cat dist/a/x dist/y dist/z 2>/dev/null",
      );
      assert.ok(first.dropped || ran.dropped || last.output === "1\n1\n2\n", last.output);
      assert.deepEqual(told(last), ["created file app/w"]);
    }));

  test("survive a new backend, and end with their process", () =>
    inRepository(async (bench) => {
      await bench.ran("mkdir dist; echo 1 > dist/a");
      const again = new CommandBench([], {
        layers: bench.scratch.at("home/layers"),
        preImages: bench.scratch.at("home/pre"),
      });
      const roots = [{ name: "app", path: bench.scratch.app }];
      assert.equal((await again.ran("cat dist/a", { roots })).output, "1\n");
      assert.deepEqual(again.backend.keepers(), [2]);
      await again.backend.drop(2);
      assert.deepEqual(again.backend.keepers(), []);
      assert.match((await again.ran("cat dist/a", { roots })).output, /No such file/u);
      await again.close();
    }));

  /** What a person does to the workspace, and whether the layer over it must go. */
  const ACTS: readonly (readonly [act: string, isDropped: boolean])[] = [
    ["mkdir node_modules; echo theirs > node_modules/x", true],
    ["echo theirs > dist/old", true],
    ["echo theirs > dist/more", true],
    ["rm -r dist", true],
    ["rm -r packages", true],
    ["echo theirs > plain.txt", false],
    ["echo theirs > packages/a/new", false],
    ["echo theirs > other.log", false],
  ];
  for (const [act, isDropped] of ACTS)
    test(`${isDropped ? "are dropped" : "stay"} after: ${act}`, () =>
      inRepository(
        async (bench) => {
          await bench.ran(
            "mkdir -p node_modules packages/a/dist; echo 1 > node_modules/x; echo 1 > dist/old; echo 1 > packages/a/dist/y",
          );
          execFileSync("sh", ["-c", act], { cwd: bench.scratch.app });
          const ran = await bench.ran(
            "cat node_modules/x dist/old packages/a/dist/y 2>/dev/null | tr -d '\\n'",
          );
          assert.equal(ran.dropped, isDropped);
          assert.equal(ran.output === "111", !isDropped, ran.output);
          assert.equal((await bench.ran("true")).dropped, false);
        },
        { file: "app/dist/old", text: "old\n" },
        { file: "app/packages/a/package.json", text: "{}\n" },
      ));

  test("are told by the rules on disk at the start, not by those that the command wrote", () =>
    inRepository(async (bench) => {
      const ran = await bench.ran(
        "echo '*' > .gitignore; echo x > src/hidden; echo '*' > src/.gitignore; git config core.excludesFile .gitignore",
      );
      assert.deepEqual(told(ran), [
        "changed file app/.gitignore",
        "created file app/src/.gitignore",
        "created file app/src/hidden",
      ]);
      assert.deepEqual([ran.kept, ran.git], [0, ["fs:/app"]]);
    }));

  test("keep no tracked file, although a rule names it", () =>
    inRepository(
      async (bench) => {
        execFileSync("git", ["add", "-f", "dist/tracked"], { cwd: bench.scratch.app });
        const ran = await bench.ran("echo 2 > dist/tracked; echo 2 > dist/other");
        assert.deepEqual([told(ran), ran.kept], [["changed file app/dist/tracked"], 1]);
      },
      { file: "app/dist/tracked", text: "1\n" },
    ));

  test("follow the rules of a repository inside, and keep nothing where there is no repository", async () => {
    const bench = new CommandBench([{ file: "app/sub/.gitignore", text: "built\n" }]);
    rmSync(join(bench.scratch.app, ".git"), { recursive: true });
    assert.deepEqual(told(await bench.ran("echo x > sub/built")), ["created file app/sub/built"]);
    execFileSync("git", ["init", "-q"], { cwd: join(bench.scratch.app, "sub") });
    const ran = await bench.ran("echo x > sub/built; echo x > built");
    assert.deepEqual([told(ran), ran.kept], [["created file app/built"], 1]);
    await bench.close();
  });

  test("are not touched by what happens under .git, which is told and gone", () =>
    inRepository(async (bench) => {
      const ran = await bench.ran(
        "git checkout -q -b other; echo x > .git/hooks/pre-commit; mkdir -p in/.git; echo y > in/.git/config; git add -A",
      );
      assert.deepEqual(
        [told(ran), ran.git.toSorted()],
        [["created folder app/in"], ["fs:/app", "fs:/app/in"]],
      );
      const head = readFileSync(join(bench.scratch.app, ".git/HEAD"), "utf8");
      assert.ok(!head.includes("other") && !existsSync(join(bench.scratch.app, ".git/hooks/pre-commit")));
    }));

  test("are of two commands at once, one after the other", () =>
    inRepository(async (bench) => {
      await bench.ran("mkdir dist; echo 0 > dist/zero");
      const both = await Promise.all(
        ["one", "two"].map((name) => bench.ran(`cat dist/zero; sleep 0.3; echo ${name} > dist/${name}`)),
      );
      assert.deepEqual(
        both.map(({ output }) => output),
        ["0\n", "0\n"],
      );
      assert.equal((await bench.ran("cat dist/*")).output, "one\ntwo\n0\n");
      writeFileSync(join(bench.scratch.app, "x"), "");
      assert.equal(bench.backend.keptFolders(2).length, 1);
    }));
});
