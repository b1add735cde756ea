// Scripts for the scripted model: what an agent of a test says and calls, turn by turn.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One answer of the model. */
export type Turn = { text: string; calls: { tool: string; args: unknown }[] };

/** One model answer with its calls. */
export function calls(text: string, ...made: [tool: string, args: unknown][]): Turn {
  return { text, calls: made.map(([tool, args]) => ({ tool, args })) };
}

/** The last turn of an agent that ends by itself. */
export const done = calls("Done.", ["finish", { result: "done" }]);

export type ScriptFile = {
  readonly path: string;
  write(turns: Turn[], children?: { turns: Turn[] }[]): void;
  remove(): void;
};

/** The file that AGENTLIBOS_SCRIPT names; what it holds when an agent is started is what that agent does. */
export function scriptFile(): ScriptFile {
  const folder = mkdtempSync(join(tmpdir(), "agentlibos-script-"));
  const path = join(folder, "script.json");
  return {
    path,
    write: (turns, children = []) => writeFileSync(path, JSON.stringify({ turns, children })),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
