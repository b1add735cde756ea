// Policy: every rule that binds each agent, in words and as stored, with its source.
import type { PolicyRule } from "../../abi/policy.ts";
import type { Right } from "../../abi/resource.ts";
import type { Translate } from "../words/translate.ts";
import { columns, linesText, visibleLine } from "../words/visible.ts";
import { grantWords } from "../words/resources.ts";

type From = NonNullable<PolicyRule["source"]>["from"];

/** The file and line of a rule, as far as they are known. */
export function ruleSourceText({ source }: PolicyRule): string | undefined {
  return source === undefined ? undefined : `${visibleLine(source.file)}:${source.line}`;
}

/** Lists the rules in force, the files that may hold rules, and the built-in rules. A problem comes first. */
export function policyText(
  t: Translate,
  rules: readonly PolicyRule[],
  places: readonly (readonly [from: From, file: string])[],
  problem?: string,
): string {
  const lines = [t("What every agent here must ask for or may never do, whatever it holds."), ""];
  if (problem !== undefined) lines.push(t("No agent can run: {0}", visibleLine(problem)), "");
  lines.push(t("Rules"));
  if (rules.length === 0) lines.push(`  ${t("There are none.")}`);
  for (const rule of rules) {
    const rights = rule.rights as Right[];
    lines.push(
      `  ${visibleLine(grantWords(t, { ...rule, rights }))}: ${visibleLine(rule.reason)}`,
      `      ${rule.effect}:${visibleLine(rule.rights.join(","))}:${visibleLine(rule.resource)}`,
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
  const own = ["", t("Built in"), ...columns(builtIn(t))];
  return linesText([...lines, ...from, ...own]);
}

/** Describes what the classes of names do by themselves. `kernel/authority/classes.ts` decides it. */
function builtIn(t: Translate): [string, string][] {
  const each = t("asks each time");
  return [
    [
      t("never"),
      t(
        "the record (.agentlibos), your data folder, this program, the folders of editors, everything outside the workspace folders",
      ),
    ],
    [
      each,
      t(
        "to change what runs later: .vscode, .git, hooks, CI files, agent instructions, unknown dot-files and settings of tools …",
      ),
    ],
    [each, t("to read or change secrets: .env, keys, credential files, and what is named like one …")],
    [
      t("asks"),
      t("to change build files (package.json, Makefile, lockfiles …), unless exactly that was granted"),
    ],
    [t("asks"), t("for the same call with the same result a third time; a fifth is refused")],
  ];
}
