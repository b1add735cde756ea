// Object document: one object as Markdown, with its value, sources, links and versions; nothing of it renders.
import { OBJECT_TYPES, objectText, type Source } from "../../abi/object.ts";
import type { ObjectVersion, State, StoredObject } from "../../kernel/state/rows.ts";
import { codeBlock, codeSpan, markdownName } from "../words/markdown.ts";
import { hasVersions, lostVersionWords, versionWords } from "./objects.ts";
import type { Translate } from "../words/translate.ts";
import { visibleLine, visibleText } from "../words/visible.ts";
import { processWords } from "../words/processes.ts";
import { resourceWords } from "../words/resources.ts";

/** The value of one version as text. Other fields of a content object come before its content. */
export function versionText({ type, value }: ObjectVersion): string {
  const form = OBJECT_TYPES[type]?.form ?? "json";
  const text = visibleText(objectText(form, value));
  if (form !== "content" || typeof value !== "object" || value === null) return text;
  const beside = Object.entries(value).filter(([key]) => key !== "content");
  const lines = beside.map(([key, one]) => `${visibleLine(key)}: ${visibleLine(JSON.stringify(one))}\n`);
  return lines.length === 0 ? text : `${lines.join("")}\n${text}`;
}

/**
 * One object as Markdown: its newest version, the sources of that version, links and versions. Only our own Markdown
 * renders. `sha256` tells whether the record has the whole value that was put.
 */
export function objectDocument(
  t: Translate,
  state: State,
  object: StoredObject,
  sha256: (text: string) => string,
): string {
  const { namespace, name, versions, links } = object;
  const last = versions.at(-1);
  if (last === undefined) return "";
  const form = OBJECT_TYPES[last.type]?.form ?? "json";
  const whole = last.sha256 === undefined || sha256(objectText(form, last.value)) === last.sha256;
  const language = form === "json" && typeof last.value !== "string" ? "json" : "";
  const head = [
    t("version {0}", last.version),
    versionWords(t, state, last, markdownName(last.type)),
    ...(last.bytes === undefined ? [] : [t("{0} bytes", last.bytes)]),
    codeSpan(`${namespace}/${name}`),
  ];
  const sources = (last.from ?? []).map((source) => `- ${sourceWords(t, state, source)}`);
  const linked = links.map(({ relation, to }) => {
    const target = state.objects.get(to.namespace)?.get(to.name);
    const gone = target === undefined || !hasVersions(target) || to.version < target.since;
    const where = `${codeSpan(`${to.namespace}/${to.name}`)}, ${t("version {0}", to.version)}`;
    return `- ${relation.replaceAll("_", " ")} ${where}${gone ? ` (${t("no longer there")})` : ""}`;
  });
  const lost = lostVersionWords(t, object);
  const history = versions
    .map((v) => `- ${t("version {0}", v.version)} · ${versionWords(t, state, v, markdownName(v.type))}`)
    .reverse();
  const parts = [
    `# ${t("Object {0}", markdownName(name))}`,
    head.join(" · "),
    ...(whole ? [] : [t("A secret was kept out of the record, so this is not all that was put.")]),
    codeBlock(versionText(last).replace(/\n$/u, ""), language),
    ...documentPart(t("Made from"), sources),
    ...documentPart(t("Links"), linked),
    ...documentPart(t("Versions"), lost === "" ? history : [...history, `- ${lost}`]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function documentPart(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join("\n")];
}

function sourceWords(t: Translate, state: State, source: Source): string {
  if ("resource" in source)
    return t(
      "{0} as it read with SHA-256 {1}",
      codeSpan(resourceWords(t, state.kinds, source.resource)),
      source.sha256,
    );
  if ("pid" in source) {
    const { pid, first, last } = source;
    return t("turns {0} to {1} of {2}", first + 1, last + 1, processWords(t, state, pid));
  }
  return `${codeSpan(`${source.namespace}/${source.name}`)}, ${t("version {0}", source.version)}`;
}
