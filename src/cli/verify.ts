// The command `verify`: it checks a record without opening it.
import { EXIT, type CliVerify } from "../abi/cli.ts";
import type { JournalVerdict } from "../views/record/verdict.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import type { VerifyOrder } from "./arguments/looking.ts";
import { readFolders, readTextFile } from "./launch.ts";
import type { Machine } from "./runtime.ts";
import { onInterrupt } from "./terminal.ts";

/** Milliseconds between two lines that tell how far a check has come. */
const PACE = 2000;

/** Runs the command. Gives its exit code. Ctrl+C stops it; then nothing was judged, and nothing is remembered. */
export async function verifyCommand(on: Machine, command: CliCommand, order: VerifyOrder): Promise<number> {
  const roots = await readFolders(command.workspaces);
  const { full } = order;
  const publicKey =
    order.publicKey === undefined ? undefined : await readKeyFile(order.publicKey, on.readPublicKey);
  const stop = new AbortController();
  onInterrupt(() => stop.abort());
  const progress = paced((done, total) => void on.complain(`${megabytes(done)} of ${megabytes(total)} MB\n`));
  const how = { publicKey, full, signal: stop.signal, progress };
  const found = await on.verify(roots, how).catch((error: unknown) => {
    if (stop.signal.aborted) return undefined;
    throw error;
  });
  if (found === undefined) {
    await on.complain("stopped: the record was not judged; run verify again to check it\n");
    return EXIT.failed;
  }
  if (command.json) await on.sayJson(JSON.stringify(verifyJson(found)) + "\n");
  else await (found.ok ? on.say : on.complain)([...found.text, ...wholeHint(found)].join("\n") + "\n");
  return found.ok ? EXIT.finished : found.standing === "absent" ? EXIT.usage : EXIT.record;
}

/** Reads the public key to verify with; `keyIn` finds it in a PEM text, an identity.json, or hex. */
export async function readKeyFile(
  path: string,
  keyIn: (text: string) => string | undefined,
): Promise<string> {
  const key = keyIn(await readTextFile("--public-key", path));
  if (key === undefined) throw new UsageError(`--public-key ${path} holds no Ed25519 public key`);
  return key;
}

/** The verdict in the shape of the command line's contract. */
function verifyJson({ ok, standing, id, records, last, ...found }: JournalVerdict): CliVerify {
  const { before, defect, unfinished, text } = found;
  return {
    ...{ ok, standing, journal: { id, records, head: last.hash } },
    ...(before === undefined ? {} : { before: { ...before } }),
    ...(defect === undefined
      ? {}
      : { defect: { file: defect.file, line: defect.line, byte: defect.byte, what: defect.what } }),
    ...(unfinished === undefined ? {} : { unfinished: { ...unfinished } }),
    text: [...text],
  };
}

function wholeHint({ before }: JournalVerdict): string[] {
  return before === undefined ? [] : ["to read every line again: agentlibos verify --full"];
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Calls `tell` at most once in a while, and not in the first while. */
function paced(tell: (done: number, total: number) => void): (done: number, total: number) => void {
  let next = performance.now() + PACE;
  return (done, total) => {
    if (performance.now() < next) return;
    next = performance.now() + PACE;
    tell(done, total);
  };
}
