// The agent whose objects documents.test.ts and documents-keys.long.ts open: notes, and a plan in three versions.
import type { Before } from "./opening.ts";
import { calls, done } from "./people.ts";

/** One put_object call. */
export const put = (name: string, value: unknown, more: object = {}): [string, unknown] => [
  "put_object",
  { name, value, ...more },
];
const part = (text: string, over = false): object => ({ text, done: over });
const plan = (...steps: object[]): [string, unknown] => put("pages", { steps }, { type: "plan" });
/** A turn with one question. */
export const ask = (question: string) => calls("I ask.", ["ask_human", { question }]);

export const PAGES: Before = {
  goal: "Write the shop's pages",
  turns: [
    calls("I note.", put("notes", "Bread, milk, hours.", { type: "text" })),
    calls("I plan.", plan(part("List the prices"), part("Write the hours"))),
    calls("I plan again.", plan(part("List the prices", true), part("Write the hours"))),
    calls("And again.", [
      "put_object",
      {
        ...{ name: "pages", type: "plan", from: ["notes"] },
        value: {
          steps: [part("List the prices", true), part("Write the opening hours"), part("Publish")],
        },
      },
    ]),
    calls("They belong together.", [
      "link_objects",
      { from: "pages", to: "notes", relation: "derived_from" },
    ]),
    ask("Publish?"),
    done,
  ],
};
