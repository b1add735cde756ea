// The effective policy as text: each rule with what it says and where it stands, nothing of it able to hide or act.
import type { PolicyRule } from "../../../src/abi/policy.ts";
import assert from "node:assert/strict";
import { test } from "node:test";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { policyText } from "../../../src/views/agents/policy.ts";
import { english } from "../../../src/views/words/translate.ts";
import { TestKernel } from "../../support/kernel.ts";
import { kinds } from "../../harness/kinds.ts";

const PLACES = [
  ["user", "/home/policy.json"],
  ["workspace", "/w/app/.agentlibos/policy.json"],
] as const;
const RULES: readonly PolicyRule[] = [
  {
    ...{ effect: "deny", rights: ["write", "delete"], resource: "fs:/app/a/**", reason: "frozen" },
    source: { from: "user", file: "/home/policy.json", line: 4 },
  },
  {
    ...{ effect: "ask", rights: ["read"], resource: "fs:/**", reason: "seen\u202e by\nmany" },
    source: { from: "workspace", file: "/w/app/.agentlibos/policy.json", line: 12 },
  },
  { effect: "ask", rights: ["connect"], resource: "net:/**", reason: "from an older record" },
];

test("each rule stands there in words, to the letter, and with its line", () => {
  const text = policyText(english, kinds, RULES, PLACES);
  for (const said of [
    "  may never change and delete everything in app/a: frozen\n",
    "      deny:write,delete:fs:/app/a/**\n      /home/policy.json:4\n",
    "  asks each time before it may read every workspace folder: seen‹U+202E› by‹newline›many\n",
    "      ask:read:fs:/**\n      /w/app/.agentlibos/policy.json:12\n",
    "      ask:connect:net:/**\n      it is not known where it stands\n",
    "  yours               /home/policy.json (1)\n",
    "  this workspace      /w/app/.agentlibos/policy.json (1)\n",
    "  given at the start  --policy (1)\n",
  ])
    assert.ok(text.includes(said), `${said}\n${text}`);
  assert.doesNotMatch(text, /No agent can run/u);
});

test("without rules it says so, with a problem that first, and what is built in always", () => {
  const text = policyText(english, kinds, [], PLACES, "/home/policy.json:2:1: it is no JSON");
  assert.match(
    text,
    /^.*\n\nNo agent can run: \/home\/policy\.json:2:1: it is no JSON\n\nRules\n {2}There are none\./u,
  );
  for (const said of ["what runs later", "secrets", "build files", "data folder", "no rules, but"])
    assert.ok(text.includes(said), said);
});

test("what an agent holds names the lines of the rules that bind it", async () => {
  const k = await TestKernel.open({ policy: RULES });
  const text = authorityText(english, k.kernel.state, k.launch([]), nowIn(k.kernel.state, 0));
  assert.match(text, /deny:write,delete:fs:\/app\/a\/\*\* {2}frozen {2}\(\/home\/policy\.json:4\)\n/u);
  assert.match(text, /ask:connect:net:\/\*\* {2}from an older record\n/u);
});
