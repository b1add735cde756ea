// The agents that attack in attacks.test.ts: what each asks for, or says.
import type { Before } from "../support/opening.ts";
import { LONG } from "../../support/runs.ts";
import { calls, done } from "../support/people.ts";

const make = (path: string) => calls("I make a folder.", ["make_directory", { path }]);
const write = (path: string, content: string) => calls("I write.", ["write_file", { path, content }]);
const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);
const LINK = "[go on](command:workbench.action.files.newUntitledFile)";

/** A request that a row cannot show whole, and the row that it gets. */
type Padded = Readonly<Record<string, { turn: ReturnType<typeof make>; row: RegExp }>>;

const SOME: Padded = {
  "300 lines": { turn: write("many.txt", "line\n".repeat(300)), row: /many\.txt/ },
  "a hidden character": { turn: make("do\u200Bcs"), row: /‹U\+200B›/ },
};
const MORE: Padded = {
  "one line of 20,000 characters": { turn: write("wide.txt", `${"x".repeat(20_000)}\n`), row: /wide\.txt/ },
  "a long name": { turn: make(`docs/${"long-".repeat(40)}`), row: /long-long/ },
  "a name turned around": { turn: make("docs\u202Egnp"), row: /‹U\+202E›/ },
  "a link in its name": { turn: make(LINK), row: /folder .*go on/ },
};

/** One of each kind; in a long run all of them. */
export const PADDING: Padded = LONG ? { ...SOME, ...MORE } : SOME;

/** Everything by which a text could make a page fetch something. */
function pictures(site: string): string {
  const at = (name: string): string => `${site}/${name}`;
  return [
    `![a](${at("inline")}) ![b][r] ![r]\n\n[r]: ${at("reference")}`,
    `[![c](${at("linked")})](${at("link")}) ![d](<${at("angled")}>)`,
    `<img src="${at("img")}"><picture><source srcset="${at("srcset")}"><img></picture>`,
    `<video poster="${at("poster")}" src="${at("video")}"></video><svg><image href="${at("svg")}"/></svg>`,
    `<p style="background:url(${at("css")})">x</p><style>@import "${at("import")}";</style>`,
    `<link rel="stylesheet" href="${at("sheet")}"><script src="${at("script")}"></script><iframe src="${at("frame")}"></iframe>`,
  ].join("\n\n");
}

/** All of them; `site` is who would hear of a picture that is fetched. */
export function attackers(site: string): readonly Before[] {
  const text = pictures(site);
  return [
    {
      goal: "Show pictures",
      turns: [
        calls(text, [text.slice(0, 60), { [text]: text }], ["read_file", { path: "README.md" }]),
        calls(text, ["finish", { result: text }]),
      ],
    },
    { goal: "Be touched", turns: [make("never"), done] },
    ...Object.entries(PADDING).map(([name, { turn }]) => ({
      goal: `Pad with ${name}`,
      turns: [turn, done],
    })),
    {
      goal: "Link a question",
      turns: [ask(`${LINK} $(trash) [b](https://e.example/x)`), done],
    },
    { goal: "Name a picture", turns: [write("$(trash)/$(check).txt", "x\n"), done] },
    ...(LONG ? [{ goal: "Be watched", turns: [make("shared"), done] }] : []),
    {
      goal: "Be told",
      turns: [ask("Shall I?"), make("toasted"), ask("And then?"), make("[go on](command:x)"), done],
    },
  ];
}
