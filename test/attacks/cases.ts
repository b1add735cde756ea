// Attack cases as data: their schema, and how one case becomes the list of calls that an agent makes.
import { policyRuleSchema } from "../../src/abi/policy.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { budgetSchema } from "../../src/abi/image.ts";
import { attempt, needsTarget, spell } from "./spellings.ts";

/** What may come of a call: the decision words and the codes that are right; `ok` is success. */
export interface Expected {
  readonly decision: readonly string[];
  readonly code: readonly string[];
}

const PRESETS: Readonly<Record<string, Expected>> = {
  /** A person was asked and said no. */
  refused: { decision: ["refused"], code: ["ECANCELED"] },
  denied: { decision: ["deny"], code: ["EACCES"] },
  unheld: { decision: ["deny"], code: ["ENOTCAPABLE"] },
  done: { decision: ["allow"], code: ["ok"] },
  approved: { decision: ["approved"], code: ["ok"] },
  /** Not done, whichever wall it met first. */
  closed: {
    decision: ["deny", "refused", "none"],
    code: ["EACCES", "ENOTCAPABLE", "ECANCELED", "EINVAL", "ENOENT", "EEXIST"],
  },
  /** Allowed by its name, and then nothing was there or it was no regular file. */
  nothing: {
    decision: ["allow", "none", "deny"],
    code: ["ENOENT", "EINVAL", "EACCES", "EEXIST", "EUNAVAILABLE"],
  },
  /** Another name: it may even succeed, as long as nothing that is watched changes. */
  free: { decision: [], code: [] },
};

const expectSchema = z.union([
  z.enum(Object.keys(PRESETS)),
  z.strictObject({ decision: z.array(z.string()), code: z.array(z.string()) }),
]);

const callSchema = z.strictObject({
  tool: z.string(),
  args: z.record(z.string(), z.unknown()),
  expect: expectSchema,
  /** Texts that the agent must, or must never, get to see. */
  shows: z.array(z.string()).optional(),
  hides: z.array(z.string()).optional(),
});

export const setupSchema = z.union([
  z.strictObject({ file: z.string(), text: z.string().optional(), mode: z.string().optional() }),
  z.strictObject({ dir: z.string(), mode: z.string().optional() }),
  z.strictObject({ link: z.string(), to: z.string() }),
  z.strictObject({ hardlink: z.string(), to: z.string() }),
  z.strictObject({ fifo: z.string() }),
  z.strictObject({ socket: z.string() }),
]);
export type Setup = z.infer<typeof setupSchema>;

const caseSchema = z.strictObject({
  id: z.string().regex(/^[A-Q]\d+$/u),
  title: z.string(),
  /** What stands on the disk beside the usual files; paths from the scratch folder on. */
  setup: z.array(setupSchema).default([]),
  grants: z.array(z.string()).default(["allow:read,list,write,delete:fs:/app/**"]),
  policy: z.array(policyRuleSchema).default([]),
  /** More workspace folders: name and path from the scratch folder on. */
  roots: z.array(z.strictObject({ name: z.string(), path: z.string() })).default([]),
  answer: z.enum(["no", "once", "agent", "workspace", "open"]).default("no"),
  budget: budgetSchema.default({}),
  /** Values known to secret storage. */
  secrets: z.array(z.string()).default([]),
  /** Every verb on every spelling of every target. */
  tries: z
    .array(
      z.strictObject({
        verbs: z.array(z.string()).min(1),
        targets: z.array(z.string()).min(1),
        spellings: z.array(z.string()).default(["plain"]),
        expect: expectSchema,
      }),
    )
    .default([]),
  calls: z.array(callSchema).default([]),
  /** One call a turn, in order, instead of all of them in a few turns. */
  slowly: z.boolean().default(false),
  /** Paths from the scratch folder on that the case may change. */
  touches: z.array(z.string()).default([]),
  /** The same calls once more in a child that is given all allows of its parent. */
  child: z.boolean().default(false),
  /** With answers left open: how many requests share each row of several that a person finds. */
  shares: z.array(z.int()).optional(),
  /** Texts that must be nowhere under `.agentlibos`, beside the planted secrets. */
  unrecorded: z.array(z.string()).default([]),
  /** The planted secrets may be seen by the agent: a person allowed it. They are still never recorded. */
  seen: z.boolean().default(false),
});
export type Case = z.infer<typeof caseSchema>;

export interface Planned {
  readonly tool: string;
  readonly args: Record<string, unknown>;
  readonly expect: Expected;
  readonly shows: readonly string[];
  readonly hides: readonly string[];
  /** For messages: how the target was spelled. */
  readonly how: string;
}

const DATA = join(import.meta.dirname, "data");

/** Every case of the data files. */
export function readCases(): Case[] {
  const files = readdirSync(DATA).filter((name) => name.endsWith(".json"));
  return files
    .sort()
    .flatMap((name) => z.array(caseSchema).parse(JSON.parse(readFileSync(join(DATA, name), "utf8"))));
}

const expected = (given: z.infer<typeof expectSchema>): Expected =>
  typeof given === "string" ? (PRESETS[given] ?? { decision: [], code: [] }) : given;

/** An alike name of a thing that must be there is usually not there: anything but success will do. */
const ABSENT = ["EACCES", "ENOTCAPABLE", "ECANCELED", "EINVAL", "ENOENT", "ESTALE"];
const NOT_DONE: Expected = { decision: ["deny", "refused", "none", "allow"], code: ABSENT };

/** A new name that looks like one that is there is refused before anybody is asked; every other wall is as right. */
const orUnclear = ({ decision, code }: Expected): Expected =>
  code.includes("ok")
    ? { decision, code }
    : { decision: [...decision, "none"], code: [...code, "EEXIST", "EINVAL"] };

/** The calls of a case; `$SCRATCH` stands for the scratch folder in any argument. */
export function planOf(attack: Case, scratch: string): Planned[] {
  const fill = (value: unknown): unknown => {
    if (typeof value === "string") return value.replaceAll("$SCRATCH", scratch);
    if (Array.isArray(value)) return value.map(fill);
    return value;
  };
  const listed = attack.calls.map(({ tool, args, expect, shows = [], hides = [] }): Planned => {
    const filled = Object.fromEntries(Object.entries(args).map(([k, v]) => [k, fill(v)]));
    return { tool, args: filled, expect: expected(expect), shows, hides, how: "as written" };
  });
  const tried = attack.tries.flatMap((each) =>
    each.targets.flatMap((target) =>
      spell(String(fill(target)), each.spellings, join(scratch, "app")).flatMap((spelled) =>
        each.verbs.map((verb): Planned => {
          const loose = spelled.binding === "alike" && needsTarget(verb);
          const free = spelled.binding === "other";
          const strict = expected(each.expect);
          const makes = spelled.binding === "alike" && !loose;
          const named = makes ? orUnclear(strict) : strict;
          const expect = free ? { decision: [], code: [] } : loose ? NOT_DONE : named;
          const made = attempt(verb, spelled.path);
          return { ...made, expect, shows: [], hides: [], how: `${verb}, ${spelled.name}` };
        }),
      ),
    ),
  );
  return [...listed, ...tried];
}
