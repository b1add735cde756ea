// Scripts: random texts for Bash, well formed or not, of programs that a test can watch. None leaves its folder.
import fc from "fast-check";

/** Names of programs that no machine has. An even one succeeds, an odd one fails. */
export const PROGRAMS = ["a0", "a1", "a2", "a3"] as const;

/** Folders below the working directory, each with a program `r`. */
export const FOLDERS = ["d0", "d1", "d0/d1", "d1/d0"] as const;

const program = fc.constantFrom(...PROGRAMS);

/** A name in one of the forms that quotation allows. */
const spelled = program.chain((name) => {
  const [first = "", second = ""] = name;
  return fc.constantFrom(
    ...[
      name,
      name,
      name,
      `'${name}'`,
      `"${name}"`,
      `\\${name}`,
      `${first}'${second}'`,
      `"${first}"${second}`,
    ],
    ...[`$'${name}'`, `$'\\x61'${second}`, `${first}\\\n${second}`, `${first}""${second}`, `$"${name}"`],
  );
});

/** A program whose name is not known beforehand, or that lies in a folder. */
const odd = fc.oneof(
  program.map((name) => `$(echo ${name})`),
  program.map((name) => `\${u:-${name}}`),
  program.map((name) => `\${u}${name}`),
  fc.constantFrom("./r", "d0/r", "./d1/r", "./d0/d1/r", "d0/../d1/r", "a?", "{a0,a1}", "$v", '"$v"', "$u"),
);

const name = fc.oneof({ weight: 30, arbitrary: spelled }, { weight: 1, arbitrary: odd });

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Wrappers with their words before the program. */
const WRAPPERS = [
  ...["env", "env A=1", "env -i", "env -u A", "nice", "nice -n 1", "nohup", "timeout 5", "timeout -k 1 5 "],
  ...["setsid -w", "stdbuf -o0", "command", "command -p", "exec", "xargs", "xargs -n 1", "xargs -I{}"],
  ...[
    "find . -maxdepth 0 -exec",
    "builtin",
    "eval",
    "time",
    "time -p",
    "!",
    "A=1 B=$(a0)",
    "A=1 >f1",
    "2>f1",
    "<f0",
  ],
] as const;

/** Wrappers with words that are only known when they run. */
const ODD_WRAPPERS = [
  "timeout $t",
  "env $u",
  "xargs $u",
  "nice -n $n",
  'timeout "$t"',
  "env -v",
  "PATH=$PATH",
] as const;

const WORDS = [
  "x",
  "-x",
  "a0",
  "'a 1'",
  '"$v"',
  "$v",
  "*",
  "{a0,b}",
  "${v#a}",
  "$((1 + 2))",
  "~",
  "# x",
  "1",
] as const;

const { script } = fc.letrec<{
  script: string;
  command: string;
  list: string;
  word: string;
  text: string;
}>((tie) => {
  const list = tie("list");
  const command = tie("command");
  const words = fc.array(tie("word"), { maxLength: 3 }).map((all) => all.join(" "));
  const simple = fc.tuple(name, words).map(([p, w]) => `${p} ${w}`.trimEnd());
  const inner = fc.oneof({ weight: 5, arbitrary: simple }, { weight: 1, arbitrary: command });
  const wrapper = fc.oneof(
    { weight: 15, arbitrary: fc.constantFrom(...WRAPPERS) },
    { weight: 1, arbitrary: fc.constantFrom(...ODD_WRAPPERS) },
  );
  const wrapped = fc
    .tuple(wrapper, inner)
    .map(([outer, rest]) => (outer.startsWith("find") ? `${outer} ${rest} {} ';'` : `${outer} ${rest}`));
  const shells = fc
    .tuple(
      fc.constantFrom("bash -c", "sh -c", "eval", "bash -euo pipefail -c", "xargs -I{} bash -c"),
      tie("text"),
    )
    .map(([shell, text]) => `${shell} ${quoted(text)}`);
  const of = (make: (...parts: string[]) => string, count: number): fc.Arbitrary<string> =>
    fc.array(list, { minLength: count, maxLength: count }).map((parts) => make(...parts));
  const compound = fc.oneof(
    of((a) => `(${a})`, 1),
    of((a) => `{ ${a}\n}`, 1),
    of((a, b, c) => `if ${a}\nthen ${b}\nelse ${c}\nfi`, 3),
    of((a, b) => `while ${a}\ndo ${b}\nbreak\ndone`, 2),
    of((a) => `for i in 1 2; do ${a}\ndone`, 1),
    of((a) => `for ((i = 0; i < 1; i = 5)); do ${a}\ndone`, 1),
    of((a, b) => `case $v in a0) ${a}\n;; *) ${b}\n;; esac`, 2),
    of((a, b) => `f() { ${a}\n}; ${b}\nf`, 2),
    of((a) => `f() { ${a}\n}; cd d0 && f`, 1),
    of((a, b) => `cat <<E\n$(${a}\n)\nE\n${b}`, 2),
    of((a) => `cat <<'E'\n$(${a}\n)\nE`, 1),
    of((a) => `coproc { ${a}\n}; wait`, 1),
    of((a) => `[[ -n $(${a}\n) && $v == a* ]]`, 1),
    of((a) => `[[ -n x || $v -eq 1 ]] && ${a}`, 1),
    of((a) => `${a} > f1 2>&1`, 1),
    of((a, b) => `x=$(${a}\n) y=\`${b.replaceAll(/[\\`$"]/gu, "\\$&")}\``, 2),
    of((a) => `x='a[$(${a.replaceAll(/['\n]/gu, " ")})]'; echo $((x)) \${y:x}`, 1),
    of((a) => `echo $(( $(${a}\n) + 0 ))`, 1),
    of((a) => `x='$(${a.replaceAll(/['\n]/gu, " ")})'; echo "\${x@P}"`, 1),
  );
  const moves = fc
    .tuple(
      fc.constantFrom("cd", "cd --", "command cd", "pushd"),
      fc.constantFrom("d0", "d1", "none", "$w", "."),
    )
    .map(([cd, folder]) => `${cd} ${folder}`);
  return {
    word: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      { weight: 15, arbitrary: fc.constantFrom(...WORDS) },
      list.map((a) => `$(${a}\n)`),
      list.map((a) => `"$(${a}\n)"`),
      list.map((a) => `<(${a}\n)`),
      list.map((a) => `"\${u:-$(${a}\n)}"`),
    ),
    command: fc.oneof(
      { maxDepth: 4, depthIdentifier: "c", withCrossShrink: true },
      { weight: 6, arbitrary: simple },
      { weight: 1, arbitrary: moves },
      { weight: 3, arbitrary: wrapped },
      { weight: 1, arbitrary: shells },
      { weight: 2, arbitrary: compound },
    ),
    list: fc
      .array(fc.tuple(command, fc.constantFrom(";", "\n", " &&", " ||", " |", " &", " |&")), {
        minLength: 1,
        maxLength: 3,
        depthIdentifier: "c",
      })
      .map((all) => all.map(([c, join], i) => (i === all.length - 1 ? c : `${c}${join} `)).join("")),
    text: list,
    script: fc.oneof(
      list,
      list.map((a) => `set -u; ${a}`),
    ),
  };
});

export { script };

const TOKENS = [
  ...["a0", "a1", "a2", "a3", " ", " ", " ", " ", "\n", ";", "&", "|", "&&", "||", "(", ")", "{ ", " }", "!"],
  ...[
    "$(",
    "`",
    "'",
    '"',
    "\\",
    "\\\n",
    "$v",
    "${u:-",
    "}",
    "x=",
    "x=(",
    "<<E\n",
    "\nE\n",
    "<<'E'\n",
    "<<<",
    "[[",
  ],
  ...[
    "]]",
    "((",
    "))",
    "$((",
    "if ",
    " then ",
    " fi ",
    "for i in ",
    " do ",
    " done ",
    "case ",
    " in ",
    " esac ",
  ],
  ...[
    ";;",
    "eval ",
    "bash -c ",
    "sh -c ",
    "env ",
    "exec ",
    "<(",
    "> f1 ",
    "< f0 ",
    "#",
    "$'",
    "cd d0 ",
    "function ",
  ],
  ...[
    "time ",
    "() ",
    "[ ",
    " ]",
    "*",
    "?",
    "=",
    "-c ",
    "command ",
    "xargs ",
    "$",
    "{",
    "+=",
    "&>",
    "2>&1",
    "{fd}>f1 ",
  ],
  ...["@(", "?(", "!(", "$[", "]", "coproc ", "local x=", "export x=", "\t", "a0 a1"],
] as const;

const token = fc.constantFrom(...TOKENS);

/** Texts that are seldom well formed: what Bash and the parser make of them differs most there. */
export const soup: fc.Arbitrary<string> = fc.oneof(
  fc.array(token, { minLength: 2, maxLength: 12 }).map((tokens) => tokens.join("")),
  fc.array(token, { minLength: 1, maxLength: 6 }).map((tokens) => ["a0", ...tokens, "a1"].join(" ")),
  fc.tuple(script, token, fc.nat({ max: 200 })).map(([text, put, at]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place);
  }),
);
