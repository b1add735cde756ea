// Attacks with a secret that a person allowed to be read: its values by every route into the record, in every encoding.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { suite, test } from "node:test";
import { callsOf } from "../../../src/views/record/calls.ts";
import { ALL, FAMILY, on } from "../scratch.ts";
import { Attacker, type Order } from "../attacker.ts";
import { VALUES, ENV, ENCODINGS, playing, read, leaves, found } from "./secret.ts";

/** What each route calls with a text; each must leave the text out of the record. */
const ROUTES: Readonly<Record<string, (text: string, nth: number) => Order>> = {
  write_file: (text, n) => ({ tool: "write_file", args: { path: `out/${n}.txt`, content: `a ${text} b` } }),
  "edit_file, new": (text, n) => ({
    tool: "edit_file",
    args: { path: "plain.txt", old_text: n === 0 ? "plain" : `(${n - 1})`, new_text: `${text} (${n})` },
  }),
  "edit_file, old": (text) => ({
    tool: "edit_file",
    args: { path: "src/a.txt", old_text: text, new_text: "gone" },
  }),
  put_object: (text, n) => ({ tool: "put_object", args: { name: `o${n}`, value: { deep: [text] } } }),
  "put_object, key": (text, n) => ({ tool: "put_object", args: { name: `k${n}`, value: { [text]: 1 } } }),
  spawn_agent: (text) => ({ tool: "spawn_agent", args: { goal: `use ${text}`, grants: [] } }),
  send_message: (text) => ({ tool: "send_message", args: { to: 2, message: text } }),
  ask_human: (text) => ({ tool: "ask_human", args: { question: `is ${text} right?` } }),
  "a refused path": (text) => ({ tool: "read_file", args: { path: "README.md", nothing: text } }),
  "no such tool": (text) => ({ tool: "no_such_tool", args: { text } }),
  search_text: (text) => ({ tool: "search_text", args: { query: text.slice(0, 900) } }),
};

suite("Q7: a secret that was allowed once", { concurrency: 4 }, () => {
  for (const [route, order] of Object.entries(ROUTES)) {
    test(`by ${route}, in ${Object.keys(ENCODINGS).length} encodings`, () =>
      on(async (scratch) => {
        scratch.put({ file: "app/.env", text: ENV });
        const texts = Object.values(ENCODINGS).flatMap((encode) => Object.values(VALUES).map(encode));
        const model = playing([
          () => [read(".env")],
          () => texts.map((text, n) => order(text, n)),
          () => `I saw ${texts.join(" and ")}.`,
        ]);
        const play = { grants: [...ALL, ...FAMILY], answer: "once" as const, ...(model && { model }) };
        const attacker = await Attacker.open(scratch, play);
        attacker.launch({ turns: [] }, play.grants);
        await attacker.on.kernel.rest();
        assert.ok(attacker.eyes.get("2.call_0_0")?.includes(VALUES.PLAIN_WORDS), "the model sees the file");
        assert.deepEqual(found(leaves(scratch, attacker)), []);
        if (route === "write_file")
          assert.equal(readFileSync(scratch.at("app/out/0.txt"), "utf8"), `a ${texts[0] ?? ""} b`);
        await attacker.close();
      }));
  }
});

test("Q7: values are known after a restart, and lie beside the key, where nobody else can read them", () =>
  on(async (scratch) => {
    scratch.put({ file: "app/.env", text: ENV });
    const model = playing([
      () => [read(".env")],
      () => "done",
      () => `again ${Object.values(VALUES).join(" ")}`,
    ]);
    const play = { grants: ALL, answer: "once" as const, ...(model && { model }) };
    const first = await Attacker.open(scratch, play);
    const pid = first.launch({ turns: [] }, play.grants);
    await first.on.kernel.rest();
    await first.close();
    const again = await Attacker.open(scratch, play, "write");
    again.on.kernel.message(again.on.person, pid, `and ${VALUES.DB_HOST_LINE}`);
    again.on.kernel.resumeAll();
    await again.on.kernel.rest();
    assert.ok(again.on.kernel.state.processes.get(pid)?.turns === 3, "it went on");
    assert.deepEqual(found(leaves(scratch, again)), []);
    await again.close();
    const kept = [...scratch.picture().keys()].find((name) => /^home\/journals\/[^/]+\/values$/u.test(name));
    assert.ok(kept !== undefined && (statSync(scratch.at(kept)).mode & 0o077) === 0);
  }));

test("Q7: words, resources and digests that are in a secret file, too, stay", () =>
  on(async (scratch) => {
    scratch.put({
      file: "app/.env",
      text: `NODE_ENV=production\nAPI_ROOT=${scratch.app}\nPLACE=deploy-to-garden-7\n`,
    });
    scratch.put({ file: "app/deploy-to-garden-7/notes.md", text: "for production\n" });
    const path = "deploy-to-garden-7/notes.md";
    const model = playing([() => [read(".env")], () => [read(path)], () => `production, in ${scratch.app}`]);
    const deny = "deny:write:fs:/app/deploy-to-garden-7/**";
    const play = { grants: [...ALL, deny], answer: "once" as const, ...(model && { model }) };
    const attacker = await Attacker.open(scratch, play);
    const pid = attacker.launch({ turns: [] }, play.grants);
    await attacker.on.kernel.rest();
    const [, second] = callsOf(attacker.on.records()).filter((row) => row.json.tool === "read_file");
    assert.deepEqual(second?.json.needs, [{ resource: `fs:/app/${path}`, right: "read" }]);
    assert.equal(attacker.on.kernel.state.processes.get(pid)?.seen?.size, 2);
    const said = leaves(scratch, attacker);
    assert.ok(said.includes(`production, in ${scratch.app}`));
    await attacker.close();
  }));
