// A command in a layer: what it changes is told and stored, and the workspace stays as it is.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { suite, test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import type { Ran } from "../../../src/primitives/shell/backend.ts";
import type { Setup } from "../../attacks/cases.ts";
import { CommandBench, shellGrant, told, type Wish } from "../../attacks/commands/bench.ts";
import { Scratch } from "../../attacks/scratch.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

const skip = await noSandbox();

/** Runs one command over a workspace of its own, and compares the workspace before and after it. */
async function changesOf(
  script: string,
  setup: readonly Setup[] = [],
  wish: Wish = {},
): Promise<Ran & { output: string }> {
  const bench = new CommandBench(setup);
  try {
    const before = bench.scratch.picture();
    const ran = await bench.ran(script, wish);
    assert.deepEqual(Scratch.changes(before, bench.scratch.picture(), ["home"]), []);
    for (const { kind, post, bytes } of ran.changes)
      if (kind === "file" && post !== undefined)
        assert.equal(readFileSync(bench.scratch.at(`home/pre/${post}`)).length, bytes);
    return ran;
  } finally {
    await bench.close();
  }
}

const TREE: readonly Setup[] = [
  { file: "app/tree/a", text: "a\n" },
  { file: "app/tree/b", text: "b\n" },
  { file: "app/tree/in/c", text: "c\n" },
  { link: "app/tree/l", to: "a" },
];

/** What a script changes in a workspace with a small tree. */
const SCRIPTS: readonly (readonly [title: string, script: string, changes: readonly string[]])[] = [
  ["nothing", "true", []],
  ["a file read and touched", "cat tree/a; touch tree/a; chmod 600 tree/b", []],
  ["the same bytes written again", "cp tree/a x && rm tree/a && mv x tree/a", []],
  ["a file made and removed", "echo x > x; rm x; mkdir y; rmdir y", []],
  ["a file changed", "echo more >> tree/a", ["changed file app/tree/a"]],
  ["a file of the same length changed", "echo z > tree/a", ["changed file app/tree/a"]],
  ["an executable bit", "chmod +x tree/a", ["changed file app/tree/a"]],
  ["a link turned", "ln -sf b tree/l", ["changed link app/tree/l"]],
  ["a file deleted", "rm tree/a", ["deleted file app/tree/a"]],
  [
    "a tree deleted",
    "rm -r tree",
    [
      "deleted file app/tree/in/c",
      "deleted file app/tree/a",
      "deleted folder app/tree/in",
      "deleted file app/tree/b",
      "deleted link app/tree/l",
      "deleted folder app/tree",
    ],
  ],
  [
    "a folder replaced by one of its name",
    "rm -r tree; mkdir -p tree/in; echo c > tree/in/c; echo new > tree/new",
    [
      "created file app/tree/new",
      "deleted file app/tree/a",
      "deleted file app/tree/b",
      "deleted link app/tree/l",
    ],
  ],
  [
    "an inner folder replaced",
    "rm -r tree/in; mkdir tree/in; echo d > tree/in/d",
    ["created file app/tree/in/d", "deleted file app/tree/in/c"],
  ],
  [
    "folders made",
    "mkdir -p n/m/o; echo x > n/m/o/x",
    [
      "created folder app/n",
      "created folder app/n/m",
      "created folder app/n/m/o",
      "created file app/n/m/o/x",
    ],
  ],
  ["a file moved", "mv tree/a tree/z", ["created file app/tree/z", "deleted file app/tree/a"]],
  [
    "a folder moved",
    "mv tree/in moved",
    [
      "created folder app/moved",
      "created file app/moved/c",
      "deleted file app/tree/in/c",
      "deleted folder app/tree/in",
    ],
  ],
  [
    "what it may not read itself",
    "echo x > closed; chmod 0 closed; mkdir shut; echo y > shut/y; chmod 0 shut",
    ["created folder app/shut", "created file app/closed", "created file app/shut/y"],
  ],
];

suite("a command in a layer", { skip }, () => {
  for (const [title, script, changes] of SCRIPTS)
    test(`changes nothing, and tells: ${title}`, async () => {
      const ran = await changesOf(script, TREE);
      assert.deepEqual(told(ran).toSorted(), changes.toSorted());
      assert.deepEqual(
        told(ran)
          .filter((each) => each.startsWith("deleted"))
          .map(depth),
        depths(told(ran)),
      );
    });

  test("tells digests, sizes, links and executable bits", async () => {
    const { changes } = await changesOf(
      "echo '#!/bin/sh' > run; chmod +x run; ln -s run go; printf b > tree/a",
      TREE,
    );
    const of = (name: string) => changes.find(({ resource }) => resource === `fs:/app/${name}`);
    assert.equal(of("run")?.executable, true);
    assert.equal(of("run")?.pre, undefined);
    assert.equal(of("go")?.link, "run");
    assert.equal(of("tree/a")?.bytes, 1);
    assert.equal(of("tree/a")?.pre, "87428fc522803d31065e7bce3cf03fe475096631e5e07bbd7a0fde60c4cf25c7");
    assert.equal(of("tree/a")?.post, "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d");
  });

  test("gives its exit code, its signal and both streams in order", async () => {
    assert.equal((await changesOf("exit 3")).exit, 3);
    const killed = await changesOf("kill -SEGV $$");
    assert.deepEqual([killed.exit, killed.signal], [139, "SIGSEGV"]);
    const { output } = await changesOf("echo 1; echo 2 >&2; echo 3 > /dev/stdout; echo 4 > /dev/stderr");
    assert.equal(output, "1\n2\n3\n4\n");
  });

  test("reads the text of its standard input, and can open it again", async () => {
    const { output } = await changesOf("cat; cat /dev/stdin", [], { stdin: "given\n" });
    assert.equal(output, "given\ngiven\n");
  });

  test("says that a program is not there", async () => {
    const bench = new CommandBench();
    const ran = await bench.ran(["no-such-program", "x"]);
    assert.equal(ran.exit, 127);
    assert.match(ran.output, /no-such-program: not found/u);
    await bench.close();
  });

  test("finds a tool in a folder of PATH in the home, and nothing else there", async () => {
    const ran = await changesOf(
      "hello; ls -A ~; ls ~/tools; echo x >> ~/tools/bin/hello; echo y > ~/mine && cat ~/mine",
    );
    assert.match(ran.output, /^hello from a tool\ntools\nbin\n[^\n]*Read-only file system\ny\n$/u);
  });

  test("sees work trees as git does", async () => {
    const bench = new CommandBench();
    bench.commit();
    const looked = await bench.ran("touch made; git status --porcelain; git log --oneline | wc -l");
    assert.match(looked.output, /^ D \.env\n D \.env\.local\n D deploy\/id_rsa\n\?\? made\n1\n/u);
    assert.deepEqual(looked.git, [], "to look is no change, although git writes its index");
    const own = "-c user.name=a -c user.email=a@example.invalid";
    const { git } = await bench.ran(`git ${own} commit -q --allow-empty -m x`);
    assert.deepEqual(git, ["fs:/app"]);
    await bench.close();
  });

  test("tells what is staged from what git remembers about files, in every form of the index", async () => {
    const bench = new CommandBench();
    bench.commit();
    for (const version of ["2", "3", "4"]) {
      const git = (...args: string[]) => execFileSync("git", args, { cwd: bench.scratch.app });
      if (version === "3") git("update-index", "--skip-worktree", "plain.txt");
      git("update-index", "--index-version", version);
      const came = async (script: string) => (await bench.ran(script)).git;
      assert.deepEqual(await came("touch -d 2001-01-01 README.md src/*; git status"), [], version);
      const staging = [
        "git mv README.md READ.md",
        "git rm --cached README.md",
        "git update-index --chmod=+x README.md",
      ];
      for (const each of staging) assert.deepEqual(await came(each), ["fs:/app"], `${version}: ${each}`);
    }
    await bench.close();
  });
});

/** How deep a told name lies. */
function depth(each: string): number {
  return each.split("/").length;
}

/** The depths of deletes, from the inside out. */
function depths(all: readonly string[]): number[] {
  return all
    .filter((each) => each.startsWith("deleted"))
    .map(depth)
    .toSorted((a, b) => b - a);
}

suite("what somebody else changes meanwhile", { skip }, () => {
  const SCRIPT = "echo mine > src/a.txt; rm plain.txt; echo mine > both; echo ready; sleep 1; cat seen";
  test("is a conflict where the command changed it too, and is seen where not", async () => {
    const bench = new CommandBench([{ file: "app/seen", text: "old\n" }]);
    try {
      let output = "";
      const running = bench.backend.run(bench.order(SCRIPT), shellGrant(), {
        emit: (text) => (output += text),
        signal: new AbortController().signal,
      });
      while (!output.includes("ready")) await sleep(5);
      for (const name of ["src/a.txt", "plain.txt", "both", "seen"])
        writeFileSync(join(bench.scratch.app, name), "theirs\n");
      const ran = await running;
      assert.ok(!isFault(ran));
      assert.match(output, /theirs/u);
      assert.deepEqual(told(ran), [
        "changed file app/both (conflict)",
        "changed file app/src/a.txt (conflict)",
        "deleted file app/plain.txt (conflict)",
      ]);
      assert.equal(readFileSync(join(bench.scratch.app, "plain.txt"), "utf8"), "theirs\n");
    } finally {
      await bench.close();
    }
  });

  test("just before the start is no conflict", async () => {
    const bench = new CommandBench();
    for (let i = 0; i < 5; i++) {
      writeFileSync(join(bench.scratch.app, "plain.txt"), `${i}\n`);
      assert.deepEqual(told(await bench.ran("echo x >> plain.txt")), ["changed file app/plain.txt"]);
    }
    await bench.close();
  });
});

suite("names that come and go", { skip }, () => {
  test("a secret that appears between two commands is hidden from the second", async () => {
    const bench = new CommandBench();
    for (const name of ["late/.env", "late/deep/.env", ".env.late"]) {
      await bench.ran("true");
      bench.scratch.put({ file: `app/${name}`, text: "s\n" });
      assert.equal(
        (await bench.ran(`cat ${name} 2>/dev/null; ls -A late`)).output.includes("s\n"),
        false,
        name,
      );
    }
    rmSync(bench.scratch.at("app/late"), { recursive: true });
    assert.match((await bench.ran("ls")).output, /plain\.txt/u);
    await bench.close();
  });

  test("a folder with a hidden name keeps its mode", async () => {
    const bench = new CommandBench([{ file: "app/cfg/.env", text: "s\n" }]);
    chmodSync(bench.scratch.at("app/cfg"), 0o750);
    chmodSync(bench.scratch.app, 0o711);
    assert.equal((await bench.ran("stat -c %a cfg .")).output, "750\n711\n");
    await bench.close();
  });

  test("nothing of a layer is left", async () => {
    const bench = new CommandBench();
    await bench.ran("mkdir -p a/b; chmod 0 a/b a; echo x > c");
    const left = ["empty", "filter", "kept", "whiteout"];
    const names = readdirSync(bench.scratch.at("home/layers")).filter((name) => !name.startsWith("pipe-"));
    assert.deepEqual(names.toSorted(), left);
    assert.ok(!existsSync(bench.scratch.at("app/c")));
    await bench.close();
  });
});
