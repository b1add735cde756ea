// Attacks of commands as data: what each plants, what it runs, and what must come of it.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as z from "zod";
import { setupSchema } from "../cases.ts";

const caseSchema = z.strictObject({
  id: z.string().regex(/^[A-Z]\d+$/u),
  title: z.string(),
  /** True when the workspace is a repository in which everything is committed that `.gitignore` does not name. */
  git: z.boolean().optional(),
  setup: z.array(setupSchema).optional(),
  /** Commands, each of which must fail; a further one that succeeds proves that they were tried. */
  tries: z.array(z.string()).optional(),
  /** A text for bash. */
  script: z.string().optional(),
  /** Names below the scratch folder that the process sees nothing of, as `fs:` resources. */
  unseen: z.array(z.string()).optional(),
  reads: z.array(z.string()).optional(),
  /** Hosts that the call names. The script then has a program `ask`, which asks in the ways of `ask.ts`. */
  hosts: z.array(z.string()).optional(),
  /** Names with the addresses that they lead to, at each look-up. */
  names: z.record(z.string(), z.array(z.array(z.string()))).optional(),
  /** Each connection as `host:port` with its problem, or `made`; each request that came to a server; each look-up. */
  connections: z.array(z.string()).optional(),
  requests: z.array(z.string()).optional(),
  lookups: z.array(z.string()).optional(),
  /** The second workspace folder `other`. */
  other: z.boolean().optional(),
  limits: z.record(z.string(), z.number()).optional(),
  /** The whole output, or parts that are in it, or parts that are not. */
  output: z.string().optional(),
  says: z.array(z.string()).optional(),
  never: z.array(z.string()).optional(),
  /** Every change in a few words; none unless it is given. */
  changes: z.array(z.string()).optional(),
  tooMany: z.boolean().optional(),
  kept: z.number().optional(),
  gitFolders: z.array(z.string()).optional(),
  ended: z.string().optional(),
  exit: z.number().optional(),
});

export type CommandCase = z.infer<typeof caseSchema>;

/** All cases, from all files. */
export function commandCases(): CommandCase[] {
  const folder = join(import.meta.dirname, "data");
  return readdirSync(folder).flatMap((file) =>
    z.array(caseSchema).parse(JSON.parse(readFileSync(join(folder, file), "utf8"))),
  );
}
