// Inspecting a journal without opening it: for `verify`, on any journal, whoever wrote it and whoever holds it.
import type { RootFolder } from "../../abi/record.ts";
import type { Scan, Scanned, Standing } from "../../kernel/ports.ts";
import { trustedHome } from "./home.ts";
import { lookAt } from "./journal-folder.ts";
import { examine, survey } from "./survey.ts";

export interface InspectOptions {
  readonly root: string;
  readonly home: string;
  readonly roots: readonly RootFolder[];
  readonly scan: Scan;
  /** Given (as the PEM text of identity.json), the bytes are judged alone, without the data folder. */
  readonly publicKey?: string;
}

/** What `kernel/verify.ts` judges by. */
export interface Inspection {
  readonly mode: "whole" | "bytes-alone";
  readonly standing: Standing;
  readonly scanned?: Scanned;
}

/** Inspects. Keeps no record in memory; changes nothing on the disk. */
export async function inspectJournal(options: InspectOptions): Promise<Inspection> {
  const { publicKey, scan } = options;
  if (publicKey !== undefined) return alone(options.root, scan, publicKey);
  const home = await trustedHome(options.home, false);
  const found = await survey({ root: options.root, roots: options.roots, home });
  const examined = found.readable ? await examine(found, scan) : undefined;
  return examined === undefined
    ? { mode: "whole", standing: found.standing }
    : { mode: "whole", ...examined };
}

async function alone(root: string, scan: Scan, publicKey: string): Promise<Inspection> {
  const mode = "bytes-alone";
  try {
    const found = await lookAt(root);
    if (found.kind === "nothing")
      return { mode, standing: { kind: "absent", detail: "there is no journal here" } };
    if (found.kind === "refused") return { mode, standing: { kind: "damaged", detail: found.detail } };
    return { mode, standing: { kind: "obeyed" }, scanned: await scan(found.source, { publicKey }) };
  } catch (error) {
    const detail = `it cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { mode, standing: { kind: "damaged", detail } };
  }
}
