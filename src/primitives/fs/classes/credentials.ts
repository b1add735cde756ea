// Credentials: files that no command sees unless it names them. They are few and known by whole names, because a file that
// is hidden by mistake breaks a build. What could be either is told by its text.
import { foldName } from "./name.ts";
import { NOT_SECRET, SECRET_FILES, SECRET_FOLDERS, SECRET_PATHS } from "./secret-names.ts";

/** Settings of package managers, and the settings in them that hold a token or a password. */
const SETTINGS = /^\.(?:npmrc|yarnrc(?:\.ya?ml)?)$/u;
const TOKEN = /_auth(?:token)?\s*=|_password\s*=|npmauth(?:token|ident)["']?\s*:|:\/\/[^\s/@:]+:[^\s/@]+@/iu;

/** Keys in the form of PEM or PuTTY. Certificates have the same endings. */
const KEYS = /\.(?:pem|key|ppk)$/u;
const PRIVATE = /PRIVATE KEY|PuTTY-User-Key-File/u;

/** Accounts of clouds and services, as their tools store them. */
const ACCOUNTS =
  /^(?:auth|oauth_creds|application_default_credentials|credentials|kaggle|client_secrets?|service[-_]account)\.json$/u;
const ACCOUNT = /"(?:private_key|refresh_token|access_token|client_secret|key)"\s*:/u;

/** Keys of SSH, and the variables of a deployment. */
const ALWAYS = /^(?:id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|\.env(?:\..+)?)$/u;

/** True for a file or folder of credentials; an expression where only a text with a match in it is one. */
export function isCredential(segments: readonly string[]): boolean | RegExp {
  const name = foldName(segments.at(-1) ?? "");
  if (NOT_SECRET.test(name)) return false;
  if (SETTINGS.test(name)) return TOKEN;
  if (ALWAYS.test(name) || SECRET_FOLDERS.has(name)) return true;
  if (name.startsWith(".") && SECRET_FILES.has(name)) return true;
  if (KEYS.test(name)) return PRIVATE;
  if (ACCOUNTS.test(name)) return ACCOUNT;
  return SECRET_PATHS.some((path) => endsWith(segments, path));
}

function endsWith(segments: readonly string[], path: readonly string[]): boolean {
  if (path.length > segments.length || !(path[0]?.startsWith(".") ?? false)) return false;
  return path.every((name, i) => foldName(segments[segments.length - path.length + i] ?? "") === name);
}
