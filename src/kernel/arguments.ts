// Arguments: why those of a call do not fit its operation.
import type * as z from "zod";
import { fault, type Fault } from "../abi/errors.ts";

/** The fault for arguments that an operation's schema refuses; it names the first one that is wrong. */
export function wrongArguments(operation: string, error: z.ZodError): Fault {
  const issue = error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "arguments" : `"${issue.path.join(".")}"`;
  return fault(
    "EINVAL",
    `${operation}: ${where}: ${issue?.message ?? "malformed"}`,
    "Correct the arguments and call again.",
  );
}
