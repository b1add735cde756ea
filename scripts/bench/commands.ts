// Rows of commands and git: what a layer, a change set and our own way to git cost over the same without them.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFault } from "../../src/abi/errors.ts";
import { mint } from "../../src/kernel/witness.ts";
import type { ShellOrder } from "../../src/primitives/shell/backend.ts";
import { absentRow, bed, median, must, row, timed, type Bed, type Row } from "./runtime.ts";

const ROUNDS = 15;
const FILES = 1000;
const FS = "allow:read,list,write,delete:fs:/app/**";

const LAYER = "command in a layer over the same in a plain bind";
const TOUCHED = `change set of a command with ${FILES} touched entries`;
const APPLIED = "the same, each file decided, written and recorded";
const STATUS = "internal git status over a raw one";

/** Runs in a plain bind: the same program that makes layers, with the workspace bound writable. */
function inBind(folder: string, argv: readonly string[]): Promise<number> {
  const walls = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];
  const world = ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"];
  const args = [...walls, ...world, "--bind", folder, folder, "--chdir", folder, ...argv];
  return timed(() => {
    const { status, stderr } = spawnSync("bwrap", args);
    if (status !== 0) throw new Error(`a plain bind does not work: ${stderr.toString()}`);
  });
}

/** Runs in a layer, without the door around it. */
function inLayer({ booted, folder }: Bed, argv: readonly string[], changes: number): Promise<number> {
  const needs = [{ right: "execute", resource: "shell:/**" }];
  const grant = mint.grant({
    ...{ mode: "full", call: "2.0.0", authority: { holder: 2 }, needs, entry: () => false },
  });
  const order: ShellOrder = {
    ...{ mode: "layered", programs: ["shell:/**"], command: { argv }, cwd: "fs:/app", reads: [], pid: 2 },
    ...{ roots: [{ name: "app", path: folder }], sees: () => "all" },
  };
  return timed(async () => {
    const { signal } = new AbortController();
    const ran = await booted.commands?.run(order, grant, { signal, emit: () => undefined });
    if (ran === undefined || isFault(ran) || ran.exit !== 0 || ran.changes.length !== changes)
      throw new Error(`a layer does not work: ${JSON.stringify(ran).slice(0, 500)}`);
  });
}

/** The median of what the second costs over the first, both by turns. */
async function over(rounds: number, first: () => Promise<number>, second: () => Promise<number>) {
  const more: number[] = [];
  for (let i = 0; i <= rounds; i += 1) {
    const base = await first();
    more.push((await second()) - base);
  }
  return median(more.slice(1));
}

/** Rows of commands; without a layer on this machine they say so. */
export async function commandRows(): Promise<Row[]> {
  const on = await bed([FS, "allow:execute:shell:/**"]);
  const sandbox = await on.booted.commands?.probe();
  if (sandbox?.mode !== "layered") {
    await on.close();
    const why = sandbox?.reason ?? "no commands";
    return [
      absentRow(LAYER, "ms", "<= 9", why),
      absentRow(TOUCHED, "ms", "<= 350", why),
      absentRow(APPLIED, "ms", "-", why),
    ];
  }
  const limit = sandbox.route === "bubblewrap" ? 2 : 9;
  const layer = await over(
    ROUNDS,
    () => inBind(on.folder, ["true"]),
    () => inLayer(on, ["true"], 0),
  );
  for (let i = 0; i < FILES; i += 1) {
    mkdirSync(join(on.folder, `d${i % 20}`), { recursive: true });
    writeFileSync(join(on.folder, `d${i % 20}`, `f${i}.txt`), `file ${i}\n`);
  }
  const touch = ["sh", "-c", "for f in d*/f*; do echo more >> $f; done"];
  const touched = await over(
    3,
    () => inBind(on.folder, touch),
    () => inLayer(on, touch, FILES),
  );
  const found = await inLayer(on, touch, FILES);
  const applied = await timed(() => must(on, "shell.run", { argv: touch }));
  await on.close();
  return [
    row(LAYER, layer, "ms", `<= ${limit}`, limit),
    row(TOUCHED, touched, "ms", "<= 350", 350),
    row(APPLIED, applied - found, "ms", "-"),
  ];
}

/** The row of git; without git on this machine it says so. */
export async function gitRows(): Promise<Row[]> {
  if (spawnSync("git", ["--version"]).error !== undefined)
    return [absentRow(STATUS, "ms", "<= 5", "git is not installed")];
  const on = await bed([FS, "allow:read:git:/app/**"]);
  const git = (...args: string[]): Buffer => execFileSync("git", args, { cwd: on.folder });
  git("init", "-q");
  for (let i = 0; i < 500; i += 1) writeFileSync(join(on.folder, `f${i}.txt`), `file ${i}\n`);
  git("add", "-A");
  git("-c", "user.name=n", "-c", "user.email=n@example.invalid", "commit", "-q", "-m", "first");
  let round = 0;
  const status = await over(
    ROUNDS,
    () => timed(() => void git("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")),
    // Another file each time: the loop detector would stop a call with the same result.
    async () => {
      writeFileSync(join(on.folder, `new${round++}.txt`), "n\n");
      return timed(() => must(on, "git.status", {}));
    },
  );
  await on.close();
  return [row(STATUS, status, "ms", "<= 5", 5)];
}
