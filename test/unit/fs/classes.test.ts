// Classes of paths that are reserved, run later or belong to the build: many spellings, and the plain names that stay free.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Right } from "../../../src/abi/resource.ts";
import { classify } from "../../../src/primitives/fs/classes/classes.ts";
import { foldName } from "../../../src/primitives/fs/classes/name.ts";

const classes = (path: string, right: Right): string => {
  const { reserved, asks } = classify(path.split("/"), right);
  return reserved === undefined ? asks.map((a) => a.id).join("+") : "reserved";
};

function check(expected: string, right: Right, paths: readonly string[]): void {
  test(`${right}: ${expected || "nothing"} (${paths.length} spellings)`, () => {
    for (const path of paths) assert.equal(classes(path, right), expected, JSON.stringify(path));
  });
}

const ZERO_WIDTH = "\u200b\u200c\u200d\ufeff\u2060\u00ad\u202e\u180e";

for (const right of ["read", "list", "write", "delete"] as const) {
  check("reserved", right, [
    ...[
      ".agentlibos",
      ".agentlibos/journal/00000001.jsonl",
      "a/b/.agentlibos/x",
      ".AgentLibOS/x",
      ".AGENTLIBOS",
    ],
    ...[
      ".agentlibos.",
      ".agentlibos...",
      ".agentlibos ",
      ".agentlibos . .",
      ".agentlibos::$INDEX_ALLOCATION/x",
    ],
    ...[
      ".agentlibos:x",
      ".agentlibo\u017f/x",
      ".agent\u200dlibos/x",
      `.${ZERO_WIDTH}agentlibos`,
      "\u202e.agentlibos",
    ],
    ...[
      "AGENTL~1",
      "agentl~1/journal",
      "AGENTL~12",
      "AG1A2B~1",
      "a/AGENTL~1.x",
      "\uff0eagentlibos",
      ".\uff41gentlibos",
    ],
    ...[".~agentlibos-0011223344556677.tmp", "src/.~AgentLibOS-x"],
  ]);
}

check("later", "write", [
  ...[
    ".vscode",
    ".vscode/settings.json",
    "packages/a/.vscode/tasks.json",
    ".VSCODE/settings.json",
    ".vscode./x",
  ],
  ...[
    ".vscode /x",
    ".vscode::$DATA/x",
    ".v\u200cscode/x",
    ".v\u017fcode/x",
    "x.code-workspace",
    "a/X.Code-Workspace. ",
  ],
  ...[
    ".git",
    ".git/hooks/pre-commit",
    "sub/.git/config.lock",
    ".GIT/hooks/x",
    ".git./hooks/x",
    ".git /x",
    ".g\u200dit/x",
  ],
  ...[".git::$INDEX_ALLOCATION/hooks/x", ".gitattributes", "a/.GitAttributes", ".gitmodules", ".gitmodules."],
  ...[
    ".husky/pre-commit",
    ".github/workflows/ci.yml",
    ".GitHub/Workflows/ci.yml",
    ".github./workflows /ci.yml",
  ],
  ...[
    ".devcontainer/devcontainer.json",
    ".devcontainer.json",
    ".mcp.json",
    "sub/.mcp.json",
    ".cursor/mcp.json",
  ],
  ...[
    "node_modules/.bin/tsc",
    "a/node_modules/.bin/tsc",
    "Node_Modules/.BIN/tsc",
    ".idea/workspace.xml",
    ".zed/tasks.json",
  ],
  ...[
    "AGENTS.md",
    "agents.md",
    "docs/AGENTS.md",
    "CLAUDE.md",
    "GEMINI.md",
    ".github/copilot-instructions.md",
    ".cursorrules",
  ],
  ...[
    ".agents/x.md",
    ".claude/settings.json",
    ".windsurfrules",
    "x.instructions.md",
    ".github/instructions/a.md",
    "SKILL.md",
  ],
  ...[
    ".githooks/pre-push",
    ".pre-commit-config.yaml",
    "lefthook.yml",
    ".lefthook/x",
    ".lldbinit",
    ".gdbinit",
    ".pdbrc",
  ],
  ...[
    ".direnv/x",
    ".tool-versions",
    "mise.toml",
    ".yarn/plugins/x.cjs",
    ".pnp.cjs",
    ".pnpmfile.cjs",
    ".gitlab-ci.yml",
  ],
  ...[
    "hooks/post-checkout",
    "bare.repo/HEAD",
    "HEAD",
    "a/b/head",
    "x/head",
    ".bashrc",
    ".config/fish/config.fish",
    ".cargo/config.toml",
  ],
  ...[
    "site/x.pth",
    ".g\u0131t/x",
    ".\u0131dea/x",
    "sitecustomize.py",
    ".circleci/config.yml",
    "Jenkinsfile",
    ".emacs.d/init.el",
    ".vimrc",
    "CLAUDE.md~",
  ],
  ...[
    "\uff0evscode/settings.json",
    ".vscode/../.vscode/x",
    ".hg/hgrc",
    ".svn/x",
    ".jj/x",
    ".kiro/x",
    ".aider.conf.yml",
  ],
]);

check("", "write", [
  ...[
    "src/index.ts",
    "README.md",
    "docs/agents/overview.md",
    "src/vscode/x.ts",
    "hooks/useState.ts",
    "src/hooks/index.ts",
  ],
  ...[
    ".gitignore",
    "src/header.ts",
    "github/workflows.md",
    ".github/ISSUE_TEMPLATE.md",
    "bin/tsc",
    "src/config.ts",
  ],
  ...[
    "data.json",
    "a.b.c",
    "git",
    "vscode",
    "node_modules/a/index.js",
    "test/fixtures/x.txt",
    "build/out.js",
  ],
]);

check("build", "write", [
  ...[
    "package.json",
    "a/package.json",
    "PACKAGE.JSON",
    "package.json.",
    "package.json::$DATA",
    "Makefile",
    "makefile",
  ],
  ...[
    "GNUmakefile",
    "rules.mk",
    "vite.config.ts",
    "jest.config.js",
    "next.config.mjs",
    "package-lock.json",
    "yarn.lock",
  ],
  ...[
    "pnpm-lock.yaml",
    "pyproject.toml",
    "setup.py",
    "requirements.txt",
    "requirements-dev.txt",
    "Cargo.toml",
    "Cargo.lock",
  ],
  ...[
    "build.rs",
    "CMakeLists.txt",
    "x.cmake",
    "build.gradle",
    "settings.gradle.kts",
    "gradlew",
    "pom.xml",
    "Dockerfile",
  ],
  ...[
    "Dockerfile.dev",
    "docker-compose.yml",
    "compose.prod.yaml",
    "tsconfig.json",
    "tsconfig.build.json",
    ".eslintrc.js",
  ],
  ...[
    "go.mod",
    "Gemfile",
    "Rakefile",
    "app.csproj",
    "Directory.Build.props",
    "flake.nix",
    "deno.json",
    "composer.json",
  ],
  ...["justfile", "Taskfile.yml", "BUILD", "WORKSPACE", "mix.exs", "pubspec.yaml", "binding.gyp"],
]);

check("", "read", ["package.json", "Makefile", "vite.config.ts"]);

test("later and secret are once only; build is not; only secret is secret", () => {
  const asks = [...classify([".envrc"], "write").asks, ...classify(["Makefile"], "delete").asks];
  assert.deepEqual(
    asks.map((a) => [a.id, a.once, a.secret]),
    [
      ["later", true, false],
      ["secret", true, true],
      ["build", false, false],
    ],
  );
  for (const ask of asks) assert.ok(ask.reason.length > 10);
});

test("the root itself has no class", () => {
  for (const right of ["read", "list", "write", "delete"] as const)
    assert.deepEqual(classify([], right), { asks: [] });
});

test("folding is idempotent and never throws", () => {
  for (const name of [
    "",
    ".",
    "...",
    " ",
    ":",
    "a:b:c",
    "\ud800",
    "İstanbul",
    "ﬁle",
    "K",
    "ß",
    "e\u0301",
    "\u0000x",
    "x".repeat(5000),
  ]) {
    assert.equal(foldName(foldName(name)), foldName(name), JSON.stringify(name));
  }
});

test("what is remembered of names is bounded and does not change answers", () => {
  for (let i = 0; i < 20_000; i++) classify([`n${i}`, ".env"], "read");
  assert.equal(classes("n1/.env", "read"), "secret");
});
