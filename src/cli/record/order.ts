// The order of `history` as it is typed: which calls, and which page of them.
import type { CallFilter } from "../../kernel/ports/history.ts";

/** Which calls are wanted, and how many of them from which place on. */
export interface HistoryOrder extends Omit<CallFilter, "resources"> {
  /** A path in the workspace, or the name of a resource. */
  readonly file: string | undefined;
  readonly text: string | undefined;
  readonly before: number | undefined;
  readonly limit: number;
}
