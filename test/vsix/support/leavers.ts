// The agents that wait when the windows of leaving.test.ts and leaving-half.long.ts open.
import type { Before } from "./opening.ts";
import { calls, done } from "./people.ts";

const write = (path: string): [string, unknown] => ["write_file", { path, content: `${path}\n` }];
const make = (path: string) => calls("Folder.", ["make_directory", { path }]);
const ask = (question: string) => calls("Ask.", ["ask_human", { question }]);
const edit = (path: string, new_text: string) =>
  calls("Edit.", ["edit_file", { path, old_text: "# Price list", new_text }]);

/** Five that ask at once, and what each of them asks for. */
export const FIVE: readonly Before[] = [
  { goal: "Write two", turns: [calls("Two.", write("five/a.txt"), write("five/b.txt")), done] },
  { goal: "Edit one", turns: [edit("five.md", "# Five"), done] },
  { goal: "Make a folder", turns: [make("five-folder"), done] },
  { goal: "Ask for a colour", turns: [ask("Which colour?"), done] },
  { goal: "Write one", turns: [calls("One.", write("five-one.txt")), done] },
];

const watched: Before = {
  goal: "Be watched",
  turns: [calls("I write.", write("three.txt")), calls("I write.", write("four.txt")), done],
};
const later: Before = { goal: "Wait for later", turns: [calls("I write.", write("later.txt")), done] };

/** Those of leaving.test.ts, in the order of their numbers, from 2 on. */
export const LEAVING: readonly Before[] = [
  { goal: "Survive a reload", turns: [calls("I write.", write("one.txt")), done] },
  { goal: "Be looked at", turns: [edit("front.md", "# Looked at"), done] },
  watched,
  later,
];

/** Those of leaving-half.long.ts. */
export const CUT_OFF: readonly Before[] = [
  ...FIVE,
  { goal: "Be cut off", turns: [edit("flight.md", "# Cut off"), done] },
  { goal: "Write a set", turns: [calls("Two.", write("set/a.txt"), write("set/b.txt")), done] },
  watched,
  { goal: "Meet typing", turns: [edit("typed.md", "# Theirs"), done] },
  { goal: "Ask unseen", turns: [ask("Go on?"), make("unseen"), ask("On?"), make("docs"), done] },
  later,
];
