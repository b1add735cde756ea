// Attacks on the place of the record: a second program swaps a name for a link while the record is made, read and written.
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { openJournal } from "../../../src/host/node/journal/open.ts";
import { confirmMoved, recoverLost, startAfresh } from "../../../src/host/node/journal/recover.ts";
import { ignore, placeIdentity } from "../../../src/host/node/journal/create.ts";
import { HeldRecord } from "../../../src/host/node/journal/files/hold.ts";
import { inspectJournal } from "../../../src/host/node/journal/inspect.ts";
import { KnownJournal } from "../../../src/host/node/journal/known.ts";
import { DiskStore } from "../../../src/host/node/journal/files/store.ts";
import { nodeDigests } from "../../../src/host/node/digests.ts";
import { systemClock } from "../../../src/host/node/clock.ts";
import { Journal } from "../../../src/kernel/record/journal.ts";
import { Redactor } from "../../../src/kernel/record/redact.ts";
import { DiskPlace, say, scan } from "../../harness/journal.ts";

const SWAPPER = join(import.meta.dirname, "swapper.ts");
const TRIES = 10;

/** Everything below a folder, links not followed: names, kinds, rights and texts. */
function picture(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(folder, name);
      const { mode, ino } = lstatSync(path);
      // In memory the size of a folder tells how many names it has.
      const text = lstatSync(path).isFile() ? readFileSync(path, "utf8") : "";
      return `${name} ${mode.toString(8)} ${ino} ${text}`;
    });
}

/** A folder of somebody else that looks like a record, so that each step of ours would find what it looks for. */
function makeOutside(base: string): string {
  const outside = join(base, "outside");
  mkdirSync(join(outside, "journal"), { recursive: true });
  mkdirSync(join(outside, "bodies"));
  mkdirSync(join(outside, ".gitignore"));
  writeFileSync(join(outside, ".gitignore", "precious"), "not ours");
  writeFileSync(join(outside, "precious"), "not ours");
  return outside;
}

function start(root: string, outside: string, what: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--no-warnings", SWAPPER, root, outside, what], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve) => child.stdout.once("data", () => resolve(child)));
}

/** One run as `run` makes it: opens or makes the record, writes, and closes. It may notice the swap, and stop. */
async function once(where: {
  root: string;
  home: string;
  roots: { name: string; path: string }[];
}): Promise<void> {
  const opened = await openJournal({ ...where, scan, mode: "create", segmentBytes: 3000 });
  const { store, signer, last } = opened;
  if (store === undefined || signer === undefined) return;
  const parts = { store, signer, last, clock: systemClock, digests: nodeDigests, redactor: new Redactor() };
  const journal = new Journal({ ...parts, apply: () => undefined });
  try {
    for (let i = 0; i < 4; i++) {
      say(journal, `${i} `.repeat(3000));
      await journal.durable();
    }
  } catch {
    // It noticed, and stopped.
  } finally {
    await journal.close().catch(() => undefined);
  }
}

suite("Q16: a name that is swapped for a link leads nowhere else", () => {
  for (const what of ["record", "journal", "bodies", "segment", "identity", "ignore", "folder"])
    test(`${what}: nothing outside is made, changed or removed`, async () => {
      const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-swap-")));
      const outside = makeOutside(base);
      const before = picture(outside);
      try {
        for (let i = 0; i < TRIES; i++) {
          const root = join(base, "w");
          mkdirSync(root, { recursive: true });
          const where = { root, home: join(base, `home-${i}`), roots: [{ name: "w", path: root }] };
          const swapper = await start(root, outside, what);
          try {
            for (let run = 0; run < 3; run++) await once(where);
            await inspectJournal({ ...where, scan });
            for (const mend of [recoverLost, confirmMoved, startAfresh]) await mend({ ...where, scan });
          } finally {
            const ended = new Promise((resolve) => swapper.once("exit", resolve));
            swapper.kill("SIGKILL");
            await ended;
          }
          assert.deepEqual(picture(outside), before, `try ${i}`);
          rmSync(root, { recursive: true, force: true });
          rmSync(where.home, { recursive: true, force: true });
        }
        assert.deepEqual(picture(outside), before);
      } finally {
        rmSync(base, { recursive: true, force: true });
      }
    });
});

suite("Q16: a folder that was found once is worked on, whatever stands at its name then", () => {
  for (const name of [".agentlibos", ".agentlibos/journal", ".agentlibos/bodies"])
    test(name, async (t) => {
      const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-swap-")));
      t.after(() => rmSync(base, { recursive: true, force: true }));
      const outside = makeOutside(base);
      const before = picture(outside);
      const root = join(base, "w");
      mkdirSync(root);
      const held = new HeldRecord(root);
      const folder = held.make();
      const target = name === ".agentlibos" ? outside : join(outside, name.slice(".agentlibos/".length));
      renameSync(join(root, name), join(root, "aside"));
      symlinkSync(target, join(root, name));
      ignore(folder);
      assert.equal(await placeIdentity(folder, "0".repeat(32), Buffer.from("{}")), true);
      const known = new KnownJournal(join(base, "home"), "0".repeat(32));
      await known.create(Buffer.from("{}"), "");
      const end = { segment: "00000001", line: 0, bytes: 0, bodyBytes: 0 };
      const store = await DiskStore.open(
        { held, known, end, lock: { release: () => undefined } },
        { seq: 0, hash: "" },
      );
      await assert.rejects(
        store.append({
          after: { seq: 0, hash: "" },
          ...{ lines: ["x"], bodies: [Buffer.from("y")], head: { seq: 1, hash: "" } },
        }),
        /was replaced/u,
      );
      await store.close();
      assert.deepEqual(picture(outside), before);
      assert.deepEqual(readdirSync(known.folder).sort().slice(0, 2), ["bodies", "head"]);
    });

  test("a folder of another user is not written", { skip: process.getuid?.() !== 0 }, async (t) => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-swap-")));
    t.after(() => rmSync(base, { recursive: true, force: true }));
    for (const name of [".agentlibos", ".agentlibos/journal", ".agentlibos/bodies"]) {
      const root = join(base, name.replace("/", "-"));
      mkdirSync(join(root, name), { recursive: true });
      chownSync(join(root, name), 12345, 12345);
      const before = picture(root);
      const where = { root, home: join(base, "home"), roots: [{ name: "w", path: root }], scan };
      const { standing } = await openJournal({ ...where, mode: "create" });
      assert.equal(standing.kind, "read-only");
      assert.match("detail" in standing ? standing.detail : "", /belongs to another user/u);
      assert.deepEqual(
        picture(root).filter((line) => line.includes("identity.json")),
        [],
      );
      assert.ok(before.every((line) => picture(root).includes(line)));
    }
  });
});

suite("Q16: verify says when the key of a record proves nothing", () => {
  const ways: readonly (readonly [how: string, spoil: (key: string) => void, says: RegExp])[] = [
    ["the group may read it", (key) => chmodSync(key, 0o640), /could be read by other users/u],
    ["everybody may read it", (key) => chmodSync(key, 0o604), /could be read by other users/u],
    ["everybody may write it", (key) => chmodSync(key, 0o602), /could be read by other users/u],
    ...(process.getuid?.() === 0
      ? ([
          [
            "it belongs to somebody else",
            (key: string) => chownSync(key, 12345, 12345),
            /belongs to another user/u,
          ],
        ] as const)
      : []),
  ];
  for (const [how, spoil, says] of ways)
    test(how, async (t) => {
      const place = new DiskPlace();
      t.after(() => place.remove());
      await place.filled(5);
      assert.equal((await place.verify()).ok, true);
      const [id = ""] = readdirSync(join(place.home, "journals"));
      spoil(join(place.home, "journals", id, "key"));
      const verdict = await place.verify();
      assert.equal(verdict.ok, false);
      assert.match(verdict.text[0] ?? "", /^not to be trusted: /u);
      assert.match(verdict.text[0] ?? "", says);
      assert.equal(
        (await place.open("write")).standing.kind,
        "read-only",
        "and nothing more is signed with it",
      );
    });
});
