// The grounds of layers: which mode is found by trying it, what a missing one says, and layers in memory.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { isFault } from "../../../src/abi/errors.ts";
import { CommandBench, HOST_SECRETS, told } from "../../attacks/commands/bench.ts";
import { noSandbox } from "../../attacks/commands/sandbox.ts";

const skip = await noSandbox();

/** A folder with links to the programs of this machine, but for some. */
function pathWithout(bench: CommandBench, ...missing: readonly string[]): NodeJS.ProcessEnv {
  const folder = bench.scratch.at("programs");
  mkdirSync(folder, { recursive: true });
  for (const name of ["sh", "bash", "bwrap", "unshare", "mount", "cat", "ls", "env", "sleep"])
    if (!missing.includes(name) && existsSync(`/usr/bin/${name}`))
      symlinkSync(`/usr/bin/${name}`, join(folder, name));
  return { PATH: folder };
}

/** A bench whose programs are all of the machine's but for some. */
function benchWithout(...missing: readonly string[]): CommandBench {
  const first = new CommandBench();
  const env = pathWithout(first, ...missing);
  const bench = new CommandBench([], { env: { ...HOST_SECRETS, ...env } });
  return Object.assign(bench, {
    close: async () => void (await CommandBench.prototype.close.call(bench), first.scratch.close()),
  });
}

/** The route that this run was made for; absent in runs that take the best one. */
const { EXPECTED_ROUTE } = process.env;

if (EXPECTED_ROUTE !== undefined)
  test("a run for one route takes it", { skip }, async () => {
    const bench = new CommandBench();
    const sandbox = await bench.backend.probe();
    assert.equal(sandbox.mode === "layered" ? sandbox.route : sandbox.reason, EXPECTED_ROUTE);
    await bench.close();
  });

suite("without a sandbox", () => {
  test("the mode says why, and what to install", async () => {
    const bench = benchWithout("bwrap");
    const sandbox = await bench.backend.probe();
    assert.equal(sandbox.mode, "unconfined");
    assert.match(
      sandbox.mode === "unconfined" ? sandbox.reason : "",
      /Bubblewrap is not installed|only on Linux/u,
    );
    assert.match(sandbox.mode === "unconfined" ? sandbox.hint : "", /Install bubblewrap|WSL/u);
    await bench.close();
  });

  test("a command that was to run in a layer does not run at all", async () => {
    const bench = benchWithout("bwrap");
    const { ran, output } = await bench.run("echo ran; echo x > plain.txt");
    assert.ok(isFault(ran));
    assert.deepEqual([ran.code, output], ["EUNAVAILABLE", ""]);
    assert.notEqual(ran.hint, "");
    assert.equal(readFileSync(join(bench.scratch.app, "plain.txt"), "utf8"), "plain a\n");
    await bench.close();
  });

  test("a bubblewrap that fails is not used, and its words are told", { skip }, async () => {
    const bench = new CommandBench();
    const broken = bench.scratch.at("bwrap");
    writeFileSync(broken, "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n", {
      mode: 0o755,
    });
    const other = new CommandBench([], { bubblewrap: broken });
    const sandbox = await other.backend.probe();
    assert.equal(sandbox.mode, "unconfined");
    if (sandbox.mode === "unconfined") {
      assert.match(sandbox.reason, /No permissions to create new namespace/u);
      assert.match(sandbox.hint, /[Uu]ser namespaces/u);
    }
    await other.close();
    await bench.close();
  });

  /** Programs in place of bubblewrap that run the command with nothing between it and the workspace. */
  const FALSE = { "runs it": "", "runs it and hides a name": "rmdir .hidden; " };
  for (const [title, act] of Object.entries(FALSE))
    test(`a bubblewrap that only ${title} is not taken for a layer`, { skip }, async () => {
      const bench = new CommandBench();
      const pass = bench.scratch.at("bwrap");
      const text = `#!/bin/bash
        while [ "$1" != -- ]; do if [ "$1" = --chdir ]; then cd "$2"; fi; shift; done; shift; ${act}exec "$@"
      `;
      writeFileSync(pass, text, { mode: 0o755 });
      const other = new CommandBench([], { bubblewrap: pass });
      const sandbox = await other.backend.probe();
      assert.equal(sandbox.mode, "unconfined");
      await other.close();
      await bench.close();
    });
});

test("bash that is not installed", async () => {
  const bench = benchWithout("bash");
  const { ran } = await bench.run("true");
  assert.ok(isFault(ran) && ran.code === "EUNAVAILABLE");
  assert.match(`${ran.message} ${ran.hint}`, /bash is not installed.*argv/u);
  await bench.close();
});

suite("where no layer can lie on the disk", { skip }, () => {
  test("it lies in memory: the user's data folder is in the workspace", async () => {
    const bench = new CommandBench();
    const roots = [{ name: "all", path: bench.scratch.root }];
    const ran = await bench.ran("ls -A | tr '\\n' ' '; echo x > made", { roots, cwd: "fs:/all" });
    assert.deepEqual(told(ran), ["created file all/made"]);
    assert.ok(!/\bhome\b/u.test(ran.output), ran.output);
    await bench.close();
  });

  const isRoot = process.getuid?.() === 0;
  test(
    "it lies in memory: the disk is an overlay, as in a container",
    { skip: isRoot ? skip : "only root can mount" },
    async () => {
      const at = mkdtempSync(join(tmpdir(), "agentlibos-overlay-"));
      for (const name of ["lower", "up", "work", "merged"]) mkdirSync(join(at, name));
      const options = `lowerdir=${at}/lower,upperdir=${at}/up,workdir=${at}/work`;
      execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, join(at, "merged")]);
      try {
        const bench = new CommandBench([], { layers: join(at, "merged", "layers") });
        const sandbox = await bench.backend.probe();
        assert.ok(sandbox.mode === "layered" && sandbox.memory);
        assert.deepEqual(told(await bench.ran("echo x > made")), ["created file app/made"]);
        await bench.close();
      } finally {
        execFileSync("umount", [join(at, "merged")]);
        rmSync(at, { recursive: true });
      }
    },
  );
});
