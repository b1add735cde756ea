// Looking back: the orders of the commands that read a record, as they are typed.
import { decisionSchema, type DecisionWord } from "../../abi/record.ts";
import type { CallFilter } from "../../kernel/ports/history.ts";
import { FORMATS, isFormat, type FormatName } from "../../views/exports/format.ts";
import { countOption, pidOf, text, UsageError, type Options } from "./values.ts";

/** Which calls are wanted. */
export interface AuditOrder {
  readonly pid: number | undefined;
  readonly syscall: string | undefined;
  readonly decision: DecisionWord | undefined;
  readonly since: number | undefined;
}

/** Which calls are wanted, and how many of them from which place on. */
export interface HistoryOrder extends Omit<CallFilter, "resources"> {
  /** A path in the workspace, or the name of a resource. */
  readonly file: string | undefined;
  readonly text: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}

/** A check; the key is still the path of its file. */
export interface VerifyOrder {
  readonly publicKey: string | undefined;
  /** Reads every line, also of the part that an earlier check has read. */
  readonly full: boolean;
}

/** The order of `verify`. */
export function verifyOrder(values: Options): VerifyOrder {
  return { publicKey: text(values, "public-key"), full: values["full"] === true };
}

/** The format of `export`. */
export function formatOf(values: Options): FormatName {
  const name = text(values, "format");
  if (name !== undefined && isFormat(name)) return name;
  const all = Object.keys(FORMATS).join(", ");
  throw new UsageError(
    name === undefined ? `export needs --format: ${all}` : `--format "${name}" is not one of ${all}`,
  );
}

/** So many calls are shown when nothing else is said. */
const PAGE = 100;

/** The order of `history`. */
export function historyOrder(values: Options): HistoryOrder {
  const [limit, before] = [text(values, "limit"), text(values, "before")];
  return {
    ...auditFilter(values),
    file: text(values, "file"),
    text: text(values, "text"),
    before: before === undefined ? undefined : countOption("--before", before),
    limit: limit === undefined ? PAGE : countOption("--limit", limit),
  };
}

/** The order of `audit`, which `history` has too. */
export function auditFilter(values: Options): AuditOrder {
  const pid = text(values, "pid");
  const said = text(values, "decision");
  const decision = decisionSchema.safeParse(said);
  if (said !== undefined && !decision.success)
    throw new UsageError(`--decision "${said}" is not one of ${decisionSchema.options.join(", ")}`);
  const since = text(values, "since");
  const time = since === undefined ? undefined : Date.parse(since);
  if (time !== undefined && Number.isNaN(time))
    throw new UsageError(`--since "${since ?? ""}" is not an ISO time`);
  return {
    pid: pid === undefined ? undefined : pidOf("--pid", pid),
    syscall: text(values, "syscall"),
    decision: decision.data,
    since: time,
  };
}
