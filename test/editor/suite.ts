// What the extension host loads: runs every bundled test file beside it with mocha and reports counts in one line.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import Mocha from "mocha";

export async function run(): Promise<void> {
  const mocha = new Mocha({
    ui: "bdd",
    timeout: 30_000,
    color: false,
    forbidOnly: true,
    forbidPending: true,
  });
  mocha.reporter(Lines);
  const here = __dirname;
  for (const file of readdirSync(here).sort())
    if (file.endsWith(".test.cjs")) mocha.addFile(join(here, file));
  const { passed, failed } = await new Promise<{ passed: number; failed: number }>((resolve) => {
    const runner = mocha.run(() =>
      resolve({ passed: runner.stats?.passes ?? 0, failed: runner.stats?.failures ?? 0 }),
    );
  });
  console.log(`SUITE ${JSON.stringify({ passed, failed })}`);
  if (failed > 0 || passed === 0) throw new Error(`${passed} passed, ${failed} failed`);
}

/** One console line a test: each line crosses from the extension host to the terminal by itself. */
class Lines extends Mocha.reporters.Base {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on("pass", (test) => console.log(`✔ ${test.fullTitle()}  ${test.duration ?? 0} ms`));
    runner.on("fail", (test, error: Error) =>
      console.log(`✖ ${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
  }
}
