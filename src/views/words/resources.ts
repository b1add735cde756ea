// Resources in words: rights, resources, needs and grants, for readers who never saw a rights table.
import type { Effect, Listed } from "../../abi/capability.ts";
import type { Kinds } from "../../abi/kind.ts";
import { decodeName, isTree, stem } from "../../abi/resource.ts";
import { type Translate, joinWords } from "./translate.ts";
import { visibleLine, visibleName } from "./visible.ts";

/** The verbs of several rights on a resource. */
function rightWords(t: Translate, kinds: Kinds, rights: readonly string[], resource: string): string {
  const known = kinds.of(resource)?.rights ?? {};
  return joinWords(
    t,
    rights.map((r) => (Object.hasOwn(known, r) ? known[r]?.(t) : undefined) ?? visibleLine(r)),
  );
}

function nameOf(resource: string): string {
  const names = stem(resource)
    .replace(/^[a-z]+:\/?/u, "")
    .split("/");
  return visibleName(names.map(decodeName).join("/"));
}

/** A resource in words: `everything in app/src`, `the model openai/gpt-5`. */
export function resourceWords(t: Translate, kinds: Kinds, resource: string): string {
  return kinds.of(resource)?.noun(t, nameOf(resource), isTree(resource)) ?? visibleName(resource);
}

/** The origin of an image, which tells how far its text may be trusted. */
export function originWords(t: Translate, kinds: Kinds, from: string | undefined): string {
  if (from === undefined) return t("built in");
  return from.startsWith("pid:")
    ? t("registered by agent {0}", from.slice(4))
    : t("this workspace’s file {0}, untrusted text", resourceWords(t, kinds, from));
}

/** A need in words: `change app/src/a.ts`. */
export function needWords(t: Translate, kinds: Kinds, rights: readonly string[], resource: string): string {
  return t("{0} {1}", rightWords(t, kinds, rights, resource), resourceWords(t, kinds, resource));
}

function mayWords(t: Translate, effect: Effect, rights: string, resource: string): string {
  if (effect === "allow") return t("may {0} {1}", rights, resource);
  return effect === "ask"
    ? t("asks each time before it may {0} {1}", rights, resource)
    : t("may never {0} {1}", rights, resource);
}

/** A grant in words: `may read and list everything in app, 2 times, until 2027-01-01T00:00:00Z`. */
export function grantWords(
  t: Translate,
  kinds: Kinds,
  { effect, rights, resource, uses, until }: Listed,
): string {
  return [
    mayWords(t, effect, rightWords(t, kinds, rights, resource), resourceWords(t, kinds, resource)),
    ...(uses === undefined ? [] : [uses === 1 ? t("once") : t("{0} times", uses)]),
    ...(until === undefined ? [] : [t("until {0}", until)]),
  ].join(", ");
}
