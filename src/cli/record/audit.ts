// The commands `audit` and `explain`: calls read by page and one call step by step, without holding the record.
import { EXIT } from "../../abi/cli.ts";
import type { Standing } from "../../kernel/ports.ts";
import { birthOf, callsInOrder, recordsUpTo } from "../../views/history/order.ts";
import { auditJson, auditText, Births } from "../../views/record/audit.ts";
import { Explanation } from "../../views/record/explain.ts";
import { standingExit, standingText } from "../../views/record/standing.ts";
import { english } from "../../views/words/translate.ts";
import { UsageError } from "../arguments.ts";
import type { AuditOrder } from "../arguments/looking.ts";
import { readFolders } from "../launch.ts";
import type { Machine } from "../runtime.ts";

/** Runs `audit`. Gives its exit code, which tells whether the record can be believed. */
export async function auditCommand(
  on: Machine,
  {
    workspaces,
    json,
    ...filter
  }: AuditOrder & { readonly workspaces: readonly string[]; readonly json: boolean },
): Promise<number> {
  const { pid, syscall, decision, since } = filter;
  let printed = 0;
  const { standing } = await on.history(await readFolders(workspaces), async (history) => {
    const births = new Births((of) => birthOf(history, of));
    return callsInOrder(history, { pid, syscall, decision, since }, async (rows) => {
      if (rows.length === 0) return;
      printed += rows.length;
      await (json ? on.sayJson(auditJson(rows)) : on.say(auditText(english, rows, await births.of(rows))));
    });
  });
  if (standing.kind !== "obeyed") await on.complain(standingText(english, standing));
  else if (!json && printed === 0) await on.say(auditText(english, [], { processes: new Map() }));
  return exitOf(standing);
}

/** Runs `explain`. Gives its exit code. Throws a usage error for a call that the record does not know. */
export async function explainCommand(
  on: Machine,
  workspaces: readonly string[],
  call: string,
): Promise<number> {
  const roots = await readFolders(workspaces);
  const explanation = new Explanation(call, on.sha256, on.kinds);
  const standing = await on.history(roots, async (history) => {
    const found = await recordsUpTo(history, call, (record) => explanation.take(record));
    if (explanation.lacks !== undefined)
      await recordsUpTo(history, call, (record) => explanation.fill(record));
    return found.standing;
  });
  if (standing.kind !== "obeyed") await on.complain(standingText(english, standing));
  const text = explanation.text(english);
  if (text !== undefined) await on.say(text);
  else if (standing.kind === "obeyed")
    throw new UsageError(`the record knows no call ${call}; see agentlibos audit`);
  return exitOf(standing);
}

function exitOf(standing: Standing): number {
  return standing.kind === "obeyed" ? EXIT.finished : standingExit(standing);
}
