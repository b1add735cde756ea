// Said: commands in words for people, from their arguments and from what came of them.
import * as z from "zod";
import { namesReached } from "./hosts.ts";
import type { SaidCall, SayCall, Translate } from "../../abi/kind.ts";

const argsSchema = z.looseObject({
  command: z.string().optional(),
  argv: z.array(z.string()).optional(),
});
const idSchema = z.looseObject({ command: z.string() });
const runningSchema = z.looseObject({ running: z.number(), output: z.string() });
const valueSchema = z.looseObject({
  exit: z.int().nullable(),
  signal: z
    .string()
    .regex(/^[A-Z0-9]{1,20}$/u)
    .optional(),
  output: z.string(),
  seconds: z.number(),
  mode: z.enum(["layered", "unconfined"]),
  changes: z.array(z.looseObject({ outcome: z.string() })),
  kept: z.int().optional(),
  connections: z
    .array(z.looseObject({ host: z.string(), address: z.string().optional(), why: z.string().optional() }))
    .optional(),
});
type Came = z.infer<typeof valueSchema>;

/** The most characters of a command in a line. The record has the whole. */
const SHOWN = 160;

/** A command as it would be typed, cut to what a line shows. */
function typed(command: string): string {
  return command.length > SHOWN ? `${command.slice(0, SHOWN)}…` : command;
}

/** `run_command` in words: before its end, in the background, and with what came of it. */
export const sayRun: SayCall = (t, args, value, quote) => {
  const given = argsSchema.safeParse(args).data;
  if (given === undefined) return undefined;
  const command = quote(typed(given.command ?? (given.argv ?? []).join(" ")));
  const came = valueSchema.safeParse(value).data;
  if (came !== undefined) return saidRun(t, t("Ran {0}", command), came, quote);
  const id = idSchema.safeParse(value).data?.command;
  if (id === undefined) return { line: t("Run {0}", command) };
  return { line: t("Started {0} in the background as {1}", command, quote(typed(id))) };
};

/** `read_command` and `stop_command` in words: which command, and what came of it if it has ended. */
export const sayCollected: SayCall = (t, args, value, quote) => {
  const id = idSchema.safeParse(args).data?.command;
  if (id === undefined) return undefined;
  const line = t("Command {0}", quote(typed(id)));
  const came = valueSchema.safeParse(value).data;
  if (came !== undefined) return saidRun(t, line, came, quote);
  const now = runningSchema.safeParse(value).data;
  if (now === undefined) return { line };
  return { line: t("{0}, running for {1} s", line, now.running), text: now.output };
};

/** The most hosts that a line names. */
const HOSTS = 3;

/** The hosts that were reached, and what was refused. */
function saidHosts(
  t: Translate,
  connections: Came["connections"],
  quote: (text: string) => string,
): string[] {
  if (connections === undefined) return [];
  const names = namesReached(connections);
  const shown = names.slice(0, HOSTS).map(quote).join(", ");
  const refused = connections.filter(({ why }) => why !== undefined).length;
  return [
    ...(names.length === 0 ? [] : [t("connected to {0}", shown)]),
    ...(names.length > HOSTS ? [t("and {0} more hosts", names.length - HOSTS)] : []),
    ...(refused === 0
      ? []
      : [refused === 1 ? t("1 connection was refused") : t("{0} connections were refused", refused)]),
  ];
}

function saidRun(t: Translate, line: string, came: Came, quote: (text: string) => string): SaidCall {
  const { exit, signal, seconds, mode, changes, kept = 0, connections } = came;
  const applied = changes.filter(({ outcome }) => outcome === "applied").length;
  const left = changes.filter(({ outcome }) => outcome !== "applied" && outcome !== "kept").length;
  const parts = [
    line,
    exit === null ? t("ended by {0}", signal ?? t("a signal")) : t("exit {0}", exit),
    t("{0} s", seconds),
    mode === "layered" ? t("in a layer") : t("outside a layer"),
    ...(applied === 0 ? [] : [applied === 1 ? t("changed 1 file") : t("changed {0} files", applied)]),
    ...(left === 0 ? [] : [left === 1 ? t("1 change was not made") : t("{0} changes were not made", left)]),
    ...(kept === 0 ? [] : [t("{0} ignored files kept in its layer", kept)]),
    ...saidHosts(t, connections, quote),
  ];
  return { line: parts.join(", "), text: came.output, listed: true };
}

/** A word that a shell takes as it stands. */
const PLAIN = /^[\w@%+=:,./-]+$/u;

/** A command as text: the text for bash, or its words, quoted where a shell would read them otherwise. */
export function commandText(of: {
  readonly command?: string | undefined;
  readonly argv?: readonly string[] | undefined;
}): string {
  return of.command ?? (of.argv ?? []).map(quoted).join(" ");
}

function quoted(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
