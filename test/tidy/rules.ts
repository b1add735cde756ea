// The rules of the tree as plain functions from (path, text) to complaints; no dependency, no exemption list.
import { codeOf, importsOf } from "./source.ts";

type Rule = (path: string, text: string) => string[];

const PURE = /^src\/(abi|kernel|primitives|agent|jit|views)\/|^src\/(boot|history)\.ts$/;
const ROOT_FILES = ["src/extension.ts", "src/cli.ts", "src/boot.ts", "src/history.ts"];
const REGISTRIES = ["src/primitives/index.ts", "src/agent/tools/index.ts", "src/ui/views/index.ts"];

/** What a folder may import: our own files by path prefix (`type ` before it: types only), and libraries. */
const IMPORTS: Record<string, { own: string[]; libraries: RegExp }> = {
  "src/abi/": { own: ["src/abi/"], libraries: /^zod$/ },
  "src/kernel/": { own: ["src/kernel/", "src/abi/"], libraries: /^zod$/ },
  "src/primitives/": {
    own: ["src/primitives/", "src/abi/", "src/kernel/"],
    libraries: /^(zod|unbash|diff)$/,
  },
  "src/agent/": { own: ["src/agent/", "src/abi/", "src/kernel/"], libraries: /^zod$/ },
  "src/jit/": { own: ["src/jit/", "src/abi/", "src/kernel/"], libraries: /^zod$/ },
  "src/views/": { own: ["src/views/", "src/abi/", "src/kernel/"], libraries: /^zod$/ },
  "src/ui/": { own: ["src/ui/", "src/abi/", "src/kernel/", "src/views/"], libraries: /^vscode$/ },
  "src/cli/": {
    own: ["src/cli/", "src/abi/", "src/kernel/", "src/views/", "type src/primitives/"],
    libraries: /^node:/,
  },
  "src/host/node/": {
    own: ["src/host/node/", "src/abi/", "src/kernel/ports", "src/kernel/witness", "type src/primitives/"],
    libraries: /^(?!vscode$)/,
  },
  "src/host/vscode/": {
    own: ["src/host/vscode/", "src/abi/", "src/kernel/ports", "src/kernel/witness", "type src/primitives/"],
    libraries: /^vscode$/,
  },
  "src/host/deno/": { own: ["src/host/deno/"], libraries: /^$/ },
  "src/history.ts": {
    own: ["src/abi/", "src/kernel/", "src/views/", "src/host/node/"],
    libraries: /^$/,
  },
  "src/boot.ts": {
    own: [
      "src/history.ts",
      "src/abi/",
      "src/kernel/",
      "src/primitives/",
      "src/agent/",
      "src/jit/",
      "src/views/",
      "src/host/node/",
    ],
    libraries: /^$/,
  },
  "src/cli.ts": {
    own: [
      ...[
        "src/boot.ts",
        "src/history.ts",
        "src/abi/",
        "src/kernel/",
        "src/primitives/",
        "src/agent/",
        "src/jit/",
        "src/views/",
      ],
      ...["src/cli/", "src/host/node/"],
    ],
    libraries: /^node:/,
  },
  "src/extension.ts": { own: ["src/"], libraries: /^(vscode|node:.*)$/ },
};

const importTable: Rule = (path, text) => {
  const row = Object.entries(IMPORTS).find(([prefix]) => path.startsWith(prefix))?.[1];
  if (!row) return [`is in no folder of the layout`];
  return importsOf(path, text).flatMap(({ target, types }) => {
    const ok = target.startsWith("src/")
      ? row.own.some((o) =>
          o.startsWith("type ") ? types && target.startsWith(o.slice(5)) : target.startsWith(o),
        )
      : row.libraries.test(target);
    return ok ? [] : [`may not import ${target}${types ? "" : " (as a value)"}`];
  });
};

/** `{ z }` drags in all of zod with its fifty languages: 454 kB, where the namespace costs 91. */
const zodAsNamespace: Rule = (_path, text) =>
  /^import\s+(?!type\b)[^*;]*?from\s*["']zod["']/m.test(text)
    ? ['imports a name from zod; write `import * as z from "zod"`']
    : [];

const FORBIDDEN: [RegExp, string][] = [
  // A variable may be called `process`, it is our word too; what the global has is told by the compiler (pure.d.ts).
  [
    /(?<![\w$.])process\s*(?:\?\.|\.)\s*(?:env|argv|cwd\s*\(|exit\s*\(|std\w+|nextTick|hrtime|platform)\b|globalThis/,
    "process",
  ],
  [/(?<![\w$.])fetch\s*\(/, "the network"],
  [/\b(?:setTimeout|setInterval|setImmediate|queueMicrotask|clearTimeout|clearInterval)\b/, "timers"],
  [/\bDate\s*\.\s*now\b|\bnew\s+Date\s*(?:\(\s*\)|(?![\w\s(]))|(?<![\w$.]|new\s+)Date\s*\(/, "the clock"],
  [/\bperformance\s*\./, "the clock"],
  [/\bMath\s*\.\s*random\b|(?<![\w$.])crypto\s*\./, "randomness"],
  [/\bAbortSignal\s*\.\s*timeout\b/, "AbortSignal.timeout"],
  [/\bimport\s*\(\s*[^"'`\s]/, "a computed import"],
];
const pure: Rule = (path, text) => {
  if (!PURE.test(path)) return [];
  const code = codeOf(text);
  return FORBIDDEN.filter(([found]) => found.test(code)).map(([, name]) => `is pure and uses ${name}`);
};

/** A reader holds 300 lines in the head, in tests and scripts as well. */
export const length: Rule = (path, text) => {
  const cap = path === "src/extension.ts" || path === "src/cli.ts" ? 150 : 300;
  const lines = text.trimEnd().split("\n").length;
  return lines > cap ? [`has ${lines} lines, over ${cap}`] : [];
};

const opening: Rule = (_path, text) =>
  /^(?:\/\/ |\/\*\*?\s+(?:\* )?)\S[^]{12,}?[.:]/.test(text)
    ? []
    : ["does not open with a sentence saying what it is"];

const noIndex: Rule = (path) =>
  /(^|\/)index\.[^/]+$/.test(path) && !REGISTRIES.includes(path) ? ["is an index file but no registry"] : [];

const BANNED = new Set(
  "manager service helper util common misc engine coordinator processor"
    .split(" ")
    .flatMap((w) => [w, `${w}s`]),
);
const wordsOf = (name: string) => name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map((w) => w.toLowerCase());
const names: Rule = (path, text) => {
  const declared = [...codeOf(text).matchAll(/\b(?:class|interface|type)\s+(\w+)/g)].map((m) => m[1] ?? "");
  return [path, ...declared].flatMap((name) =>
    wordsOf(name)
      .filter((w) => BANNED.has(w))
      .map((w) => `says ${w} in ${name}`),
  );
};

/** Witnesses are checked anywhere and minted in two places only: whoever can mint one holds every authority. */
const minting: Rule = (path, text) =>
  /^src\/(kernel\/|boot\.ts$)/.test(path) ||
  !/\bmint\b[^;]*?from\s*["'][^"']*\/witness\.ts["']|witness\.mint\b/.test(text)
    ? []
    : ["mints witnesses; only the kernel and boot may"];

/** Who may name which side of a kernel: nobody outside it the core, which can do everything; primitives its acts alone. */
const SIDES: { file: RegExp; by: RegExp; side: string }[] = [
  { file: /^src\/kernel\/(core|opening)\.ts$/, by: /^src\/kernel\//, side: "the core of a kernel" },
  {
    file: /^src\/kernel\/ops\.ts$/,
    by: /^src\/(kernel\/|primitives\/|boot\.ts$)/,
    side: "the acts of primitives",
  },
  {
    file: /^src\/kernel\/kernel\.ts$/,
    by: /^src\/(agent\/|jit\/|ui\/|cli\/|(boot|cli|extension)\.ts$)/,
    side: "a whole kernel",
  },
];
const sides: Rule = (path, text) => {
  const targets = importsOf(path, text).map(({ target }) => target);
  const named = SIDES.filter(({ file, by }) => !by.test(path) && targets.some((target) => file.test(target)));
  // A name that is passed on, or a property of that name, would be a way around.
  const passed = /\bexport\b[^;=]*?from\s*["'][^"']*\/(?:core|opening)\.ts["']/.test(text);
  const kept = !path.startsWith("src/kernel/") && /\bkernel\s*(?:\?|!)?\.\s*core\b/.test(codeOf(text));
  return [
    ...named.map(({ side }) => `may not import ${side}`),
    ...(passed || kept ? ["hands on the core of a kernel"] : []),
  ];
};

/**
 * F1, F3, F4: nothing that renders a page, trusts Markdown or takes messages from outside. What agents write is then text
 * wherever it is shown, and the only ways in are commands, links and the model's tools.
 */
const RENDERS =
  /\b(?:\w*Webview(?:Panel|View)\w*|registerCustomEditorProvider|MarkdownString|supportHtml|supportThemeIcons|enableCommandUris|asExternalUri|WebSocketServer)\b|\bisTrusted\s*[:=](?!=)/;
const LISTENS = /\bcreateServer\b|\.listen\(/;
/**
 * The proxy of commands answers on a socket in a folder of the user's alone. The forwarder runs inside a layer, whose
 * loopback interface nobody else has. Each listens in the one way that is written here.
 */
const LISTENERS: Readonly<Record<string, RegExp>> = {
  "src/host/node/shell/proxy/proxy.ts": /\bcreateServer\b/,
  "src/host/node/shell/proxy/gate.ts": /\.listen\(\{ path: (?=`\/proc\/self\/fd\/)/,
  "src/host/node/shell/proxy/forwarder.ts": /\bcreateServer\b|\.listen\((?=port, "127\.0\.0\.1",)/,
};
const closed: Rule = (path, text) => {
  const own = LISTENERS[path];
  const left = codeOf(own === undefined ? text : text.replaceAll(new RegExp(own, "g"), ""));
  return RENDERS.test(left) || LISTENS.test(left)
    ? ["renders a page, trusts Markdown, or listens for others"]
    : [];
};

/**
 * Q10: one file prints, and what it prints goes through one gate, so that no escape of an agent reaches a terminal. The
 * second start under a newer Node is this program again.
 */
const PRINTS =
  /\bprocess\s*(?:\?\.)?\.?\s*(?:\[\s*["'`]std|(?:stdout|stderr|_rawDebug|emitWarning)\b)|\{[^}]*\bstd(?:out|err)\b[^}]*\}\s*=\s*process\b|\bconsole\b|\bopenStdout\b|\b(?:write|writev|writeFile|appendFile|createWriteStream)(?:Sync)?\s*\(\s*(?:[12]\b|"[^"]*\/(?:tty|stdout|stderr|fd\/[12]))|\bfd\s*:\s*[12]\b|["']node:(?:process|console|tty|util\/debug)["']/;
const INHERITS = /["']inherit["']/;
const printing: Rule = (path, text) => {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(?:^|\s)\/\/[^\n]*/gm, "");
  return [
    ...(path !== "src/cli/print.ts" && PRINTS.test(code) ? ["prints around src/cli/print.ts"] : []),
    ...(path !== "src/cli/newer-node.ts" && INHERITS.test(code) ? ["lets another program print"] : []),
  ];
};

/** L1: one file shows notifications and pickers, so that no text of an agent becomes a link or an icon in them. */
const TELLS = /\bshow(?:Information|Warning|Error)Message\b|\bshow(?:QuickPick|InputBox)\b/;
const telling: Rule = (path, text) => {
  const code = codeOf(text);
  const picks = /\bcreateQuickPick\b/.test(code) && !/\bliteralItems\(/.test(code);
  const writes = /\bcreateInputBox\b/.test(code) && !/\bwithoutIcons\(withoutLinks\(/.test(code);
  return (TELLS.test(code) && path !== "src/ui/session/messages.ts") || picks || writes
    ? ["shows a message or a picker around src/ui/session/messages.ts"]
    : [];
};

const home: Rule = (path) =>
  ROOT_FILES.includes(path) || Object.keys(IMPORTS).some((p) => p.endsWith("/") && path.startsWith(p))
    ? []
    : ["is in no folder of the layout"];

const TOP = new Set(
  "package.json package.nls.json package.nls.de.json package-lock.json tsconfig.json esbuild.mjs src test media l10n scripts README.md CHANGELOG.md LICENSE".split(
    " ",
  ),
);
/** Complaints about what stands at the top of the tree; dotfiles are free. */
export const topLevel = (entries: string[]): string[] =>
  entries
    .filter((e) => !e.startsWith(".") && !TOP.has(e))
    .map((e) => `${e}: does not belong at the top level`);

export const RULES = {
  importTable,
  zodAsNamespace,
  pure,
  length,
  opening,
  noIndex,
  names,
  minting,
  sides,
  closed,
  printing,
  telling,
  home,
};

/** All complaints about one source file. */
export const judge = (path: string, text: string): string[] =>
  Object.values(RULES).flatMap((rule) => rule(path, text).map((complaint) => `${path}: ${complaint}`));
