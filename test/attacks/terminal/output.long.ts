// Output: whatever stands in files, records, arguments and answers, no command prints a character that a terminal obeys.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test, type TestContext } from "node:test";
import { DiskPlace } from "../../harness/journal.ts";
import { Workspace, script, type Ended } from "../../cli/workspace.ts";
import { callOf, foreignEntries } from "./foreign.ts";

/** All that a terminal obeys, turns around or hides, by kind; the rest of a text must stay. */
const SIGNS: Readonly<Record<string, string>> = {
  "C0 escapes": "\u001b[2J\u001b]0;title\u0007\b\u007f",
  "C1 escapes": "\u009b2J\u009d0;title\u009c\u0085",
  bidi: "\u202E\u2066\u2069\u200F\u061C",
  "zero width": "\u200B\u200D\u2060\uFEFF\u00AD",
  tags: "\u{E0041}\u{E0100}\uFE0F",
  separators: "\u2028\u2029\u000b\u000c\r",
};
const ALL = Object.values(SIGNS).join("x");
/** A lone surrogate is no text of a file or an argument; JSON can hold one. */
const LONE = "\uD800";

/** The same set as Unicode tells it, but for line ends and tabs. */
const OBEYED = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

function judge({ out, err }: Ended, name: string): void {
  for (const [stream, text] of Object.entries({ out, err })) {
    const found = OBEYED.exec(text);
    const near =
      found === null ? "" : JSON.stringify(text.slice(Math.max(0, found.index - 60), found.index + 20));
    assert.equal(found, null, `${name}, ${stream}: ${near}`);
  }
}

const GRANTS = ["--grant", "allow:read,write,list:fs:/app/**"];
const DO = ["run", "--goal", "x", "--script"];
const plainRun = (workspace: Workspace): string[] => [...DO, workspace.file("p.json", script(["done"]))];

/** An agent that says the text wherever an agent can say one. */
const talker = (text: string) =>
  script(
    [
      [
        ["write_file", { path: `n${text}`, content: text }],
        ["read_file", { path: `none/${text}` }],
        ["request_capability", { grant: `allow:write:fs:/app/${text}`, reason: text }],
        ["ask_human", { question: text }],
        ["put_object", { name: text, value: text }],
        ["spawn_agent", { goal: text, grants: [] }],
        [`tool${text}`, { [text]: text }],
        ["register_image", { name: text, summary: text, prompt: text, tools: [text] }],
        ["exec_image", { image: text }],
      ],
      [["finish", { result: text }]],
    ],
    script([text]),
  );

type Prepared = readonly { readonly args: readonly string[]; readonly env?: Record<string, string> }[];
type Prepare = (workspace: Workspace, text: string, t: TestContext) => Prepared | Promise<Prepared>;

const inspected = (workspace: Workspace): Prepared => {
  workspace.write("after", "");
  return [
    ...["ps", "audit", "verify", "resume"].flatMap((name) => [{ args: [name] }, { args: [name, "--json"] }]),
    ...["2.0.0", "2.0.1", "2.0.2", "2.0.3", "2.0.6", "2.0"].map((id) => ({ args: ["explain", id] })),
  ];
};

const policy = (text: string): unknown => ({
  rules: [{ effect: "deny", rights: ["write"], resource: "fs:/app/n/**", reason: `why ${text}` }],
});
const json = (value: unknown): string => JSON.stringify(value);

/** Where a text can come from, and the commands that may print it. */
const SOURCES: Readonly<Record<string, Prepare>> = {
  "all that an agent says": (workspace, text) => {
    const path = workspace.file("s.json", talker(text));
    const spawn = ["--grant", "allow:spawn:process:/children", "--grant", "allow:execute:image:/coding"];
    const run = [...DO, path, ...GRANTS, ...spawn, "--answer"];
    return [
      { args: [...run, "allow-once"] },
      { args: [...run, "deny", "--json"] },
      { args: [...run, "ask", "--goal", `go ${text.replaceAll("\0", "")}`].filter((w) => w.isWellFormed()) },
      ...inspected(workspace),
    ];
  },
  "a reason of the user's policy": (workspace, text) => {
    mkdirSync(workspace.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(workspace.home, "policy.json"), json(policy(text)));
    const path = workspace.file("s.json", script([[["write_file", { path: "n/x", content: "" }]], "done"]));
    return [{ args: [...DO, path, ...GRANTS] }, ...inspected(workspace)];
  },
  "a key of a policy": (workspace, text) => {
    const path = workspace.file(
      "policy.json",
      `{"rules": [{"${[...text].filter((c) => c >= " ").join("")}": 1}]}`,
    );
    return [{ args: [...plainRun(workspace), "--policy", path] }];
  },
  "an escaped key and value of a policy": (workspace, text) => {
    const rule = { [text]: 1, effect: text, rights: [text], resource: text, reason: text };
    const path = workspace.file("policy.json", json({ rules: [rule], [text]: 1 }));
    const value = workspace.file(
      "value.json",
      json({ rules: [{ ...rule, [text]: undefined, effect: "deny" }] }),
    );
    return [
      { args: [...plainRun(workspace), "--policy", path] },
      { args: [...plainRun(workspace), "--policy", value] },
    ];
  },
  "a workspace policy that is none": async (workspace, text) => {
    await workspace.run(plainRun(workspace));
    workspace.write(".agentlibos/policy.json", `{"rules": [${json(text)}]}`);
    return [{ args: plainRun(workspace) }, ...inspected(workspace)];
  },
  "a file name given": (workspace, text) => [
    { args: [...DO, workspace.path(text)] },
    { args: [...plainRun(workspace), "--policy", workspace.path(text)] },
    { args: ["verify", "--public-key", workspace.path(text)] },
    { args: ["ps", "--workspace", workspace.path(text)] },
  ],
  "the name of the workspace folder": async (workspace, text) => {
    const folder = join(workspace.scratch, `w${text}`);
    mkdirSync(folder);
    const at = ["--workspace", folder];
    const path = workspace.file("s.json", script([[["read_file", { path: "none" }]], "done"]));
    return [
      { args: [...DO, path, ...at] },
      { args: [...DO, path, ...at, "--workspace", join(workspace.scratch, "a", `w${text}`)] },
      ...["ps", "audit", "verify", "resume"].map((name) => ({ args: [name, ...at] })),
    ];
  },
  arguments: (workspace, text) => [
    { args: [text] },
    { args: ["ps", `--${text}`] },
    { args: ["explain", text] },
    { args: ["audit", "--syscall", text, "--decision", text, "--since", text] },
    { args: [...plainRun(workspace), "--image", text] },
    { args: [...plainRun(workspace), "--model", `x/${text}`] },
    { args: [...plainRun(workspace), "--grant", `allow:read:fs:/${text}`] },
    { args: [...plainRun(workspace), "--budget", text] },
    { args: [...plainRun(workspace), "--answer", text] },
  ],
  "a script": (workspace, text) => [
    { args: [...DO, workspace.file("a.json", `{"turns": ${text}}`)] },
    { args: [...DO, workspace.file("b.json", json({ [text]: text, turns: [{ [text]: 1 }] }))] },
  ],
  "an image file": (workspace, text) => {
    const file = (name: string, head: string): void =>
      workspace.write(`.agents/images/${name}.agent.md`, `---\n${head}\n---\nprompt ${text}\n`);
    file("a", `tools: ["tool${text.replaceAll("\n", "")}"]`);
    file("b", `name: x\ndescription: ${text}\ntools: [read_file]`);
    file("c", `${text}: x`);
    file("d", `tools: [read_file]\nmodel: "${text}"`);
    file(`e${text}`, "tools: [read_file]");
    return [
      ...["a", "b", "c", "d", "e", "none"].map((image) => ({
        args: [...plainRun(workspace), "--image", image],
      })),
      ...inspected(workspace),
    ];
  },
  "an answer of a model's server": async (workspace, text, t) => {
    const server = createServer((_, response) => {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(json({ error: { message: `no: ${text}`, type: text, code: text } }));
    }).listen(0, "127.0.0.1");
    t.after(() => server.close());
    await new Promise((resolve) => server.on("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const env = { OPENAI_API_KEY: "k", OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` };
    return [{ args: ["run", "--goal", "x", "--model", "openai/gpt"], env }, ...inspected(workspace)];
  },
  "the environment": (workspace, text) => {
    const set = text.replaceAll("\0", "");
    return [
      { args: plainRun(workspace), env: { AGENTLIBOS_PRICES: `{"${set}":` } },
      { args: plainRun(workspace), env: { AGENTLIBOS_PRICES: json({ [set]: set }) } },
      { args: plainRun(workspace), env: { AGENTLIBOS_HOME: workspace.file(`h${set}`, "") } },
      {
        args: ["run", "--goal", "x", "--model", "openai/g"],
        env: { OPENAI_API_KEY: "k", OPENAI_BASE_URL: set },
      },
    ];
  },
  "a foreign record": async (workspace, text, t) => {
    await forge(workspace, text, t);
    return [
      ...inspected(workspace),
      { args: ["explain", callOf(text)] },
      { args: ["verify", "--public-key", workspace.path(".agentlibos/identity.json")] },
    ];
  },
  "a record with a line that is none": async (workspace, text) => {
    await workspace.run(plainRun(workspace));
    const path = workspace.path(".agentlibos/journal/00000001.jsonl");
    const bad = readFileSync(path, "utf8").replace(/"kind":"process.exit"/u, `"kind":${json(`k${text}`)}`);
    writeFileSync(path, bad.replace(/"reason":"[^"]*"/u, `"reason":"${text}","${text}":1`));
    return inspected(workspace);
  },
};

/** The sources whose texts may have lines. */
const WITH_LINES = ["all that an agent says", "an escaped key and value of a policy", "a foreign record"];

/** A whole record of another machine, in which every text is this one. */
async function forge(workspace: Workspace, text: string, t: TestContext): Promise<void> {
  const place = new DiskPlace();
  t.after(() => {
    place.remove();
  });
  place.root = workspace.folder;
  const { journal } = await place.start();
  for (const [kind, data, at] of foreignEntries(text)) journal.append(kind, data, at);
  await journal.close();
}

/** What a file, an argument and the environment can hold: no NUL, and no half of a character. */
const whole = (text: string): string => text.replaceAll("\0", "").toWellFormed();

suite("Q10: no command prints what a terminal obeys", { concurrency: 3 }, () => {
  for (const [name, prepare] of Object.entries(SOURCES)) {
    for (const sign of WITH_LINES.includes(name) ? [ALL, `a${ALL}\nb`] : [ALL])
      test(`${name}${sign === ALL ? "" : ", with a line end"}`, async (t) => {
        const workspace = new Workspace(t);
        const prepared = await prepare(workspace, whole(sign), t);
        let printed = 0;
        for (const { args, env = {} } of prepared) {
          const ended = await workspace.run(args, { env });
          judge(ended, args.join(" "));
          printed += ended.out.length + ended.err.length;
          if (args.includes("--json") && ended.out !== "")
            for (const line of ended.out.trim().split("\n")) JSON.parse(line);
        }
        assert.ok(printed > 0);
      });
  }

  test("JSON keeps the very value, half characters included", async (t) => {
    const workspace = new Workspace(t);
    const said = `${ALL}${LONE}`;
    const run = await workspace.agent(
      script([[["ask_human", { question: said }]], [["finish", { result: said }]]]),
    );
    assert.equal(run.processes[0]?.result, said);
    assert.deepEqual(run.approvals[0]?.text, said);
    judge({ out: JSON.stringify(""), err: run.err, code: 0 }, "run");
  });
});
