// Votes: the kind of question that boxes bring, and the operation that asks it. It is answered by one answer of a list.
import * as z from "zod";
import { ALLOW_ONCE } from "../../../src/kernel/questions/kinds.ts";
import { fault, isFault } from "../../../src/abi/errors.ts";
import { define, type Operation } from "../../../src/kernel/operation.ts";
import type { KernelOps } from "../../../src/kernel/ops.ts";
import type { OwnQuestionKind } from "../../../src/kernel/questions/kinds.ts";

/** The kind of question. A vote for the left grants something, and a vote against all ends the agent. */
export const voteKind: OwnQuestionKind = {
  name: "vote",
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

/** Builds `box.vote`. With another name and tool it stands in for an operation that agents know. */
export function voteOperation(ops: KernelOps, name = "box.vote", tool = "call_vote"): Operation {
  return define({
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
      const digest = ops.digests.sha256(JSON.stringify(args));
      const fixed = { kind: voteKind.name, op: name, args, digest, asks: [], needs: [] };
      const asked = await ops.ask(on.grant, { ...fixed, text: args.question });
      if (isFault(asked)) return asked;
      if (asked?.outcome === "answered") return { answer: asked.answer?.text ?? "" };
      return asked?.outcome === "denied"
        ? fault("ECANCELED", "Nobody votes.", "Decide by yourself.")
        : fault("EINTR", "Interrupted while waiting for a vote.", "");
    },
  });
}
