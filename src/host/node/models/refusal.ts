// Refusals: HTTP status and error body become a failure that says what to do, without secrets.
import { fault } from "../../../abi/errors.ts";
import { fieldOf } from "./gather.ts";
import { Failure } from "./retry.ts";

/** The data of messages about one provider. `host` is the only part of its address that they show. */
export interface AskedModel {
  readonly vendor: string;
  readonly model: string;
  readonly host: string;
  readonly key: string | undefined;
}

const TOO_LONG =
  /context.{0,12}(length|window|size)|maximum context|too many (input )?tokens|prompt is too long|reduce the length|exceeds? the (available|maximum)/iu;
const PASSING = new Set([408, 409, 425, 429]);

/** The statuses of error words inside a stream, where there is no HTTP status. */
const STATUS: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The HTTP status of an error that was reported inside a stream; 502 when it does not say. */
export function statusIn(error: unknown): number {
  const code = Number(fieldOf(error, "code") ?? fieldOf(error, "status"));
  if (Number.isInteger(code) && code >= 400 && code < 600) return code;
  const type = fieldOf(error, "type");
  return (typeof type === "string" && Object.hasOwn(STATUS, type) ? STATUS[type] : undefined) ?? 502;
}

/** Turns one refusal into a failure. `body` is the provider's `error` object, or the text of the response. */
export function judgeRefusal(asked: AskedModel, status: number, body: unknown, afterMs?: number): Failure {
  const said = sayOf(body, asked.key);
  const code = fieldOf(body, "code") ?? fieldOf(body, "type");
  const what = `${asked.host} answered HTTP ${status}`;
  const full = said === "" ? what : `${what}: ${said}`;
  if (status === 401 || status === 403) {
    // The provider's own text is left out: it often quotes a part of the key.
    return final(
      "EUNAVAILABLE",
      `${what}: the API key for ${asked.vendor} is missing or was refused`,
      howToSetKey(asked.vendor),
    );
  }
  if (
    status === 413 ||
    code === "context_length_exceeded" ||
    (status < 500 && status !== 429 && TOO_LONG.test(said))
  ) {
    return final(
      "E2BIG",
      `the conversation is too long for ${asked.model}: ${full}`,
      "Leave older parts out, or select a model with a larger window.",
    );
  }
  if (status === 402 || code === "insufficient_quota" || /credit balance is too low/u.test(said)) {
    return final(
      "EUNAVAILABLE",
      full,
      `The account at ${asked.vendor} has no credit left: check its plan and billing.`,
    );
  }
  if (status === 404) {
    return final(
      "EUNAVAILABLE",
      `there is no model "${asked.model}" there: ${full}`,
      asked.vendor === "ollama"
        ? `Fetch it with "ollama pull", or select another model.`
        : "Select another model. If the name is right, check the base URL: it usually ends in /v1.",
    );
  }
  if (status >= 300 && status < 400) {
    return final(
      "EUNAVAILABLE",
      `${what}, a redirect`,
      "Set the base URL to where it leads; it is not followed, because the key would go along.",
    );
  }
  const again = PASSING.has(status) || status >= 500;
  return new Failure(
    fault(
      "EIO",
      full,
      again ? "The provider has trouble: try again later." : "The provider refused the request as it is.",
    ),
    again,
    afterMs,
  );
}

/** How to set a key, for people. */
export function howToSetKey(vendor: string): string {
  const name = vendor === "anthropic" ? "ANTHROPIC_API_KEY" : "OPENAI_API_KEY";
  return `Run "Set API Key…" for ${vendor} in the editor, or set ${name} for the command line.`;
}

function final(code: "EUNAVAILABLE" | "E2BIG", message: string, hint: string): Failure {
  return new Failure(fault(code, message, hint), false);
}

/**
 * The provider's words, made harmless: one line, at most 300 characters, no invisible characters. The key is
 * removed, also as a server quoted it, and so is any text like another credential.
 */
function sayOf(body: unknown, key: string | undefined): string {
  const message = fieldOf(body, "message");
  let text = typeof message === "string" ? message : typeof body === "string" ? body : "";
  if (key !== undefined) text = text.replaceAll(key, "[key]");
  return text
    .slice(0, 4096)
    .replace(/\b(bearer|basic)\s+\S+|\bsk-[\w*-]{4,}/giu, "[key]")
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim()
    .slice(0, 300);
}
