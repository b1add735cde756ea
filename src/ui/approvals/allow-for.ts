// Allow for…: the ways to allow a request for longer than once, each with the exact text that would be stored.
import type { Answer, Question } from "../../abi/question.ts";
import type * as vscode from "vscode";
import { l10n, window } from "vscode";
import { isFault } from "../../abi/errors.ts";
import type { Kinds } from "../../abi/kind.ts";
import { stem } from "../../abi/resource.ts";
import { printCap } from "../../abi/capability.ts";
import { grantsOf } from "../../kernel/questions/kinds.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import type { Person } from "../../kernel/witness.ts";
import { visibleLine } from "../../views/words/visible.ts";
import { grantWords } from "../../views/words/resources.ts";
import { choose, literalItems } from "../session/messages.ts";
import { rowOf, ruleFor } from "../session/questions.ts";

/** One way to allow a request, as an item of the picker. */
export interface GrantChoice extends vscode.QuickPickItem {
  readonly answer: Answer;
  /** How many approvals the grant covers, when it is offered for that reason. */
  readonly times?: number;
}

/**
 * Lists the choices. The proposal comes first: the narrow rule after several approvals; else the request's folder for
 * this agent, or exactly the request where that folder would be a whole workspace folder. The rest goes from narrow
 * to wide: exactly the request, then its folders up to the workspace folder; for this agent, then for all.
 */
export function grantChoices(kernel: Kernel, question: Question, person: Person): GrantChoice[] {
  const { answering } = rowOf(kernel, question).kind;
  const scopes = answering.by === "offers" ? answering.scopes.filter((scope) => scope !== "once") : [];
  const { kinds } = kernel.state;
  const wider = foldersOf(kinds, question);
  const choice = (scope: Answer["scope"], grant?: string): GrantChoice[] => {
    const answer: Answer = { allow: true, scope, ...(grant === undefined ? {} : { grant }) };
    const grants = grantsOf(kernel, question, answer, person.as);
    if (isFault(grants) || grants.length === 0) return [];
    const who = scope === "agent" ? l10n.t("this agent") : l10n.t("every agent in this workspace");
    return [
      {
        label: `${grants.map((g) => visibleLine(grantWords(l10n.t, kinds, g))).join("; ")}`,
        description: who,
        detail: grants.map((g) => visibleLine(printCap(g))).join("   "),
        answer,
      },
    ];
  };
  const folders = wider.map(({ grant }) => grant);
  const all = scopes.flatMap((scope) => [undefined, ...folders].flatMap((grant) => choice(scope, grant)));
  const rule = ruleFor(kernel, question);
  const [narrow] = rule === undefined ? [] : choice("agent", rule.text);
  if (rule !== undefined && narrow !== undefined) {
    const { times } = rule;
    const description = l10n.t("this agent, until it ends (you allowed this {0} times)", times);
    const others = all.filter((c) => c.detail !== narrow.detail || c.answer.scope !== "agent");
    return [{ ...narrow, description, times }, ...others];
  }
  const [inner] = wider;
  const proposed = inner?.whole === false ? inner.grant : undefined;
  const first = all.find((c) => c.answer.grant === proposed) ?? all[0];
  if (first === undefined) return [];
  const marked = { ...first, description: l10n.t("{0}, until it ends (proposed)", first.description ?? "") };
  return [marked, ...all.filter((c) => c !== first)];
}

/** Lets a person choose. The narrow rule is not preselected: Enter does nothing until a person moved to it. */
export function chooseGrant(choices: GrantChoice[], title: string): Thenable<GrantChoice | undefined> {
  if (choices[0]?.times === undefined) return choose(choices, { title, matchOnDetail: true });
  const pick = window.createQuickPick<GrantChoice>();
  Object.assign(pick, { title, matchOnDetail: true, items: literalItems(choices), activeItems: [] });
  return new Promise((resolve) => {
    pick.onDidAccept(() => {
      const [chosen] = pick.selectedItems;
      if (chosen === undefined) return;
      resolve(chosen);
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

/** A grant on a folder. `whole` is true for a whole workspace folder. */
interface FolderGrant {
  readonly grant: string;
  readonly whole: boolean;
}

/**
 * The folders that hold the whole request, as grants, innermost first. A right that is asked for each time is never
 * offered for a folder.
 */
function foldersOf(kinds: Kinds, { asks }: Question): FolderGrant[] {
  const needs = asks.map((a) => a.need);
  if (needs.some((n) => kinds.of(n.resource)?.narrows !== "folders" || kinds.asksEachTime(n))) return [];
  const paths = needs.map((n) => stem(n.resource).split("/"));
  const [first = []] = paths;
  let shared = first.length - 1;
  while (shared > 0 && !paths.every((p) => p.slice(0, shared).join("/") === first.slice(0, shared).join("/")))
    shared -= 1;
  const rights = [...new Set(needs.map((n) => n.right))].join(",");
  const found: FolderGrant[] = [];
  for (let depth = shared; depth > 1; depth--)
    found.push({ grant: `allow:${rights}:${first.slice(0, depth).join("/")}/**`, whole: depth === 2 });
  return found;
}
