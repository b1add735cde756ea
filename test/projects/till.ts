// A small TypeScript repository of a person: sources, a database, tests, a linter with remarks, and installed packages.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { gitIn } from "../support/git/repository.ts";

const INSTALLED = join(import.meta.dirname, "../../node_modules");

const PACKAGE = {
  ...{ name: "till", version: "1.0.0", private: true, type: "module" },
  scripts: {
    test: "node --test",
    types: "tsc --noEmit",
    build: "tsc",
    lint: "eslint .",
    fix: "eslint . --fix",
  },
  devDependencies: { eslint: "*", typescript: "*", "@types/node": "*" },
};

const COMPILER = {
  compilerOptions: {
    ...{
      target: "es2023",
      module: "nodenext",
      strict: true,
      types: ["node"],
      rootDir: "src",
      outDir: "dist",
    },
    ...{ rewriteRelativeImportExtensions: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
  },
  include: ["src"],
};

const FILES: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify(PACKAGE, null, 2)}\n`,
  "tsconfig.json": `${JSON.stringify(COMPILER, null, 2)}\n`,
  ".gitignore": "node_modules/\ndist/\nvar/\n*.log\n",
  // Types become blanks of the same length, so the linter sees, and mends, the text as it is.
  "eslint.config.js": `import { stripTypeScriptTypes } from "node:module";
import * as espree from "espree";

const options = { ecmaVersion: "latest", sourceType: "module", range: true, loc: true, tokens: true, comment: true };
const parser = { parse: (text) => espree.parse(stripTypeScriptTypes(text), options) };

export default [
  { ignores: ["dist/"] },
  {
    files: ["**/*.ts"],
    languageOptions: { parser },
    rules: { "prefer-const": "error", "no-var": "error", "prefer-template": "error", "no-unreachable": "error" },
  },
];
`,
  "src/money.ts": `/** A sum in cents, so that no part of one gets lost. */
export type Cents = number;

export function parseMoney(text: string): Cents {
  const [, sign = "", whole = "", part = ""] = /^(-?)(\\d+)(?:\\.(\\d\\d))?$/.exec(text) ?? [];
  if (whole === "") throw new Error(\`no sum: \${text}\`);
  return Number(\`\${sign}\${whole}\${part === "" ? "00" : part}\`);
}

export function showMoney(sum: Cents): string {
  return (sum / 100).toFixed(2);
}
`,
  "src/ledger.ts": `import { DatabaseSync } from "node:sqlite";
import { type Cents, showMoney } from "./money.ts";

export interface Entry {
  readonly what: string;
  readonly sum: Cents;
}

export class Ledger {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec("PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS entries (what TEXT, sum INTEGER) STRICT");
  }

  add({ what, sum }: Entry): void {
    this.#db.prepare("INSERT INTO entries VALUES (?, ?)").run(what, sum);
  }

  get count(): number {
    return Number(this.#db.prepare("SELECT count(*) AS n FROM entries").get()?.["n"]);
  }

  total(): string {
    return showMoney(Number(this.#db.prepare("SELECT coalesce(sum(sum), 0) AS n FROM entries").get()?.["n"]));
  }

  close(): void {
    this.#db.close();
  }
}
`,
  // What the linter can mend: a var, a let that never changes, and texts put together by hand.
  "src/report.ts": `import { Ledger } from "./ledger.ts";
import { parseMoney } from "./money.ts";

export function report(file: string, lines: readonly string[]): string {
  var ledger = new Ledger(file);
  for (const line of lines) {
    let [what = "", sum = ""] = line.split(";");
    ledger.add({ what, sum: parseMoney(sum) });
  }
  let total = ledger.total();
  let text = ledger.count + " entries, " + total + " in all";
  ledger.close();
  return text;
}

const [, , file, ...lines] = process.argv;
if (import.meta.main && file !== undefined) console.log(report(file, lines));
`,
  "test/ledger.test.ts": `import assert from "node:assert/strict";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Ledger } from "../src/ledger.ts";
import { report } from "../src/report.ts";

const fresh = (): string => join(mkdtempSync(join(tmpdir(), "till-")), "till.db");

test("a report counts and adds", () => {
  assert.equal(report(fresh(), ["tea;2.50", "cake;3.20", "back;-1"]), "3 entries, 4.70 in all");
});

test("two connections write ahead and see each other", () => {
  const file = fresh();
  const [one, other] = [new Ledger(file), new Ledger(file)];
  one.add({ what: "tea", sum: 250 });
  other.add({ what: "cake", sum: 320 });
  assert.equal(one.total(), "5.70");
  one.close();
  other.close();
});

test("the person's own till is open elsewhere, and goes on from what its log holds", () => {
  const till = new Ledger("var/till.db");
  const before = till.count;
  till.add({ what: "test", sum: 1 });
  assert.equal(till.count, before + 1);
  till.close();
});
`,
};

/** The tools of the repository, with all that they need. */
const TOOLS = ["eslint", "typescript", "@types/node"];

/** The folders of packages and of what they depend on, as they are installed here, from `node_modules` on. */
function withDependencies(names: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const own = join(from, "node_modules", name);
    const at = from !== "" && existsSync(join(INSTALLED, own)) ? own : name;
    const file = join(INSTALLED, at, "package.json");
    if (found.has(at) || !existsSync(file)) return; // One that is optional, and for other machines.
    found.add(at);
    const { dependencies = {}, optionalDependencies = {} } = manifestSchema.parse(
      JSON.parse(readFileSync(file, "utf8")),
    );
    for (const each of Object.keys({ ...dependencies, ...optionalDependencies })) visit(each, at);
  };
  for (const name of names) visit(name, "");
  return new Set([...found].filter((at) => !at.includes("node_modules/")));
}

const names = z.record(z.string(), z.string()).optional();
const manifestSchema = z.object({ dependencies: names, optionalDependencies: names });

function install(app: string): void {
  const modules = join(app, "node_modules");
  for (const name of withDependencies(TOOLS))
    cpSync(join(INSTALLED, name), join(modules, name), { recursive: true });
  mkdirSync(join(modules, ".bin"));
  for (const [name, file] of Object.entries({ eslint: "eslint/bin/eslint.js", tsc: "typescript/bin/tsc" }))
    symlinkSync(`../${file}`, join(modules, ".bin", name));
}

/** A till that another program of the person has open: what it added last stands in the log beside the database. */
function openTill(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const till = new DatabaseSync(file);
  till.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
  till.exec(
    "CREATE TABLE entries (what TEXT, sum INTEGER) STRICT; INSERT INTO entries VALUES ('opening', 10000)",
  );
  return till;
}

/** Makes the repository in a folder. The till stays open until it is closed. */
export function makeTill(app: string): DatabaseSync {
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(app, name)), { recursive: true });
    writeFileSync(join(app, name), text);
  }
  gitIn(app, "init", "-q", "-b", "main");
  gitIn(app, "config", "user.name", "Ann Example");
  gitIn(app, "config", "user.email", "ann@example.invalid");
  gitIn(app, "add", "-A");
  gitIn(app, "commit", "-q", "-m", "first");
  install(app);
  return openTill(join(app, "var/till.db"));
}
