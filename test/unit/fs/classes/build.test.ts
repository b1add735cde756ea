// Classes of paths that belong to the build, and rules that hold for all classes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { classify } from "../../../../src/primitives/fs/classes/classes.ts";
import { foldName } from "../../../../src/primitives/fs/classes/name.ts";
import { classes, check } from "./check.ts";

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
