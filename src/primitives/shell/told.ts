// Results of commands: their shape, and the words in which a model reads them.
import * as z from "zod";
import { quotedName } from "../../abi/quoted.ts";
import type { Ran } from "./backend.ts";
import { pathOfResource, type ToldChange } from "./changes.ts";
import { connectionLines, tellConnections, toldConnectionSchema } from "./hosts.ts";

/** One change with what came of it. */
export const toldChangeSchema = z.strictObject({
  path: z.string(),
  change: z.enum(["created", "changed", "deleted"]),
  outcome: z.enum(["applied", "refused", "denied", "conflict", "kept"]),
  why: z.string().exactOptional(),
});

/** The result of a command. `exit` is null when a signal ended it. */
export const ranSchema = z.strictObject({
  exit: z.int().nullable(),
  signal: z.string().optional(),
  /** The limit that ended it, or `stopped`. */
  ended: z.string().optional(),
  output: z.string(),
  seconds: z.number(),
  mode: z.enum(["layered", "unconfined"]),
  /** Each file that it changed, and what came of it. Always empty when unconfined. */
  changes: z.array(toldChangeSchema),
  /** The sizes of changes that were too many to be looked at; none of them was applied. */
  too_many: z.strictObject({ entries: z.int(), bytes: z.int() }).optional(),
  /** How many files that git ignores stay in the layer of the process, for its next commands. */
  kept: z.int().optional(),
  /** Folders of git that it changed; nothing of that is kept. */
  git: z.array(z.string()).optional(),
  /** True when files that earlier commands left were dropped, because the workspace has changed under them. */
  dropped: z.boolean().optional(),
  /** The connections that it asked for, and how many more there were; only if the call named hosts. */
  connections: z.array(toldConnectionSchema).optional(),
  more_connections: z.int().optional(),
});
export type RanValue = z.infer<typeof ranSchema>;

/** The value of a command that ran. */
export function valueOfRun(ran: Ran, output: string, carried: readonly ToldChange[]): RanValue {
  const kept = (ran.keptAt ?? []).map(({ resource, change }) => {
    return { path: pathOfResource(resource), change, outcome: "kept" as const };
  });
  const changes = [...carried, ...kept];
  return {
    exit: ran.exit ?? null,
    ...(ran.signal === undefined ? {} : { signal: ran.signal }),
    ...(ran.ended === undefined ? {} : { ended: ran.ended }),
    output,
    ...{ seconds: Math.round(ran.seconds * 10) / 10, mode: ran.mode, changes },
    ...(ran.tooMany === undefined ? {} : { too_many: ran.tooMany }),
    ...(ran.kept === 0 ? {} : { kept: ran.kept }),
    ...(ran.git.length === 0 ? {} : { git: [...ran.git] }),
    ...(ran.dropped ? { dropped: true } : {}),
    ...(ran.reached === undefined ? {} : tellConnections(ran.reached)),
  };
}

const ENDS: Readonly<Record<string, string>> = {
  time: "It took too long and was ended; give more `seconds`, or run it in the background.",
  memory: "It needed too much memory and was ended.",
  processes: "It started too many processes and was ended.",
  output: "It put out too much and was ended; filter its output.",
  disk: "It wrote too much and was ended.",
  stopped: "It was stopped.",
};

/** How many changes of each outcome a model reads one by one. */
const NAMED = 40;

/** A result in the words for a model. */
export function toldRun(value: RanValue): string {
  const { exit, signal, ended, output, seconds } = value;
  const how = exit === null ? `ended by ${signal ?? "a signal"}` : `exit code ${exit}`;
  const lines = [`[${how}, ${seconds} s]${ended === undefined ? "" : ` ${ENDS[ended] ?? ended}`}`];
  if (output !== "") lines.push(output.replace(/\n$/u, ""));
  const reached = connectionLines(value.connections, value.more_connections);
  return [...lines, ...changeLines(value), ...reached].join("\n");
}

function changeLines({ changes, too_many, kept, git, dropped }: RanValue): string[] {
  const lines: string[] = [];
  const named = (all: readonly ToldChange[]): string => {
    const names = all
      .slice(0, NAMED)
      .map((c) => `  ${c.change} ${quotedName(c.path)}${c.why === undefined ? "" : ` (${c.why})`}`);
    if (all.length > NAMED) names.push(`  and ${all.length - NAMED} more`);
    return names.join("\n");
  };
  const of = (outcome: ToldChange["outcome"]): ToldChange[] => changes.filter((c) => c.outcome === outcome);
  const applied = of("applied");
  if (applied.length > 0) lines.push(`[It changed the workspace:]\n${named(applied)}`);
  const not = changes.filter((c) => c.outcome !== "applied" && c.outcome !== "kept");
  if (not.length > 0) lines.push(`[It would have changed these, and they stay as they were:]\n${named(not)}`);
  if (too_many !== undefined)
    lines.push(
      `[It would have changed ${too_many.entries} files (${too_many.bytes} bytes). That is too much to be looked at, so nothing was changed.]`,
    );
  if (kept !== undefined)
    lines.push(
      `[${kept} files that git ignores are kept for your next commands; other tools do not see them.]`,
    );
  if (git !== undefined)
    lines.push("[It changed the git repository itself. That is not kept; use the git tools.]");
  if (dropped === true)
    lines.push("[Ignored files of earlier commands were dropped, because the workspace has changed.]");
  return lines;
}
