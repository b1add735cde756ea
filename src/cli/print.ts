// Printed: what each command of the command line writes to its output, for people or as JSON.
import { EXIT } from "../abi/cli.ts";
import type { Standing } from "../kernel/ports.ts";
import { auditJson, auditText, filterCalls, type AuditFilter } from "../views/record/audit.ts";
import { callsOf } from "../views/record/calls.ts";
import { explainText } from "../views/record/explain.ts";
import { familiesOf } from "../views/agents/family.ts";
import { psText } from "../views/agents/ps.ts";
import { standingText } from "../views/record/standing.ts";
import { english } from "../views/words/translate.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { processesOf, runJson, runText, type Account } from "../views/record/run.ts";

/** The account of some families, whole. `folder` is where the record lies. */
export function runOutput(account: Account, roots: readonly number[], json: boolean, folder: string): string {
  return json ? JSON.stringify(runJson(account, roots)) + "\n" : runText(account, roots, folder);
}

/** The exit code of a run: its (last) root agent finished, or it did not. */
export function runExit({ state }: Account, roots: readonly number[]): number {
  const root = state.processes.get(roots.at(-1) ?? 0);
  return root?.life.ended === "finished" ? EXIT.finished : EXIT.failed;
}

function psOutput(account: Account, json: boolean): string {
  if (!json) return psText(account.state);
  const all = familiesOf(account.state, [...account.state.processes.keys()]);
  return JSON.stringify({ processes: processesOf(account, all) }) + "\n";
}

function auditOutput(account: Account, filter: AuditFilter, json: boolean): string {
  const rows = filterCalls(callsOf(account.records), filter);
  return json ? auditJson(rows) : auditText(english, rows, account.state);
}

/** How a record stands that a command cannot go on with. */
export function standingOutput(standing: Standing): string {
  return standingText(english, standing);
}

/** What a command that only looks prints: `ps`, `audit` or `explain`. Throws a usage error for an unknown call. */
export function lookOutput(account: Account, command: CliCommand, sha256: (text: string) => string): string {
  if (command.name === "ps") return psOutput(account, command.json);
  if (command.name === "audit") return auditOutput(account, command, command.json);
  if (command.name !== "explain") return "";
  const text = explainText(english, account.records, command.call, sha256);
  if (text !== undefined) return text;
  throw new UsageError(`the record knows no call ${command.call}; see agentlibos audit`);
}
