// Approvals: every question on the record with its answer, in the order in which they were put.
import type { CliApproval } from "../../abi/cli.ts";
import type { AnyRecord } from "../../abi/record.ts";

/** The questions of a record; `open` ones still wait. */
export function approvalsOf(records: readonly AnyRecord[]): CliApproval[] {
  const found = new Map<string, CliApproval>();
  for (const record of records) {
    if (record.kind === "question.open") {
      const { id, pid, call, kind, op, text, asks } = record.data;
      found.set(id, {
        ...{ id, pid, kind, syscall: op, text },
        ...(call === undefined ? {} : { call }),
        asks: asks.map(({ need, reason, once, secret }) => ({ ...need, reason, once, secret })),
        outcome: "open",
      });
    } else if (record.kind === "question.close") {
      const asked = found.get(record.data.id);
      if (asked === undefined || asked.outcome !== "open") continue;
      const { outcome, by, answer } = record.data;
      const said = answer?.allow === true ? answer.text : answer?.note;
      found.set(asked.id, {
        ...asked,
        ...{ outcome, by },
        ...(answer?.grant === undefined ? {} : { grant: answer.grant }),
        ...(said === undefined ? {} : { note: said }),
      });
    }
  }
  return [...found.values()];
}
