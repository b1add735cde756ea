// Parity: each promise that the prototype of this design made is kept by a test that names it, or is said why not.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const JIT = "There are no JIT tools yet.";
const CHECKPOINTS = "There are no checkpoints yet; turns can be undone, by a person only.";
const SHELL = "No command can be run yet.";
const LABELS = "Nothing is labelled yet: DESIGN 6, data flow.";

/** Every promise by its number: what it is in a few words, and why no test names it, where none does. */
const PROMISES: readonly (readonly [name: string, absent?: string])[] = [
  // Authority
  ["seeing a tool is no authority"],
  ["a tool outside the image's table is refused and nobody is asked"],
  ["what is loaded or named gives nothing"],
  ["what an image or tool says of itself settles nothing"],
  ["who may not is told nothing of what is there"],
  ["a deny wins"],
  ["resources match by their segments, and loose ones are none"],
  ["what cannot be read closes"],
  ["a restriction is about what it names"],
  ["a counted use is spent once, however many try"],
  ["what fails before the effect spends nothing"],
  ["what was dispatched is spent, what was not is given back, and a revoke outlasts both"],
  ["a use that was under way at a crash stays spent"],
  ["passing on only narrows"],
  [
    "counted uses stay where they are",
    "Replaced by DESIGN 6: uses that are passed on are taken off the giver.",
  ],
  [
    "asks and denies stop passing on",
    "Replaced by DESIGN 6: they go along with what is passed on, as copies.",
  ],
  ["only what is held is passed on, and no ask is made of nothing"],
  ["what came from it ends with it"],
  ["nobody sheds what restricts them"],
  ["authority is its holder's"],
  ["what changes authority is decided again when it happens"],
  ["a name that looks trusted is nobody"],
  ["a list is passed on whole or not at all"],
  ["an instant that cannot be read is past"],
  // People
  ["speaking to a person takes a right"],
  ["who waits for a person does not think, and goes on with the same call"],
  ["a question is answered once, and goes with its process"],
  ["what is granted is what was answered, and a muddled answer is none"],
  ["once is for one call with the same arguments"],
  ["a no is an answer, and nobody stops over it"],
  [
    "wide requests reach no person",
    "Replaced: the exact text is shown and can be narrowed; what is reserved or denied is refused.",
  ],
  [
    "words to a person are delivered once",
    "Replaced: they are a record that views show, and nothing drains a queue.",
  ],
  ["who waits for several waits for all"],
  ["what is shown of a request is visible, bounded and bound"],
  ["what belongs to one step is on record together"],
  // Processes
  ["starting, becoming and moving add no authority"],
  ["a child knows what it was given"],
  ["a child that would hold more is not started"],
  ["becoming another image keeps the process and adds nothing"],
  ["a process has one standing, and only a legal step changes it"],
  ["one thinks at a time, and who was replaced writes nothing"],
  ["an end and the waking of who waits for it are one"],
  ["no message is lost between looking and waiting"],
  ["an interruption comes first, and a filter that fits nothing takes nothing"],
  ["who sleeps stops nobody"],
  ["those who wait for each other are not stopped by a bound on those who run"],
  ["budgets hold for families, and nothing but a person adds to them"],
  ["thinking is paid before its calls run, also when its cost is guessed"],
  ["commands are bounded or refused", SHELL],
  ["what a command prints steers nothing", SHELL],
  // Memory
  ["a name is no authority"],
  ["one name in two namespaces is two objects"],
  ["a list shows what may be read, and costs nothing"],
  ["versions stay, and who comes second is told"],
  ["a delete takes all of one object and nothing of the next"],
  ["what a process kept goes with it, its result does not"],
  ["a context holds what fits and may be read, and says what it left out"],
  ["between files and objects nothing is shown, and both authorities count"],
  ["values die with the runtime", "Replaced by DESIGN 6: objects live in the record and survive a reload."],
  ["a summary adds no authority and fails whole"],
  // Images, skills, tools, checkpoints
  ["registering takes a right, and leaves nothing when it fails"],
  ["an image of a checkpoint carries no authority", CHECKPOINTS],
  ["a skill comes and goes whole", "There are no skills yet."],
  ["a made tool is its process's", JIT],
  ["made code is bound by capabilities", JIT],
  ["made code is confined, not searched for bad words", JIT],
  ["made code cannot pass for its host", JIT],
  ["made code ends a process after its own result", JIT],
  ["a checkpoint is whole and lets its maker look", CHECKPOINTS],
  ["a restore brings back no authority and no past", CHECKPOINTS],
  ["a branch has names of its own", CHECKPOINTS],
  ["what cannot be taken back is said", CHECKPOINTS],
  // Effects, data flow, evidence
  ["an effect is on record before it happens and never happens twice"],
  ["an approval is for what was shown"],
  [
    "a launch has a ceiling",
    "Replaced by DESIGN 6: what a launch lists is all that there is, and asks say what more.",
  ],
  ["labels only tighten", LABELS],
  ["sensitive data leaves only to whom it may", LABELS],
  ["remote calls are gated before they are looked up", "There are no MCP servers yet."],
  ["commands are classified the same way each time", SHELL],
  ["git runs nothing and loses nothing", "There is no git yet."],
  ["windows on the record show the newest, and leaving out stays quick"],
  ["an explanation names only what was linked, and says what nobody knows"],
  ["what is too long says so"],
  ["another table of tools is no other authority"],
  ["one writes, a failed write stops all, and shapes are strict"],
  ["stopping waits for what runs"],
  [
    "what models said can be kept out",
    "Replaced by DESIGN 7: secrets are left out of the record, all else is the record.",
  ],
  [
    "agents are measured on tasks",
    "Not in DESIGN: the attack cases run as tests, and the bench measures speed.",
  ],
];

const TESTS = join(import.meta.dirname, "../..");
const TITLE = /\b(?:test|it)\(\s*(["`])((?:\\.|(?!\1)[^\\])*)\1/gsu;
const CITES = /\(P\d+(?:, P\d+)*\)/gu;

const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".test.ts"));
const cited = files
  .filter((file) => !file.endsWith("parity.test.ts"))
  .map((file) => {
    const text = readFileSync(join(TESTS, file), "utf8");
    const titles = [...text.matchAll(TITLE)].map((m) => m[2] ?? "");
    return { file, text, cites: titles.flatMap((title) => /\(P[\dP, ]+\)$/u.exec(title)?.[0] ?? []) };
  });
const numbers = new Set(cited.flatMap((f) => f.cites.flatMap((c) => c.match(/\d+/gu) ?? []).map(Number)));

test("every promise is named by the title of a test, or it is said why none does", () => {
  assert.equal(PROMISES.length, 88);
  for (const [i, [name, absent]] of PROMISES.entries())
    assert.equal(
      numbers.has(i + 1),
      absent === undefined,
      `P${i + 1}, ${name}: ${absent ?? "no test names it"}`,
    );
  for (const number of numbers) assert.ok(PROMISES[number - 1], `there is no P${number}`);
});

test("a promise is named only at the end of a title, where it is found", () => {
  for (const { file, text, cites } of cited) assert.deepEqual(text.match(CITES) ?? [], cites, file);
});
