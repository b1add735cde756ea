// A primitive with a kind of question of its own: a vote, which is answered by one answer of a list.
import * as z from "zod";
import { ALLOW_ONCE } from "../../src/kernel/questions/kinds.ts";
import { fault } from "../../src/abi/errors.ts";
import type { Core } from "../../src/kernel/core.ts";
import { define, type Primitive } from "../../src/kernel/operation.ts";
import type { OwnQuestionKind } from "../../src/kernel/questions/kinds.ts";
import { askQuestion } from "../../src/kernel/questions/questions.ts";

/** The kind. A vote for the left grants something, and a vote against all ends the agent. */
export const ballotKind: OwnQuestionKind = {
  name: "ballot",
  stop: "question",
  byRule: "deny",
  allowed: "answered",
  grants: (_question, { text }, issuer) =>
    text === "left" ? [{ effect: "allow", rights: ["read"], resource: "fs:/app/left/**", issuer }] : [],
  settle: (on, { pid }, { allow, text }) => {
    if (allow && text === "nobody") on.endProcess(pid, "voted out");
  },
  shown: {
    heading: (t) => t("asks for a vote"),
    icon: "megaphone",
    line: (t, { text }) => t("Vote: {0}", text),
    rows: (t) => [[t("Voters"), "one"]],
    answering: {
      by: "choices",
      ask: (t) => t("Which way?"),
      choices: () => [
        { id: "left", key: "l", label: (t) => t("Go left"), answer: { ...ALLOW_ONCE, text: "left" } },
        { id: "right", key: "r", label: (t) => t("Go right"), answer: { ...ALLOW_ONCE, text: "right" } },
        { id: "no one", key: "o", label: (t) => t("Go home"), answer: { ...ALLOW_ONCE, text: "nobody" } },
      ],
    },
  },
};

const input = z.strictObject({ question: z.string() });
const output = z.strictObject({ answer: z.string() });

/** Builds the primitive. Its operation has the name and tool of one that agents know, which it stands in for. */
export function ballotPrimitive(core: Core, name = "ballot.cast", tool = "cast_ballot"): Primitive {
  const cast = define({
    name,
    tool,
    summary: "Ask for a vote.",
    effect: "kernel",
    idempotent: true,
    waits: true,
    byPerson: true,
    input,
    output,
    needs: () => [{ resource: "human:/ask", right: "ask" as const }],
    async invoke(args, on) {
      const call = core.live.get(on.call);
      if (call === undefined) return fault("EFAULT", "The call is not live.");
      const digest = core.digests.sha256(JSON.stringify(args));
      const fixed = { kind: "ballot", op: name, args, digest, asks: [], needs: [] };
      const asked = await askQuestion(core, call, { ...fixed, text: args.question });
      if (asked?.outcome === "answered") return { answer: asked.answer?.text ?? "" };
      return asked?.outcome === "denied"
        ? fault("ECANCELED", "Nobody votes.", "Decide by yourself.")
        : fault("EINTR", "Interrupted while waiting for a vote.", "");
    },
  });
  return { kind: "ballot", operations: [cast], questions: [ballotKind] };
}
