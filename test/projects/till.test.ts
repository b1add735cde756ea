// A small real TypeScript repository: what its person does all day an agent does in layers, and it comes to the same.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { noSandbox } from "../attacks/commands/sandbox.ts";
import { gitIn } from "../support/git/repository.ts";
import { makeTill } from "./till.ts";
import { applied, difference, newFolder, npm, picture, shell, work } from "./work.ts";

suite("a real TypeScript repository", { skip: await noSandbox() }, () => {
  test("is tested and built without a question, and what that makes stays in the layer", async (t) => {
    const app = newFolder(t);
    const till = makeTill(app);
    t.after(() => till.close());
    const made = "node dist/report.js var/made.db 'tea;2.50' 'cake;3.20'";
    const { ran, asked, before } = await work(app, [npm("test"), npm("run", "build"), shell(made)]);
    assert.deepEqual(
      ran.map(({ exit, mode, changes, kept = 0 }) => {
        const judged = changes.filter(({ outcome }) => outcome !== "kept");
        return [exit, mode, judged.length, kept > 0];
      }),
      ran.map(() => [0, "layered", 0, true]),
    );
    const [tested, , reported] = ran;
    assert.match(tested?.output ?? "", /pass 3\n.* fail 0\n/u);
    assert.equal(reported?.output, "2 entries, 5.70 in all\n");
    assert.deepEqual([asked, difference(before, picture(app))], [[], []]);
  });

  test("goes on with a database that a person has open, whose last entries stand in the log beside it", async (t) => {
    const app = newFolder(t);
    const till = makeTill(app);
    t.after(() => till.close());
    const read = "SELECT group_concat(what || sum) AS all_of_it FROM entries";
    const add = "INSERT INTO entries VALUES ('agent', 1)";
    const code = `const till = new (require("node:sqlite").DatabaseSync)("var/till.db"); till.exec("${add}"); console.log(till.prepare("${read}").get()); till.close()`;
    const node = { argv: ["node", "--no-warnings", "-e", code] };
    const { ran } = await work(app, [node, node]);
    assert.deepEqual(
      ran.map(({ exit, output }) => [exit, /'(.*)'/u.exec(output)?.[1]]),
      [
        [0, "opening10000,agent1"],
        [0, "opening10000,agent1,agent1"],
      ],
    );
    assert.equal(till.prepare(read).get()?.["all_of_it"], "opening10000", "the person's own is as it was");
  });

  test("is mended by its linter, as far as a person allows", async (t) => {
    const app = newFolder(t);
    const till = makeTill(app);
    t.after(() => till.close());
    const { ran, asked } = await work(app, [npm("run", "lint"), npm("run", "fix")], [true]);
    assert.deepEqual(
      ran.map(({ exit }) => exit),
      [1, 0],
    );
    assert.match(ran[0]?.output ?? "", /6 errors and 0 warnings potentially fixable/u);
    assert.deepEqual(
      [asked, ran.flatMap(applied)],
      [[["write fs:/app/src/report.ts"]], ["changed app/src/report.ts"]],
    );
    assert.match(readFileSync(join(app, "src/report.ts"), "utf8"), /const ledger = new Ledger\(file\);/u);
    assert.equal(gitIn(app, "status", "--short"), " M src/report.ts\n");
    const { status } = spawnSync(process.execPath, ["node_modules/eslint/bin/eslint.js", "."], { cwd: app });
    assert.equal(status, 0, "the linter of the person is content");
  });

  test("is left as it was by a linter that a person refuses", async (t) => {
    const app = newFolder(t);
    const till = makeTill(app);
    t.after(() => till.close());
    const { ran, before } = await work(app, [npm("run", "fix")], [false]);
    assert.deepEqual(
      ran.map(({ exit, changes }) => [exit, changes.map(({ path, outcome }) => `${outcome} ${path}`)]),
      [[0, ["refused app/src/report.ts"]]],
    );
    assert.deepEqual(difference(before, picture(app)), []);
  });

  test("has files moved by git inside a command, and folders only by copying", async (t) => {
    const app = newFolder(t);
    const till = makeTill(app);
    t.after(() => till.close());
    const { ran, told } = await work(
      app,
      [
        shell("git mv src lib"),
        shell("git mv src/money.ts src/coins.ts && sed -i s/money/coins/ src/*.ts && git status --short"),
        npm("test"),
        shell("mv src lib && sed -i s/src/lib/ test/*.ts"),
        npm("test"),
      ],
      [true, true],
    );
    const [folder, file, , copied] = ran;
    assert.match(told[0] ?? "", /exit code 128[^]*renaming 'src' failed: Invalid cross-device link/u);
    assert.deepEqual(folder?.changes, []);
    assert.equal(file?.output, "R  src/money.ts -> src/coins.ts\n M src/ledger.ts\n M src/report.ts\n");
    assert.ok(file && copied);
    assert.deepEqual(applied(file), [
      "created app/src/coins.ts",
      "changed app/src/ledger.ts",
      "changed app/src/report.ts",
      "deleted app/src/money.ts",
    ]);
    assert.match(
      told[1] ?? "",
      /It changed the git repository itself\. That is not kept; use the git tools\./u,
    );
    assert.deepEqual(applied(copied).slice(-2), ["deleted app/src/report.ts", "deleted app/src"]);
    assert.deepEqual(
      ran.map(({ exit }) => exit),
      [128, 0, 0, 0, 0],
      "the tests pass after each",
    );
    assert.equal(
      gitIn(app, "status", "--short", "--untracked-files=all"),
      " D src/ledger.ts\n D src/money.ts\n D src/report.ts\n M test/ledger.test.ts\n?? lib/coins.ts\n?? lib/ledger.ts\n?? lib/report.ts\n",
      "nothing is staged",
    );
  });
});
