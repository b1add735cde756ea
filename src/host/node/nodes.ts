// The Node binaries of this machine that may run the command line: none that lies where agents work.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { homePath, knownIds } from "./journal/home.ts";
import { programOutside, programsOnPath } from "./programs.ts";

/** The folders that the command line names, as `readCommandLine` would read them; the working directory if none. */
function typedFolders(words: readonly string[]): string[] {
  const typed = words.flatMap((word, i) => {
    if (word === "--workspace") return words[i + 1] ?? [];
    return word.startsWith("--workspace=") ? word.slice("--workspace=".length) : [];
  });
  return typed.length === 0 ? ["."] : typed;
}

/** The folders of every record that the user's data folder knows: agents have worked there. */
function knownFolders(home: string): string[] {
  return knownIds(home).flatMap((id) => {
    try {
      const place = JSON.parse(readFileSync(join(home, "journals", id, "place"), "utf8")) as {
        readonly roots: readonly { readonly path: string }[];
      };
      return place.roots.map((root) => root.path);
    } catch {
      return []; // Given up, or not made to its end.
    }
  });
}

/**
 * The binaries to try, by their real paths: the npm package `node` above this program, then those on PATH. None lies in a
 * folder that is named now or that a record knows, because agents could have written it.
 * @param main the file of this program
 */
export function* nodesFor(
  main: string,
  words: readonly string[] = process.argv.slice(2),
): IterableIterator<string> {
  const closed = [...typedFolders(words), ...knownFolders(homePath())];
  const name = process.platform === "win32" ? "node.exe" : "node";
  for (let folder = dirname(main); ; folder = dirname(folder)) {
    const found = programOutside(join(folder, "node_modules", "node", "bin", name), closed);
    if (found !== undefined) yield found;
    if (folder === dirname(folder)) break;
  }
  yield* programsOnPath("node", closed);
}
