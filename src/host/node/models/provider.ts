// A model provider: what every adapter implements behind the grant check of `providers.ts`.
import type { Fault } from "../../../abi/errors.ts";
import type { ModelAnswer, ModelRequest } from "../../../abi/model.ts";

/**
 * One vendor. It never sees a grant: it only gets requests whose grant was good. `complete` must not throw; deltas
 * given to `onText` are for showing only, and the answer returned is what counts.
 */
export interface Provider {
  complete(
    request: ModelRequest,
    signal: AbortSignal,
    onText: (delta: string) => void,
  ): Promise<ModelAnswer | Fault>;
  /** The context window of a model of this vendor, in tokens, as far as known. */
  window(model: string): number;
  /** The most tokens one answer of it may have. */
  answerMax(model: string): number;
}
