// Printed: what each command of the command line writes to its output, for people or as JSON.
import { EXIT } from "../abi/cli.ts";
import type { Standing } from "../kernel/ports.ts";
import { auditJson, auditText, filterCalls, type AuditFilter } from "./audit.ts";
import { callsOf } from "./calls.ts";
import { explainText } from "./explain.ts";
import { familiesOf } from "./family.ts";
import { psText } from "./ps.ts";
import { standingText } from "./standing.ts";
import { english } from "./translate.ts";
import { processesOf, runJson, runText, type Account } from "./run.ts";

/** The account of some families, whole. `folder` is where the record lies. */
export function runOutput(account: Account, roots: readonly number[], json: boolean, folder: string): string {
  return json ? JSON.stringify(runJson(account, roots)) + "\n" : runText(account, roots, folder);
}

/** The exit code of a run: its (last) root agent finished, or it did not. */
export function runExit({ state }: Account, roots: readonly number[]): number {
  const root = state.processes.get(roots.at(-1) ?? 0);
  return root?.life.ended === "finished" ? EXIT.finished : EXIT.failed;
}

export function psOutput(account: Account, json: boolean): string {
  if (!json) return psText(account.state);
  const all = familiesOf(account.state, [...account.state.processes.keys()]);
  return JSON.stringify({ processes: processesOf(account, all) }) + "\n";
}

export function auditOutput(account: Account, filter: AuditFilter, json: boolean): string {
  const rows = filterCalls(callsOf(account.records), filter);
  return json ? auditJson(rows) : auditText(english, rows, account.state);
}

/** How a record stands that a command cannot go on with. */
export function standingOutput(standing: Standing): string {
  return standingText(english, standing);
}

/** Undefined when the record knows no such call. */
export function explainOutput(
  account: Account,
  call: string,
  sha256: (text: string) => string,
): string | undefined {
  return explainText(english, account.records, call, sha256);
}
