// Programs: those that start others, or write files, in ways that no wrapper tells.
import { isKnown, MANY, type Piece } from "./piece.ts";

/** Shells whose text is read as Bash reads it, and whether it must be plain enough for every one of them. */
export const SHELLS: ReadonlyMap<string, { readonly plain: boolean }> = new Map([
  ["bash", { plain: false }],
  ["sh", { plain: true }],
  ["dash", { plain: true }],
  ["ash", { plain: true }],
]);

/** Programs and builtins after which nothing is sure: they run text, or make a name mean something else. */
const UNSURE = new Set(
  [
    ". source alias trap enable shopt bind complete compgen compopt fc let",
    "rbash zsh ksh ksh93 mksh oksh pdksh yash posh csh tcsh fish pwsh powershell cmd nu elvish xonsh osh ysh",
    "watch parallel sem script su runuser sudoedit pkexec flock strace ltrace gdb lldb perf valgrind rr",
    "systemd-run unshare nsenter setpriv capsh bwrap firejail proot fakeroot fakechroot setarch linux32 linux64",
    "taskset chrt numactl prlimit choom cgexec start-stop-daemon daemonize dtach unbuffer expect",
    "tmux screen at batch crontab entr watchexec inotifywait direnv dbus-run-session dbus-launch xvfb-run",
    "run-parts vi vim view nvim ex ed emacs nano less more most caffeinate arch",
    "ssh sshpass rsh torify proxychains proxychains4 faketime rlwrap socat ncat nc",
  ].flatMap((line) => line.split(" ")),
);

/** True for the dynamic loader under any of its names; it starts the program in its words. */
const LOADER = /^ld(?:-linux.*|-musl.*|\.so.*|64\.so.*|)$/u;

export function isUnsure(program: string): boolean {
  return UNSURE.has(program) || (LOADER.test(program) && program !== "ld");
}

/** Options and texts by which a program starts others, as a word of it looks. */
const STARTING: readonly (readonly [programs: string, words: RegExp])[] = [
  [
    "awk gawk mawk nawk original-awk",
    /system|\||getline|@load|@include|^-[fEil]|^--(?:file|exec|load|include|profile|debug)/u,
  ],
  ["docker podman nerdctl", /^(?:-H|--host|-c|--context|--config|--connection|--url)/u],
  ["file", /^(?:-\w*[mzZ]|--(?:magic-file|uncompress))/u],
  [
    "git",
    /^(?:-[cxO]|--(?:config-env|exec|upload-pack|receive-pack|extcmd|ext-diff|textconv|open-files)|ext::|fd::)|^(?:config|bisect|submodule|filter-branch|difftool|mergetool|instaweb|send-email|hook|credential)$/u,
  ],
  ["gpg gpg2", /^--(?:\w+-program|exec-path|photo-viewer)/u],
  ["man", /^(?:-\w*[PHL]|--(?:pager|html|preprocessor|browser))/u],
  ["rg", /^--(?:pre|hostname-bin|search-zip)|^-\w*z/u],
  ["rsync", /^(?:-\w*e|--rsh|--rsync-path)/u],
  ["scp sftp", /^-\w*[SoF]/u],
  // The command `e`, the flag `e` of `s`, and scripts in files.
  [
    "sed gsed",
    /^-\w*f|^--(?:file|expression=.*e)|(?:^|[;{}\n\d$/!,])\s*e(?:\s|$)|s([^\\\n]).*\1[gpiIm\d]*e/su,
  ],
  ["sort", /^--(?:compress-program|files0-from)/u],
  ["split", /^--filter/u],
  [
    "tar gtar bsdtar",
    /^--(?:checkpoint-action|to-command|use-compress-program|info-script|new-volume-script|rsh-command|rmt-command)|^-\w*[IF]/u,
  ],
  ["zip", /^(?:-\w*T|--unzip-command|--test)/u],
];

/** Options by which a program writes a file that its purpose does not tell. */
const WRITING: readonly (readonly [programs: string, words: RegExp])[] = [
  ["awk gawk mawk nawk original-awk", />/u],
  [
    "curl",
    /^(?:-\w*[oODc]|--(?:output|remote-name|dump-header|cookie-jar|trace|stderr|libcurl|hsts|alt-svc|etag-save))/u,
  ],
  ["diff", /^--output/u],
  ["find", /^-(?:delete|fprint0?|fprintf|fls)$/u],
  ["git", /^(?:--output|-o)/u],
  ["iconv", /^(?:-o|--output)/u],
  ["openssl", /^-(?:out|keyout|writerand)/u],
  ["sed gsed", /^(?:-\w*i|--in-place)|w\s*\S/u],
  ["sort", /^(?:-\w*o|--output)/u],
  ["tree", /^-\w*o/u],
  ["xxd", /^-\w*r/u],
  ["yq", /^(?:-\w*i|--inplace)/u],
];

/** Options of these programs whose value is only text, so that it may be unknown. */
const TELLING: ReadonlyMap<string, RegExp> = new Map([
  ["git", /^(?:-[a-ln-z]*m|--(?:message|author|date|grep))$/u],
  ["rg", /^(?:-[a-z]*e|--regexp)$/u],
]);

const tableOf = (rows: typeof STARTING): ReadonlyMap<string, RegExp> =>
  new Map(
    rows.flatMap(([programs, words]) => programs.split(" ").map((program) => [program, words] as const)),
  );

const starting = tableOf(STARTING);
const writing = tableOf(WRITING);

/** A longer word is not searched; it counts as one that is found. */
const LONGEST = 2000;

function hasWord(table: ReadonlyMap<string, RegExp>, program: string, args: readonly Piece[]): boolean {
  const words = table.get(program);
  if (words === undefined) return false;
  const telling = TELLING.get(program);
  return args.some((arg, i) => {
    const option = args[i - 1];
    const isText = arg !== MANY && isKnown(option) && telling?.test(option) === true;
    return !isText && (!isKnown(arg) || arg.length > LONGEST || words.test(arg));
  });
}

/** True when a program may start others because of its words. */
export function mayStart(program: string, args: readonly Piece[]): boolean {
  return hasWord(starting, program, args);
}

/** True when a program may write files because of its words, although its purpose is another one. */
export function mayWrite(program: string, args: readonly Piece[]): boolean {
  return hasWord(writing, program, args);
}
