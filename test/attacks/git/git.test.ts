// Attacks by a repository that wants to run programs: each is planted in a real one and seen not to run, and then seen to
// run where the protection against it is taken away.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { after, before, test, type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import * as z from "zod";
import { code } from "../../support/kernel.ts";
import { ALL } from "../../support/git/repository.ts";
import { caseSchema, Planted, weakGit, type GitCase } from "./plant.ts";

const file = join(import.meta.dirname, "cases.json");
const CASES = z.array(caseSchema).parse(JSON.parse(readFileSync(file, "utf8")));
const REAL = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();

/** A server that asks for a password whatever it is asked for. */
const server = createServer((_, answer) => {
  answer.writeHead(401, { "WWW-Authenticate": 'Basic realm="r"' }).end();
});
let address = "";
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  address = typeof at === "object" && at !== null ? `http://127.0.0.1:${at.port}` : "";
});
after(() => server.close());

/** Sets variables of this process for one step. */
async function under<T>(variables: Readonly<Record<string, string>>, step: () => Promise<T>): Promise<T> {
  const saved = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await step();
  } finally {
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** Makes the call of a case as an agent that may do everything, for a person who allows all that is asked. */
async function attack(t: TestContext, planted: Planted, attacked: GitCase): Promise<string> {
  const k = await planted.open(t);
  const births = ["allow:spawn:process:/children", "allow:execute:image:/**"];
  const pid = k.launch([...ALL, ...births, "allow:connect:net:/**"]);
  const [name, args] = planted.filled(attacked.call);
  let ended = false;
  const call = k.call(pid, name, args).finally(() => (ended = true));
  while (!ended) {
    for (const { question } of k.open) k.answer({}, question.id);
    await setTimeout(5);
  }
  const result = await call;
  assert.ok(result.ok || result.hint !== "", `${JSON.stringify(result)} says what to do next`);
  return code(result);
}

for (const each of CASES) {
  const { id, title, without, trap, shell, expect } = each;

  test(`${id}: ${title}`, async (t) => {
    const planted = new Planted(each, address);
    const path = [...each.path.map((entry) => planted.fill(entry)), process.env["PATH"] ?? ""].join(
      delimiter,
    );
    const variables = { PATH: path, ...planted.filled(each.environment) };
    const came = await under(variables, () => attack(t, planted, each));
    assert.deepEqual({ came, ran: planted.ran }, { came: expect, ran: false });
  });

  if (without !== undefined)
    test(`${id}: ${title}: without its protection the program runs`, async (t) => {
      const planted = new Planted(each, address);
      const weak = weakGit(planted.base, REAL, without);
      await under({ PATH: `${weak}${delimiter}${process.env["PATH"] ?? ""}` }, () =>
        attack(t, planted, each),
      );
      assert.ok(planted.ran);
    });

  if (trap !== undefined || shell !== undefined)
    test(`${id}: ${title}: plain git runs the program`, async (t) => {
      const planted = new Planted(each, address);
      t.after(() => planted.close());
      const path = [...each.path.map((entry) => planted.fill(entry)), process.env["PATH"] ?? ""].join(
        delimiter,
      );
      const [command, args] =
        shell === undefined ? [REAL, planted.filled(trap ?? [])] : ["sh", ["-c", shell]];
      const env = {
        ...process.env,
        PATH: path,
        GIT_TERMINAL_PROMPT: "0",
        ...planted.filled(each.environment),
      };
      spawnSync(command, args, { cwd: planted.app, env, stdio: "ignore", timeout: 20_000 });
      assert.ok(planted.ran);
    });
}

test("every attack shows in one way that it is real, but those that never came to run anything", () => {
  const bare = CASES.filter((c) => c.without === undefined && c.trap === undefined && c.shell === undefined);
  assert.deepEqual(
    bare.map(({ id, title }) => `${id}: ${title}`),
    [
      "M4: a helper of the remote's own",
      "M9: a branch that reads like an option",
      "M9: a path that reads like an option",
      "M10: another repository in the environment of whoever started the editor",
    ],
  );
});
