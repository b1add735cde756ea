// Shapes: judges a name that nobody listed by how it looks. A shape only asks; nothing is hidden because of one.
import { anyOf, words } from "./name.ts";

/** Endings of source code and of texts for people. Such a file is about tokens or passwords and holds none. */
const SOURCE = new RegExp(
  `\\.(?:${words(`
    [cm]?[jt]sx? d\\.[cm]?ts py pyi pyx ipynb go rs c h cc cpp cxx c\\+\\+ hh hpp hxx inl java kt kts scala sc groovy
    rb erb haml slim rake php phtml twig blade swift m mm cs fs fsi fsx vb dart lua pl pm t raku r jl hs lhs purs elm ml mli
    ex eex heex exs erl hrl clj cljs cljc el lisp scm rkt nim cr zig d v sv vhd vhdl ada adb ads f f90 f95 for pas pp asm s
    sol vy move cairo vue svelte astro sh bash zsh fish ksh ps1 psm1 bat cmd awk sed sql graphql gql proto thrift avdl wat
    html? xhtml hbs handlebars mustache ejs pug jade njk liquid jinja2? css scss sass less styl
    md mdx markdown rst adoc asciidoc org tex texi po pot man vim qml ui xib markerb resx xlf diff patch snap map
  `).join("|")})$`,
  "u",
);

/** Endings of pictures, sound, fonts and public halves of keys. */
const MEDIA = anyOf(`
  .*\\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|icns|woff2?|ttf|otf|eot|mp[34]|webm|wav|ogg|pub|crt|cer)
`);

/** Endings of templates: what is in them is to be replaced. */
const TEMPLATE = /[-_.](?:example|sample|template|tmpl|j2|dist)(?:\.[a-z]+)?$/u;

/** Words that name secrets also inside longer words. */
const SECRET_INSIDE = new RegExp(
  words(`
    passw(?:or[dt]|d) passphrase passcode htpasswd htdigest sshpass secret(?!ar) credential(?!ed) wallet keytab key(?:store|chain|ring|pair)
    trust-?store priv(?:ate)?[-_.\\x20]?key (?:api|access|auth|secret|ssh|pgp|gpg|rsa|signing|encryption|master|deploy|license|unseal)[-_.\\x20]?keys?(?![a-z])
    (?:account|storage|service|recovery|vault|session|cookie|root|host|bot|openai|anthropic|aws|gcp|azure)[-_.\\x20]?keys?(?![a-z])
    (?:init|sa|upload|validator)[-_.\\x20]keys?(?![a-z]) mnemonic seed[-_.\\x20]?(?:phrase|words?) (?:recovery|backup)[-_.\\x20]?(?:codes?|phrase|keys?)
    oauth authinfo kubeconfig krb5cc service[-_]?account firebase[-_]?admin keyfile
  `).join("|"),
  "u",
);

/** Words that name secrets only when they stand alone, and endings of data that are mostly keys. */
const SECRET_ALONE = new RegExp(
  [
    /creds(?![a-z])/u,
    /(?<![a-z])(?:db|root|admin|user|my|pg|ldap|smtp|imap|mail|wifi|ipmi|vnc|rdp)[-_.]?(?:pw|pass)(?![a-z])/u,
    /(?<![a-z])(?:cred|jwt|totp|otp|2fa|pwd?|passwds?|pass|psk|auth|logins|unseal|nsec|regcred)(?![a-z])/u,
    /(?<![a-z])(?:cookies?|cookie[-_.]?jar|login[-_ ]data|netrc|ccache|azure-?auth)(?![a-z])/u,
    /(?:^|[-_.])vault(?:\.(?:ya?ml|json)$|[-_]pass)|ansible[-_]vault|(?:wallet|signing|recovery)[-_.]?seed/u,
    /(?:^|[-_])(?:rsa|dsa|ecdsa|ed25519)(?:[-_][a-z0-9]+)?(?:\.txt)?$|[-_](?:private|identity|session)$/u,
    /(?<!special_|added_|design[-_.])tokens?(?![a-z])/u,
    /(?<!pub|public)(?:^|[-_.])keys?(?:\.(?:txt|json|ya?ml|toml|xml|csv|ini|bin|dat|db|enc))?$/u,
    /\.(?:sk|seed|kirbi|har|dit|hive|dmp)$/u,
  ]
    .map((part) => part.source)
    .join("|"),
  "u",
);

/** True when a folded name reads like a secret that somebody keeps in a file. */
export function looksSecret(name: string): boolean {
  if (MEDIA.test(name) || TEMPLATE.test(name)) return false;
  return SECRET_INSIDE.test(name) || SECRET_ALONE.test(name);
}

/** True for names that end as source code does. */
export function isSource(name: string): boolean {
  return SOURCE.test(name);
}

/** Names with a leading dot that no tool runs code for. */
const PLAIN_DOTS: ReadonlySet<string> = new Set(
  words(`
  .github .well-known .changeset .gitkeep .keep .gitignore .editorconfig .mailmap .nojekyll .ds_store .empty .placeholder
  .nyc_output .pytest_cache .mypy_cache .ruff_cache .sass-cache .parcel-cache .eslintcache .stylelintcache .tsbuildinfo
`),
);
const PLAIN_DOT_PATTERN = anyOf(`
  \\.[a-z-]*ignore \\.env(?:\\..+)?\\.(?:example|sample|template)
`);

/** True for a dot-file or dot-folder, unless it is known as one that no tool obeys. */
export function looksLikeDotFile(name: string): boolean {
  return name.length > 1 && name.startsWith(".") && !PLAIN_DOTS.has(name) && !PLAIN_DOT_PATTERN.test(name);
}

/** Settings that a tool may obey: `toolrc`, `tool.conf`, and what mail, shells and daemons read under such names. */
const SETTINGS = anyOf(`
  [_a-z0-9][\\w-]*rc [_a-z0-9][\\w-]*rc\\.(?:local|d|json[5c]?|ya?ml|toml) .*\\.(?:conf|cnf|cfg|config)(?:\\.(?:json|ya?ml|toml))?
`);
const NO_SETTINGS = /(?:^|[-_])(?:src|arc|crc|irc|orc|marc|force)(?:\.|$)/u;

/** True when a folded name reads like the settings of a tool. */
export function looksLikeSettings(name: string): boolean {
  return SETTINGS.test(name) && !NO_SETTINGS.test(name);
}
