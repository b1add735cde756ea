// Packages the extension as people install it, and installs it into an extensions folder of one editor.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./children.mjs";
import { root, serverMain } from "./install.mjs";

/** Builds and packs into a folder; $AGENTLIBOS_VSIX names one that was made already. */
export async function packageVsix(folder: string): Promise<string> {
  const made = process.env["AGENTLIBOS_VSIX"];
  if (made && existsSync(made)) return made;
  mkdirSync(folder, { recursive: true });
  const out = join(folder, "agentlibos.vsix");
  const vsce = join(root, "node_modules/@vscode/vsce/vsce");
  // Everything is bundled, so no dependencies are packed.
  const args = ["package", "--no-dependencies", "--no-rewrite-relative-links", "--out", out];
  await run(process.execPath, [vsce, ...args], { cwd: root });
  return out;
}

/** Where: `--extensions-dir E`, or `--server-data-dir D` (then into D/extensions). */
export async function installVsix(installed: string, vsix: string, where: string[]): Promise<void> {
  const args = [
    serverMain(installed),
    "--accept-server-license-terms",
    "--install-extension",
    vsix,
    ...where,
  ];
  const said = await run(process.execPath, args);
  if (!/successfully installed/i.test(said)) throw new Error(`the extension was not installed:\n${said}`);
}

if (process.argv[1] === import.meta.filename) console.log(await packageVsix(join(root, "dist")));
