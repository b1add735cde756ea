// Parameters that servers refuse, and what is sent to each after its refusal.
import assert from "node:assert/strict";

export type Sent = Record<string, unknown> & { messages: Record<string, unknown>[] };

export const cases: readonly {
  name: string;
  model?: string;
  status?: number;
  error: object | string;
  /** What differs in the second request. */
  then: (sent: Sent) => void;
}[] = [
  {
    name: "max_tokens, which newer models of OpenAI refuse",
    error: {
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      ...{ type: "invalid_request_error", param: "max_tokens", code: "unsupported_parameter" },
    },
    then: (sent) => assert.deepEqual([sent["max_tokens"], sent["max_completion_tokens"]], [undefined, 8192]),
  },
  {
    name: "max_completion_tokens, which older servers do not know",
    model: "openai/gpt-test",
    error: {
      message: "Unrecognized request argument supplied: max_completion_tokens",
      type: "invalid_request_error",
    },
    then: (sent) => assert.deepEqual([sent["max_tokens"], sent["max_completion_tokens"]], [8192, undefined]),
  },
  ...[
    { message: "Unknown parameter: 'stream_options'.", param: "stream_options", code: "unknown_parameter" },
    {
      message:
        "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted'}]",
    },
    { message: 'json: unknown field "stream_options"' },
    {
      message: {
        detail: [
          {
            type: "extra_forbidden",
            loc: ["body", "stream_options", "include_usage"],
            msg: "Extra inputs are not permitted",
          },
        ],
      },
    },
    { message: "Validation error at #/stream_options: Extra inputs are not permitted" },
  ].map((error, i) => ({
    ...{ name: `stream_options, in other words (${i})`, status: [400, 422][i % 2] ?? 400, error },
    then: (sent: Sent) => assert.equal("stream_options" in sent, false),
  })),
  ...[
    "'messages.2' : for 'role:assistant' the following must be satisfied[('messages.2' : property 'reasoning_content' is unsupported)]",
    "messages.2.assistant.reasoning_content: property 'messages.2.assistant.reasoning_content' is unsupported",
  ].map((message) => ({
    name: `a field of an earlier answer: ${message.slice(0, 30)}`,
    error: { message },
    then: (sent: Sent) => {
      assert.equal("reasoning_content" in (sent.messages[2] ?? {}), false);
      assert.ok("reasoning_details" in (sent.messages[2] ?? {}), "another field stays");
    },
  })),
  {
    name: "streams at all",
    error: { message: "Unsupported value: 'stream' does not support true with this model.", param: "stream" },
    then: (sent) => assert.equal(sent["stream"], false),
  },
  ...[
    "System role not supported",
    "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
  ].map((message) => ({
    ...{ name: `the role of the system: ${message.slice(0, 20)}`, error: { message } },
    then: (sent: Sent) => {
      assert.equal(sent.messages[0]?.["role"], "user");
      assert.equal(sent.messages[0]["content"], "You are a test.\n\nGo.");
      assert.equal(sent.messages.length, 3);
    },
  })),
  {
    name: "a way to think",
    model: "anthropic/claude-sonnet-5",
    error: { type: "invalid_request_error", message: "adaptive thinking is not supported on this model" },
    then: (sent) => assert.equal("thinking" in sent, false),
  },
  {
    name: "the display of thoughts",
    model: "anthropic/claude-sonnet-5",
    error: {
      type: "invalid_request_error",
      message: "thinking.adaptive.display: Extra inputs are not permitted",
    },
    then: (sent) => assert.deepEqual(sent["thinking"], { type: "adaptive" }),
  },
  {
    name: "marks of the cache",
    model: "anthropic/claude-sonnet-5",
    error: { message: "system.0.cache_control: Extra inputs are not permitted" },
    then: (sent) => assert.doesNotMatch(JSON.stringify(sent), /cache_control/u),
  },
  {
    name: "an answer without a field that it wants back",
    error: { message: "The `reasoning_content` in the thinking mode must be passed back to the API." },
    then: (sent) => assert.equal(sent.messages[2]?.["reasoning_content"], "Hm."),
  },
  {
    name: "a call without a signature",
    error: {
      message: "Function call is missing a thought_signature in functionCall parts.",
      status: "INVALID_ARGUMENT",
    },
    then: (sent) =>
      assert.match(
        JSON.stringify(sent.messages[2]?.["tool_calls"]),
        /"extra_content":\{"google":\{"thought_signature"/u,
      ),
  },
];
