// Policy files: read whole or not at all, with the line of each rule and of whatever keeps one from being understood.
import { lstatSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from "jsonc-parser";
import type { Kinds } from "../../abi/kind.ts";
import { policyFileSchema, problemAt, type PolicyProblem, type PolicyRule } from "../../abi/policy.ts";
import { trustedHome } from "./journal/home.ts";
import { FOLDER } from "./journal/files/hold.ts";
import { watchNested } from "./journal/watch.ts";

type From = NonNullable<PolicyRule["source"]>["from"];

/** The rules of some files, or what is wrong with the first of them that cannot be understood. */
export interface ReadPolicy {
  readonly rules: readonly PolicyRule[];
  readonly problem?: PolicyProblem;
}

const NAME = "policy.json";
const MAX_FILE = 1024 * 1024;

/** The text of the user's file before there is any rule in it. */
const TEMPLATE = `{
  // Rules for every agent, in every workspace of yours. They only ask or deny, whatever an agent holds.
  // What matters most stands for itself, for example:
  //
  //   {
  //     "effect": "deny",
  //     "rights": ["write", "delete"],
  //     "resource": "fs:/app/migrations/**",
  //     "reason": "migrations are written by people",
  //     "match": ["write:fs:/app/migrations/0001.sql"],
  //     "notMatch": ["read:fs:/app/migrations/0001.sql"]
  //   }
  "rules": []
}
`;

/** Where the standing rules are looked for: the user's own, and those of the workspace where there is a folder. */
export function policyPlaces(where: { home: string; root: string }): readonly (readonly [From, string])[] {
  const mine = ["user", join(where.home, NAME)] as const;
  return where.root === "" ? [mine] : [mine, ["workspace", join(where.root, FOLDER, NAME)]];
}

/** The standing rules. A file that is not there says nothing; one that cannot be understood stops everything. */
export async function readPolicy(where: { home: string; root: string }, kinds: Kinds): Promise<ReadPolicy> {
  const rules: PolicyRule[] = [];
  for (const [from, path] of policyPlaces(where)) {
    if (isAbsent(path)) continue;
    const { rules: found, problem } = await readPolicyFile(from, path, kinds);
    if (problem !== undefined) return { rules: [], problem };
    for (const rule of found) rules.push(rule);
  }
  return { rules };
}

function isAbsent(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** Reads one file, which has to be there. Comments are welcome in it, trailing commas are not. */
export async function readPolicyFile(from: From, file: string, kinds: Kinds): Promise<ReadPolicy> {
  let text = "";
  const wrong = (offset: number, what: string): ReadPolicy => {
    const before = text.slice(0, offset).split(/\r\n|[\r\n]/u);
    return { rules: [], problem: problemAt(file, before.length, (before.at(-1) ?? "").length + 1, what) };
  };
  try {
    const about = await stat(file);
    if (!about.isFile()) return wrong(0, "it cannot be read: it is no file");
    if (about.size > MAX_FILE) return wrong(0, `it is too large (${about.size} bytes)`);
    text = new TextDecoder("utf-8", { fatal: true }).decode(await readFile(file));
    const errors: ParseError[] = [];
    const tree = parseTree(text, errors);
    const [error] = errors;
    if (error !== undefined || tree === undefined)
      return wrong(
        error?.offset ?? 0,
        `it is no JSON: ${error === undefined ? "it is empty" : spaced(printParseErrorCode(error.error))}`,
      );
    const twice = repeated(tree);
    if (twice !== undefined)
      return wrong(twice.offset, `${text.substr(twice.offset, twice.length)} is there twice`);
    const parsed = policyFileSchema(kinds).safeParse(getNodeValue(tree));
    const [issue] = parsed.error?.issues ?? [];
    if (issue !== undefined) {
      const path = issue.path as (string | number)[];
      const named = issue.code === "unrecognized_keys" ? [...path, issue.keys[0] ?? ""] : path;
      return wrong(nodeAt(tree, named).offset, `${named.join(".") || "the file"}: ${issue.message}`);
    }
    const rules = (parsed.data?.rules ?? []).map(({ match: _, notMatch: __, args, ...rule }, i) => {
      const { line } = wrong(nodeAt(tree, ["rules", i]).offset, "").problem ?? { line: 1 };
      return { ...rule, ...(args === undefined ? {} : { args }), source: { from, file, line } };
    });
    return { rules };
  } catch (error) {
    return wrong(0, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The user's file, made without any rule when a person wants to write the first. */
export async function makeUserPolicy(home: string): Promise<string> {
  const path = join((await trustedHome(home, true)) ?? home, NAME);
  await writeFile(path, TEMPLATE, { flag: "wx", mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  return path;
}

/** Tells when one of the standing files may have changed, come or gone. */
export function watchPolicy(where: { home: string; root: string }, changed: () => void): { dispose(): void } {
  const matters = (_: string, name: string | null): boolean => name === NAME || name === null;
  const watching = [
    watchNested([where.home], matters, changed),
    watchNested(
      [where.root, join(where.root, FOLDER)],
      (place, name) => (place === where.root ? name === FOLDER : matters(place, name)),
      changed,
    ),
  ];
  return {
    dispose() {
      for (const each of watching) each.dispose();
    },
  };
}

/** The thing at a path, or the nearest existing one around it; a key stands for its value. */
function nodeAt(tree: Node, path: readonly (string | number)[]): Node {
  const found = findNodeAtLocation(tree, [...path]);
  if (found === undefined) return path.length === 0 ? tree : nodeAt(tree, path.slice(0, -1));
  const key = typeof path.at(-1) === "string" ? found.parent?.children?.[0] : undefined;
  return key ?? found;
}

/** The first key that its object has twice: readers differ in which of the two counts. */
function repeated(node: Node): Node | undefined {
  const keys = new Set<unknown>();
  for (const child of node.children ?? []) {
    const key = child.type === "property" ? child.children?.[0] : undefined;
    if (key !== undefined && keys.has(key.value)) return key;
    if (key !== undefined) keys.add(key.value);
    const below = repeated(child);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** `ValueExpected` as people write it. */
function spaced(code: string): string {
  return code.replace(/(?<=[a-z])(?=[A-Z])/gu, " ").toLowerCase();
}

/**
 * The record would leave out a part of a rule with a secret, so the rule would not hold. Such a rule is a
 * fault like a malformed one.
 */
export function rulesWithoutSecrets(found: ReadPolicy, isSecret: (rule: PolicyRule) => boolean): ReadPolicy {
  const rule = found.rules.find(isSecret);
  if (rule === undefined) return found;
  const { file = "", line = 1 } = rule.source ?? {};
  return { rules: [], problem: problemAt(file, line, 1, "the rule holds what looks like a secret") };
}
