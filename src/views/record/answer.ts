// Answer: the parts of a model's answer as the record has it, which may have lost its shape.

/** The most characters of a turn's reasoning that are shown. The record has the whole. */
const THOUGHT_MOST = 4_000;

/** The parts of a recorded answer. A redacted answer may have lost its shape. */
export function answerParts(answer: unknown): { text: string; thought: string; calls: number } {
  if (typeof answer !== "object" || answer === null) return { text: "", thought: "", calls: 0 };
  const thoughts: unknown[] =
    "reasoning" in answer && Array.isArray(answer.reasoning) ? answer.reasoning : [];
  const thought = thoughts.map(textOf).filter((text) => text.trim() !== "");
  return {
    text: textOf(answer),
    thought: thought.join("\n\n").slice(0, THOUGHT_MOST),
    calls: "calls" in answer && Array.isArray(answer.calls) ? answer.calls.length : 0,
  };
}

function textOf(said: unknown): string {
  const has = typeof said === "object" && said !== null && "text" in said;
  return has && typeof said.text === "string" ? said.text : "";
}
