// Refusals: a provider's complaint becomes a failure that says what to do, in its own words and without secrets.
import { fault, type Errno, type Fault } from "../../../../abi/errors.ts";
import { Failure } from "../retry.ts";
import { readComplaint, type Complaint } from "./complaint.ts";
import { isTooLong, toldCounts } from "./counts.ts";
import { isAboutAnswer } from "./quirks.ts";

/** The data of messages about one provider. `host` is the only part of its address that they show. */
export interface AskedModel {
  readonly vendor: string;
  readonly model: string;
  readonly host: string;
  readonly key: string | undefined;
  /** Where its address comes from, as a person would look for it. */
  readonly source?: string | undefined;
}

/** One kind of refusal that another attempt does not mend, and how to tell it. The first that fits counts. */
interface Kind {
  readonly codes: RegExp;
  readonly words: RegExp;
  readonly what: (asked: AskedModel) => string;
  readonly hint: (asked: AskedModel) => string;
  /** True for what a provider also tells with a status that passes, such as 429. */
  readonly passing?: boolean;
}

const KEY: Kind = {
  codes: /invalid_api_key|api_key_invalid|authentication|unauthorized|invalid_authentication|token_expired/u,
  words:
    /(?:invalid|incorrect|missing|expired|wrong|no|revoked|disabled).{0,20}(?:api[ _-]?key|(?:access|auth|bearer) token|credentials)|api[ _-]?key.{0,40}(?:invalid|not (?:valid|found|provided)|expired|missing|required|revoked|disabled)|unauthori[sz]ed|authenticat/iu,
  what: ({ vendor }) => `the API key for ${vendor} is missing or was refused`,
  hint: ({ vendor }) => howToSetKey(vendor),
};

const KINDS: readonly Kind[] = [
  {
    codes: /country|region|territory|location/u,
    words:
      /(?:country|region|territory|location).{0,40}(?:not|un)[ -]?(?:supported|available|allowed)|(?:not|un)[ -]?(?:supported|available|allowed).{0,40}(?:country|region|territory|location)/iu,
    what: ({ vendor }) => `${vendor} does not serve this place`,
    hint: ({ vendor }) =>
      `${vendor} decides by the network address. Select a model of another provider, or ask it where it serves.`,
  },
  {
    codes:
      /insufficient_quota|billing|payment_required|insufficient_(?:credits|balance|funds)|quota_exhausted/u,
    words:
      /credit balance is too low|insufficient (?:balance|credits?|funds|quota)|(?:out of|no|not enough|more) credits|exceeded your current quota|billing (?:hard )?limit|payment required|spend(?:ing)? limit|arrears|余额不足|欠费/iu,
    what: ({ vendor }) => `the account at ${vendor} may not be used further`,
    hint: quotaHint,
    passing: true,
  },
  {
    codes: /content_policy|content_filter|moderation|responsibleai|safety|data_inspection_failed/u,
    words:
      /flagged|moderation|content (?:management )?policy|usage polic|violat.{0,40}polic|safety (?:system|filter)|inappropriate content|content[ _]filter/iu,
    what: ({ vendor }) => `${vendor} refused what the conversation says`,
    hint: () =>
      "Its filter refused the text, and would refuse it again. Leave the passage out, or select another model.",
  },
  {
    codes:
      /model_not_found|model_not_available|model_not_exist|invalid_model|unknown_model|deploymentnotfound/u,
    words:
      /(?:model|engine|deployment)\b.{0,160}?(?:not (?:exist|found|available|valid|deployed|a valid)|does(?: not|n't) exist|no longer|deprecated|decommissioned|retired|unknown|not have access|no access|not allowed)|(?:unknown|invalid|no such|not a valid|access to) (?:the )?model|^model: /iu,
    what: ({ model }) => `there is no model "${model}" there`,
    hint: ({ vendor }) =>
      vendor === "ollama"
        ? `Fetch it with "ollama pull", or select another model.`
        : "Select another model. If the name is right, check that the key may use it, and the base URL.",
  },
  KEY,
];

const PASSING = new Set([408, 409, 425, 429]);
const NO_TOOLS = /(?:does not|doesn't|not) support.{0,20}(?:tools?\b|tool use|function)|support tool use/iu;

/** Turns one refusal into a failure. `afterMs` is the wait that the provider asks for. */
export function judgeRefusal(asked: AskedModel, complaint: Complaint, afterMs?: number): Failure {
  const { status, said } = complaint;
  const what = `${asked.host} answered HTTP ${status}`;
  const full = said === "" ? what : `${what}: ${said}`;
  if (isTooLong(complaint) && !isAnswerAlone(complaint))
    return tooLong(`the conversation is too long for ${asked.model}: ${full}`, complaint);
  const kind = status >= 500 && !complaint.guessed ? undefined : kindOf(complaint, afterMs);
  if (status === 401 && (kind === undefined || kind === KEY)) return keyRefused(asked, what, said);
  if (kind !== undefined) return final("EUNAVAILABLE", `${kind.what(asked)}: ${full}`, kind.hint(asked));
  if (status === 402) return final("EUNAVAILABLE", full, quotaHint(asked));
  if (status === 403) return final("EUNAVAILABLE", full, forbiddenHint(asked, said));
  if (status === 404 && !NO_TOOLS.test(complaint.text))
    return final("EUNAVAILABLE", `there is nothing to ask: ${full}`, addressHint(asked));
  if (status >= 300 && status < 400)
    return final(
      "EUNAVAILABLE",
      `${what}, a redirect`,
      "Set the base URL to where it leads; it is not followed, because the key would go along.",
    );
  const again = PASSING.has(status) || status >= 500;
  return new Failure(fault("EIO", full, again ? TROUBLE : refusedHint(complaint)), again, afterMs);
}

/**
 * A fault of a model that the editor offers, judged by its words: they are those of the provider behind it. A
 * conversation that is too long becomes E2BIG, with the counts that the words tell.
 */
export function judgeWords(model: string, failed: Fault): Fault {
  if (failed.code !== "EIO" && failed.code !== "E2BIG") return failed;
  const complaint = readComplaint(400, failed.message, undefined);
  if (!isTooLong(complaint) && failed.code !== "E2BIG") return failed;
  const message =
    failed.code === "E2BIG" ? failed.message : `the conversation is too long for ${model}: ${failed.message}`;
  return tooLong(message, complaint).fault;
}

const TROUBLE = "The provider has trouble: try again later.";

function isAnswerAlone(complaint: Complaint): boolean {
  return isAboutAnswer(complaint) && toldCounts(complaint).window === undefined;
}

function tooLong(message: string, complaint: Complaint): Failure {
  const tokens = toldCounts(complaint);
  const told = fault("E2BIG", message, "Leave older parts out, or select a model with a larger window.");
  return new Failure(tokens.window === undefined ? told : { ...told, tokens }, false);
}

function keyRefused({ vendor }: AskedModel, what: string, said: string): Failure {
  const why = `${what}: the API key for ${vendor} is missing or was refused`;
  return final("EUNAVAILABLE", said === "" ? why : `${why}: ${said}`, howToSetKey(vendor));
}

/** A limit that will pass is no empty account, whatever words it shares with one. */
function kindOf({ status, codes, text }: Complaint, afterMs: number | undefined): Kind | undefined {
  return KINDS.find((kind) => {
    if (PASSING.has(status) && kind.passing !== true) return false;
    if (codes.some((code) => kind.codes.test(code))) return true;
    return kind.words.test(text) && !(PASSING.has(status) && afterMs !== undefined);
  });
}

function quotaHint({ vendor }: AskedModel): string {
  return `The account at ${vendor} has no credit left: check its plan and billing.`;
}

function forbiddenHint({ vendor }: AskedModel, said: string): string {
  return said === ""
    ? `It says no reason. A proxy or a firewall may stand before it; else check what the key may do. ${howToSetKey(vendor)}`
    : `Check what the account and its key may do there. ${howToSetKey(vendor)}`;
}

function addressHint(asked: AskedModel): string {
  const where = asked.source === undefined ? "" : ` It is set by ${asked.source}.`;
  return asked.vendor === "ollama"
    ? `Check the base URL and the model; "ollama pull" fetches one.${where}`
    : `Check the base URL, which usually ends in /v1, and the name of the model.${where}`;
}

function refusedHint({ text }: Complaint): string {
  return NO_TOOLS.test(text)
    ? "Agents need a model that can call tools: select another one."
    : "The provider refused the request as it is.";
}

/** How to set a key, for people. */
export function howToSetKey(vendor: string): string {
  const name = vendor === "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY";
  return `Run "Set API Key…" for ${vendor} in the editor, or set ${name} for the command line.`;
}

function final(code: Errno, message: string, hint: string): Failure {
  return new Failure(fault(code, message, hint), false);
}
