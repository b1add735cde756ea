// What the extension host loads: runs every bundled test file beside it with mocha and reports counts in one line.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
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
  console.log(`SUITE ${JSON.stringify({ passed, failed, files: [...Lines.files.values()] })}`);
  if (failed > 0 || passed === 0) throw new Error(`${passed} passed, ${failed} failed`);
}

/** One console line a test: each line crosses from the extension host to the terminal by itself. */
class Lines extends Mocha.reporters.Base {
  /** What each file came to. */
  static readonly files = new Map<
    string,
    { file: string; passed: number; failed: number; seconds: number }
  >();

  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.on("pass", (test) => {
      count(test, "passed");
      console.log(`✔ ${test.fullTitle()}  ${seconds(test).toFixed(1)} s`);
    });
    runner.on("fail", (test, error: Error) => {
      count(test, "failed");
      console.log(`✖ ${test.fullTitle()}\n${error.stack ?? error.message}`);
    });
  }
}

const seconds = (test: Mocha.Test): number => (test.duration ?? 0) / 1000;

function count(test: Mocha.Test, how: "passed" | "failed"): void {
  const file = `test/editor/${basename(test.file ?? "?", ".cjs")}.ts`;
  const tally = Lines.files.get(file) ?? { file, passed: 0, failed: 0, seconds: 0 };
  Lines.files.set(file, { ...tally, [how]: tally[how] + 1, seconds: tally.seconds + seconds(test) });
}
