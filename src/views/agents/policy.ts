// Policy: every rule that binds each agent, in words and as stored, with its source.
import type { PolicyRule } from "../../abi/policy.ts";
import type { Kinds } from "../../abi/kind.ts";
import { quotedName } from "../../abi/quoted.ts";
import type { Translate } from "../words/translate.ts";
import { columns, linesText, visibleLine } from "../words/visible.ts";
import { grantWords } from "../words/resources.ts";

type From = NonNullable<PolicyRule["source"]>["from"];

/** The resource of a rule to the letter, with the leading words that it is limited to. */
export function ruleScopeText({ resource, args = [] }: PolicyRule): string {
  return visibleLine([resource, ...args.map(quotedName)].join(" "));
}

/** The file and line of a rule, as far as they are known. */
export function ruleSourceText({ source }: PolicyRule): string | undefined {
  return source === undefined ? undefined : `${visibleLine(source.file)}:${source.line}`;
}

/** Lists the rules in force, the files that may hold rules, and the built-in rules. A problem comes first. */
export function policyText(
  t: Translate,
  kinds: Kinds,
  rules: readonly PolicyRule[],
  places: readonly (readonly [from: From, file: string])[],
  problem?: string,
): string {
  const lines = [t("What every agent here must ask for or may never do, whatever it holds."), ""];
  if (problem !== undefined) lines.push(t("No agent can run: {0}", visibleLine(problem)), "");
  lines.push(t("Rules"));
  if (rules.length === 0) lines.push(`  ${t("There are none.")}`);
  for (const rule of rules) {
    lines.push(
      `  ${visibleLine(grantWords(t, kinds, rule))}: ${visibleLine(rule.reason)}`,
      `      ${rule.effect}:${visibleLine(rule.rights.join(","))}:${ruleScopeText(rule)}`,
      `      ${ruleSourceText(rule) ?? t("it is not known where it stands")}`,
    );
  }
  const count = (from: From): number => rules.filter((r) => (r.source?.from ?? "launch") === from).length;
  const rows: [string, string][] = [
    [t("built in"), t("no rules, but what stands below")],
    ...places.map(([from, file]): [string, string] => [
      from === "user" ? t("yours") : t("this workspace"),
      `${visibleLine(file)} (${count(from)})`,
    ]),
  ];
  if (count("launch") > 0) rows.push([t("given at the start"), `--policy (${count("launch")})`]);
  const from = ["", t("Where rules come from, each adding to those before"), ...columns(rows)];
  const own = ["", t("Built in"), ...columns(builtIn(t, kinds))];
  return linesText([...lines, ...from, ...own]);
}

/** Describes what the classes of names do by themselves, and what the kernel asks for every call. */
function builtIn(t: Translate, kinds: Kinds): [string, string][] {
  return [
    ...kinds.all.flatMap((kind) =>
      (kind.classWords?.(t) ?? []).map(([done, about]): [string, string] => [done, about]),
    ),
    [t("asks"), t("for the same call with the same result a third time; a fifth is refused")],
  ];
}
