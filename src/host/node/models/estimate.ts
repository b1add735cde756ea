// Token estimates for providers that do not say what they used: four characters a token, which errs on the safe side.
import type { ModelAnswer, ModelCall, ModelRequest } from "../../../abi/model.ts";

/** The usage of an answer as guessed from lengths, marked as such. */
export function estimate(
  request: ModelRequest,
  answer: Pick<ModelAnswer, "text" | "calls" | "reasoning">,
): ModelAnswer["usage"] {
  let input = request.system.length;
  for (const message of request.messages) {
    if (message.role === "tool") input += message.content.length;
    else input += message.text.length + (message.role === "assistant" ? lengthOf(message.calls) : 0);
  }
  for (const tool of request.tools) {
    input += tool.name.length + tool.description.length + JSON.stringify(tool.schema).length;
  }
  const thought = (answer.reasoning ?? []).reduce((sum, { text }) => sum + text.length, 0);
  const output = answer.text.length + thought + lengthOf(answer.calls);
  return { input: Math.ceil(input / 4), output: Math.ceil(output / 4), estimated: true };
}

function lengthOf(calls: readonly ModelCall[]): number {
  return calls.reduce((sum, call) => sum + call.tool.length + (JSON.stringify(call.args) ?? "").length, 0);
}
