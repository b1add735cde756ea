// Attacks on what an answer does: what is stored is what was read, and a fault is never told as a person's no.
import type { Question } from "../../src/abi/question.ts";
import assert from "node:assert/strict";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { parseCap, printCap } from "../../src/abi/capability.ts";
import { isFault } from "../../src/abi/errors.ts";
import { grantChoices } from "../../src/ui/approvals/allow-for.ts";
import { openQuestions } from "../../src/ui/session/questions.ts";
import { literalItems, withoutLinks } from "../../src/ui/session/messages.ts";
import { requestText } from "../../src/ui/documents/texts.ts";
import { visibleLine } from "../../src/views/words/visible.ts";
import { TestKernel } from "../support/kernel.ts";
import { attack, documentsOf, staged } from "./support/attack.ts";
import type { Attacker } from "../attacks/attacker.ts";
import { kinds } from "../harness/kinds.ts";

const HELD = ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**"];

/** Starts an agent that would write a file, and gives the question it then puts. */
async function asked(stage: Attacker, path: string): Promise<Question> {
  const calls = [{ tool: "write_file", args: { path, content: "x\n" } }];
  const pid = stage.launch({ turns: [{ calls }] }, HELD);
  await stage.on.kernel.rest();
  const question = openQuestions(stage.on.kernel).find((q) => q.pid === pid);
  assert.ok(question, `${path} was not asked for`);
  return question;
}

const NAMES: Readonly<Record<string, string>> = {
  "a plain name": "src",
  "a percent sign": "100%41%",
  stars: "**",
  "semicolons that look like limits": "a;uses=9;until=2099-01-01T00:00:00Z",
  spaces: "two  words ",
  colons: "allow:write:fs:",
  "letters of other scripts": "käse 漢字",
  "what the editor shows as a picture": "$(pass)$(loading~spin)",
  "what the editor shows as a link": "[x](command:y)",
  "control and bidi characters": "a\u0007b\u202Ec\u200Bd",
  "quotes and braces": `"'{}\${x}`,
};

attack("G3: what is stored is to the letter what was shown, for each way to allow it", NAMES, (name) =>
  staged({ grants: HELD }, async (stage) => {
    const { kernel, person } = stage.on;
    const count = grantChoices(kernel, await asked(stage, `first/${name}/f.txt`), person).length;
    assert.ok(count >= 6);
    for (let nth = 0; nth < count; nth++) {
      const question = await asked(stage, `n${nth}/${name}/f.txt`);
      const choices = grantChoices(kernel, question, person);
      const choice = choices[nth];
      assert.ok(choice?.detail !== undefined);
      const before = stage.on.records().length;
      const given = kernel.answer(person, question.id, choice.answer);
      assert.ok(!isFault(given));
      await kernel.rest();
      const records = stage.on.records().slice(before);
      const minted = records.flatMap((r) =>
        r.kind === "capability.mint" ? [printCap(r.data.capability)] : [],
      );
      const close = records.flatMap((r) => (r.kind === "question.close" ? [r.data.answer?.grant] : []));
      const stored = [...new Set(minted)];
      assert.equal(stored.map((text) => visibleLine(text)).join("   "), choice.detail);
      assert.equal(close[0], stored.join(" "));
      // Only what would take no ink is shown by its number instead.
      assert.equal(stored.join("   ") === choice.detail, !/\p{Cf}/u.test(stored.join()));
      for (const text of stored) {
        const read = parseCap(text, kinds);
        assert.ok(!isFault(read) && printCap(read) === text);
      }
      // The list takes a backslash before a picture away again; everything else it shows as it is.
      const [row] = literalItems([choice]);
      assert.equal(row?.detail?.replaceAll("\\$(", "$("), choice.detail);
      assert.doesNotMatch(row?.detail ?? "", /(?<!\\)\$\(/u);
    }
  }),
);

attack("G3: the review says what Allow Once stores, and the record has that", NAMES, (name) =>
  staged({ grants: HELD }, async (stage) => {
    const { kernel, person } = stage.on;
    const question = await asked(stage, `src/${name}/f.txt`);
    const text = requestText(kernel, question, person);
    const before = stage.on.records().length;
    kernel.answer(person, question.id, { allow: true, scope: "once" });
    await kernel.rest();
    const minted = stage.on
      .records()
      .slice(before)
      .flatMap((r) => (r.kind === "capability.mint" ? [r.data.capability] : []));
    assert.ok(minted.length > 0);
    for (const cap of minted) {
      const bound = `  (only for the call with digest ${cap.boundTo?.slice(0, 16) ?? ""}…)`;
      assert.ok(
        text.split("\n").includes(`      ${visibleLine(printCap(cap))}${bound}`),
        `${printCap(cap)} is not in\n${text}`,
      );
      assert.equal(cap.uses, 1);
    }
  }),
);

it("G3: lists and prompts show each picture and link as the letters it is made of", () => {
  for (const text of ["$(pass)", "\\$(pass)", "a $(x) $(loading~spin)", "$(x)$(y)"]) {
    const [row] = literalItems([{ label: text, description: text, detail: text }]);
    // As the editor reads it: a backslash before a picture goes, and the picture stays as letters.
    const read = (shown = ""): string =>
      shown.replace(/(\\)?\$\(([\w-]+(?:~\w+)?)\)/gu, (_, mark) => (mark ? _.slice(1) : "■"));
    assert.deepEqual([read(row?.label), read(row?.description), read(row?.detail)], [text, text, text]);
  }
  const link = /\[[^\]]+\]\((?:https?:|command:|file:)/iu;
  for (const text of ["[x](command:y)", "[x](command:y)[z](https://a)", "[[x](file:y)](command:z)"])
    assert.ok(link.test(text) && !link.test(withoutLinks(text)));
});

attack(
  "G8: of five agents that ask at once, each request says who asks, for whom, and what of",
  { "by themselves": false, "by their children": true },
  (child) =>
    staged({ grants: HELD }, async (stage) => {
      const { kernel, person } = stage.on;
      const family = ["allow:spawn:process:/children", "allow:execute:image:/coding"];
      const pids = [1, 2, 3, 4, 5].map((nth) => {
        const ask = { calls: [{ tool: "write_file", args: { path: `g8-${nth}.txt`, content: "x" } }] };
        const grants = ["allow:read,list:fs:/app/**", "ask:write:fs:/app/**"];
        const spawn = { calls: [{ tool: "spawn_agent", args: { goal: `of ${nth}`, grants } }] };
        return stage.launch(child ? { turns: [spawn], children: [{ turns: [ask] }] } : { turns: [ask] }, [
          ...HELD,
          ...family,
        ]);
      });
      await kernel.rest();
      const open = openQuestions(kernel);
      assert.equal(open.length, 5);
      for (const question of open) {
        const root = child ? kernel.state.processes.get(question.pid)?.account : question.pid;
        assert.ok(root !== undefined && pids.includes(root));
        const [who = "", ...rest] = requestText(kernel, question, person).split("\n");
        const chain = child ? [question.pid, root] : [root];
        assert.deepEqual(
          [...who.matchAll(/(\d+) coding/gu)].map((m) => Number(m[1])),
          chain,
        );
        assert.ok(rest.some((line) => line.includes(`g8-${pids.indexOf(root) + 1}.txt`)));
        assert.ok(rest.some((line) => line.includes("allow:write:fs:/app/g8-")));
      }
    }),
);

/** What happens to a request while it waits; the answer that comes after it is yes. */
const FAULTS: Readonly<Record<string, (stage: Attacker, question: Question) => void>> = {
  "its file has become a folder": ({ scratch }) => {
    rmSync(scratch.at("app/plain.txt"));
    mkdirSync(scratch.at("app/plain.txt"));
  },
  "its file has become a link to the outside": ({ scratch }) => {
    rmSync(scratch.at("app/plain.txt"));
    symlinkSync("../outside/secret.txt", scratch.at("app/plain.txt"));
  },
  "its file has become a link to itself": ({ scratch }) => {
    rmSync(scratch.at("app/plain.txt"));
    symlinkSync("plain.txt", scratch.at("app/plain.txt"));
  },
  "its file has become a pipe": ({ scratch }) => {
    rmSync(scratch.at("app/plain.txt"));
    scratch.put({ fifo: "app/plain.txt" });
  },
  "its agent was stopped": ({ on }, { pid }) => void on.kernel.signal(on.person, pid, "kill", "stopped"),
  "the same agent was interrupted": ({ on }, { pid }) =>
    void on.kernel.signal(on.person, pid, "interrupt", "look at this"),
};

attack(
  "G10: what goes wrong while a request waits is told as that, not as a person's no",
  FAULTS,
  (happens) =>
    staged({ grants: HELD }, async (stage) => {
      const question = await asked(stage, "plain.txt");
      happens(stage, question);
      const { kernel, person } = stage.on;
      kernel.answer(person, question.id, { allow: true, scope: "once" });
      await kernel.rest();
      const [came] = stage.came(question.pid);
      const closed = stage.on.records().flatMap((r) => (r.kind === "question.close" ? [r.data] : []));
      assert.ok(came);
      assert.notEqual(came.outcome, "ok");
      assert.notEqual(came.code, "ECANCELED");
      assert.notEqual(came.decision, "refused");
      assert.ok(closed.every((c) => c.outcome !== "denied"));
      assert.doesNotMatch(Object.values(documentsOf(stage)).join("\n"), /refused|\bdenied by\b/u);
    }),
);

it("G10: a bug while a request is prepared is told as one, and nobody is asked about half of it", async () => {
  const on = await TestKernel.open();
  const pid = on.launch(HELD);
  await on.call(pid, "fs.write", { path: "a.txt", content: "x" });
  const ends = on.records.flatMap((r) => (r.kind === "call.end" && r.data.op === "fs.write" ? [r.data] : []));
  assert.deepEqual(
    ends.map((e) => [e.decision, e.outcome, e.error?.code]),
    [["none", "not-run", "EFAULT"]],
  );
  assert.equal(on.kernel.state.questions.size, 0);
});
