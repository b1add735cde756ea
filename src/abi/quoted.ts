// Quoted: names and texts of agents, as they may stand inside a sentence of ours without passing for a part of it.

/** Names of these characters need no quotation marks: no blank, no quotation mark, no sign that joins two names. */
const PLAIN = /^[\p{L}\p{N}\p{M}._\-/@+,~#%&!:;=$^*?()[\]{}']*$/u;

/**
 * A path, resource or other name as people read it: as it is, or in quotation marks if a part of it could be read as
 * ours, as in a file named `a -> b` or `x  done`. No quotation mark inside ends it.
 */
export function quotedName(name: string): string {
  return PLAIN.test(name) ? name : `"${name.replace(/["\\]/gu, "\\$&")}"`;
}

/** A text of an agent on one line, in quotation marks, of at most `max` characters; its whole length is told. */
export function quotedLine(text: string, max = 200): string {
  const quoted = JSON.stringify(text.slice(0, max));
  return text.length <= max ? quoted : `${quoted}… (${text.length} characters)`;
}
