// Verifying a record: any byte changed, cut, moved or copied is found, named and not obeyed.
import assert from "node:assert/strict";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { boot, verifyRecord } from "../../src/boot.ts";
import { createModels } from "../../src/host/node/models/providers.ts";
import { cliVerifySchema, type CliVerify } from "../../src/abi/cli.ts";
import { nodeDigests } from "../../src/host/node/digests.ts";
import { Workspace, script, snapshot } from "./workspace.ts";

/** How many positions of each file are flipped in this process, and how many by the command itself. */
const FLIPS = 200;
const BY_COMMAND = 6;
const SEGMENT = ".agentlibos/journal/00000001.jsonl";
const BODIES = ".agentlibos/bodies/00000001";

const ALL = ["--grant", "allow:read,write:fs:/app/**"];
const LONG = "a long line of text that leaves its record for the bodies file\n".repeat(120);

/** A finished run with long texts in it. */
async function recorded(t: TestContext): Promise<Workspace> {
  const workspace = new Workspace(t);
  workspace.write("README.md", LONG);
  const writes = (name: string): readonly [string, unknown] => [
    "write_file",
    { path: name, content: LONG + name },
  ];
  await workspace.agent(
    script([[["read_file", { path: "README.md" }]], [writes("a"), writes("b")], "done"]),
    ALL,
  );
  return workspace;
}

const verdictOf = (workspace: Workspace): ReturnType<typeof verifyRecord> =>
  verifyRecord({
    root: workspace.folder,
    home: workspace.home,
    roots: [{ name: "app", path: workspace.folder }],
  });

/** Where in a file to change something: spread evenly, the ends, and what stands around each line's end. */
function positions(bytes: Buffer): number[] {
  const spread = Array.from({ length: FLIPS }, (_, i) => Math.floor((i * (bytes.length - 1)) / (FLIPS - 1)));
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at - 1, at, at + 1);
  return [...new Set([...spread, ...ends.slice(0, 150)])].filter((at) => at < bytes.length);
}

test("any byte changed under journal or bodies is found, and its file, line and byte are named", async (t) => {
  const workspace = await recorded(t);
  assert.equal((await workspace.verify()).code, 0);
  for (const file of [SEGMENT, BODIES]) {
    const good = readFileSync(workspace.path(file));
    const missed: string[] = [];
    for (const [n, at] of positions(good).entries()) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ (1 << (n % 8));
      writeFileSync(workspace.path(file), bad);
      const { ok, standing, defect, text } = await verdictOf(workspace);
      const place = defect === undefined ? "" : `${defect.file}, `;
      if (ok || standing === "obeyed" || place === "" || !(text[0] ?? "").includes(place))
        missed.push(`${file} at ${at}`);
      // What is named lies in the same file, on the line of the flipped byte or on the one that tells.
      else if (defect?.file === file.slice(".agentlibos/".length) && defect.byte > at)
        missed.push(`${file} at ${at}: names ${defect.byte}`);
    }
    assert.deepEqual(missed, []);
    for (let i = 0; i < BY_COMMAND; i += 1) {
      const at = Math.floor(((i + 0.5) * good.length) / BY_COMMAND);
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 1;
      writeFileSync(workspace.path(file), bad);
      const { code, err } = await workspace.verify();
      assert.equal(code, 3, `${file} at ${at}`);
      assert.match(err, /damaged: (?:journal\/00000001\.jsonl, line \d+|bodies\/00000001), byte \d+: /u);
    }
    writeFileSync(workspace.path(file), good);
  }
  assert.equal((await workspace.verify()).code, 0);
});

test("a record cut at or before any head, in the middle of a line, or emptied, is found", async (t) => {
  const workspace = await recorded(t);
  const good = readFileSync(workspace.path(SEGMENT));
  const cuts = new Set<number>([0, 1, good.length - 1, good.length - 2]);
  for (let at = good.indexOf(10); at >= 0; at = good.indexOf(10, at + 1))
    cuts
      .add(at + 1)
      .add(at)
      .add(at - 40);
  cuts.delete(good.length);
  const missed: number[] = [];
  for (const at of cuts) {
    truncateSync(workspace.path(SEGMENT), at);
    const { ok, text } = await verdictOf(workspace);
    if (ok || text[0] === "") missed.push(at);
    writeFileSync(workspace.path(SEGMENT), good);
  }
  assert.deepEqual(missed, []);
  truncateSync(workspace.path(SEGMENT), good.lastIndexOf(10, good.length - 2) + 1);
  const { code, err } = await workspace.verify();
  assert.equal(code, 3);
  assert.match(err, /^agentlibos: .*journal\/00000001\.jsonl, line \d+, byte \d+: /u);
});

test("files that were removed, replaced or linked are found", async (t) => {
  const workspace = await recorded(t);
  const away = join(workspace.scratch, "away");
  for (const name of [SEGMENT, BODIES, ".agentlibos/identity.json", ".agentlibos"]) {
    renameSync(workspace.path(name), away);
    const { code, err } = await workspace.verify();
    assert.equal(code, 3, `${name}: ${err}`);
    renameSync(away, workspace.path(name));
  }
  const { symlinkSync } = await import("node:fs");
  renameSync(workspace.path(SEGMENT), away);
  symlinkSync(away, workspace.path(SEGMENT));
  assert.equal((await workspace.verify()).code, 3);
  rmSync(workspace.path(SEGMENT));
  renameSync(away, workspace.path(SEGMENT));
  assert.equal((await workspace.verify()).code, 0);
});

test("an unfinished write behind the last head is named, is no damage, and is cut by the next run", async (t) => {
  const workspace = await recorded(t);
  appendFileSync(workspace.path(SEGMENT), '{"v":1,"seq":999,"time"');
  const { code, out } = await workspace.verify();
  assert.equal(code, 0);
  assert.match(out, /an unfinished write: 23 bytes/u);
  await workspace.agent(script(["done"]));
  assert.doesNotMatch((await workspace.verify()).out, /unfinished/u);
});

test("a record that may not be obeyed is shown and refused: nothing runs, nothing is written", async (t) => {
  const workspace = await recorded(t);
  const older = join(workspace.scratch, "older");
  cpSync(workspace.path(".agentlibos"), older, { recursive: true });
  await workspace.agent(script(["done"]));
  const order = ["run", "--goal", "x", "--script", workspace.file("s.json", script(["done"]))];
  const refusals: [string, () => void, RegExp][] = [
    [
      "damaged",
      () => {
        const bytes = readFileSync(workspace.path(SEGMENT));
        writeFileSync(workspace.path(SEGMENT), bytes.fill(32, bytes.length - 700, bytes.length - 699));
      },
      /damaged/u,
    ],
    ["rolled back", () => cpSync(older, workspace.path(".agentlibos"), { recursive: true }), /older state/u],
    ["lost", () => rmSync(workspace.path(".agentlibos"), { recursive: true }), /gone/u],
  ];
  const now = join(workspace.scratch, "now");
  cpSync(workspace.path(".agentlibos"), now, { recursive: true });
  for (const [name, harm, said] of refusals) {
    harm();
    const before = snapshot(workspace.folder);
    for (const command of [order, ["resume"]]) {
      const { code, err, out } = await workspace.run(command);
      assert.deepEqual([code, out], [3, ""], `${name} ${command[0]}: ${err}`);
      assert.match(err, said);
    }
    assert.deepEqual(snapshot(workspace.folder), before, name);
    const { code, out } = await workspace.run(["audit"]);
    assert.equal(code, 3);
    if (name !== "lost") assert.match(out, /model\.call/u);
    rmSync(workspace.path(".agentlibos"), { recursive: true, force: true });
    cpSync(now, workspace.path(".agentlibos"), { recursive: true });
  }
});

test("a copy and a foreign record are shown, not obeyed; their bytes can be judged by a public key", async (t) => {
  const workspace = await recorded(t);
  const copy = join(workspace.scratch, "copy", "app");
  mkdirSync(copy, { recursive: true });
  cpSync(workspace.path(".agentlibos"), join(copy, ".agentlibos"), { recursive: true });
  const copied = await workspace.run(["verify", "--workspace", copy]);
  assert.equal(copied.code, 3);
  assert.match(copied.err, /a copy/u);
  const elsewhere = { env: { AGENTLIBOS_HOME: join(workspace.scratch, "other-home") } };
  const foreign = await workspace.run(["verify"], elsewhere);
  assert.equal(foreign.code, 3);
  assert.match(foreign.err, /foreign/u);
  const shown = await workspace.run(["ps"], elsewhere);
  assert.deepEqual([shown.code, /finished/u.test(shown.out)], [3, true]);
  const resumed = await workspace.run(["resume"], elsewhere);
  assert.deepEqual([resumed.code, resumed.out], [3, ""]);
  const alone = await workspace.run(
    ["verify", "--public-key", workspace.path(".agentlibos/identity.json")],
    elsewhere,
  );
  assert.equal(alone.code, 0, alone.err);
  assert.match(alone.out, /by its bytes alone/u);
});

test("while another writer holds the record, run and resume exit with 4 and the viewers still look", async (t) => {
  const workspace = await recorded(t);
  const models = createModels({ scripted: true });
  const where = {
    root: workspace.folder,
    roots: [{ name: "app", path: workspace.folder }],
    home: workspace.home,
  };
  const held = await boot({ ...where, host: "test", mode: "write", policy: [], models });
  try {
    assert.equal(held.opened.standing.kind, "obeyed");
    // An agent that waits, so that there is something to resume.
    const image = {
      name: "coding",
      version: "1",
      summary: "",
      prompt: "",
      tools: [],
      suggests: [],
      budget: {},
    };
    const launch = { answer: "ask" as const, interactive: true };
    const order = {
      image,
      goal: "wait",
      model: "scripted/x",
      grants: [],
      budget: {},
      cwd: "fs:/app",
      launch,
    };
    assert.equal(held.kernel.launch(held.launcher, order).ok, true);
    await held.kernel.rest();
    await held.kernel.durable();
    const order2 = ["run", "--goal", "x", "--script", workspace.file("s.json", script(["done"]))];
    for (const command of [order2, ["resume"]]) {
      const { code, err, out } = await workspace.run(command);
      assert.deepEqual([code, out], [4, ""], err);
      assert.match(err, /in use/u);
    }
    for (const command of [["ps"], ["audit"], ["explain", "2.0"], ["verify"]])
      assert.equal((await workspace.run(command)).code, 0, command[0]);
  } finally {
    await held.close();
  }
  assert.equal(
    (await workspace.run(["run", "--goal", "x", "--script", workspace.file("s.json", script(["done"]))]))
      .code,
    0,
  );
});

test("looking writes nothing, neither in the workspace nor in the user's data folder", async (t) => {
  const workspace = await recorded(t);
  // Looking makes the index of the history, which holds nothing of its own.
  const home = (): unknown =>
    [...snapshot(workspace.home)].filter(([name]) => !/index\.db|^journals\/[0-9a-f]{32}$/u.test(name));
  const before = [snapshot(workspace.folder), home()];
  for (const command of [["ps"], ["audit", "--json"], ["explain", "2.0.0"], ["verify"], ["resume"]])
    assert.equal((await workspace.run(command)).code, 0, command[0]);
  assert.deepEqual([snapshot(workspace.folder), home()], before);
});

test("verify --json says the verdict in one object, of a good record and of a damaged one", async (t) => {
  const workspace = await recorded(t);
  const verdict = async (code: number): Promise<CliVerify> => {
    const ran = await workspace.run(["verify", "--full", "--json"]);
    assert.equal(ran.code, code, ran.err);
    return cliVerifySchema.parse(JSON.parse(ran.out));
  };
  const good = await verdict(0);
  const lines = readFileSync(workspace.path(SEGMENT), "utf8").split("\n").slice(0, -1);
  assert.equal(good.journal.records, lines.length);
  assert.equal(good.journal.head, nodeDigests.sha256(lines.at(-1) ?? ""));
  const bytes = readFileSync(workspace.path(SEGMENT));
  bytes[bytes.length - 300] = 0;
  writeFileSync(workspace.path(SEGMENT), bytes);
  const { ok, standing, defect } = await verdict(3);
  assert.deepEqual([ok, standing, defect?.file], [false, "damaged", "journal/00000001.jsonl"]);
});
