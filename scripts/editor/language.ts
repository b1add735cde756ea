// An editor that speaks another language: a language pack without words of its own, so that ours alone are translated.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scratch } from "./workspace.ts";

/** Makes the editor of a place ask extensions for their texts in a language, by its code. */
export function speak(place: Scratch, language: string): void {
  const words = join(place.folder, "language.json");
  const extensions = [{ extensionIdentifier: { id: "agentlibos-test.language-pack" }, version: "1.0.0" }];
  const pack = { hash: "1", extensions, translations: { vscode: words }, label: language };
  mkdirSync(join(place.data, "User"), { recursive: true });
  writeFileSync(words, JSON.stringify({ contents: {} }));
  writeFileSync(join(place.data, "languagepacks.json"), JSON.stringify({ [language]: pack }));
  writeFileSync(join(place.data, "User", "argv.json"), JSON.stringify({ locale: language }));
}
