// Windows: how much a request to each model may hold, by what is known of the model and what its provider has told.
import type { TokenCounts } from "../../abi/errors.ts";
import type { ModelAnswer, ModelLimits } from "../../abi/model.ts";

/** Counts that differ more from the estimate are no counts of the whole request: some servers leave out cached tokens. */
const CREDIBLE = { least: 0.5, most: 8 } as const;

/** The part of a window from which on an answer that was cut has filled it. */
const FULL = 0.97;

/** The least that an estimate is corrected to: a small request is mostly tools, which are counted as less. */
const LEAST_RATIO = 0.8;

/** The part of a refused request that the next one may hold. */
const AFTER_REFUSAL = 0.7;

/** The windows of all models, in tokens as we estimate them. */
export class Windows {
  readonly #models: ModelLimits;
  /** The estimate of the newest request of each process. */
  readonly #sent = new Map<number, number>();
  /** By model: the tokens that its provider counts for each one of the estimate. */
  readonly #ratios = new Map<string, number>();
  /** By model: the most that a request may hold since a provider refused one as too long. */
  readonly #refused = new Map<string, number>();
  /** By model: the windows that providers told, in their own tokens. */
  readonly #told = new Map<string, number>();

  constructor(models: ModelLimits) {
    this.#models = models;
  }

  /** The window as the provider counts it. */
  whole(model: string): number {
    return Math.min(this.#models.window(model), this.#told.get(model) ?? Infinity);
  }

  /** The part of the window that a request may fill, as we estimate it. */
  room(model: string): number {
    const window = this.whole(model);
    const room = (window - Math.min(this.#models.answerMax(model), window / 4)) / this.ratio(model);
    return Math.floor(Math.min(room, this.#refused.get(model) ?? Infinity));
  }

  /** The tokens that the provider counts for each one of our estimate. */
  ratio(model: string): number {
    return this.#ratios.get(model) ?? 1;
  }

  /** The tokens to set aside for a call with so much input, and what they cost at most. */
  reserve(model: string, estimate: number): { tokens: number; microdollars?: number } {
    const spent = { input: Math.ceil(estimate * this.ratio(model)), output: this.#models.answerMax(model) };
    const microdollars = this.#models.cost(model, spent);
    return { tokens: spent.input + spent.output, ...(microdollars === undefined ? {} : { microdollars }) };
  }

  /** Notes the estimate of a request that a process is about to send. */
  send(pid: number, estimate: number): void {
    this.#sent.set(pid, estimate);
  }

  /** Compares the provider's count of the newest request with the estimate of it. */
  count(pid: number, model: string, { input, estimated }: ModelAnswer["usage"]): void {
    const sent = this.#sent.get(pid) ?? 0;
    const ratio = input / sent;
    if (estimated === true || sent === 0 || ratio < CREDIBLE.least || ratio > CREDIBLE.most) return;
    this.#ratios.set(model, Math.max(ratio, LEAST_RATIO));
  }

  /** Notes that an answer was cut: if it filled the window, the next request must be smaller, or it is cut again. */
  fill(pid: number, model: string, { input, output, estimated }: ModelAnswer["usage"]): void {
    if (estimated !== true && input + output >= this.whole(model) * FULL) this.refuse(pid, model);
  }

  /** Notes that a provider refused the newest request of a process as too long, and the counts that it told. */
  refuse(pid: number, model: string, { window, input }: TokenCounts = {}): void {
    if (window !== undefined && window > 0) this.#told.set(model, window);
    if (input !== undefined) this.count(pid, model, { input, output: 0 });
    // Counts that explain the refusal are enough; without them, the next request is smaller by a part.
    const sent = this.#sent.get(pid) ?? 0;
    if (sent > 0 && this.room(model) >= sent) this.#refused.set(model, Math.floor(sent * AFTER_REFUSAL));
  }

  /** Forgets a process that has ended. */
  forget(pid: number): void {
    this.#sent.delete(pid);
  }
}
