// Arguments: the grammar of the command line, and the usage errors.
import { parseArgs } from "node:util";
import { parseCap, type Listed } from "../abi/capability.ts";
import { isFault } from "../abi/errors.ts";
import type { Budget } from "../abi/image.ts";
import type { Kinds } from "../abi/kind.ts";
import {
  budgetOf,
  pidOf,
  secondsOf,
  isOn,
  text,
  texts,
  UsageError,
  type Options,
} from "./arguments/values.ts";
import { auditFilter, formatOf, historyOrder, verifyOrder } from "./arguments/looking.ts";
import type { AuditOrder, HistoryOrder, VerifyOrder } from "./arguments/looking.ts";
import type { FormatName } from "../views/exports/format.ts";
import { branchOrder, compareOrder, type BranchOrder, type CompareOrder } from "./arguments/orders.ts";
import type { DiscardOrder, MergeOrder, RestoreOrder } from "./arguments/orders.ts";
import { repairOf, type RepairOrder } from "./arguments/repair.ts";
import { USAGE } from "./usage.ts";

export { UsageError } from "./arguments/values.ts";

/** The answering rules of a run. */
export const ANSWERS = ["deny", "allow-once", "ask"] as const;
export type AnswerRule = (typeof ANSWERS)[number];

/** Where the commands of a run may run: the best that works here, or only one of the modes. */
export const SANDBOXES = ["auto", "layered", "unconfined"] as const;
export type SandboxChoice = (typeof SANDBOXES)[number];

/** The order of `run` as typed; files are not read yet. */
export interface RunOrder {
  readonly image: string;
  readonly goal: string;
  readonly model: string | undefined;
  readonly script: string | undefined;
  readonly grants: readonly Listed[];
  readonly policy: string | undefined;
  readonly answer: AnswerRule;
  readonly sandbox: SandboxChoice;
  readonly budget: Budget;
  /** True when the agent is to work in a git worktree of its own. */
  readonly worktree: boolean;
  /** False when no checkpoint is to be taken before each turn that changes files. */
  readonly checkpointEveryTurn: boolean;
  /** Seconds to answer a question; undefined: the question waits. */
  readonly answerWithin: number | undefined;
}

/** A question by its id, and the answer; without an answer it is shown, without a question all are. */
export interface AnswerOrder {
  readonly question: string | undefined;
  readonly answer: string | undefined;
}

/** One command. `workspaces` are the folders as typed; none means the working directory. */
export type CliCommand = { readonly workspaces: readonly string[]; readonly json: boolean } & (
  | { readonly name: "run"; readonly order: RunOrder }
  | { readonly name: "resume" }
  | ({ readonly name: "answer" } & AnswerOrder)
  | { readonly name: "ps" }
  | ({ readonly name: "audit" } & AuditOrder)
  | { readonly name: "explain"; readonly call: string }
  | { readonly name: "history"; readonly order: HistoryOrder }
  | { readonly name: "export"; readonly format: FormatName }
  | { readonly name: "receipt"; readonly pid: number | undefined }
  | { readonly name: "checkpoints" | "undo-restore" | "worktrees" }
  | { readonly name: "merge"; readonly order: MergeOrder }
  | { readonly name: "discard"; readonly order: DiscardOrder }
  | { readonly name: "restore"; readonly order: RestoreOrder }
  | { readonly name: "branch"; readonly order: BranchOrder }
  | ({ readonly name: "compare" } & CompareOrder)
  | { readonly name: "verify"; readonly order: VerifyOrder }
  | { readonly name: "repair"; readonly how: RepairOrder | undefined }
  | { readonly name: "help" | "version" }
);

const TEXT = { type: "string" } as const;
const MANY = { type: "string", multiple: true } as const;
const FLAG = { type: "boolean" } as const;

/** The options of each command beside `--workspace`, and whether a word follows it. */
const GRAMMAR = {
  run: {
    options: {
      ...{ image: TEXT, goal: TEXT, model: TEXT, script: TEXT, grant: MANY, policy: TEXT },
      ...{ answer: TEXT, "answer-within": TEXT, budget: TEXT, sandbox: TEXT },
      "checkpoint-every-turn": TEXT,
      ...{ worktree: FLAG, json: FLAG },
    },
  },
  resume: { options: { json: FLAG } },
  answer: { options: {}, words: "QUESTION ANSWER" },
  ps: { options: { json: FLAG } },
  audit: { options: { pid: TEXT, syscall: TEXT, decision: TEXT, since: TEXT, json: FLAG } },
  explain: { options: {}, words: "CALL" },
  history: {
    options: {
      ...{ pid: TEXT, syscall: TEXT, decision: TEXT, since: TEXT, json: FLAG },
      ...{ file: TEXT, text: TEXT, before: TEXT, limit: TEXT },
    },
  },
  export: { options: { format: TEXT } },
  receipt: { options: {}, words: "PID" },
  checkpoints: { options: { json: FLAG } },
  restore: { options: { path: MANY, apply: FLAG, json: FLAG }, words: "CHECKPOINT" },
  "undo-restore": { options: { json: FLAG } },
  branch: { options: { agent: TEXT, replace: FLAG, say: TEXT, json: FLAG }, words: "CHECKPOINT" },
  compare: { options: { json: FLAG }, words: "CHECKPOINT CHECKPOINT" },
  worktrees: { options: { json: FLAG } },
  merge: { options: { path: MANY, json: FLAG }, words: "WORKTREE" },
  discard: { options: { force: FLAG, "keep-branch": FLAG, json: FLAG }, words: "WORKTREE" },
  verify: { options: { "public-key": TEXT, full: FLAG, json: FLAG } },
  repair: { options: { "fetch-back": FLAG, "belongs-here": FLAG, "new-record": FLAG } },
} as const;
type Name = keyof typeof GRAMMAR;

/**
 * Reads the arguments after the program's name. Throws a {@link UsageError} with the whole grammar if they
 * are wrong.
 */
export function readCommandLine(argv: readonly string[], kinds: Kinds): CliCommand {
  try {
    return commandOf(argv, kinds);
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`${error.message}\n\n${USAGE}`);
    throw error;
  }
}

function commandOf(argv: readonly string[], kinds: Kinds): CliCommand {
  const [first = "", ...rest] = argv;
  if (argv.includes("--help") || argv.includes("-h") || first === "help") return bareCommand("help");
  if (first === "--version" || first === "version") return bareCommand("version");
  if (first === "") throw new UsageError("there is no command");
  if (!isName(first)) throw new UsageError(`there is no command "${first}"`);
  const grammar: { options: Record<string, typeof TEXT | typeof MANY | typeof FLAG>; words?: string } =
    GRAMMAR[first];
  let parsed: { values: Options; positionals: string[] };
  try {
    const options = { workspace: MANY, ...grammar.options };
    parsed = parseArgs({ args: rest, options, allowPositionals: grammar.words !== undefined, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const shared = { workspaces: texts(values, "workspace"), json: values["json"] === true };
  switch (first) {
    case "run":
      return { name: first, ...shared, order: runOrder(values, kinds) };
    case "audit":
      return { name: first, ...shared, ...auditFilter(values) };
    case "explain": {
      const [call, ...more] = positionals;
      if (call === undefined || more.length > 0)
        throw new UsageError("explain takes one CALL, for example 2.0.1");
      return { name: first, ...shared, call };
    }
    case "history":
      return { name: first, ...shared, order: historyOrder(values) };
    case "receipt": {
      const [pid, ...more] = positionals;
      if (more.length > 0) throw new UsageError("receipt takes one PID, for example 2");
      return { name: first, ...shared, pid: pid === undefined ? undefined : pidOf("PID", pid) };
    }
    case "answer": {
      const [question, answer, ...more] = positionals;
      if (more.length > 0 || answer === "")
        throw new UsageError(
          'answer takes QUESTION and one answer; put a text in quotes: answer q1 "my text"',
        );
      return { name: first, ...shared, question, answer };
    }
    case "export":
      return { name: first, ...shared, format: formatOf(values) };
    case "verify":
      return { name: first, ...shared, order: verifyOrder(values) };
    case "repair":
      return { name: first, ...shared, how: repairOf(values) };
    case "restore": {
      const [checkpoint, ...more] = positionals;
      if (checkpoint === undefined || more.length > 0)
        throw new UsageError("restore takes one CHECKPOINT; see agentlibos checkpoints");
      const order = { checkpoint, paths: texts(values, "path"), apply: values["apply"] === true };
      return { name: first, ...shared, order };
    }
    case "branch":
      return { name: first, ...shared, order: branchOrder(values, positionals) };
    case "compare":
      return { name: first, ...shared, ...compareOrder(positionals) };
    case "merge":
    case "discard": {
      const [worktree, ...more] = positionals;
      if (worktree === undefined || more.length > 0)
        throw new UsageError(`${first} takes one WORKTREE; see agentlibos worktrees`);
      if (first === "merge")
        return { name: first, ...shared, order: { worktree, paths: texts(values, "path") } };
      const [force, keepsBranch] = [values["force"] === true, values["keep-branch"] === true];
      return { name: first, ...shared, order: { worktree, force, keepsBranch } };
    }
    case "worktrees":
    case "checkpoints":
    case "undo-restore":
    case "resume":
    case "ps":
      return { name: first, ...shared };
  }
}

function bareCommand(name: "help" | "version"): CliCommand {
  return { name, workspaces: [], json: false };
}

function isName(text: string): text is Name {
  return Object.hasOwn(GRAMMAR, text);
}

function runOrder(values: Options, kinds: Kinds): RunOrder {
  const goal = text(values, "goal");
  const model = text(values, "model");
  const script = text(values, "script");
  const answer = text(values, "answer") ?? "deny";
  if (goal === undefined) throw new UsageError("run needs --goal TEXT");
  if ((model === undefined) === (script === undefined))
    throw new UsageError("run needs either --model VENDOR/FAMILY or --script FILE");
  if (model !== undefined && !/^[^/\s*;]+\/[^\s*;]+$/u.test(model))
    throw new UsageError(`--model "${model}" is not VENDOR/FAMILY`);
  const rule = ANSWERS.find((a) => a === answer);
  if (rule === undefined) throw new UsageError(`--answer "${answer}" is not one of ${ANSWERS.join(", ")}`);
  const named = text(values, "sandbox") ?? "auto";
  const sandbox = SANDBOXES.find((s) => s === named);
  if (sandbox === undefined)
    throw new UsageError(`--sandbox "${named}" is not one of ${SANDBOXES.join(", ")}`);
  const grants = texts(values, "grant").map((cap) => {
    const listed = parseCap(cap, kinds);
    if (isFault(listed)) throw new UsageError(`--grant: ${listed.message}. ${listed.hint}`);
    return listed;
  });
  const image = text(values, "image") ?? "coding";
  return {
    ...{ image, goal, model, script, grants },
    policy: text(values, "policy"),
    ...{ answer: rule, sandbox, worktree: values["worktree"] === true },
    checkpointEveryTurn: isOn(values, "checkpoint-every-turn"),
    budget: budgetOf(values),
    answerWithin: secondsOf(values),
  };
}
