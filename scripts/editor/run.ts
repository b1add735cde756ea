// Runs the mocha suite of test/editor inside a real extension host, and brings its lines and exit code back here.
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { answers, freePort, run, start, stopAll } from "./children.mjs";
import { QUIET, browser, codeServer, root, serverMain } from "./install.mjs";
import { scratch } from "./workspace.ts";

const LIMIT = 300_000;
/** Links to the extension are opened as if a person had agreed once; what they may do is what is tested. */
const MACHINE = JSON.stringify({
  "chat.disableAIFeatures": true,
  "extensions.confirmedUriHandlerExtensionIds": ["agentlibos.agentlibos"],
});
const say = (line: string): void => console.log(`  ${line}`);

/** Only for tests: whoever can reach the port is let in, so it listens on this machine alone and ends with us. */
async function main(): Promise<number> {
  const built = process.argv.includes("--built");
  await run(process.execPath, ["esbuild.mjs", built ? "--only-tests" : "--tests"], { cwd: root });
  const [installed, executablePath] = [await codeServer(), await browser(say)];
  const place = scratch();
  try {
    // The page takes one extension under development; the second one is found where installed ones lie.
    cpSync(join(root, "test/editor/provider"), join(place.data, "extensions/agentlibos.test-models-0.0.0"), {
      recursive: true,
    });
    const port = await freePort();
    mkdirSync(join(place.data, "data/Machine"), { recursive: true });
    writeFileSync(join(place.data, "data/Machine/settings.json"), MACHINE);
    const server = start(
      process.execPath,
      [
        ...[serverMain(installed), "--host", "127.0.0.1", "--port", String(port)],
        ...["--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off"],
        ...["--enable-smoke-test-driver", "--disable-workspace-trust", "--server-data-dir", place.data],
      ],
      { env: { HOME: place.folder, AGENTLIBOS_HOME: place.home, AGENTLIBOS_TEST_ROOT: root } },
    );
    await answers(`http://127.0.0.1:${port}/version`, server);
    const page = await chromium.launch({ executablePath, args: QUIET });
    try {
      return await drive(await page.newPage(), port, place.workspace);
    } catch (error) {
      console.error(server.output().slice(-4000));
      throw error;
    } finally {
      await page.close();
    }
  } finally {
    await stopAll();
    place.remove();
  }
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof chromium.launch>>["newPage"]>>;

async function drive(page: Page, port: number, workspace: string): Promise<number> {
  const authority = `vscode-remote://127.0.0.1:${port}`;
  const payload = JSON.stringify([
    ["extensionDevelopmentPath", `${authority}${root}`],
    ["extensionTestsPath", `${authority}${join(root, "dist/test/editor/suite.cjs")}`],
  ]);
  let counted = false;
  const chatter: string[] = [];
  const failures: string[] = [];
  const exit = new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the suite did not end in ${LIMIT / 1000} s`)), LIMIT);
    void page.exposeFunction("codeAutomationExit", (code: number) => {
      clearTimeout(late);
      resolve(code);
    });
    page.on("crash", () => reject(new Error("the page of the editor crashed")));
  });
  await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown[]) => {
    const line = args.map((a) => (typeof a === "string" ? a : JSON.stringify(a))).join(" ");
    const counts = /^SUITE (\{.*\})$/m.exec(line)?.[1];
    // The workbench talks a lot; only the suite's own lines are shown, the rest when something went wrong.
    if (line.startsWith("✖")) failures.push(line.replace(/^✖ /u, "test/editor › "));
    if (/^[✔✖]/u.test(line) || process.env["VERBOSE"]) say(line);
    else chatter.push(line);
    if (!counts) return;
    counted = true;
    report(JSON.parse(counts) as Counts, failures);
  });
  await page.goto(
    `http://127.0.0.1:${port}/?folder=${encodeURIComponent(workspace)}&payload=${encodeURIComponent(payload)}`,
  );
  const code = await exit.catch((error) => {
    console.error(chatter.join("\n"), String(error));
    return 1;
  });
  if (counted) return code;
  console.error(`${chatter.join("\n")}\n  the suite ended without reporting its counts`);
  return code || 1;
}

type Counted = {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  readonly file: string;
};
type Counts = { readonly files: readonly Counted[] };

/** A line a file for people, and for the runner that counts. */
function report({ files }: Counts, failures: readonly string[]): void {
  for (const { file, passed, failed, seconds } of files)
    say(`${failed > 0 ? "✖" : "✔"} ${file}  ${passed} passed, ${failed} failed  ${seconds.toFixed(1)} s`);
  const named = { passed: 0, failed: 0, failures };
  const lines = [...files, named].map((each) => `${JSON.stringify(each)}\n`).join("");
  if (process.env["TEST_COUNTS"]) appendFileSync(process.env["TEST_COUNTS"], lines);
}

process.exitCode = await main();
