// The values of secret files that a journal must not hold: one a line, beside its key, in the user's data folder.
import { open } from "node:fs/promises";
import type { ValueStore } from "../../../kernel/ports.ts";
import { bytesAt, tried } from "./disk.ts";

/** Opens the values of one journal; the file is made with the first of them, private to this user. */
export function valueStore(path: string): ValueStore {
  return {
    read: () => (bytesAt(path)?.toString() ?? "").split("\n").flatMap((line) => valueOf(line) ?? []),
    async add(values) {
      const file = await open(path, "a", 0o600);
      try {
        // It begins with a line end, so that a line that a crash cut in half spoils no other.
        await file.writeFile(`\n${values.map((value) => JSON.stringify(value)).join("\n")}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

function valueOf(line: string): string | undefined {
  const value: unknown = line === "" ? undefined : tried(() => JSON.parse(line) as unknown);
  return typeof value === "string" ? value : undefined;
}
