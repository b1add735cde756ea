// The linter's rules: type-aware, because the mistakes that hurt here are forgotten promises and silent `any`.
import { defineConfig, globalIgnores } from "eslint/config";
import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "dist",
    "test/tidy/pure.d.ts", // belongs to the other compilation
    "test-results",
    ".vscode-test",
    "scripts/demo",
    "src/host/deno",
    "test/**/fixtures",
  ]),
  js.configs.recommended,
  tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "off", // the compiler knows better
      eqeqeq: "error",
      "no-console": "off",
      "prefer-const": "error",
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", package: "node:test", name: ["test", "it", "describe", "suite"] },
          ],
        },
      ],
      "@typescript-eslint/no-misused-promises": "error",
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { prefer: "type-imports", fixStyle: "separate-type-imports" },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/require-await": "off", // an async signature is often the contract, not a need
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-non-null-assertion": "error",
    },
  },
  {
    // Each item of a spread argument takes a place on the stack, and an agent or a record decides how many there are.
    files: ["src/**"],
    rules: {
      "no-restricted-syntax": [
        "error",
        ...[
          "callee.property.name=/^(?:push|unshift|fromCharCode|fromCodePoint)$/",
          "callee.object.name='Math'",
        ].map((callee) => ({
          selector: `CallExpression[${callee}] > SpreadElement`,
          message: "Add the items in a loop: as arguments, 120,000 of them overflow the stack.",
        })),
      ],
    },
  },
  {
    // Plain scripts have JSDoc types at most; promises are still watched.
    files: ["**/*.mjs"],
    rules: {
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
