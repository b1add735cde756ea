// Golden scenarios of families: fork and merge, messages, a shared budget, interrupts, another image, sleep.
import type { Answer } from "../../src/abi/question.ts";
import type { Budget, Image } from "../../src/abi/image.ts";

export interface Scenario {
  readonly script: unknown;
  readonly grants: readonly string[];
  readonly budget?: Budget;
  /** The image of its agent, if not the one that edits. */
  readonly image?: Image;
  /** True when the workspace is a repository with one commit, and a remote `origin` beside it. */
  readonly repository?: true;
  /** The window of its model, in tokens, when it is to be small. */
  readonly window?: number;
  /** What a person says to each question, in order. */
  readonly answers?: readonly Answer[];
  /** What a person signals whenever all rests and nothing is asked, in order. */
  readonly signals?: readonly (readonly [name: "pause" | "resume" | "interrupt", pid: number])[];
  /** What a fork of the first agent is started with once that one has ended. */
  readonly fork?: { readonly goal: string; readonly grants: readonly string[]; readonly script: unknown };
}

export const call = (tool: string, args: object): object => ({ calls: [{ tool, args }] });
export const calls = (...list: readonly (readonly [tool: string, args: object])[]): object => ({
  calls: list.map(([tool, args]) => ({ tool, args })),
});

const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];
const PARTS = ["one", "two", "three"];

export const FAMILIES: Readonly<Record<string, Scenario>> = {
  "fork-and-merge": {
    grants: [...FAMILY, "allow:read:fs:/app/**"],
    script: {
      turns: [
        call("read_file", { path: "README.md" }),
        calls(
          ...PARTS.map((part): [string, object] => [
            "fork_agent",
            { goal: `do part ${part}`, grants: [`allow:write:object:/p2/${part}`] },
          ]),
        ),
        calls(...PARTS.map((_, i): [string, object] => ["wait_agent", { pid: `\${1.${i}.pid}` }])),
        calls(...PARTS.map((name): [string, object] => ["get_object", { name }])),
        call("put_object", {
          name: "whole",
          value: ["${3.0.value}", "${3.1.value}", "${3.2.value}", "${2.2.result}"],
          from: PARTS,
        }),
        call("finish", { result: "merged" }),
      ],
      children: PARTS.map((name) => ({
        turns: [
          // What its parent read it knows; what its parent may read it may not.
          call("read_file", { path: "README.md" }),
          call("put_object", { namespace: "p2", name, value: `part ${name}`, if_version: 0 }),
          call("put_object", { namespace: "p2", name: "whole", value: "mine" }),
          call("finish", { result: `${name} is done` }),
        ],
      })),
    },
  },
  "fork-of-ended": {
    grants: ["allow:read,list,write:fs:/app/**"],
    script: { turns: [call("read_file", { path: "README.md" }), call("finish", { result: "read" })] },
    fork: {
      goal: "Write down what it says.",
      grants: ["allow:read,list:fs:/app/**"],
      script: {
        turns: [call("write_file", { path: "said.md", content: "hello" }), { text: "I may not." }],
      },
    },
  },
  "ping-pong": {
    grants: FAMILY,
    script: {
      turns: [
        call("spawn_agent", { goal: "answer" }),
        ...[1, 2, 3].flatMap((i) => [
          call("send_message", {
            ...{ pid: "${0.0.pid}", message: `ping ${i}`, correlation: `r${i}`, reply: true },
          }),
          call("receive_message", { from: "${0.0.pid}", correlation: `r${i}` }),
        ]),
        call("wait_agent", {}),
        call("finish", { result: "${6.0.message}" }),
      ],
      children: [
        {
          turns: [
            ...[0, 2, 4].flatMap((turn) => [
              call("receive_message", {}),
              call("send_message", {
                ...{ pid: 2, message: `pong to \${${turn}.0.message}` },
                correlation: `\${${turn}.0.correlation}`,
              }),
            ]),
            call("send_message", { pid: 2, message: "one answer each, and no more" }),
            call("finish", {}),
          ],
        },
      ],
    },
  },
  "family-budget": {
    grants: FAMILY,
    budget: { toolCalls: 5 },
    answers: [
      { allow: true, scope: "once" },
      { allow: false, scope: "once" },
    ],
    script: {
      turns: [
        call("spawn_agent", { goal: "count", budget: { toolCalls: 100 } }),
        calls(["send_message", { pid: "${0.0.pid}", message: "go" }], ["wait_agent", { pid: "${0.0.pid}" }]),
      ],
      children: [
        {
          turns: [
            call("receive_message", {}),
            ...Array.from({ length: 8 }, (_, i) => call("put_object", { name: "count", value: i })),
          ],
        },
      ],
    },
  },
  "interrupt-and-resume": {
    grants: ["allow:read:fs:/app/**"],
    signals: [
      ["interrupt", 2],
      ["pause", 2],
      ["interrupt", 2],
      ["resume", 2],
    ],
    script: {
      turns: [
        call("receive_message", {}),
        call("receive_message", { channel: "second" }),
        call("read_file", { path: "README.md" }),
        call("finish", { result: "nobody wrote" }),
      ],
    },
  },
  exec: {
    grants: ["allow:execute:image:/reviewer", "allow:read,write:fs:/app/**"],
    script: {
      turns: [
        call("exec_image", { image: "tour" }),
        call("exec_image", { image: "reviewer", goal: "now review it" }),
        call("write_file", { path: "README.md", content: "a reviewer has no such tool" }),
        call("read_file", { path: "README.md" }),
        call("finish", { result: "reviewed" }),
      ],
    },
  },
  sleep: {
    grants: ["allow:sleep:clock:/sleep"],
    script: {
      turns: [
        call("sleep", { seconds: 0.05 }),
        call("receive_message", { seconds: 0.05 }),
        call("finish", { result: "slept" }),
      ],
    },
  },
  // What has left the conversation is summed up; the plan in it is told again, and the notes do not fit.
  compaction: {
    grants: [],
    window: 12_000,
    script: {
      turns: [
        calls(
          ["put_object", { name: "plan", type: "plan", value: { steps: [{ text: "keep five notes" }] } }],
          ["put_object", { name: "note1", type: "text", value: "1".repeat(9_000) }],
        ),
        ...[2, 3, 4, 5].map((n) =>
          call("put_object", { name: `note${n}`, type: "text", value: `${n}`.repeat(9_000) }),
        ),
        call("get_object", { name: "said:1" }),
        call("finish", { result: "kept five notes" }),
      ],
      summaries: ["Two notes are kept, three are to come."],
    },
  },
};
