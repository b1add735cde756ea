// Sight: how much of a folder a command sees, by the capabilities of its process and by the names of credential files.
import { stem } from "../../abi/resource.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Sight } from "./backend.ts";
import { foldName, originalsOf } from "../fs/classes/name.ts";
import { NOT_SECRET, SECRET_FILES, SECRET_FOLDERS, SECRET_PATHS } from "../fs/classes/secret-names.ts";

/**
 * A name is seen if its process may read it without a question. A whole folder is seen at once if no rule is about a part
 * of it; else each name in it is judged by itself. A folder that may not be read is seen only as the way to what may be.
 * Credential files are the backend's affair.
 */
export function sightOf(
  grant: Grant,
  { capabilities }: Pick<State, "capabilities">,
): (name: string) => Sight {
  const readable = capabilities
    .heldBy(grant.pid)
    .filter(({ cap }) => cap.effect === "allow" && cap.rights.includes("read"))
    .map(({ cap }) => stem(cap.resource));
  return (name) => {
    if (grant.entry("read", `${name}/**`)) return "all";
    const leads = grant.entry("read", name) || readable.some((resource) => resource.startsWith(`${name}/`));
    return leads ? "some" : "none";
  };
}

/** Settings of tools, which hold a token only sometimes; builds need them otherwise. */
const SETTINGS: ReadonlySet<string> = new Set([
  ...[".npmrc", ".yarnrc", ".yarnrc.yml", ".yarnrc.yaml", ".gitconfig", ".terraformrc", ".environment"],
]);
/** A word for a token, followed by its value. */
const TOKEN =
  /(?:_auth(?:token)?|npmauth(?:token|ident)|_password|password|passwd|token|secret|bearer)["']?\s*[=:]\s*["']?[^\s"'${}]{6,}|:\/\/[^/\s:@]+:[^/\s@]+@/iu;

/** Endings of keys and certificates, and what only the text of a private key has. */
const KEYS = /\.(?:pem|key|ppk)$/u;
const PRIVATE = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----|^PuTTY-User-Key-File/mu;

/** Environment files, and private keys as `ssh-keygen` names them. */
const NAMES = /^(?:\.env(?:rc|\..*)?|id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?)$/u;

/** Files of one name wherever they lie. Names without a dot before them are words of code, too. */
const FILES: ReadonlySet<string> = new Set(
  [...SECRET_FILES, "application_default_credentials.json", "oauth_creds.json"].filter(
    (name) =>
      (/^[._]/u.test(name) && !SETTINGS.has(name)) ||
      name.endsWith("credentials.json") ||
      name === "oauth_creds.json",
  ),
);

const PATHS = SECRET_PATHS.filter(([first = ""]) => first.startsWith("."));

/** True for a name of credentials; an expression where only the text tells, as of the settings of tools and of keys. */
export function credential(segments: readonly string[]): boolean | RegExp {
  const above = segments.slice(0, -1).map(foldName);
  // A copy that an editor left is worth as much as its original.
  const names = originalsOf(foldName(segments.at(-1) ?? ""));
  if (names.some((name) => NOT_SECRET.test(name))) return false;
  if (names.some((name) => isCredential([...above, name]))) return true;
  if (names.some((name) => SETTINGS.has(name))) return TOKEN;
  return names.some((name) => KEYS.test(name)) ? PRIVATE : false;
}

function isCredential(segments: readonly string[]): boolean {
  const name = segments.at(-1) ?? "";
  if (NAMES.test(name) || FILES.has(name) || SECRET_FOLDERS.has(name)) return true;
  return PATHS.some((path) => path.every((part, i) => part === segments[segments.length - path.length + i]));
}
