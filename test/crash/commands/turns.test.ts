// A turn with a command under kill -9: before its findings are on record it runs anew, after that never again.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { noSandbox } from "../../attacks/commands/sandbox.ts";
import { pointsIn, somePoints, stepsOf, twoAtOnce } from "../points.ts";
import { callsIn, command, discard, type Ended, type Workspace } from "../run.ts";

/** So many points are played in a short run. */
const POINTS = 6;

/** Each run of the command leaves another stamp, one more line, and no file that it deleted. */
const COMMAND =
  "head -c 8 /dev/urandom | od -An -tx1 > stamp.txt; echo x >> log.txt; rm gone.txt; mkdir made; echo y > made/y";
const SCRIPT = {
  turns: [
    { calls: [{ tool: "write_file", args: { path: "log.txt", content: "begun\n" } }] },
    { calls: [{ tool: "run_command", args: { argv: ["sh", "-c", COMMAND] } }] },
    {
      calls: [
        { tool: "edit_file", args: { path: "log.txt", old_text: "x\n", new_text: "x, and after it\n" } },
      ],
    },
  ],
};
const GRANTS = ["allow:read,list,write,delete:fs:/app/**", "allow:execute:shell:/**"];

function fresh(): Workspace {
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-turns-"));
  const on = { scratch, folder: join(scratch, "app"), script: join(scratch, "script.json"), files: 0 };
  mkdirSync(on.folder);
  writeFileSync(join(on.folder, "gone.txt"), "gone\n");
  writeFileSync(on.script, JSON.stringify(SCRIPT));
  return on;
}

function start(on: Workspace, env: NodeJS.ProcessEnv): Promise<Ended> {
  const grants = GRANTS.flatMap((grant) => ["--grant", grant]);
  return command(on, ["run", "--goal", "x", "--script", on.script, "--json", ...grants], env);
}

interface Found {
  readonly kind: string;
  readonly data: { readonly found?: { readonly changes?: readonly { path: string; post?: string }[] } };
}

/** How often the findings of a command are on record, and the digest of its stamp in them. */
function findingsOf(on: Workspace): { times: number; text: string } {
  const folder = join(on.folder, ".agentlibos", "journal");
  const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"));
  const found = lines.filter((line) => line.includes('"kind":"call.found"'));
  return {
    times: found.filter((line) => (JSON.parse(line) as Found).kind === "call.found").length,
    text: found.join(),
  };
}

/** All must be as after an undisturbed run. */
async function check(on: Workspace, last: Ended, what: string): Promise<void> {
  assert.equal(last.code, 0, `${what}: ${last.err}${last.out.slice(0, 2000)}`);
  const read = (name: string): string => readFileSync(join(on.folder, name), "utf8");
  assert.equal(read("log.txt"), "begun\nx, and after it\n", what);
  const names = readdirSync(on.folder).filter((name) => name !== ".agentlibos");
  assert.deepEqual(names.sort(), ["log.txt", "made", "stamp.txt"], what);
  const { times, text } = findingsOf(on);
  assert.equal(times, 1, `${what}: the command was found to have run ${times} times`);
  const stamp = createHash("sha256").update(read("stamp.txt")).digest("hex");
  assert.ok(text.includes(stamp), `${what}: the stamp is not the one on record`);
  const { ends, begins } = callsIn(on, /^(?:fs|shell)\./u);
  const wrong = [...ends].filter(([call, all]) => all.join() !== "ok" || (begins.get(call) ?? 1) !== 1);
  assert.deepEqual(wrong, [], what);
  assert.equal((await command(on, ["verify"])).code, 0, what);
}

test(
  "killed before and after the findings of a command are on record, the turn ends as if undisturbed",
  { skip: await noSandbox() },
  async (t) => {
    const dry = fresh();
    const steps = await stepsOf(async (env) => check(dry, await start(dry, env), "not killed"));
    discard(dry);
    const all = pointsIn(steps);
    const around = ["append call.found #1", "append call.found #1~", "append call.found #1+"];
    assert.ok(
      around.every((point) => all.includes(point)),
      "no findings were appended",
    );
    const kinds =
      /^(?:append|write copy|rename copy|write head|rename file|link file|sync lines|make layer)/u;
    const points = new Set([
      ...around,
      ...somePoints(
        all.filter((point) => kinds.test(point)),
        POINTS,
      ),
    ]);
    await twoAtOnce([...points], async (point) => {
      const on = fresh();
      const killed = await start(on, { DISK_KILL: point });
      assert.ok(killed.signal === "SIGKILL" || killed.code === 0, `${point}: ${killed.err}`);
      const resumed = await command(on, ["resume", "--json"]);
      await check(on, resumed.code === 2 ? await start(on, {}) : resumed, `killed at "${point}"`);
      discard(on);
    });
    rmSync(dry.scratch, { recursive: true, force: true });
    t.diagnostic(`${points.size} points`);
  },
);
