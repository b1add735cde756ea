// Attacks on what people read: hidden characters, forged lines, markup and secrets in every text that is shown.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { visibleText } from "../../src/views/words/visible.ts";
import { attack, documentsOf, reviewsOf, rowsOf, staged } from "./support/attack.ts";

const HELD = [
  ...["allow:read,list:fs:/app/**", "ask:write:fs:/app/**", "allow:ask:human:/ask"],
  ...["allow:spawn:process:/children", "allow:execute:image:/coding"],
];

/** An agent that puts a text wherever an agent can put one, and a child that does so too. */
function sayingEverywhere(text: string, name = text.slice(0, 60).replaceAll("/", "∕")) {
  const ask = { tool: "ask_human", args: { question: text } };
  const calls = [
    { tool: "make_directory", args: { path: `src/${name}` } },
    ask,
    { tool: "request_capability", args: { grant: "allow:delete:fs:/app/src/**", reason: text } },
    { tool: "write_file", args: { path: "src/new.txt", content: text } },
    { tool: "read_file", args: { path: `none/${name}` } },
    { tool: "put_object", args: { name: "said", value: text } },
    { tool: text.slice(0, 60), args: { [text]: text } },
    { tool: "spawn_agent", args: { goal: text, grants: [] } },
  ];
  return { turns: [{ text, calls }], children: [{ turns: [{ text, calls: [ask] }] }] };
}

/** Everything that takes no ink, turns text around or moves it; leading blanks and line ends apart. */
const UNSEEN =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}|(?<=\S) {30,}(?=\S)/u;
const unseen = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trimStart())
    .filter((line) => UNSEEN.test(line));

const FORGED = "Yes would store:";
const DISGUISED: Readonly<Record<string, string>> = {
  "a bidi override": "docs/\u202Egnp.exe",
  "bidi isolates": "a\u2066b\u2069c\u061C",
  "zero-width characters": "do\u200Bcs\u200D\uFEFF\u2060",
  tabs: `docs\t\t\t\tand the rest`,
  "a line end that begins a line of ours": `docs\n${FORGED}\n  for everybody`,
  "a lone carriage return": `rm everything\r${FORGED}`,
  "terminal escapes": "\u001b[2K\u001b[1Adocs\u0007\u0008",
  "a long run of spaces": `docs${" ".repeat(300)}rm`,
  "blanks that are no spaces": "docs\u00A0\u2003\u3000\u2800\u3164rm",
  "tags and variation selectors": "docs\u{E0041}\u{E0042}\uFE0F\u{E0100}",
  separators: `docs\u2028${FORGED}\u2029x`,
  "5,000 characters": "x".repeat(5000),
  "5,000 hidden characters": `a${"\u200B".repeat(5000)}b`,
};

attack(
  "G1: nothing that an agent writes is hidden from a person, moved, or passed for ours",
  DISGUISED,
  (text) =>
    staged({ grants: HELD }, async (stage) => {
      stage.launch(sayingEverywhere(text), HELD);
      await stage.on.kernel.rest();
      const rows = rowsOf(stage.on.kernel);
      const reviews = reviewsOf(stage);
      const all = [...rows, ...reviews, ...Object.values(documentsOf(stage))];
      assert.ok(rows.length > 30 && reviews.length > 10);
      assert.deepEqual(all.flatMap(unseen), []);
      const begun = all.flatMap((t) => t.split("\n")).filter((line) => line.startsWith(FORGED));
      // Once in each review that has a yes to give, where it is ours.
      assert.equal(begun.length, reviews.filter((r) => /^Yes would store:$/mu.test(r)).length);
      const whole = visibleText(text).split("\n");
      const questions = reviews.filter((r) => r.includes("asks (q"));
      assert.equal(questions.length, 2);
      for (const review of questions) {
        for (const line of whole) assert.ok(review.includes(line), `${review} does not show ${line}`);
        assert.ok(review.includes(`${text.length} characters`), "its length is not said");
      }
      const name = text.slice(0, 60);
      const named = visibleText(name).split("\n")[0] ?? "";
      // A name with white space around it is refused before anybody is asked.
      if (name.trim() === name) assert.ok(rows.some((row) => row.includes(named.replaceAll("/", "∕"))));
    }),
);

const SERVER = "http://127.0.0.1:9/x";
const MARKUP: Readonly<Record<string, string>> = {
  "an image": `![x](${SERVER}.png)`,
  "an image by reference": `![x][r]\n\n[r]: ${SERVER}.png`,
  "an image by short reference": `![r]\n\n[r]: ${SERVER}.png "t"`,
  "an image within a link": `[![x](${SERVER}.png)](${SERVER})`,
  "an image with an angled target": `![x](<${SERVER}.png> 't')`,
  "an image in a table": `| a |\n|---|\n| ![x](${SERVER}.png) |`,
  "an image in a list in a quote": `> - ![x](${SERVER}.png)\n> 1. ![y](${SERVER}.png)`,
  "an image behind a broken fence": `- \`\`\`\n  x\n![x](${SERVER}.png)`,
  "an image behind an indented fence": `    \`\`\`\n![x](${SERVER}.png)\n    \`\`\``,
  "an image over two lines": `![x\ny](${SERVER}.png)`,
  "an image with nested brackets": `![a [b] c](${SERVER}.png)`,
  "an image with escaped brackets": `!\\[x](y) ![x\\]](${SERVER}.png)`,
  "an image as data": "![x](data:image/svg+xml;base64,PHN2Zy8+)",
  "HTML images": `<img src="${SERVER}.png"><IMG SRC=${SERVER}.png onerror=alert(1)>`,
  "HTML in a block": `<div>\n<img\nsrc="${SERVER}.png">\n</div>`,
  "pictures, films and sound": `<picture><source srcset="${SERVER}.png"><img></picture><video src="${SERVER}" poster="${SERVER}"></video><audio src="${SERVER}"></audio>`,
  "a drawing": `<svg><image href="${SERVER}.png"/><use href="${SERVER}#a"/></svg>`,
  styles: `<style>@import "${SERVER}.css";</style><p style="background:url(${SERVER}.png)">x</p><link rel=stylesheet href="${SERVER}.css">`,
  "scripts and frames": `<script src="${SERVER}.js"></script><iframe src="${SERVER}"></iframe><object data="${SERVER}"></object><embed src="${SERVER}">`,
  "forms and a refresh": `<form action="${SERVER}"><button>x</button></form><meta http-equiv="refresh" content="0;url=${SERVER}"><base href="${SERVER}">`,
  "a comment and a declaration": `<!-- x --><!DOCTYPE html><?php ?><![CDATA[x]]><img src="${SERVER}.png">`,
  "links that run commands": "[a](command:workbench.action.quit) [b](<command:x y>) <command:x>",
  "links by reference that run commands": "[a][r] [r]\n\n[r]: command:workbench.action.quit",
  "links with scripts":
    "[a](javascript:alert(1)) [b](JaVaScRiPt&colon;alert(1)) [c](vbscript:x) <a href='JavaScript:x'>d</a>",
  "links to files and addresses of ours":
    "[a](file:///etc/passwd) [b](vscode://agentlibos.agentlibos/new?goal=x)",
  entities: "&lt;img src=x&gt; &#33;[x](&#104;ttp://127.0.0.1:9/x.png) &#60;img src=x&#62;",
  "escaped escapes": `\\\\<img src="${SERVER}.png"> \\![x](${SERVER}.png)`,
  "headings and rules of ours": "# Agent 9\n\n## Ended: finished\n\nTitle\n===\n\n---",
};

/** Whatever a page would fetch, run or submit. Web addresses that a person must click are what they say. */
const ACTIVE =
  /<(?:img|picture|source|video|audio|svg|image|use|style|link|script|iframe|object|embed|form|button|meta|base)\b|\bon\w+\s*=\s*["']|<a\b[^>]*\bhref\s*=\s*["']?(?!["']?(?:https?:|#))/iu;
const rendered = (text: string): Thenable<string> =>
  vscode.commands.executeCommand<string>("markdown.api.render", text);

attack(
  "F3, L1: no text of an agent is markup where it is shown, and its images are never fetched",
  MARKUP,
  (text) =>
    staged({ grants: HELD }, async (stage) => {
      stage.launch(sayingEverywhere(text), HELD);
      await stage.on.kernel.rest();
      rowsOf(stage.on.kernel); // fails by itself on anything that is not a plain text
      const pages = Object.entries(documentsOf(stage)).filter(([name]) => name.endsWith(".md"));
      assert.ok(pages.length >= 4);
      for (const [name, page] of pages) {
        const html = await rendered(page);
        assert.doesNotMatch(html, ACTIVE, name);
        // Headings stand where we write them: the text of an agent is a quotation or code.
        assert.doesNotMatch(
          html.replace(/<blockquote[^>]*>[^]*?<\/blockquote>/gu, ""),
          /<h\d[^>]*>(?:Agent 9|Title)/u,
        );
      }
    }),
);

it("F3, L1: the same renderer shows the raw texts as what they want to be", async () => {
  const inert = ["entities", "headings and rules of ours", "an image behind an indented fence"];
  const lost: string[] = [];
  for (const [name, text] of Object.entries(MARKUP))
    if (!ACTIVE.test(await rendered(text)) && !inert.includes(name)) lost.push(name);
  assert.deepEqual(lost, []);
});

const KNOWN = "gurke-known-value-4711";
const SECRETS: Readonly<Record<string, string>> = {
  "a value known to secret storage": KNOWN,
  "a key of a provider": "sk-ant-api03-Qwertz0123456789Asdfgh",
  "a token of a forge": "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
  "a password by its name": "DB_PASSWORD=correct-horse-staple",
  "a password in an address": "https://admin:s3cr3t-pass@db.example/app",
  "a bearer": "Authorization: Bearer abc123.def456-ghi789",
};

attack(
  "L5: a secret that an agent got hold of is in no file of the record and in no text about it",
  SECRETS,
  (text) =>
    staged({ grants: HELD, secrets: [KNOWN] }, async (stage) => {
      stage.launch(sayingEverywhere(`it is ${text} `, text.includes("/") ? "plain" : text), HELD);
      await stage.on.kernel.rest();
      const bare = /[^ =/]+$/u.exec(text.replace(/@.*$/u, "").replace(/^https:\/\/admin:/u, ""))?.[0] ?? text;
      const shown = [...rowsOf(stage.on.kernel), ...Object.values(documentsOf(stage))].join("\n");
      assert.equal(
        shown.includes(bare),
        false,
        shown.slice(Math.max(0, shown.indexOf(bare) - 200), shown.indexOf(bare) + 60),
      );
      assert.ok(shown.includes("[redacted:"));
      assert.deepEqual(stage.scratch.recorded([bare]), []);
    }),
);
