// Resources in words: rights, resources, needs and grants, for readers who never saw a rights table.
import type { Effect, Listed } from "../../abi/capability.ts";
import { decodeName, isTree, kindOf, OUTSIDE, stem, type Kind, type Right } from "../../abi/resource.ts";
import { type Translate, joinWords } from "./translate.ts";
import { visibleLine, visibleName } from "./visible.ts";

/** The verb of each right. */
const rightVerbs = (t: Translate): Readonly<Record<Right, string>> => ({
  read: t("read"),
  list: t("list"),
  write: t("change"),
  delete: t("delete"),
  link: t("link"),
  share: t("share"),
  execute: t("run"),
  connect: t("connect to"),
  call: t("call"),
  ask: t("ask"),
  spawn: t("start"),
  wait: t("wait for"),
  signal: t("signal"),
  message: t("send messages to"),
  register: t("register"),
  replace: t("replace"),
  activate: t("activate"),
  create: t("create"),
  restore: t("restore"),
  branch: t("branch from"),
  sleep: t("use"),
});

/** The verbs of several rights. */
export function rightWords(t: Translate, rights: readonly string[]): string {
  const known = rightVerbs(t);
  return joinWords(
    t,
    rights.map((r) => (Object.hasOwn(known, r) ? known[r as Right] : visibleLine(r))),
  );
}

function nameOf(resource: string): string {
  const names = stem(resource)
    .replace(/^[a-z]+:\/?/u, "")
    .split("/");
  return visibleName(names.map(decodeName).join("/"));
}

/** The noun of a resource kind with its name. An empty name means every resource of the kind. */
function nounOf(t: Translate, kind: Kind, name: string, tree: boolean): string {
  switch (kind) {
    case "fs":
      if (name === "") return t("every workspace folder");
      return tree ? t("everything in {0}", name) : name;
    case "object":
      return tree ? t("objects in {0}", name) : t("the object {0}", name);
    case "shell":
      return name === "" ? t("any program") : t("the program {0}", name);
    case "git":
      return t("git in {0}", name);
    case "net":
      return name === "" ? t("any host") : t("the host {0}", name);
    case "mcp":
      return name === "" ? t("any MCP tool") : t("the MCP tool {0}", name);
    case "model":
      return name === "" ? t("any model") : t("the model {0}", name);
    case "human":
      return t("people");
    case "process":
      if (name === "children") return t("child agents");
      if (name === "self") return t("itself");
      return name === "" ? t("any process") : t("process {0}", name);
    case "image":
      return name === "" ? t("any image") : t("the image {0}", name);
    case "skill":
      return t("the skill {0}", name);
    case "jit":
      return t("the registered tool {0}", name);
    case "checkpoint":
      return name === "self" ? t("its own checkpoints") : t("checkpoints of process {0}", name);
    case "clock":
      return t("the clock to wait");
  }
}

/** A resource in words: `everything in app/src`, `the model openai/gpt-5`. */
export function resourceWords(t: Translate, resource: string): string {
  if (resource === OUTSIDE) return t("places outside every workspace folder");
  const kind = kindOf(resource);
  return kind === undefined ? visibleName(resource) : nounOf(t, kind, nameOf(resource), isTree(resource));
}

/** The origin of an image, which tells how far its text may be trusted. */
export function originWords(t: Translate, from: string | undefined): string {
  if (from === undefined) return t("built in");
  return from.startsWith("pid:")
    ? t("registered by agent {0}", from.slice(4))
    : t("this workspace’s file {0}, untrusted text", resourceWords(t, from));
}

/** A need in words: `change app/src/a.ts`. */
export function needWords(t: Translate, rights: readonly string[], resource: string): string {
  return t("{0} {1}", rightWords(t, rights), resourceWords(t, resource));
}

function mayWords(t: Translate, effect: Effect, rights: string, resource: string): string {
  if (effect === "allow") return t("may {0} {1}", rights, resource);
  return effect === "ask"
    ? t("asks each time before it may {0} {1}", rights, resource)
    : t("may never {0} {1}", rights, resource);
}

/** A grant in words: `may read and list everything in app, 2 times, until 2027-01-01T00:00:00Z`. */
export function grantWords(t: Translate, { effect, rights, resource, uses, until }: Listed): string {
  return [
    mayWords(t, effect, rightWords(t, rights), resourceWords(t, resource)),
    ...(uses === undefined ? [] : [uses === 1 ? t("once") : t("{0} times", uses)]),
    ...(until === undefined ? [] : [t("until {0}", until)]),
  ].join(", ");
}
