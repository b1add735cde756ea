// Commands in tests: a kernel over real files, in which commands come to what a test says.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { nodeFs } from "../../../src/host/node/fs/fs.ts";
import type { LayerChange, ShellBackend } from "../../../src/primitives/shell/backend.ts";
import type { ShellRules } from "../../../src/primitives/shell/mode.ts";
import { BOXES, TestKernel, type Setup } from "../kernel.ts";
import { FakeShell } from "./fake.ts";

export const sha = (bytes: string): string => createHash("sha256").update(bytes).digest("hex");

/** The image of the fake world with the tools for commands. */
const SHELLS = {
  ...BOXES,
  name: "shells",
  tools: ["run_command", "list_commands", "read_command", "stop_command", "finish"],
};

export const ALLOWED = ["allow:execute:shell:/**", "allow:read,list:fs:/app/**"];

/** A kernel with real files in a folder of its own, and commands that come to what the test says, or `real` ones. */
export async function openShell(
  t: TestContext,
  setup: Setup = {},
  real?: (folders: { readonly preImages: string; readonly layers: string }) => ShellBackend,
) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "shell-")));
  const root = join(base, "app");
  mkdirSync(root);
  mkdirSync(join(base, "pre"));
  const roots = [{ name: "app", path: root }];
  const files = nodeFs({ folders: () => roots, reserved: () => [], preImages: join(base, "pre") });
  t.after(() => {
    files.close();
    rmSync(base, { recursive: true, force: true });
  });
  const shell = new FakeShell();
  const backend = real?.({ preImages: join(base, "pre"), layers: join(base, "layers") }) ?? shell;
  const rules: { now: ShellRules } = { now: { choice: "auto", unconfined: true } };
  const k = await TestKernel.open({
    ...{ roots, files, images: new Map([["shells", SHELLS]]) },
    commands: { backend, rules: () => rules.now },
    ...setup,
  });
  /** What the command does to a file: `null` is gone. */
  const change = (name: string, before: string | null, after: string | null): LayerChange => {
    if (after !== null) writeFileSync(join(base, "pre", sha(after)), after);
    return {
      ...{ resource: `fs:/app/${name}`, kind: "file", executable: false, bytes: after?.length ?? 0 },
      change: before === null ? "created" : after === null ? "deleted" : "changed",
      ...(before === null ? {} : { pre: sha(before) }),
      ...(after === null ? {} : { post: sha(after) }),
    };
  };
  const launch = (grants: readonly string[] = ALLOWED): number => k.launch(grants, { image: SHELLS });
  const at = (name: string): string => join(root, name);
  const text = (name: string): string => readFileSync(at(name), "utf8");
  return { k, shell, rules, change, launch, at, text };
}
