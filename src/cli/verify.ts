// The command `verify`: it checks a record without opening it.
import { EXIT } from "../abi/cli.ts";
import { UsageError, type CliCommand } from "./arguments.ts";
import { readFolders, readTextFile } from "./launch.ts";
import type { Machine } from "./runtime.ts";

/** Runs the command. Gives its exit code. */
export async function verifyCommand(
  on: Machine,
  command: CliCommand,
  keyFile: string | undefined,
): Promise<number> {
  const roots = await readFolders(command.workspaces);
  const key = keyFile === undefined ? undefined : await readKeyFile(keyFile, on.readPublicKey);
  const found = await on.verify(roots, key);
  await (found.ok ? on.say : on.complain)(found.text.join("\n") + "\n");
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
