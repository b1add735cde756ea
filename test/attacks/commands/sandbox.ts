// Whether commands can run in layers on this machine; tests of layers are skipped loudly where they cannot.
import { CommandBench } from "./bench.ts";

/** False where layers work; else the text that a skipped test shows. */
export async function noSandbox(): Promise<string | false> {
  const bench = new CommandBench();
  try {
    const sandbox = await bench.backend.probe();
    return sandbox.mode === "layered" ? false : `NO SANDBOX HERE: ${sandbox.reason} ${sandbox.hint}`;
  } finally {
    await bench.close();
  }
}
