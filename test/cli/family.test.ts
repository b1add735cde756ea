// Families: twenty children get a part of what their parent holds, each tries more, and nothing widens.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CliCall } from "../../src/abi/cli.ts";
import { Workspace, came, namesIn, script, snapshot, toolCalls, type Scripted } from "./workspace.ts";

const CHILDREN = 20;

/** What the root holds. It can pass on all of it but the three restrictions, which go with whatever they touch. */
const HELD = [
  "allow:read,list,write:fs:/app/**",
  "deny:read,write:fs:/app/private/**",
  "ask:write:fs:/app/asked/**",
  "allow:spawn:process:/children",
  "allow:execute:image:/coding",
];
const POLICY = {
  rules: [
    { effect: "deny", rights: ["write"], resource: "fs:/app/frozen/**", reason: "frozen for the release" },
  ],
};

/** What each child is given: its own part, and things that the root may not do freely either. */
function given(i: number): string[] {
  return [
    `allow:read${i % 2 === 0 ? "" : ",write"}:fs:/app/part${i}/**`,
    "allow:read:fs:/app/private/**",
    "allow:write:fs:/app/asked/**",
    "allow:write:fs:/app/frozen/**",
    "allow:spawn:process:/children",
    "allow:execute:image:/coding",
  ];
}

type Attempt = readonly [tool: string, args: unknown, came: string];

/** Each attempt of a child, and how it has to come out. */
function attempts(i: number): Attempt[] {
  const own = `part${i}`;
  const others = `part${(i + 1) % CHILDREN}`;
  const spawn = (grants: string[]): unknown => ({ goal: "more", grants });
  return [
    ["read_file", { path: `${own}/a.txt` }, "allow ok"],
    [
      "write_file",
      { path: `${own}/new.txt`, content: "mine" },
      i % 2 === 0 ? "deny not-run ENOTCAPABLE" : "allow ok",
    ],
    // what was not passed on
    ["read_file", { path: `${others}/a.txt` }, "deny not-run ENOTCAPABLE"],
    ["write_file", { path: `${others}/new.txt`, content: "theirs" }, "deny not-run ENOTCAPABLE"],
    ["read_file", { path: "README.md" }, "deny not-run ENOTCAPABLE"],
    ["list_directory", { path: own }, "deny not-run ENOTCAPABLE"],
    ["delete_file", { path: `${own}/a.txt` }, "deny not-run ENOTCAPABLE"],
    ["move_file", { from: `${own}/a.txt`, to: `${others}/b.txt` }, "deny not-run ENOTCAPABLE"],
    ["get_object", { namespace: "p2", name: "plan" }, "deny not-run ENOTCAPABLE"],
    ["wait_agent", { pid: 2 }, "deny not-run ENOTCAPABLE"],
    ["signal_agent", { pid: 3 + ((i + 1) % CHILDREN), signal: "kill" }, "deny not-run ENOTCAPABLE"],
    // what the parent is denied, by what it holds and by the policy
    ["read_file", { path: "private/a.txt" }, "deny not-run EACCES"],
    ["write_file", { path: "frozen/a.txt", content: "x" }, "deny not-run EACCES"],
    // what the parent must ask for
    ["write_file", { path: "asked/a.txt", content: "x" }, "refused not-run ECANCELED"],
    // asking for more, and making somebody who has more
    ["request_capability", { grant: `allow:read:fs:/app/${others}/**` }, "refused error ECANCELED"],
    ["request_capability", { grant: "allow:read:fs:/app/**" }, "deny error EACCES"],
    ["request_capability", { grant: "allow:read:fs:/app/private/**" }, "deny error EACCES"],
    ["spawn_agent", spawn([`allow:read:fs:/app/${others}/**`]), "deny not-run ENOTCAPABLE"],
    ["spawn_agent", spawn(["allow:read:fs:/app/**"]), "deny not-run ENOTCAPABLE"],
    ["spawn_agent", spawn([`allow:read,delete:fs:/app/${own}/**`]), "deny not-run ENOTCAPABLE"],
    [
      "spawn_agent",
      spawn([`allow:read:fs:/app/${own}/**`, "allow:connect:net:/example.com"]),
      "deny not-run ENOTCAPABLE",
    ],
    ["spawn_agent", { goal: "more", image: "tour" }, "deny not-run ENOTCAPABLE"],
    ["spawn_agent", { goal: "more", model: "openai/x" }, "deny not-run ENOTCAPABLE"],
  ];
}

/** Drops all that the child holds but its model (the seventh, behind what was listed), and tries what binds it. */
function dropping(): (readonly [string, unknown])[] {
  const held = [0, 1, 2, 3, 4, 5, 7, 8].map((n) => `capabilities.${n}`);
  return [...held, "above.0", "above.1"].map((at) => ["drop_capability", { id: `\${1.0.${at}.id}` }]);
}

function child(i: number): Scripted {
  return script([
    attempts(i).map(([tool, args]) => [tool, args] as const),
    [["list_capabilities", {}]],
    dropping(),
    [
      ["read_file", { path: "private/a.txt" }],
      ["write_file", { path: "asked/a.txt", content: "x" }],
    ],
    "done",
  ]);
}

test("twenty children get a part each, try more, and nothing widens", async (t) => {
  const workspace = new Workspace(t);
  const places = ["private", "asked", "frozen", ...Array.from({ length: CHILDREN }, (_, i) => `part${i}`)];
  workspace.write("README.md", "read me");
  for (const place of places) workspace.write(`${place}/a.txt`, place);
  const before = snapshot(workspace.folder);
  const children = Array.from({ length: CHILDREN }, (_, i) => i);
  const root = script(
    [
      [["put_object", { name: "plan", value: "secret plan" }]],
      children.map((i) => ["spawn_agent", { goal: `part ${i}`, grants: given(i) }] as const),
      // More than is held: nobody is made by any of these.
      [
        ["spawn_agent", { goal: "x", grants: ["allow:delete:fs:/app/part0/**"] }],
        ["spawn_agent", { goal: "x", grants: ["allow:read:fs:/app/**", "allow:execute:shell:/sh"] }],
        ["spawn_agent", { goal: "x", grants: ["allow:read:fs:/**"] }],
        ["spawn_agent", { goal: "x", grants: ["allow:read,write,list,delete:fs:/app/**"] }],
        ["spawn_agent", { goal: "x", image: "reviewer" }],
        ["spawn_agent", { goal: "x", grants: ["allow:read:fs:/.."] }],
      ],
      children.map((i) => ["wait_agent", { pid: `\${1.${i}.pid}` }] as const),
      "done",
    ],
    ...children.map(child),
  );
  const grants = HELD.flatMap((cap) => ["--grant", cap]);
  const budget = ["--budget", "modelCalls=1000,toolCalls=5000,tokens=9000000"];
  const run = await workspace.agent(root, [
    ...grants,
    "--policy",
    workspace.file("policy.json", POLICY),
    ...budget,
  ]);
  const [top, ...family] = run.processes;
  assert.deepEqual([top?.exit, top?.parent, family.length], ["finished", 1, CHILDREN]);
  for (const p of family) assert.deepEqual([p.parent, p.exit], [top?.pid, "finished"]);

  const ofRoot = toolCalls(run, top?.pid);
  const spawns = ofRoot.filter((c) => c.tool === "spawn_agent");
  assert.deepEqual(
    spawns.map((c) => came(c)),
    [...children.map(() => "allow ok"), ...Array.from({ length: 6 }, () => "deny not-run ENOTCAPABLE")],
  );
  const wrong: string[] = [];
  for (const i of children) {
    const calls = toolCalls(run, family[i]?.pid);
    for (const [n, [tool, args, wanted]] of attempts(i).entries()) {
      const call: CliCall | undefined = calls[n];
      if (call?.tool !== tool || came(call) !== wanted)
        wrong.push(`child ${i}: ${tool} ${JSON.stringify(args)}: ${came(call)}, not ${wanted}`);
    }
    const drops = calls.filter((c) => c.tool === "drop_capability");
    assert.ok(drops.some((c) => came(c) === "allow ok") && drops.some((c) => came(c).endsWith("ENOENT")));
    for (const call of calls.slice(-2))
      if (call.outcome !== "not-run") wrong.push(`child ${i}: after dropping: ${came(call)}`);
  }
  assert.deepEqual(wrong, []);

  // On the disk: the odd children's own new files, and nothing else.
  const after = snapshot(workspace.folder);
  const fresh = namesIn(workspace.folder).filter((n) => !before.has(n) && !n.startsWith(".agentlibos"));
  assert.deepEqual(
    fresh.sort(),
    children
      .filter((i) => i % 2 === 1)
      .map((i) => `part${i}/new.txt`)
      .sort(),
  );
  for (const place of places) assert.equal(after.get(`${place}/a.txt`), before.get(`${place}/a.txt`));
  assert.equal((await workspace.verify()).code, 0);
});

test("uses that are passed on are taken off the giver, and no list gives them twice", async (t) => {
  const workspace = new Workspace(t);
  workspace.write("a.txt", "a");
  const spawn = (uses: number): readonly [string, unknown] => [
    "spawn_agent",
    { goal: "use", grants: [`allow:read:fs:/app/a.txt;uses=${uses}`] },
  ];
  const reads = script([[["read_file", { path: "a.txt" }]], [["read_file", { path: "a.txt" }]], "done"]);
  const root = script(
    [
      [spawn(4)],
      [spawn(2)],
      [spawn(2)],
      [["read_file", { path: "a.txt" }]],
      [["wait_agent", { pid: "${1.0.pid}" }]],
      "done",
    ],
    reads,
  );
  const held = [
    "allow:read:fs:/app/a.txt;uses=3",
    "allow:spawn:process:/children",
    "allow:execute:image:/coding",
  ];
  const run = await workspace.agent(
    root,
    held.flatMap((cap) => ["--grant", cap]),
  );
  const [top, kid] = run.processes;
  assert.deepEqual(
    toolCalls(run, top?.pid).map((c) => came(c)),
    ["deny not-run ENOTCAPABLE", "allow ok", "deny not-run ENOTCAPABLE", "allow ok", "allow ok"],
  );
  assert.deepEqual(
    toolCalls(run, kid?.pid).map((c) => came(c)),
    ["allow ok", "allow ok"],
  );
});
