// Grants of answers: the capabilities that an allow would mint, exactly as shown before and stored after.
import type { Answer, OpenAsk, Question } from "../../abi/question.ts";
import { parseCap, printCap, type Capability } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import type { Kinds } from "../../abi/kind.ts";
import { covers } from "../../abi/resource.ts";

/** A capability that an answer would mint. */
export type AnswerGrant = Omit<Capability, "id" | "holder">;

/** The grants of an allowed call. They answer its asks; those of a once-only request are bound to this very call. */
export function callGrants(
  question: Question,
  given: Answer,
  issuer: string,
  kinds: Kinds,
): AnswerGrant[] | Fault {
  const once = given.scope === "once" || question.asks.some((a) => a.once);
  const listed = given.grant === undefined || once ? undefined : parseCap(given.grant, kinds);
  if (listed !== undefined && isFault(listed)) return listed;
  if (listed !== undefined) {
    const missed = question.asks.find(
      (a) =>
        listed.effect !== "allow" ||
        !covers(listed.resource, a.need.resource) ||
        !listed.rights.some((r) => r === a.need.right),
    );
    if (missed !== undefined)
      return fault(
        "EINVAL",
        `${printCap(listed)} does not cover ${missed.need.right} on ${missed.need.resource}.`,
        "Choose a grant that covers the request.",
      );
    const exact = question.asks.filter((a) => kinds.settlesExactly(a) && a.need.resource !== listed.resource);
    const { effect: _, rights: __, resource: ___, ...limits } = listed;
    return [
      { ...listed, answers: keysOf(question.asks), issuer },
      ...grantsPerResource(exact, limits, issuer),
    ];
  }
  return grantsPerResource(question.asks, once ? { uses: 1, boundTo: question.digest } : {}, issuer);
}

/** One allow for each requested resource, with the rights and answers that the asks on it need. */
function grantsPerResource(
  asks: readonly OpenAsk[],
  limits: Partial<AnswerGrant>,
  issuer: string,
): AnswerGrant[] {
  return [...Map.groupBy(asks, (a) => a.need.resource)].map(([resource, own]) => ({
    ...limits,
    effect: "allow",
    rights: [...new Set(own.map((a) => a.need.right))],
    resource,
    answers: keysOf(own),
    issuer,
  }));
}

function keysOf(asks: readonly OpenAsk[]): string[] {
  return [...new Set(asks.map((a) => a.key))];
}

/** The grant that a process requested, or a narrower one. It answers the asks that were shown with it. */
export function proposedGrant(
  proposed: string,
  { asks }: Question,
  given: Answer,
  issuer: string,
  kinds: Kinds,
): AnswerGrant[] | Fault {
  const listed = parseCap(given.grant ?? proposed, kinds);
  const asked = parseCap(proposed, kinds);
  if (isFault(asked)) return asked;
  if (isFault(listed)) return listed;
  const narrower =
    listed.effect === "allow" &&
    covers(asked.resource, listed.resource) &&
    listed.rights.every((r) => asked.rights.includes(r));
  if (!narrower)
    return fault(
      "EINVAL",
      `${printCap(listed)} is wider than what was asked for.`,
      "A grant can only be narrowed here.",
    );
  const uses = given.scope === "once" ? { uses: 1 } : {};
  return [{ ...listed, ...uses, answers: keysOf(asks), issuer }];
}
