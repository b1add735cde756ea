// The commands that only read the record and show its state: `ps` and `receipt`.
import { EXIT } from "../abi/cli.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { openView, type Machine } from "./runtime.ts";
import { familiesOf, rootsOf } from "../views/agents/family.ts";
import { psText } from "../views/agents/ps.ts";
import { receiptText } from "../views/record/receipt.ts";
import { recordSourceOf, processesOf, type RecordSource } from "../views/record/run.ts";
import { english } from "../views/words/translate.ts";

type InspectCommand = CliCommand & { readonly name: "ps" | "receipt" };

/** Runs the command. Gives its exit code, which tells whether the record can be believed. */
export async function inspectCommand(on: Machine, command: InspectCommand): Promise<number> {
  const { seen, code, folder } = await openView(on, command.workspaces);
  const account = recordSourceOf(seen);
  if (code !== EXIT.finished && account.records.length === 0) return code;
  if (command.name === "receipt") await on.say(receiptOutput(account, command.pid, on.checkCommand(folder)));
  else await (command.json ? on.sayJson : on.say)(psOutput(account, command.json));
  return code;
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
