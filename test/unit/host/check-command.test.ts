// The check command as a person types it: it runs from anywhere and finds the key of the record.
import { match, strictEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkCommand } from "../../../src/host/node/check-command.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "agentlibos-check-")));
process.on("exit", () => {
  rmSync(base, { recursive: true, force: true });
});

/** A program that prints its own name, its data folder and its arguments. */
function program(file: string): void {
  writeFileSync(file, '#!/bin/sh\nprintf "%s|" "$0" "${AGENTLIBOS_HOME-}" "$@"\n');
  chmodSync(file, 0o755);
}

/** The words that the command gives its program, as a shell reads them. */
const words = (command: string, env: NodeJS.ProcessEnv): string[] =>
  spawnSync("/bin/sh", ["-c", command], { encoding: "utf8", env, cwd: "/" }).stdout.split("|").slice(0, -1);

const NAMES = ["app", "my app", "it's", 'a"b', "$HOME", "`id`", "a\\b", "-x", "é", "a;b", "a\nb"];

test("the installed program is named when a shell finds it outside the folder", () => {
  const bin = join(base, "bin");
  mkdirSync(bin);
  program(join(bin, "agentlibos"));
  const env = { PATH: bin };
  for (const name of NAMES) {
    const folder = join(base, name);
    const told = words(checkCommand("/dist", folder, env), env);
    strictEqual(told.slice(1).join("|"), ["", "verify", "--workspace", folder].join("|"));
  }
  strictEqual(checkCommand("/dist", "/w/app", env), "agentlibos verify --workspace /w/app");
});

test("a program that lies in the folder itself is not named: the built one runs, under this Node", () => {
  const folder = join(base, "hostile");
  mkdirSync(folder);
  program(join(folder, "agentlibos"));
  strictEqual(
    checkCommand("/dist", folder, { PATH: folder }),
    `${process.execPath} /dist/cli.js verify --workspace ${folder}`,
  );
});

test("another data folder than the usual one is part of the command", () => {
  const bin = join(base, "bin2");
  mkdirSync(bin);
  program(join(bin, "agentlibos"));
  const home = join(base, "my home");
  const told = words(checkCommand("/dist", "/w/app", { PATH: bin, AGENTLIBOS_HOME: home }), { PATH: bin });
  strictEqual(told[1], home);
  const usual = join(homedir(), ".local/share/agentlibos");
  if (process.platform === "linux")
    match(checkCommand("/dist", "/w/app", { PATH: bin, AGENTLIBOS_HOME: usual }), /^agentlibos verify/u);
});
