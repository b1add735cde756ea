// Puts a registry of the tests in the place of the program's, for a program that is loaded from the sources after this.
import { registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const urlOf = (path: string): string => pathToFileURL(join(import.meta.dirname, "../..", path)).href;

/** Whoever imports the program's registry gets `registry`, a path of the tree; that one alone gets the program's. */
export function replaceRegistry(registry: string): { deregister(): void } {
  const url = urlOf(registry);
  const known = urlOf("src/primitives/index.ts");
  return registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      return found.url === known && context.parentURL !== url ? { ...found, url } : found;
    },
  });
}
