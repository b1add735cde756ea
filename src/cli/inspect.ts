// The commands that only read the record: `ps`, `audit`, `explain` and `receipt`.
import { EXIT } from "../abi/cli.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { openView, type Machine } from "./runtime.ts";
import { familiesOf, rootsOf } from "../views/agents/family.ts";
import { psText } from "../views/agents/ps.ts";
import { auditJson, auditText, filterCalls, type AuditFilter } from "../views/record/audit.ts";
import { callsOf } from "../views/record/calls.ts";
import { explainText } from "../views/record/explain.ts";
import { receiptText } from "../views/record/receipt.ts";
import { recordSourceOf, processesOf, type RecordSource } from "../views/record/run.ts";
import { english } from "../views/words/translate.ts";

type InspectCommand = CliCommand & { readonly name: "ps" | "audit" | "explain" | "receipt" };

/** Runs the command. Gives its exit code, which tells whether the record can be believed. */
export async function inspectCommand(on: Machine, command: InspectCommand): Promise<number> {
  const { seen, code, folder } = await openView(on, command.workspaces);
  const account = recordSourceOf(seen);
  if (code !== EXIT.finished && account.records.length === 0) return code;
  if (command.name === "receipt") {
    await on.say(receiptOutput(account, command.pid, on.checkCommand(folder)));
    return code;
  }
  const json = command.json && command.name !== "explain";
  await (json ? on.sayJson : on.say)(outputOf(account, command, (text) => seen.kernel.digests.sha256(text)));
  return code;
}

/** The output of the command. Throws a usage error for an unknown call. */
function outputOf(
  account: RecordSource,
  command: Exclude<InspectCommand, { name: "receipt" }>,
  sha256: (text: string) => string,
): string {
  switch (command.name) {
    case "ps":
      return psOutput(account, command.json);
    case "audit":
      return auditOutput(account, command, command.json);
    case "explain": {
      const text = explainText(english, account.records, command.call, sha256, account.state.kinds);
      if (text !== undefined) return text;
      throw new UsageError(`the record knows no call ${command.call}; see agentlibos audit`);
    }
  }
}

function receiptOutput(account: RecordSource, named: number | undefined, check: string): string {
  const pid = named ?? rootsOf(account.state).at(-1)?.pid;
  if (pid === undefined || account.state.processes.get(pid) === undefined)
    throw new UsageError(
      pid === undefined ? "the record holds no agents yet" : `there is no agent ${pid}; see ps`,
    );
  return receiptText(english, account, pid, check);
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
