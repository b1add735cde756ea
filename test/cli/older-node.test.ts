// An older Node with no newer one at hand: the help is still told, and every command says what to install.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { USAGE } from "../../src/cli/usage.ts";

const STARTER = new URL("../../src/cli/newer-node.ts", import.meta.url).href;

/** Runs the start of the program as if under Node 20, where no other Node is found. */
function start(...words: string[]): { code: number | null; out: string; err: string } {
  const script = `
    Object.defineProperty(process, "version", { value: "v20.20.2" });
    const { ranUnderNewerNode } = await import(${JSON.stringify(STARTER)});
    console.log(await ranUnderNewerNode("cli.js", () => []));`;
  const args = ["--no-warnings", "--input-type=module", "--eval", script, "--", "cli.js", ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test("the help is printed and tells which Node runs the commands", () => {
  for (const word of ["--help", "-h", "help"]) {
    const { code, out, err } = start(word);
    assert.deepEqual([code, out], [0, `${USAGE}\ntrue\n`]);
    assert.match(err, /needs Node 22\.13 or newer; this is v20\.20\.2\. Install one/u);
  }
});

test("a command is refused with what to install", () => {
  for (const words of [["run", "--goal", "x"], ["verify"], []]) {
    const { code, out, err } = start(...words);
    assert.deepEqual([code, out], [2, "true\n"]);
    assert.match(err, /needs Node 22\.13 or newer.*Install one, or put it first on the PATH/u);
  }
});
