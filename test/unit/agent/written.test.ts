// Calls written as text: each notation is read, and a text that talks about calls is none.
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { test } from "node:test";
import { looksLikeCall, writtenCalls } from "../../../src/agent/written-calls.ts";

const TOOLS = ["read_file", "write_file", "finish"];
const READ = [["read_file", { path: "a.txt" }]];
const JSON_CALL = '{"name": "read_file", "arguments": {"path": "a.txt"}}';

const CALLS: readonly (readonly [name: string, text: string, calls?: unknown])[] = [
  ["Hermes", `<tool_call>\n${JSON_CALL}\n</tool_call>`],
  ["Hermes, its end swallowed by the server", `<tool_call>\n${JSON_CALL}`],
  ["words before it", `I will read the file first.\n\n<tool_call>${JSON_CALL}</tool_call>`],
  ["thoughts before it", `<think>Which file? <tool_call> no</think>\n<tool_call>${JSON_CALL}</tool_call>`],
  [
    "two of them",
    `<tool_call>${JSON_CALL}</tool_call>\n<tool_call>${JSON_CALL}</tool_call>`,
    [...READ, ...READ],
  ],
  ["parameters in the place of arguments", '{"name":"read_file","parameters":{"path":"a.txt"}}'],
  ["arguments as JSON text", String.raw`{"name":"read_file","arguments":"{\"path\":\"a.txt\"}"}`],
  ["the shape of the API", `[{"id":"1","type":"function","function":${JSON_CALL}}]`],
  ["a fence", "```json\n" + JSON_CALL + "\n```"],
  ["a fence of its own kind", "```tool_call\n" + JSON_CALL + "\n```\n"],
  ["Mistral, a list", `[TOOL_CALLS] [${JSON_CALL}]`],
  ["Mistral, a name", '[TOOL_CALLS]read_file{"path": "a.txt"}'],
  ["Mistral, a name and a mark", '[TOOL_CALLS]read_file[ARGS]{"path": "a.txt"}</s>'],
  ["Llama", '<|python_tag|>{"name":"read_file","parameters":{"path":"a.txt"}}<|eom_id|>'],
  ["Llama, a function", '<function=read_file>{"path": "a.txt"}</function>'],
  [
    "Qwen",
    "<tool_call>\n<function=read_file>\n<parameter=path>\na.txt\n</parameter>\n</function>\n</tool_call>",
  ],
  [
    "invoke",
    '<function_calls>\n<invoke name="read_file">\n<parameter name="path">a.txt</parameter>\n</invoke>\n</function_calls>',
  ],
  ["invoke alone", '<invoke name="read_file"><parameter name="path">a.txt</parameter></invoke>'],
  [
    "a value that holds tags",
    '<invoke name="write_file"><parameter name="path">a.html</parameter><parameter name="content">x </parameter> y</parameter></invoke>',
    [["write_file", { path: "a.html", content: "x </parameter> y" }]],
  ],
  [
    "a JSON text that holds the end mark",
    '<tool_call>{"name":"write_file","arguments":{"path":"a","content":"</tool_call> }"}}</tool_call>',
    [["write_file", { path: "a", content: "</tool_call> }" }]],
  ],
  ["no arguments in marks", '<tool_call>{"name":"finish"}</tool_call>', [["finish", {}]]],
];
for (const [name, text, calls = READ] of CALLS)
  test(`a written call is read: ${name}`, () => {
    deepStrictEqual(
      writtenCalls(text, TOOLS)?.map(({ tool, args }) => [tool, args]),
      calls,
    );
  });

const TALK: readonly (readonly [name: string, text: string, looks?: "surely" | "perhaps"])[] = [
  ["an answer", "a.txt says hello."],
  ["a sentence with a call in it", `Write <tool_call>${JSON_CALL}</tool_call> to read a file.`],
  ["a sentence about the mark", "<tool_call> is how some models begin a call."],
  ["an example and words after it", `For example:\n<tool_call>${JSON_CALL}</tool_call>\nreads a.txt.`],
  ["an example in a fence", "Like this:\n```\n<tool_call>" + JSON_CALL + "</tool_call>\n```"],
  ["a fence and words after it", "```json\n" + JSON_CALL + "\n```\nis how a call looks."],
  ["a fence at the end of words", "A call looks like this:\n```json\n" + JSON_CALL + "\n```", "perhaps"],
  ["JSON of another kind", '{"name": "read_file", "version": "1.0"}'],
  ["a package file in a fence", '```json\n{"name": "app", "type": "module", "main": "a.js"}\n```'],
  ["a list of names", '[{"name": "read_file"}]'],
  ["a tool that is not there", '<tool_call>{"name":"rm","arguments":{}}</tool_call>', "surely"],
  ["a tool that is not there, bare", '{"name":"rm","arguments":{}}', "surely"],
  ["broken JSON", '<tool_call>{"name":"read_file","arguments":{"path":"a}}</tool_call>', "surely"],
  [
    "one parameter twice",
    "<function=read_file><parameter=path>a</parameter><parameter=path>b</parameter></function>",
    "surely",
  ],
  ["a long text before it", `${"On and on. ".repeat(50)}\n<tool_call>${JSON_CALL}</tool_call>`, "surely"],
  ["a name in quotes before it", `As \`said\`:\n<tool_call>${JSON_CALL}</tool_call>`, "surely"],
  ["nothing", ""],
];
for (const [name, text, looks] of TALK)
  test(`a text is no call: ${name}`, () => {
    deepStrictEqual(writtenCalls(text, TOOLS), undefined);
    strictEqual(looksLikeCall(text, TOOLS), looks);
  });

test("a long text of marks is no call, and does not hold anybody up", () => {
  for (const piece of [
    "<tool_call>",
    "</parameter>",
    '<invoke name="read_file">',
    "[",
    '{"',
    "```json\n",
    "<function=f><parameter=x>",
  ]) {
    const text = piece.repeat(Math.floor(1_000_000 / piece.length));
    strictEqual(writtenCalls(text, TOOLS), undefined, piece);
    looksLikeCall(text, TOOLS);
  }
});
