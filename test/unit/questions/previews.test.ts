// Previews: what each operation would do is data, and is put into words once, in the language of its reader.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { Kinds, type Kind } from "../../../src/abi/kind.ts";
import type { Question } from "../../../src/abi/question.ts";
import { QUESTIONS } from "../../../src/kernel/questions/kinds.ts";
import { questionText, questionView } from "../../../src/views/questions/question.ts";
import { lineOf } from "../../../src/views/questions/row.ts";
import { receiptText } from "../../../src/views/record/receipt.ts";
import { english, type Translate } from "../../../src/views/words/translate.ts";
import { actionWords, noteLines } from "../../../src/views/words/previews.ts";
import { BOX_SAMPLES } from "../../contract/boxes.ts";
import { makeFixture } from "../../contract/fixture.ts";
import { SAMPLES } from "../../contract/samples.ts";
import { kinds } from "../../harness/kinds.ts";
import { TestKernel } from "../../support/kernel.ts";

const bundle = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../l10n/bundle.l10n.de.json"), "utf8"),
) as Record<string, string>;
const german: Translate = (text, ...values) => english(bundle[text] ?? `untranslated: ${text}`, ...values);

/** The words that a person reads about the sample call of each operation that has a preview. */
const WORDS: Readonly<Record<string, readonly [english: string, german: string]>> = {
  "fs.write": ["Create app/new.txt", "app/new.txt anlegen"],
  "fs.edit": ["Edit app/a.txt", "app/a.txt ändern"],
  "fs.mkdir": ["Make the folder app/made", "Ordner app/made anlegen"],
  "fs.move": ["Move app/a.txt to app/b.txt", "app/a.txt nach app/b.txt verschieben"],
  "fs.delete": ["Delete app/a.txt", "app/a.txt löschen"],
  "fs.restore": ["Bring back app/a.txt", "app/a.txt zurückholen"],
  "fs.put": ["Delete app/a.txt", "app/a.txt löschen"],
  "checkpoint.restore": [
    "Bring files back to the checkpoint c1",
    "Dateien auf den Prüfpunkt c1 zurückbringen",
  ],
  "checkpoint.undo": ["Undo the restore r1", "Die Wiederherstellung r1 rückgängig machen"],
  "checkpoint.finish": [
    "Bring files back to the checkpoint c1",
    "Dateien auf den Prüfpunkt c1 zurückbringen",
  ],
  "checkpoint.branch": [
    "Go on with agents from the checkpoint c1",
    "Mit Agenten vom Prüfpunkt c1 aus weitermachen",
  ],
  "checkpoint.commit": ["Make an image from the checkpoint c1", "Ein Image aus dem Prüfpunkt c1 machen"],
  "git.add": ["Stage app/a.txt", "app/a.txt vormerken"],
  "git.commit": ["Commit to main", "In main committen"],
  "git.branch": ["Make the branch side", "Zweig side anlegen"],
  "git.switch": ["Switch app to the branch side", "app auf den Zweig side umstellen"],
  "git.merge": ["Merge the worktree 3-work into app", "Den Worktree 3-work nach app übernehmen"],
  "git.discard": ["Discard the worktree 3-work", "Den Worktree 3-work verwerfen"],
  "git.push": ["Push main to …/remote.git", "main nach …/remote.git übertragen"],
  "git.fetch": ["Fetch from …/remote.git", "Von …/remote.git holen"],
  "object.export": ["Create app/new.txt", "app/new.txt anlegen"],
  "shell.run": ["Run ls -l", "ls -l ausführen"],
  "process.spawn": ["Start a child agent", "Einen Unteragenten starten"],
  "process.fork": [
    "Start a child agent that knows this conversation",
    "Einen Unteragenten starten, der dieses Gespräch kennt",
  ],
  "process.exec": ["Go on as another image", "Als anderes Image weitermachen"],
  "capability.delegate": ["Pass authority on", "Befugnisse weitergeben"],
  "capability.transfer": ["Pass authority on", "Befugnisse weitergeben"],
  "image.register": ["Register an image", "Ein Image anmelden"],
};

/** Every call is asked for, a merge although it only reads. */
const RULES = [
  "checkpoint:/**",
  "fs:/**",
  "git:/**",
  "git:/app/worktree",
  "image:/**",
  "process:/**",
  "shell:/**",
].map((resource) => ({
  ...{ effect: "ask" as const, resource, reason: "all is asked for" },
  rights: [
    "write",
    "delete",
    "spawn",
    "execute",
    "message",
    "register",
    "restore",
    ...(resource.endsWith("worktree") ? ["read"] : []),
  ],
}));

test("every operation that has a preview is in the list of their words", async () => {
  const fixture = await makeFixture([]);
  const { k } = fixture;
  const all = [...k.kernel.operations.values()].filter((op) => Object.hasOwn(SAMPLES, op.name));
  // The primitives of the test tree have their own tests.
  const prepared = all
    .filter((op) => op.prepares && !Object.hasOwn(BOX_SAMPLES, op.name))
    .map((op) => op.name);
  assert.deepEqual(prepared.sort(), Object.keys(WORDS).sort());
  fixture.close();
});

for (const [name, words] of Object.entries(WORDS))
  test(`a person reads what ${name} would do, in both languages`, async () => {
    const sample = SAMPLES[name];
    assert.ok(sample);
    const on = await makeFixture(sample.grants);
    const { k } = on;
    await sample.before?.(on);
    k.kernel.setPolicy(k.person, RULES);
    const call = k.call(on.pid, name, sample.args(on));
    while (k.open.length === 0) await k.settle();
    const { question } = k;
    const { title, detail, notes = [] } = question.preview ?? {};
    assert.equal(title, undefined, "no sentence is in the record");
    assert.equal(
      detail,
      name === "git.commit" || name === "git.push" ? detail : undefined,
      "nor another one",
    );
    for (const { key, values } of notes) {
      const sayNote = kinds.note(key);
      assert.ok(sayNote, `${key} has words`);
      assert.doesNotMatch(sayNote(german, ...values), /untranslated|\{\d|undefined/u, key);
    }
    const said = [english, german].map((t) => {
      const view = questionView(t, k.kernel, question, k.kernel.previewOf(question), k.person);
      assert.match(questionText(t, view), /\n/u);
      return view.verb.replace(dirname(on.root), "…");
    });
    assert.deepEqual(said, words);
    k.answer({ allow: false });
    await call;
    on.close();
  });

test("an overwritten file and a replaced image have words of their own, and a grant has", () => {
  const words = (verb: string, target: string): (string | undefined)[] =>
    [german, english].map((t) => actionWords(t, kinds, { verb, target }));
  assert.deepEqual(words("overwrite", "app/a.txt"), ["app/a.txt überschreiben", "Overwrite app/a.txt"]);
  assert.deepEqual(words("replace", "image:/finder"), ["Ein Image ersetzen", "Replace an image"]);
  assert.deepEqual(words("grant", "allow:read:fs:/app/**"), ["Eine Befugnis geben", "Grant a capability"]);
});

test("a kind of resource brings the words of its own actions, and none that another has", () => {
  const parcel: Kind = {
    name: "parcel",
    rights: {},
    noun: () => "parcels",
    actions: { pack: (t, target, to) => t("Pack {0} into {1}", target, to) },
  };
  const known = new Kinds([...kinds.all, parcel]);
  const words = actionWords(english, known, { verb: "pack", target: "app/a\u202e", to: "b.zip" });
  assert.equal(words, "Pack app/a‹U+202E› into b.zip");
  const taken = { ...parcel, actions: { create: () => "something else" } };
  assert.throws(() => new Kinds([...kinds.all, taken]), /the same action/u);
  const noted = { ...parcel, notes: { makesFolder: () => "something else" } };
  assert.throws(() => new Kinds([...kinds.all, noted]), /the same note/u);
});

test("the reasons of an ask are said in the reader's language; those of a rule and of older records as they stand", async () => {
  const k = await TestKernel.open({ policy: RULES });
  const pid = k.launch(["ask:write:fs:/app/**", "allow:write:fs:/app/**"]);
  const call = k.call(pid, "box.write", { at: "fs:/app/package.json", content: "{}" });
  await k.settle();
  const { question } = k;
  const reasons = (t: Translate, asked = question): string[] =>
    questionView(t, k.kernel, asked, k.kernel.previewOf(asked), k.person).reasons.map((text) =>
      text.replace(/^.*: /u, "").replace(/cap\d+/u, "cap"),
    );
  const recorded = question.asks.map(({ reason }) => reason.replace(/cap\d+/u, "cap"));
  assert.deepEqual(recorded, [
    "cap says ask for fs:/app/**",
    "all is asked for",
    "package.json decides how the project is built",
  ]);
  assert.deepEqual(reasons(english), recorded);
  assert.deepEqual(reasons(german), [
    "cap verlangt eine Frage für fs:/app/**",
    "all is asked for",
    "package.json entscheidet, wie das Projekt gebaut wird",
  ]);
  const older = { ...question, asks: question.asks.map(({ why: _, ...ask }) => ask) };
  assert.deepEqual(reasons(german, older), recorded);
  k.answer({ allow: false });
  await call;
});

test("a word that no kind knows is shown as it is, with its places and nothing hidden", () => {
  const words = (names: Parameters<typeof actionWords>[2]): string | undefined =>
    actionWords(german, kinds, names);
  assert.equal(words({ verb: "pack", target: "app/a", to: "app/b.zip" }), "pack app/a app/b.zip");
  assert.equal(words({ verb: "reboot", target: "box:/one" }), "reboot box:/one");
  assert.equal(words({ verb: "send", target: "net:/example.com" }), "send");
  assert.equal(words({ verb: "constructor", target: "net:/x" }), "constructor");
  assert.equal(words({ verb: "pa\u202eck", target: "app/a\nb" }), "pa‹U+202E›ck app/a‹newline›b");
  assert.equal(words({ target: "net:/example.com" }), undefined);
});

test("every note has words in both languages, and they say every value that it has", () => {
  const notes = kinds.all.flatMap((kind) => Object.keys(kind.notes ?? {}));
  assert.ok(notes.length > 30);
  for (const key of notes)
    for (const count of [1, 2]) {
      const values = [count, "‹b›", "‹c›", "‹d›"];
      const [said, other] = [english, german].map((t) => kinds.note(key)?.(t, ...values) ?? "");
      assert.doesNotMatch(other ?? "", /untranslated/u, key);
      assert.notEqual(said, other, key);
      for (const value of values.slice(1))
        assert.equal(said?.includes(`${value}`), other?.includes(`${value}`), `${key}: ${value}`);
    }
});

test("a note that no kind knows is shown as it is, and one with too few values is no error", () => {
  const lines = noteLines(german, kinds, {
    notes: [
      { key: "pa\u202eck", values: ["a\nb", 3] },
      { key: "constructor", values: [] },
      { key: "replacesBytes", values: [] },
    ],
  });
  assert.deepEqual(lines.slice(0, 2), ["pa‹U+202E›ck a‹newline›b 3", "constructor"]);
  assert.match(lines[2] ?? "", /^Ersetzt /u);
});

const need = { resource: "fs:/app/a.txt", right: "delete" };
const STORED: Question = {
  ...{ id: "q1", kind: "approval", pid: 2, call: "2.0.0", op: "fs.delete", args: { path: "a.txt" } },
  ...{ digest: "d", asks: [{ key: "cap1@1", need, reason: "r", once: false, secret: false }] },
  ...{ needs: [need], text: "delete fs:/app/a.txt (r)" },
  preview: { title: "Delete app/a.txt", target: "app/a.txt -> b", risk: "medium" },
};

test("a record of an earlier version shows the sentence that it holds, in every language", async () => {
  const fixture = await makeFixture([]);
  const { k, pid } = fixture;
  for (const t of [english, german]) {
    assert.equal(lineOf(t, { questionKinds: QUESTIONS, state: { kinds } }, STORED), "Delete app/a.txt");
    const view = questionView(t, k.kernel, { ...STORED, pid }, STORED.preview, k.person);
    assert.deepEqual([view.verb, view.target], ["Delete app/a.txt", "app/a.txt -> b"]);
    const summary = k.kernel.operations.get("fs.delete")?.summary ?? "";
    const bare = { ...STORED, pid, preview: { title: summary, target: need.resource, risk: "low" as const } };
    assert.doesNotMatch(questionView(t, k.kernel, bare, bare.preview, k.person).verb, /\.$/u);
  }
  fixture.close();
});

test("notes of an earlier version are sentences, and a person reads them line by line", async () => {
  const fixture = await makeFixture([]);
  const { k, pid } = fixture;
  const preview = { verb: "delete", target: "app/a.txt", risk: "medium" as const };
  const notesIn = (more: object): readonly string[] =>
    questionView(german, k.kernel, { ...STORED, pid }, { ...preview, ...more }, k.person).notes;
  const detail = "A file of 3 bytes.\nMakes the folder app/x.";
  assert.deepEqual(notesIn({ detail }).slice(0, 2), ["A file of 3 bytes.", "Makes the folder app/x."]);
  assert.deepEqual(notesIn({ notes: [{ key: "file", values: [3] }] })[0], "Eine Datei mit 3 Bytes.");
  fixture.close();
});

test("a receipt says in its reader's language what was asked", async () => {
  const on = await makeFixture(["allow:delete,list:fs:/app/**"]);
  const { k } = on;
  k.kernel.setPolicy(k.person, RULES);
  const call = k.call(on.pid, "fs.delete", { path: "a.txt" }, { id: "0.0" });
  for (let i = 0; i < 200 && k.open.length === 0; i++) await k.settle();
  k.answer({ allow: false });
  await call;
  const journal = { id: "j", head: { seq: k.records.length, hash: "h" } };
  const source = { records: k.records, state: k.kernel.state, journal };
  assert.match(receiptText(german, source, on.pid, "check"), /`app\/a\.txt löschen`/u);
  assert.match(receiptText(english, source, on.pid, "check"), /`Delete app\/a\.txt`/u);
  on.close();
});

test("what a request for authority proposes is in the question; earlier records have it as the target", async () => {
  const fixture = await makeFixture([]);
  const { k, pid } = fixture;
  const grant = "allow:read:fs:/app/docs/**";
  const asked = k.call(pid, "capability.request", { grant, reason: "to read" }, { id: "0.0" });
  await k.settle();
  const { question } = k;
  assert.equal(question.grant, grant);
  const offered = (of: Question): readonly string[] =>
    questionView(english, k.kernel, of, of.preview, k.person).offers.flatMap((offer) => offer.stored);
  assert.deepEqual(offered(question), [`${grant};uses=1`, grant]);
  const { grant: _, ...earlier } = question;
  assert.deepEqual(offered(earlier), offered(question));
  const elsewhere = { verb: "grant", target: "allow:write:fs:/**", risk: "low" as const };
  assert.deepEqual(offered({ ...question, preview: elsewhere }), offered(question), "no preview widens it");
  assert.ok(k.answer({ scope: "agent" }).ok);
  const result = await asked;
  assert.deepEqual(result.ok && result.value, { granted: grant });
  fixture.close();
});
