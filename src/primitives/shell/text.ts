// Texts of commands for people: as they would be typed, so that no word can pass for two.

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
