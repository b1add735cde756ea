// Stop reasons: the words of all providers for why an answer ended, and what they mean to an agent.
import type { ModelAnswer } from "../../../../abi/model.ts";

const ENDS = words("stop end end_turn stop_sequence eos eos_token complete completed done success finished");
const CALLS = words("tool_calls tool_call tool_use function_call function_calls calls");
const LENGTHS = words(
  "length max_tokens max_output_tokens max_completion_tokens max_length token_limit model_length",
  "model_context_window_exceeded context_length context_length_exceeded limit truncated",
);
const FILTERS = words(
  "content_filter content_filtered refusal safety recitation prohibited_content blocklist spii sensitive",
  "image_safety guardrail_intervened moderation blocked censored",
);
/** The answer broke; asking again may help. */
const FAILURES = words(
  "error failed network_error insufficient_system_resource engine_overloaded overloaded timeout",
  "internal_error server_error malformed_function_call abort aborted",
);

/** The longest reason that is kept, in characters; real ones are a word. */
const LONGEST = 60;

function words(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(" ")));
}

function folded(reason: string): string {
  return reason
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/gu, "_")
    .replace(/^finish_reason_/u, "");
}

/** True for a reason that says the provider failed in the middle of the answer. */
export function isFailure(reason: string): boolean {
  return FAILURES.has(folded(reason));
}

/**
 * What a reason means. Servers often say `stop` although they call tools; a length or filter stop always counts. A
 * reason that is in no list is `other`, with its own word.
 */
export function stopOf(reason: string | undefined, calls: boolean): Pick<ModelAnswer, "stop" | "stopReason"> {
  const word = folded(reason ?? "");
  const said = { stopReason: plainReason(reason ?? "") };
  if (LENGTHS.has(word)) return { stop: "length" };
  if (FILTERS.has(word)) return { stop: "filter", ...said };
  if (word === "" || ENDS.has(word) || CALLS.has(word)) return { stop: calls ? "calls" : "end" };
  return { stop: "other", ...said };
}

/** A provider's word for its reason, as it may be shown. */
export function plainReason(reason: string): string {
  return reason
    .slice(0, LONGEST)
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim();
}
