// Programs that ask much of a file system and of the machine behave in a layer as they do outside.
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { suite, test } from "node:test";
import { CommandBench, told } from "../../attacks/commands/bench.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

/** Programs for the Node of these tests. */
const PROGRAMS: readonly (readonly [
  title: string,
  script: string,
  output: string,
  changes: readonly string[],
])[] = [
  [
    "a database with a write-ahead log",
    `const { DatabaseSync } = require("node:sqlite"); const [a, b] = [0, 1].map(() => new DatabaseSync("db"));
     a.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (n); INSERT INTO t VALUES (4711)");
     console.log(b.prepare("SELECT n FROM t").get().n); a.close(); b.close()`,
    "4711\n",
    ["created file app/db"],
  ],
  [
    "a watch of a folder of the workspace",
    `const fs = require("node:fs"); const watch = fs.watch("src", (_, name) => { console.log(name); watch.close() });
     setTimeout(() => fs.writeFileSync("src/new", "x"), 50)`,
    "new\n",
    ["created file app/src/new"],
  ],
  [
    "threads, a server and a client of its own",
    `const http = require("node:http"); const { Worker } = require("node:worker_threads");
     new Worker("process.exit(0)", { eval: true }).on("exit", () => http.createServer((_, r) => r.end("served"))
       .listen(0, "127.0.0.1", function () { fetch("http://127.0.0.1:" + this.address().port)
       .then((r) => r.text()).then((t) => { console.log(t); process.exit(0) }) }))`,
    "served\n",
    [],
  ],
  [
    "files that are renamed over each other, and links with two names",
    `const fs = require("node:fs"); fs.writeFileSync("t", "new"); fs.renameSync("t", "plain.txt");
     fs.linkSync("README.md", "twice"); console.log(fs.readFileSync("plain.txt", "utf8"), fs.statSync("twice").nlink)`,
    "new 2\n",
    ["changed file app/plain.txt", "created file app/twice"],
  ],
];

suite("a layer works with", { skip: await noSandbox() }, () => {
  for (const [title, script, output, changes] of PROGRAMS)
    test(title, async () => {
      const bench = new CommandBench([], { toolFolders: () => [dirname(process.execPath)] });
      const ran = await bench.ran([process.execPath, "--no-warnings", "-e", script]);
      assert.deepEqual([ran.output, told(ran).toSorted()], [output, changes]);
      await bench.close();
    });

  test("locks", async () => {
    const bench = new CommandBench();
    const ran = await bench.ran(
      "exec 9>lock; flock 9; flock -n lock true || echo held; exec 9>&-; flock lock echo free; rm lock",
    );
    assert.deepEqual([ran.output, told(ran)], ["held\nfree\n", []]);
    await bench.close();
  });
});
