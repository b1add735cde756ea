// The same mocha suite in a downloaded desktop VS Code, where one can be downloaded (and a display is there).
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { root } from "./install.mjs";
import { scratch } from "./workspace.ts";

const place = scratch();
// Short, because sockets live in it and their names are limited to about 100 bytes.
const profile = mkdtempSync(join(tmpdir(), "al-"));
try {
  process.exitCode = await runTests({
    version: process.env["VSCODE_VERSION"] ?? "stable",
    extensionDevelopmentPath: [root, join(root, "test/editor/provider")],
    extensionTestsPath: join(root, "dist/test/editor/suite.cjs"),
    extensionTestsEnv: { AGENTLIBOS_HOME: place.home, AGENTLIBOS_TEST_ROOT: root },
    launchArgs: [
      place.workspace,
      ...["--disable-extensions", "--disable-workspace-trust", "--user-data-dir", profile],
    ],
  });
} finally {
  place.remove();
  rmSync(profile, { recursive: true, force: true });
}
