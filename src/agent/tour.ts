// The tour: a small project with a scripted agent. It shows allowed, asked and denied actions.
import type { Kinds } from "../abi/kind.ts";
import type { RootFolder } from "../abi/record.ts";
import { fsResource } from "../abi/resource.ts";
import type { Script } from "../abi/script.ts";
import { builtInImage, suggestedGrants } from "./images.ts";

/** The goal of the tour's agent. */
export const TOUR_GOAL = "Make quantities count";

/** The file that marks a folder as made for the tour. It grants nothing. */
export const TOUR_MARK = ".agentlibos-tour";

/** The project, by path. A test compares it with `scripts/demo`. */
export const TOUR_FILES: Readonly<Record<string, string>> = {
  ".env": `# Made up: shows that agents do not read secrets without being allowed to.
SHOP_API_KEY=demo-secret-that-no-agent-should-see
`,
  ".gitignore": `node_modules/
.env
`,
  "README.md": `# Price list

A tiny shop: it adds up a basket and formats the total.

- \`src/basket.js\` adds up what is in the basket.
- \`src/format.js\` turns cents into a price that people can read.
- \`npm test\` runs the tests.

## Open points

- \`total\` ignores the quantity of an item.
- A price below one euro is printed without its leading zero.
`,
  "package.json": `{
  "name": "price-list",
  "version": "1.0.0",
  "private": true,
  "type": "module",
  "scripts": { "test": "node --test" }
}
`,
  "src/basket.js": `// Adds up a basket. Prices are whole cents.

/** @param {{ name: string, cents: number, quantity: number }[]} items */
export function total(items) {
  let sum = 0;
  for (const item of items) {
    sum += item.cents;
  }
  return sum;
}

/** @param {number} cents @param {number} percent */
export function discount(cents, percent) {
  return Math.round(cents * (1 - percent / 100));
}
`,
  "src/format.js": `// Turns cents into a price that people can read.

/** @param {number} cents */
export function price(cents) {
  const text = String(cents);
  const euros = text.slice(0, -2);
  const rest = text.slice(-2).padStart(2, "0");
  return \`\${euros}.\${rest} EUR\`;
}
`,
  "test/basket.test.js": [
    "// What the shop promises; the first test fails until quantities count.",
    'import assert from "node:assert/strict";',
    'import { test } from "node:test";',
    'import { discount, total } from "../src/basket.js";',
    "",
    'test("quantities count", () => {',
    '  assert.equal(total([{ name: "tea", cents: 250, quantity: 2 }]), 500);',
    "});",
    "",
    'test("a discount is rounded to whole cents", () => {',
    "  assert.equal(discount(999, 10), 899);",
    "});",
    "",
  ].join("\n"),
};

/** The edit that the tour's agent proposes; the file holds `before` until a person allows it. */
export const TOUR_EDIT = {
  path: "src/basket.js",
  before: "    sum += item.cents;\n",
  after: "    sum += item.cents * item.quantity;\n",
} as const;

/** The question that the tour's agent asks. */
export const TOUR_QUESTION =
  "Prices below one euro lose their leading zero. Shall that be fixed another day?";

/** The command that the tour's agent runs although it may not change what that changes. */
export const TOUR_COMMAND = "sed -i s/500/250/ test/basket.test.js";

/** The profile Ask, and denies on the secret file and the tests: the record then shows refusals with their reasons. */
export function tourGrants(kinds: Kinds, root: RootFolder): string[] {
  return [
    ...suggestedGrants(kinds, builtInImage(kinds, "tour"), "ask", [root]),
    `deny:read,write,delete:${fsResource(root.name, [".env"])}`,
    `deny:write,delete:${fsResource(root.name, ["test"])}/**`,
  ];
}

/** The script of the tour. No later turn depends on an answer, so every answer leads to the end. */
export function tourScript(root: RootFolder): Script {
  const part = `allow:read,list:${fsResource(root.name, ["src"])}/**`;
  const { path, before, after } = TOUR_EDIT;
  const turn = (text: string, ...calls: [tool: string, args: unknown][]) => ({
    text,
    calls: calls.map(([tool, args]) => ({ tool, args })),
  });
  return {
    turns: [
      turn(
        "I look around first. Reading this folder was granted when I was started, so nobody is asked.",
        ["list_directory", { path: "." }],
        ["read_file", { path: "README.md" }],
        ["read_file", { path }],
      ),
      turn(
        "I run the tests. A command works on a layer over this folder, so that nobody needs to be asked: it changes nothing by itself.",
        ["run_command", { command: "npm test" }],
      ),
      turn(
        "One test fails: the total ignores quantities. I propose one small edit. Nothing is written until you allow it: look at the Approvals view.",
        ["edit_file", { path, old_text: before, new_text: after }],
      ),
      turn("I run the tests again.", ["run_command", { command: "npm test" }]),
      turn(
        "A worse agent would have changed the test instead. I try that with a command: it runs, and its change is denied, because the tests are not mine to write.",
        ["run_command", { command: TOUR_COMMAND }],
      ),
      turn(
        "Now I try the file with the secret. I was started with a deny on it, so this fails whoever asks.",
        ["read_file", { path: ".env" }],
      ),
      turn("I may ask you things, too.", ["ask_human", { question: TOUR_QUESTION }]),
      turn(
        "I start a reviewer. It gets a part of what I hold, listed in the call: it may read src and nothing else.",
        ["spawn_agent", { goal: `Review ${path}`, image: "reviewer", grants: [part] }],
      ),
      turn("I wait for its result.", ["wait_agent", { pid: "${7.0.pid}" }]),
      turn("That is all.", [
        "finish",
        {
          result:
            "One edit was proposed and reviewed. What was read, asked, allowed and denied is on the record.",
        },
      ]),
    ],
    children: [
      {
        turns: [
          turn(
            "I read what I was pointed to, and try to read more than I was given.",
            ["read_file", { path }],
            ["read_file", { path: "README.md" }],
          ),
          turn("", ["finish", { result: `I read ${path}. README.md was not mine to read.` }]),
        ],
      },
    ],
  };
}

/** A script for any folder, for people who want to see an agent without a model. */
export const DEMO_SCRIPT: Script = {
  turns: [
    {
      text: "This is a demonstration: my answers come from a script. I look around.",
      calls: [{ tool: "list_directory", args: { path: "." } }],
    },
    {
      text: "I propose a new file. It is written only if you allow it.",
      calls: [
        {
          tool: "write_file",
          args: {
            path: "hello-from-an-agent.md",
            content: "# Hello\n\nAn agent wrote this, and a person allowed it.\n",
          },
        },
      ],
    },
    { text: "That was all.", calls: [{ tool: "finish", args: { result: "The demonstration is over." } }] },
  ],
};
