// The user's data folder: found where the design says, and refused when others could have put things there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { HomeError, homePath, trustedHome } from "../../../src/host/node/journal/home.ts";
import { takeLock } from "../../../src/host/node/journal/lock.ts";

const posix = process.getuid !== undefined;
const root = process.getuid?.() === 0;

function folder(t: TestContext): string {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-home-")));
  t.after(() => rmSync(base, { recursive: true, force: true }));
  return base;
}
const refused = (path: string, create = true): Promise<void> =>
  assert.rejects(trustedHome(path, create), HomeError);

test("where it is", () => {
  assert.equal(homePath({ AGENTLIBOS_HOME: "/x/y" }, "linux"), "/x/y");
  assert.equal(homePath({ AGENTLIBOS_HOME: "x" }, "linux"), resolve("x"));
  assert.equal(homePath({ AGENTLIBOS_HOME: "" }, "linux"), join(homedir(), ".local/share/agentlibos"));
  assert.equal(homePath({}, "darwin"), join(homedir(), "Library/Application Support/agentlibos"));
  assert.equal(homePath({ LOCALAPPDATA: join("C", "Local") }, "win32"), join("C", "Local", "agentlibos"));
});

test("made only when asked, and private", { skip: !posix }, async (t) => {
  const base = folder(t);
  const path = join(base, "deep", "home");
  assert.equal(await trustedHome(path, false), undefined);
  assert.throws(() => statSync(join(base, "deep")));
  assert.equal(await trustedHome(path, true), path);
  assert.equal(statSync(path).mode & 0o777, 0o700);
  chmodSync(path, 0o755);
  assert.equal(await trustedHome(path, true), path);
  assert.equal(statSync(path).mode & 0o777, 0o700, "what others could read is closed");
});

test("refused when others can write there", { skip: !posix }, async (t) => {
  const base = folder(t);
  const path = join(base, "home");
  mkdirSync(path);
  chmodSync(path, 0o777);
  await refused(path);
  await refused(path, false);
  chmodSync(path, 0o770);
  await trustedHome(path, true);
  assert.equal(statSync(path).mode & 0o777, 0o700, "an empty one that the group could write is closed");
  writeFileSync(join(path, "planted"), "");
  chmodSync(path, 0o770);
  await refused(path);
  chmodSync(path, 0o700);
  chmodSync(base, 0o777);
  await refused(path);
  chmodSync(base, 0o1777);
  await trustedHome(path, true);
});

test("refused when it is no folder", async (t) => {
  const base = folder(t);
  writeFileSync(join(base, "file"), "");
  await refused(join(base, "file"));
  symlinkSync(join(base, "nowhere"), join(base, "dangling"));
  await refused(join(base, "dangling"), false);
});

test("a link of one's own is followed, another user's is not", { skip: !root }, async (t) => {
  const base = folder(t);
  const real = join(base, "real");
  mkdirSync(real, { mode: 0o700 });
  const link = join(base, "link");
  symlinkSync(real, link);
  assert.equal(await trustedHome(link, true), real);
  lchownSync(link, 65534, 65534);
  await refused(link);
  chownSync(real, 65534, 65534);
  await refused(real);
});

test("the lock: one at a time, freed by release and by death", async (t) => {
  const base = folder(t);
  const path = join(base, "lock.db");
  const first = await takeLock(path);
  assert.ok("release" in first);
  const second = await takeLock(path);
  assert.equal("refused" in second && second.refused, "locked");
  first.release();
  first.release();
  const child = (body: string): string => {
    const lock = join(import.meta.dirname, "../../../src/host/node/journal/lock.ts");
    const text = `import { takeLock } from ${JSON.stringify(lock)}; const l = await takeLock(${JSON.stringify(path)}); ${body}`;
    try {
      return execFileSync(process.execPath, ["--no-warnings", "--input-type=module", "-e", text], {
        encoding: "utf8",
      });
    } catch (error) {
      return error instanceof Error && "stdout" in error ? String(error.stdout) : "";
    }
  };
  assert.equal(child("console.log('release' in l); process.kill(process.pid, 'SIGKILL');"), "true\n");
  const third = await takeLock(path);
  assert.ok("release" in third, "the dead hold nothing");
  assert.equal(child("console.log(l.refused);"), "locked\n");
  third.release();
});

test("the lock: a file that is no database is no lock", async (t) => {
  const path = join(folder(t), "lock.db");
  writeFileSync(path, "this is no database, but it is long enough to be taken for one. ".repeat(20));
  const lock = await takeLock(path);
  assert.equal("refused" in lock && lock.refused, "unavailable");
});
