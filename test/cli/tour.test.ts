// The tour on the terminal ends well, shows every beat, and leaves no secret and nothing of its own behind.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

test("every beat of the headless tour holds", () => {
  const script = join(import.meta.dirname, "../../scripts/headless-tour.mjs");
  const { AGENTLIBOS_HOME: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--no-warnings", script, "--clean"], {
    env,
  });
  const said = stdout.toString();
  assert.equal(status, 0, stderr.toString());
  for (const heading of [/^8\. /mu, /^Denied \(2\)$/mu, /^Asked \(2\)$/mu, /verify --workspace/u])
    assert.match(said, heading);
  assert.doesNotMatch(said, /demo-secret/u);
  const folder = /^Record: (\S+)/mu.exec(said)?.[1] ?? "";
  assert.ok(folder !== "" && !existsSync(folder));
});
