// Linked work trees: git works in them, the rest of the main work tree is not there, and no folder can pass for one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { suite, test } from "node:test";
import type { Sight } from "../../../src/primitives/shell/backend.ts";
import { CommandBench, told, type Wish } from "../../attacks/commands/bench.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { Scratch } from "../../attacks/scratch.ts";

/** A bench with the linked work tree `tree` of the repository in `app`. */
function linked(): CommandBench {
  const bench = new CommandBench([{ file: "app/.gitignore", text: ".env*\ndeploy/\nbuilt/\n" }]);
  bench.commit();
  const at = bench.scratch.at("tree");
  execFileSync("git", ["worktree", "add", "-q", "-b", "side", at], {
    cwd: bench.scratch.app,
    stdio: "ignore",
  });
  return bench;
}

function write(bench: CommandBench, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(bench.scratch.at(name)), { recursive: true });
    writeFileSync(bench.scratch.at(name), text);
  }
}

/** An agent that works in the linked work tree, sees nothing of the main one, and not these names. */
function apart(bench: CommandBench, hidden: readonly string[]): Wish {
  const worktree = { of: "app", branch: "side", base: "" };
  const sees = (resource: string): Sight => {
    if (!resource.startsWith("fs:/tree") || hidden.some((at) => `${resource}/`.startsWith(`${at}/`)))
      return "none";
    return hidden.some((at) => at.startsWith(`${resource}/`)) ? "some" : "all";
  };
  const roots = [
    { name: "app", path: bench.scratch.app },
    { name: "tree", path: bench.scratch.at("tree"), worktree },
  ];
  return { roots, sees, cwd: "fs:/tree" };
}

suite("a linked work tree", { skip: await noSandbox() }, () => {
  test("has git, and nothing else of the main work tree (C13)", async () => {
    const bench = linked();
    const before = bench.scratch.picture();
    const script =
      "git status --short --branch; echo x > new; mkdir built; echo y > built/z; git add -A; git -c user.name=a -c user.email=a@b commit -qm more; git log --oneline | wc -l; ls -A $SCRATCH/app; cat $SCRATCH/app/.env $SCRATCH/app/plain.txt".replaceAll(
        "$SCRATCH",
        bench.scratch.root,
      );
    const roots = [{ name: "tree", path: bench.scratch.at("tree") }];
    const ran = await bench.ran(script, { roots, cwd: "fs:/tree" });
    assert.match(
      ran.output,
      /^## side\n2\n\.git\ncat: [^\n]*No such file[^\n]*\ncat: [^\n]*No such file[^\n]*\n$/u,
    );
    assert.deepEqual([told(ran), ran.kept, ran.git], [["created file tree/new"], 1, ["fs:/tree"]]);
    assert.deepEqual(Scratch.changes(before, bench.scratch.picture(), ["home"]), []);
    await bench.close();
  });

  /** Folders that only say of themselves that they are work trees of a repository outside. */
  const FORGED: readonly (readonly [title: string, forge: (bench: CommandBench) => void])[] = [
    [
      "names any folder outside",
      (bench) => writeFileSync(bench.scratch.at("fake/.git"), `gitdir: ${bench.scratch.at("outside")}\n`),
    ],
    [
      "names the private folder of another one",
      (bench) => cpSync(bench.scratch.at("tree/.git"), bench.scratch.at("fake/.git")),
    ],
    [
      "has a private folder of its own that names one outside",
      (bench) => {
        const own = bench.scratch.at("fake/own/worktrees/x");
        mkdirSync(own, { recursive: true });
        writeFileSync(`${own}/gitdir`, `${bench.scratch.at("fake/.git")}\n`);
        writeFileSync(`${own}/commondir`, `${bench.scratch.at("outside")}\n`);
        writeFileSync(bench.scratch.at("fake/.git"), `gitdir: ${own}\n`);
      },
    ],
  ];
  for (const [title, forge] of FORGED)
    test(`is no folder that ${title}`, async () => {
      const bench = linked();
      mkdirSync(bench.scratch.at("fake"));
      forge(bench);
      const roots = [{ name: "fake", path: bench.scratch.at("fake") }];
      const places = ["outside", "app/.git", "tree"].map((name) => bench.scratch.at(name));
      const ran = await bench.ran(`ls -d ${places.join(" ")}; git status`, { roots, cwd: "fs:/fake" });
      assert.match(ran.output, /^(?:ls: cannot access [^\n]*\n){3}fatal: not a git repository/u);
      await bench.close();
    });

  test("beside its main work tree shares one repository with it", async () => {
    const bench = linked();
    const roots = ["app", "tree"].map((name) => ({ name, path: bench.scratch.at(name) }));
    const ran = await bench.ran(
      "git status --short; cd ../tree && git status --short && git branch | wc -l",
      { roots },
    );
    assert.equal(ran.output, "2\n");
    await bench.close();
  });

  test("of an agent that sees nothing of the main one has git, and its ignored files, copied on write", async () => {
    const bench = linked();
    write(bench, {
      "app/built/lib.js": "exports.n = 1;\n",
      "app/built/old.js": "old\n",
      "app/built/.env": "KEY=sellerie\n",
      "app/.env.local": "KEY=fenchel\n",
      "app/deploy/key.txt": "mangold\n",
      "app/untracked.txt": "rucola\n",
      "tree/package.json": JSON.stringify({ scripts: { test: "node -p 'require(`./built/lib.js`).n'" } }),
    });
    const before = bench.scratch.picture();
    const wish = apart(bench, ["fs:/tree/deploy"]);
    const seen = await bench.ran(
      "npm test --silent; ls -A . built; cat built/.env .env.local deploy/key.txt untracked.txt; git status --short; git diff --stat | tail -1; git log --oneline | wc -l; ls -A $SCRATCH/app".replaceAll(
        "$SCRATCH",
        bench.scratch.root,
      ),
      wish,
    );
    assert.match(seen.output, /^1\n/u);
    assert.match(seen.output, /\nbuilt:\nlib\.js\nold\.js\n/u);
    assert.doesNotMatch(seen.output, /sellerie|fenchel|mangold|rucola|untracked\.txt\n/u);
    assert.match(seen.output, / M package\.json\n 1 file changed[^\n]*\n1\n\.git\n$/u);
    assert.deepEqual([seen.changes, seen.kept, seen.git], [[], 0, []]);
    const writes =
      "echo 'exports.n = 2;' > built/lib.js; rm built/old.js; echo x > built/new.js; npm test --silent";
    const wrote = await bench.ran(writes, wish);
    assert.deepEqual([wrote.output, told(wrote), wrote.kept], ["2\n", [], 2]);
    // Two more kept layers are merged, and what was removed stays so.
    const more = await bench.ran("echo y > built/more.js; npm test --silent; ls built", wish);
    assert.equal(more.output, "2\nlib.js\nmore.js\nnew.js\n");
    assert.equal((await bench.ran("ls built", wish)).output, "lib.js\nmore.js\nnew.js\n");
    assert.deepEqual(Scratch.changes(before, bench.scratch.picture(), ["home"]), []);
    // The person installs anew: what was kept over it is dropped and told.
    write(bench, { "app/built/lib.js": "exports.n = 3;\n" });
    const anew = await bench.ran("npm test --silent", wish);
    assert.deepEqual([anew.output, anew.dropped], ["3\n", true]);
    await bench.close();
  });

  test("whose own names are hidden has no git, and a rule on a name in .git holds in its repository", async () => {
    const bench = linked();
    const none = await bench.ran("git status", apart(bench, ["fs:/tree/.git"]));
    assert.match(none.output, /not a git repository/u);
    const repository = bench.scratch.at("app/.git");
    const some = await bench.ran(
      `git status --short; cat ${repository}/config; git commit -q --allow-empty -m x; ls ${repository}/description`,
      apart(bench, ["fs:/tree/.git/config"]),
    );
    assert.match(some.output, /config: No such file/u);
    assert.match(some.output, /description\n$/u);
    await bench.close();
  });

  test("whose repository is gone says so", async () => {
    const bench = linked();
    rmSync(bench.scratch.at("app/.git"), { recursive: true });
    const roots = [{ name: "tree", path: bench.scratch.at("tree") }];
    const ran = await bench.ran("git status", { roots, cwd: "fs:/tree" });
    assert.match(ran.output, /not a git repository/u);
    assert.ok(
      existsSync(bench.scratch.at("tree/.git")) && readFileSync(bench.scratch.at("tree/.git"), "utf8") !== "",
    );
    await bench.close();
  });
});
