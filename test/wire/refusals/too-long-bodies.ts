// Refusals of conversations that are too long, as each provider words them.
import { type TokenCounts } from "../../../src/abi/errors.ts";

const openai = (message: string, more: object = {}) => ({
  error: { message, type: "invalid_request_error", ...more },
});

/** Bodies as providers and servers send them, by who does. */
export const bodies: readonly [who: string, status: number, body: unknown, told: TokenCounts][] = [
  [
    "OpenAI, by code",
    400,
    openai("Your input exceeds the context window of this model. Please adjust your input and try again.", {
      code: "context_length_exceeded",
    }),
    {},
  ],
  [
    "OpenAI, with counts",
    400,
    openai(
      "This model's maximum context length is 8192 tokens. However, your messages resulted in 8545 tokens. Please reduce the length of the messages.",
      { code: "context_length_exceeded" },
    ),
    { window: 8192, input: 8545 },
  ],
  [
    "OpenAI, with a limit of the input",
    400,
    openai(
      "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300123 tokens.",
    ),
    { window: 272_000, input: 300_123 },
  ],
  [
    "Azure",
    400,
    openai(
      "This model's maximum context length is 4096 tokens, however you requested 5000 tokens (4990 in your prompt; 10 for the completion). Please reduce your prompt; or completion length.",
    ),
    { window: 4096, input: 4990 },
  ],
  [
    "Anthropic",
    400,
    {
      type: "error",
      error: { type: "invalid_request_error", message: "prompt is too long: 213462 tokens > 200000 maximum" },
    },
    { window: 200_000, input: 213_462 },
  ],
  [
    "Anthropic, over the bytes of a request",
    413,
    { type: "error", error: { type: "request_too_large", message: "Request exceeds the maximum size" } },
    {},
  ],
  [
    "Anthropic, with no room for an answer",
    400,
    {
      error: {
        type: "invalid_request_error",
        message:
          "input length and `max_tokens` exceed context limit: 199900 + 32768 > 200000, decrease input length or `max_tokens` and try again",
      },
    },
    { window: 200_000, input: 199_900 },
  ],
  [
    "Gemini, in a list",
    400,
    [
      {
        error: {
          code: 400,
          message: "The input token count (1196265) exceeds the maximum number of tokens allowed (1048576).",
          status: "INVALID_ARGUMENT",
        },
      },
    ],
    { window: 1_048_576, input: 1_196_265 },
  ],
  [
    "Gemini, of Vertex",
    400,
    openai(
      "Unable to submit request because the input token count is 40000 but model only supports up to 32768.",
    ),
    { window: 32_768, input: 40_000 },
  ],
  [
    "Mistral",
    400,
    {
      object: "error",
      message:
        "Prompt contains 300000 tokens and 0 draft tokens, too large for model with 131072 maximum context length",
      type: "invalid_request_prompt",
    },
    { window: 131_072, input: 300_000 },
  ],
  [
    "DeepSeek",
    400,
    openai(
      "This model's maximum context length is 65536 tokens. However, you requested 78000 tokens (70000 in the messages, 8000 in the completion). Please reduce the length of the messages or completion.",
    ),
    { window: 65_536, input: 70_000 },
  ],
  [
    "Groq",
    400,
    openai("Please reduce the length of the messages or completion.", { code: "context_length_exceeded" }),
    {},
  ],
  [
    "Groq, more than a minute's limit in one request",
    413,
    openai(
      "Request too large for model `x` in organization `o` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Requested 8012, please reduce your message size and try again.",
      { code: "rate_limit_exceeded" },
    ),
    { window: 6000, input: 8012 },
  ],
  [
    "Together",
    422,
    openai(
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens and 512 `max_new_tokens`",
    ),
    { window: 8193, input: 9000 },
  ],
  [
    "Together, later",
    400,
    openai("The input (40000 tokens) is longer than the model's context length (32769 tokens)."),
    { window: 32_769, input: 40_000 },
  ],
  [
    "vLLM",
    400,
    {
      object: "error",
      message:
        "This model's maximum context length is 4096 tokens. However, your request has 5000 input tokens. Please reduce the length of the input messages.",
      type: "BadRequestError",
      code: 400,
    },
    { window: 4096, input: 5000 },
  ],
  [
    "vLLM, later",
    400,
    openai(
      "You passed 32769 input tokens and requested 4096 output tokens. However, the model's context length is only 32768 tokens, resulting in a maximum input length of 28672 tokens. Please reduce the length of the input prompt.",
    ),
    { window: 32_768, input: 32_769 },
  ],
  [
    "llama.cpp",
    400,
    {
      error: {
        code: 400,
        message: "the request exceeds the available context size, try increasing it",
        type: "exceed_context_size_error",
        n_prompt_tokens: 9001,
        n_ctx: 8192,
      },
    },
    { window: 8192, input: 9001 },
  ],
  [
    "llama.cpp, in words and with another status",
    500,
    {
      error: { code: 500, message: "request (9001 tokens) exceeds the available context size (8192 tokens)" },
    },
    { window: 8192, input: 9001 },
  ],
  [
    "LM Studio",
    400,
    {
      error:
        "Trying to keep the first 7123 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
    },
    { window: 4096, input: 7123 },
  ],
  ["Ollama", 400, { error: "prompt too long; exceeded max context length by 4096 tokens" }, {}],
  [
    "OpenRouter",
    400,
    {
      error: {
        message:
          "This endpoint's maximum context length is 131072 tokens. However, you requested about 180000 tokens (147000 of text input, 232 of tool input, 32768 in the output). Please reduce the length of either one, or use the context-compression plugin.",
        code: 400,
      },
    },
    { window: 131_072, input: 147_232 },
  ],
  [
    "OpenRouter, with its provider's words inside",
    400,
    {
      error: {
        message: "Provider returned error",
        code: 400,
        metadata: { raw: '{"error":{"message":"prompt is too long: 213462 tokens > 200000 maximum"}}' },
      },
    },
    { window: 200_000, input: 213_462 },
  ],
  ["Bedrock", 400, { message: "Input is too long for requested model." }, {}],
  [
    "xAI",
    400,
    {
      code: "invalid-argument",
      error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    },
    { window: 131_072, input: 537_812 },
  ],
  [
    "Kimi",
    400,
    openai("Your request exceeded model token limit: 262144 (requested: 300000)"),
    { window: 262_144, input: 300_000 },
  ],
  ["MiniMax", 400, openai("invalid params, context window exceeds limit"), {}],
  ["Qwen", 400, openai("Range of input length should be [1, 129024]"), { window: 129_024 }],
  [
    "Copilot",
    400,
    openai("prompt token count of 145000 exceeds the limit of 128000"),
    { window: 128_000, input: 145_000 },
  ],
  [
    "a server with commas",
    400,
    openai("Prompt has 300,000 tokens, but the configured context size is 131,072 tokens"),
    { window: 131_072, input: 300_000 },
  ],
  [
    "a server that lists",
    422,
    {
      detail: [
        {
          loc: ["body", "messages"],
          msg: "Max input length is 4096 tokens, but you supplied 5441 tokens.",
          type: "value_error",
        },
      ],
    },
    { window: 4096, input: 5441 },
  ],
];
