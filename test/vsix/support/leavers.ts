// The agents that wait when the window of leaving.test.ts opens.
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

/** All of them, in the order of their numbers, from 2 on. */
export const LEAVING: readonly Before[] = [
  { goal: "Survive a reload", turns: [calls("I write.", write("one.txt")), done] },
  ...FIVE,
  { goal: "Be looked at", turns: [edit("front.md", "# Looked at"), done] },
  { goal: "Be cut off", turns: [edit("flight.md", "# Cut off"), done] },
  { goal: "Write a set", turns: [calls("Two.", write("set/a.txt"), write("set/b.txt")), done] },
  {
    goal: "Be watched",
    turns: [calls("I write.", write("three.txt")), calls("I write.", write("four.txt")), done],
  },
  { goal: "Meet typing", turns: [edit("typed.md", "# Theirs"), done] },
  { goal: "Ask unseen", turns: [ask("Go on?"), make("unseen"), ask("On?"), make("docs"), done] },
  { goal: "Wait for later", turns: [calls("I write.", write("later.txt")), done] },
];
