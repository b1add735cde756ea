// Policy: the rules that a person writes in a file. A rule asks or denies, and no capability overrides it.
import * as z from "zod";
import { isFault } from "./errors.ts";
import type { Kinds } from "./kind.ts";
import { isAbout, parseResource } from "./resource.ts";

const exampleSchema = z
  .union([z.string(), z.array(z.string()).min(1)])
  .describe(
    'A right and a resource, for example "write:fs:/app/src/a.ts", or a list of that and the words of a command.',
  );

/** The shape of one rule, with the rights of these kinds. */
const ruleSchema = (kinds: Kinds) =>
  z.strictObject({
    effect: z.enum(["ask", "deny"]).describe("What is done with a call that the rule is about."),
    rights: z.array(z.enum(kinds.rights)).min(1).describe("The rights that the rule is about."),
    resource: z
      .string()
      .describe(
        'What the rule is about: exact, or a tree that ends in "/**", for example "fs:/app/dist/**".',
      ),
    args: z
      .array(z.string())
      .min(1)
      .optional()
      .describe(
        'The rule is only about commands whose words begin with these; options may stand between. For example ["publish"].',
      ),
    reason: z.string().describe("Shown to whoever is asked or denied."),
    match: z.array(exampleSchema).optional().describe("Examples that the rule must be about; checked."),
    notMatch: z
      .array(exampleSchema)
      .optional()
      .describe("Examples that the rule must not be about; checked."),
  });

/** A policy file over these kinds. A file with any other shape is malformed, and then nothing runs. */
export const policyFileSchema = (kinds: Kinds) =>
  z.strictObject({
    rules: z
      .array(ruleSchema(kinds).superRefine((rule, context) => checkRule(rule, kinds, context)))
      .describe("Each rule asks or denies; no rule allows."),
  });

/**
 * A rule for every process. `source` is its line in the user's file, the workspace's file, or that of a
 * launch.
 */
export const policyRuleSchema = z.strictObject({
  effect: z.enum(["ask", "deny"]),
  rights: z.array(z.string()),
  resource: z.string(),
  /** Leading words. The rule is not about a command that surely begins with others. */
  args: z.array(z.string()).optional(),
  reason: z.string(),
  source: z
    .strictObject({ from: z.enum(["user", "workspace", "launch"]), file: z.string(), line: z.int() })
    .optional(),
});
export type PolicyRule = z.infer<typeof policyRuleSchema>;

/**
 * The place where a policy file cannot be understood. Lines and columns count from 1; `text` is place and
 * reason.
 */
export interface PolicyProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
}

/** Makes a problem with its text. */
export function problemAt(file: string, line: number, column: number, what: string): PolicyProblem {
  return { file, line, column, text: `${file}:${line}:${column}: ${what}` };
}

function checkRule(
  rule: z.infer<ReturnType<typeof ruleSchema>>,
  kinds: Kinds,
  context: z.RefinementCtx,
): void {
  const wrong = (path: (string | number)[], message: string): void =>
    void context.addIssue({ code: "custom", path, message });
  const stray = strayIn(rule.rights, rule.resource, kinds);
  if (stray !== undefined) {
    wrong(stray.right === undefined ? ["resource"] : ["rights", stray.right], stray.message);
    return;
  }
  const kind = kinds.of(rule.resource);
  if (rule.args !== undefined && kind?.worded !== true)
    wrong(["args"], `${kind?.name ?? "this"} has no words; leave args out`);
  for (const list of ["match", "notMatch"] as const)
    for (const [i, example] of (rule[list] ?? []).entries()) {
      const [text = "", ...words] = typeof example === "string" ? [example] : example;
      const colon = text.indexOf(":");
      const right = text.slice(0, colon);
      const resource = text.slice(colon + 1);
      const bad = strayIn([right], resource, kinds);
      const need = { right, resource, ...(typeof example === "string" ? {} : { words: [words] }) };
      const about = bad === undefined && isAbout(rule, need, kinds);
      if (bad !== undefined) wrong([list, i], `${bad.message}; write right:resource`);
      else if (about !== (list === "match"))
        wrong([list, i], `the rule ${about ? "is" : "is not"} about this; mend the rule or the example`);
    }
}

/** The reason why rights and a resource do not fit together. `right` is the index of the right at fault. */
function strayIn(
  rights: readonly string[],
  text: string,
  kinds: Kinds,
): { readonly right?: number; readonly message: string } | undefined {
  const resource = parseResource(text, kinds);
  if (isFault(resource)) return { message: `${resource.message}. ${resource.hint}` };
  const kind = kinds.of(resource);
  const known = Object.keys(kind?.rights ?? {});
  const right = rights.findIndex((r) => !known.includes(r));
  if (right < 0) return undefined;
  return {
    right,
    message: `"${rights[right] ?? ""}" is not a right on ${kind?.name ?? "this"}; there are ${known.join(", ")}`,
  };
}
