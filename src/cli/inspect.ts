// The commands that only read the record: `ps`, `audit` and `explain`.
import { EXIT } from "../abi/cli.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { openView, type Machine } from "./runtime.ts";
import { familiesOf } from "../views/agents/family.ts";
import { psText } from "../views/agents/ps.ts";
import { auditJson, auditText, filterCalls, type AuditFilter } from "../views/record/audit.ts";
import { callsOf } from "../views/record/calls.ts";
import { explainText } from "../views/record/explain.ts";
import { recordSourceOf, processesOf, type RecordSource } from "../views/record/run.ts";
import { english } from "../views/words/translate.ts";

type InspectCommand = CliCommand & { readonly name: "ps" | "audit" | "explain" };

/** Runs the command. Gives its exit code, which tells whether the record can be believed. */
export async function inspectCommand(on: Machine, command: InspectCommand): Promise<number> {
  const { seen, code } = await openView(on, command.workspaces);
  const account = recordSourceOf(seen);
  if (code !== EXIT.finished && account.records.length === 0) return code;
  const json = command.json && command.name !== "explain";
  await (json ? on.sayJson : on.say)(
    outputOf(account, command, (text) => seen.kernel.core.digests.sha256(text)),
  );
  return code;
}

/** The output of the command. Throws a usage error for an unknown call. */
function outputOf(account: RecordSource, command: InspectCommand, sha256: (text: string) => string): string {
  switch (command.name) {
    case "ps":
      return psOutput(account, command.json);
    case "audit":
      return auditOutput(account, command, command.json);
    case "explain": {
      const text = explainText(english, account.records, command.call, sha256);
      if (text !== undefined) return text;
      throw new UsageError(`the record knows no call ${command.call}; see agentlibos audit`);
    }
  }
}

function psOutput(account: RecordSource, json: boolean): string {
  if (!json) return psText(account.state);
  const all = familiesOf(account.state, [...account.state.processes.keys()]);
  return JSON.stringify({ processes: processesOf(account, all) }) + "\n";
}

function auditOutput(account: RecordSource, filter: AuditFilter, json: boolean): string {
  const rows = filterCalls(callsOf(account.records), filter);
  return json ? auditJson(rows) : auditText(english, rows, account.state);
}
