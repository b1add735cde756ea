// Words: rights, resources, decisions and outcomes as plain English for people.
import type { Effect, Listed } from "../abi/capability.ts";
import type { DecisionWord, ExitWord, OutcomeWord } from "../abi/record.ts";
import { decodeName, isTree, kindOf, OUTSIDE, stem, type Kind, type Right } from "../abi/resource.ts";
import { visibleLine } from "./visible.ts";

/** What doing it means to somebody who never saw a rights table. */
const VERBS: Readonly<Record<Right, string>> = {
  read: "read",
  list: "list",
  write: "change",
  delete: "delete",
  link: "link",
  share: "share",
  execute: "run",
  connect: "connect to",
  call: "call",
  ask: "ask",
  spawn: "start",
  wait: "wait for",
  signal: "signal",
  message: "message",
  register: "register",
  activate: "activate",
  create: "create",
  restore: "restore",
  branch: "branch from",
  sleep: "use",
};

/** A list of words with "and" before the last. */
export function listed(words: readonly string[], join = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${join} ${words.at(-1) ?? ""}`;
}

export function rightWords(rights: readonly string[]): string {
  return listed(rights.map((r) => (Object.hasOwn(VERBS, r) ? VERBS[r as Right] : visibleLine(r))));
}

function nameOf(resource: string): string {
  return visibleLine(
    stem(resource)
      .replace(/^[a-z]+:\/?/u, "")
      .split("/")
      .map(decodeName)
      .join("/"),
  );
}

/** How each kind of resource is spoken of: one thing of that name, or (empty name) every one. */
const NOUNS: Readonly<Record<Kind, (name: string, tree: boolean) => string>> = {
  fs: (name, tree) => (name === "" ? "every workspace folder" : tree ? `everything in ${name}` : name),
  object: (name, tree) => (tree ? `objects in ${name}` : `the object ${name}`),
  shell: (name) => (name === "" ? "any program" : `the program ${name}`),
  git: (name) => `git in ${name}`,
  net: (name) => (name === "" ? "any host" : `the host ${name}`),
  mcp: (name) => (name === "" ? "any MCP tool" : `the MCP tool ${name}`),
  model: (name) => (name === "" ? "any model" : `the model ${name}`),
  human: () => "a person",
  process: (name) =>
    name === "children"
      ? "child agents"
      : name === "self"
        ? "itself"
        : name === ""
          ? "any process"
          : `process ${name}`,
  image: (name) => (name === "" ? "any image" : `the image ${name}`),
  skill: (name) => `the skill ${name}`,
  jit: (name) => `the registered tool ${name}`,
  checkpoint: (name) => `checkpoints of ${name === "self" ? "itself" : `process ${name}`}`,
  clock: () => "the clock to wait",
};

/** What a resource is, in words: `everything in app/src`, `the model openai/gpt-5`. */
export function resourceWords(resource: string): string {
  if (resource === OUTSIDE) return "places outside every workspace folder";
  const kind = kindOf(resource);
  return kind === undefined ? visibleLine(resource) : NOUNS[kind](nameOf(resource), isTree(resource));
}

const MAY: Readonly<Record<Effect, string>> = {
  allow: "may",
  ask: "asks each time before it may",
  deny: "may never",
};

/** A grant in words: `may read and list everything in app, 2 times, until 2027-01-01T00:00:00Z`. */
export function grantWords(grant: Listed): string {
  const uses = grant.uses === undefined ? "" : grant.uses === 1 ? ", once" : `, ${grant.uses} times`;
  const until = grant.until === undefined ? "" : `, until ${grant.until}`;
  return `${MAY[grant.effect]} ${rightWords(grant.rights)} ${resourceWords(grant.resource)}${uses}${until}`;
}

/** Who gave or decided something: `person`, `launcher`, `kernel`, `pid:N`. */
export function actorWords(actor: string): string {
  if (actor === "person") return "a person";
  if (actor === "launcher") return "the command line";
  if (actor === "kernel") return "the kernel";
  return actor.startsWith("pid:") ? `process ${actor.slice(4)}` : visibleLine(actor);
}

const DECISIONS: Readonly<Record<DecisionWord, string>> = {
  allow: "allowed",
  deny: "denied",
  approved: "approved",
  refused: "refused",
  expired: "nobody answered",
  none: "not decided",
};

export function decisionWords(decision: DecisionWord): string {
  return DECISIONS[decision];
}

const OUTCOMES: Readonly<Record<OutcomeWord, string>> = {
  ok: "done",
  error: "failed",
  "not-run": "not run",
  unknown: "unknown whether it happened",
};

export function outcomeWords(outcome: OutcomeWord): string {
  return OUTCOMES[outcome];
}

const EXITS: Readonly<Record<ExitWord, string>> = {
  finished: "finished",
  failed: "failed",
  killed: "stopped",
};

export function exitWords(exit: ExitWord): string {
  return EXITS[exit];
}
