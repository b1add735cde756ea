// Five projects with packages of the registry: each is built or tested outside and in a layer, and it comes to the same. No
// file that the layer hides is code.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { suite, test } from "node:test";
import { noSandbox } from "../attacks/commands/sandbox.ts";
import { gitIn } from "../support/git/repository.ts";
import { newFolder, shell, work } from "./work.ts";

interface Project {
  readonly title: string;
  readonly packages: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Its build or its tests; what it prints must be the same wherever it runs. */
  readonly command: string;
}

/** Names and contents of what was built. */
const BUILT = "find dist -type f | sort | xargs sha256sum";

const PROJECTS: readonly Project[] = [
  {
    title: "a page of React, built by Vite",
    packages: ["vite@8.4.0", "react@19.3.1", "react-dom@19.3.1"],
    files: {
      "index.html":
        '<!doctype html><div id="root"></div><script type="module" src="/src/main.jsx"></script>\n',
      "src/main.jsx": `import React, { useState } from "react";
import { createRoot } from "react-dom/client";
function Counter() {
  const [n, setN] = useState(0);
  return React.createElement("button", { onClick: () => setN(n + 1) }, n);
}
createRoot(document.getElementById("root")).render(React.createElement(Counter));
`,
    },
    command: `npx vite build >/dev/null && ${BUILT}`,
  },
  {
    title: "a page with styles, built by webpack",
    packages: ["webpack@5.113.0", "webpack-cli@7.3.1", "css-loader@7.1.5", "style-loader@4.0.0"],
    files: {
      "webpack.config.cjs": `module.exports = {
  mode: "production",
  entry: "./src/main.js",
  module: { rules: [{ test: /\\.css$/, use: ["style-loader", "css-loader"] }] },
};
`,
      "src/main.css": "body { color: teal }\n",
      "src/main.js": 'import "./main.css";\ndocument.body.append("hello");\n',
    },
    command: `npx webpack >/dev/null && ${BUILT}`,
  },
  {
    title: "a library, tested by Jest",
    packages: ["jest@30.5.2"],
    files: {
      "sum.js": "module.exports = (...all) => all.reduce((a, b) => a + b, 0);\n",
      "sum.test.js": `const sum = require("./sum");
test.each([[[1, 2], 3], [[], 0]])("%j", (all, is) => expect(sum(...all)).toBe(is));
test("as it was", () => expect({ a: [sum(1)] }).toEqual({ a: [1] }));
`,
    },
    command: 'npx jest --json 2>/dev/null | node -p "JSON.parse(fs.readFileSync(0)).numPassedTests"',
  },
  {
    title: "a server, tested over its own port by Mocha",
    packages: ["mocha@12.0.3", "express@5.3.0", "supertest@7.3.2"],
    files: {
      "test/server.cjs": `const express = require("express");
const request = require("supertest");
const app = express().get("/", (_, res) => res.json({ name: "till" }));
describe("the server", () => {
  it("answers", () => request(app).get("/").expect(200, { name: "till" }));
  it("knows no other place", () => request(app).get("/no").expect(404));
});
`,
    },
    command: "npx mocha --reporter dot test/*.cjs | grep -o '[0-9]* passing'",
  },
  {
    title: "a client with keys and credentials in the names of its packages, in one file by Rollup",
    packages: [
      ...["@aws-sdk/client-s3@3.1175.0", "dotenv@18.0.10", "ssh2@1.17.0", "node-forge@1.4.3"],
      ...[
        "rollup@4.68.8",
        "@rollup/plugin-node-resolve@16.0.3",
        "@rollup/plugin-commonjs@29.0.3",
        "@rollup/plugin-json@6.1.0",
      ],
    ],
    files: {
      "src/main.js": `import { S3Client } from "@aws-sdk/client-s3";
import { fromEnv } from "@aws-sdk/credential-provider-env";
import dotenv from "dotenv";
import forge from "node-forge";
const md = forge.md.sha256.create().update(Object.keys(dotenv.parse("A=1\\nB=2")).join());
console.log(new S3Client({ region: "eu", credentials: fromEnv() }).config.serviceId, md.digest().toHex());
`,
      "rollup.config.mjs": `import commonjs from "@rollup/plugin-commonjs";
import json from "@rollup/plugin-json";
import resolve from "@rollup/plugin-node-resolve";
export default {
  input: "src/main.js",
  output: { file: "dist/main.mjs", inlineDynamicImports: true },
  plugins: [resolve({ preferBuiltins: true }), commonjs(), json()],
  onwarn: () => undefined,
};
`,
    },
    command: `npx rollup -c --silent && ${BUILT} && node dist/main.mjs && node -p "Object.keys(require('ssh2')).length"`,
  },
];

/** What ends up in a program, or is read by one that builds. */
const CODE =
  /^\.(?:[cm]?[jt]sx?|json5?|node|wasm|map|css|s[ac]ss|html?|vue|svelte|graphql|proto|ya?ml|toml|md|txt)$/u;

function isCode(path: string): boolean {
  return CODE.test(extname(path)) || /\/\.?bin\//u.test(path);
}

/** Runs a command as the person would. */
function outside(app: string, command: string): string {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: app, encoding: "utf8" });
  assert.equal(status, 0, `${command}: ${stderr}\n${stdout}`.slice(0, 3000));
  return stdout;
}

const LIST = "find . -path ./.git -prune -o -path ./.agentlibos -prune -o ! -type d -print | LC_ALL=C sort";

suite("an installed project", { skip: await noSandbox() }, () => {
  for (const { title, packages, files, command } of PROJECTS)
    test(title, { timeout: 180_000 }, async (t) => {
      const app = newFolder(t);
      const more = {
        ".gitignore": "node_modules/\ndist/\n*.log\n",
        ".env": "KEY=1\n",
        "package.json": "{}\n",
      };
      for (const [name, text] of Object.entries({ ...more, ...files })) {
        mkdirSync(dirname(join(app, name)), { recursive: true });
        writeFileSync(join(app, name), text);
      }
      outside(
        app,
        `npm install --no-audit --no-fund --loglevel=error --prefer-offline ${packages.join(" ")}`,
      );
      gitIn(app, "init", "-q");
      const there = outside(app, command);
      rmSync(join(app, "dist"), { recursive: true, force: true });
      outside(app, `${LIST} > names.log`);
      const { ran, asked } = await work(app, [shell(`comm -23 names.log <(${LIST})`), shell(command)]);
      const [hidden, built] = ran;
      assert.deepEqual([built?.exit, built?.output, built?.mode], [0, there, "layered"]);
      const judged = ran.flatMap(({ changes }) => changes.filter(({ outcome }) => outcome !== "kept"));
      assert.deepEqual([asked, judged], [[], []]);
      const names = hidden?.output.split("\n").filter(Boolean) ?? [];
      t.diagnostic(`hidden: ${names.join(" ")}`);
      assert.ok(names.includes("./.env"), "what is hidden is seen here");
      assert.deepEqual(names.filter(isCode), [], "no hidden file is code");
    });
});
