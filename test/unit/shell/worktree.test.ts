// Linked work trees: git works in them, the rest of the main work tree is not there, and no folder can pass for one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { suite, test } from "node:test";
import { CommandBench, told } from "../../attacks/commands/bench.ts";
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

suite("a linked work tree", { skip: await noSandbox() }, () => {
  test("has git, and nothing else of the main work tree", async () => {
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
