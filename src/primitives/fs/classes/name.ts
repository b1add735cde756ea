// Names: one name of a path in the forms under which a file system or an editor may keep the same content.

/** Splits data text into words; each list of names is written as such a text. */
export const words = (text: string): readonly string[] => text.trim().split(/\s+/u);

/** A pattern for whole names, from alternatives that are written as words. */
export const anyOf = (text: string): RegExp => new RegExp(`^(?:${words(text).join("|")})$`, "u");

/** No disk keeps a longer name with a stream, so the rest decides nothing. In UTF-16 code units; NTFS allows 255 each. */
const LONGEST = 600;
/** So many colons from each end of a name are looked at. */
const COLONS = 8;

/**
 * Folds one name as file systems may compare it. Composition, case, invisible characters, and trailing dots and spaces
 * make no difference. Upper case in between also folds letters that only upper case unites (the long s). Folding too
 * much is harmless: a person is asked once more.
 */
export function foldName(name: string): string {
  return name
    .normalize("NFKC")
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cc}]/gu, "")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .normalize("NFC")
    .replace(/[. ]+$/u, "");
}

/**
 * Every reading of a name with colons, folded, the whole first. Windows reads `name:stream` as the file `name`; other
 * systems read the whole; a person may mean the rest.
 */
export function readingsOf(raw: string): readonly string[] {
  const whole = foldName(raw.slice(0, LONGEST));
  if (!whole.includes(":")) return [whole];
  const colons = [...whole.matchAll(/:/gu)].map((match) => match.index);
  const near = colons.filter((_, i) => i < COLONS || i >= colons.length - COLONS);
  const cuts = near.flatMap((at) => [whole.slice(0, at), whole.slice(at + 1)]);
  return [...new Set([whole, ...cuts.map(foldName)])];
}

/** Suffixes of copies that editors, packagers and people leave beside a file, and of archives of one file. */
const COPY_WORD =
  "bak|back|backup|old|orig|original|org|save|saved|sav|swp|swo|swn|tmp|temp|copy|kopie|prev|disabled|dist-old|rpmsave|rpmnew|rpmorig|dpkg-old|dpkg-new|dpkg-dist|dpkg-bak|ucf-old|ucf-new|ucf-dist|pacsave|pacnew|pacorig|pre-oh-my-zsh";
const COPY_END = new RegExp(
  `(?:~|\\.~\\d+~|\\.(?:${COPY_WORD})[-_.]?\\d*|[-_ ](?:bak|backup|old|orig|copy|kopie)\\d*|[.-]\\d+(?:[-_]\\d+)*| - (?:copy|kopie)| ?\\(\\d+\\)|\\.(?:gz|bz2|xz|zst|zip|7z|rar|tar|tgz))+$`,
  "u",
);
/** Prefixes of such copies: `#x#` and `.#x` of Emacs, `._x` of macOS, `~$x` of office programs. */
const COPY_START = /^(?:#|\.#|\._|~\$|copy of |kopie von |backup of |(?:bak|backup|old)[-_.])+/u;

/** The names of the files that a folded name may be a copy of, the likeliest first; the name itself when it is no copy. */
export function originalsOf(name: string): readonly string[] {
  const bare = name
    .replace(COPY_START, "")
    .replace(/(?<=.)#$/u, "")
    .replace(COPY_END, "");
  if (bare === "" || bare === name) return [name];
  // Vim keeps the swap file of `x` as `.x.swp`, and of `.x` as `.x.swp` or `..x.swp`.
  return /\.sw[nop]$/u.test(name) && bare.startsWith(".") ? [bare, bare.slice(1)] : [bare];
}
