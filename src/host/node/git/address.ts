// Addresses of other repositories: where a remote really leads, after the rewriting of the configuration.
import fs from "node:fs";
import path from "node:path";
import type { Remote } from "../../../primitives/git/backend.ts";
import { encodeName } from "../../../abi/resource.ts";
import { refuse } from "../fs/errno.ts";
import { identityOf } from "../fs/node.ts";
import type { Repository } from "./repository.ts";

/** A resolved address, with the one protocol that git may use for it. */
export interface Address extends Remote {
  readonly protocol: "https" | "http" | "ssh" | "file";
}

/** Settings for `http` that a repository may have by itself: none of them says where a connection goes. */
const HARMLESS_HTTP =
  /^(?:extraheader|postbuffer|version|useragent|lowspeedlimit|lowspeedtime|maxrequests)$/u;

/** Names of remotes that are neither options nor paths. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.+-]*$/u;

/** The names of the configured remotes. */
function remotesOf({ settings }: Repository): string[] {
  return [...new Set(settings.flatMap(({ key }) => /^remote\.(.+)\.(?:push)?url$/su.exec(key)?.[1] ?? []))];
}

/** Finds where a remote leads. Git applies the rewriting; then nothing may be left that it would rewrite again. */
export async function addressOf(
  repository: Repository,
  name: string,
  pushes: boolean,
  signal: AbortSignal,
): Promise<Address> {
  const known = remotesOf(repository);
  if (!known.includes(name) || !NAME.test(name)) {
    const names = known.filter((each) => NAME.test(each)).slice(0, 10);
    const hint = names.length === 0 ? "None is set up; ask a person." : `There is: ${names.join(", ")}.`;
    return refuse("ENOENT", `There is no remote ${JSON.stringify(name)}.`, hint);
  }
  const args = ["remote", "get-url", ...(pushes ? ["--push"] : []), "--all", "--", name];
  const [url = "", ...others] = (await repository.run(args, signal))
    .split("\n")
    .filter((each) => each !== "");
  if (others.length > 0)
    refuse("EINVAL", `The remote "${name}" has ${others.length + 1} addresses.`, "Ask a person for one.");
  refuseDetours(repository, url);
  return { ...parseAddress(repository, url), name };
}

/** Refuses an address that git would not use as it is shown, or not directly. */
function refuseDetours({ settings }: Repository, url: string): void {
  const why = (text: string): never =>
    refuse("EACCES", `${text}, so it is not clear where this leads.`, "Ask a person to look at .git/config.");
  for (const { key, value, scope } of settings) {
    const own = scope === "local" || scope === "worktree";
    if (/^url\..*\.(?:pushinsteadof|insteadof)$/su.test(key) && url.startsWith(value))
      why("The configuration rewrites the address again");
    if (key.startsWith(`remote.${url}.`)) why("The configuration has a remote named like the address");
    if (/^remote\..*\.(?:vcs|proxy)$/su.test(key)) why(`The configuration sets ${key}`);
    const http = /^http\.(?:.*\.)?([a-z]+)$/su.exec(key)?.[1];
    if (own && http !== undefined && !HARMLESS_HTTP.test(http)) why(`This repository sets ${key}`);
  }
}

/** A user before the host, whose password is left out. */
const USER = String.raw`(?:([\w.~%+-]+)(?::[^@/\s]*)?@)?`;
/** A host that every program reads alike: no escapes, no signs that one takes for the end and another does not. */
const HOST = String.raw`([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])`;
const REST = String.raw`[^\s\p{Cc}\\]*`;
const WITH_SCHEME = new RegExp(String.raw`^(https|http|ssh)://${USER}${HOST}(:\d+)?(/${REST})?$`, "u");
const LIKE_SCP = new RegExp(String.raw`^(?:[\w.+-]+@)?${HOST}:${REST}$`, "u");

function parseAddress(repository: Repository, url: string): Omit<Address, "name"> {
  const [, protocol, user = "", host = "", port = "", rest = ""] = WITH_SCHEME.exec(url) ?? [];
  if (protocol === "ssh" || protocol === "https" || protocol === "http") {
    // The user of `https` can be a token.
    const who = protocol === "ssh" && user !== "" ? `${user}@` : "";
    return hosted(url, `${protocol}://${who}${host}${port}${rest}`, host, protocol);
  }
  if (url.startsWith("file:///")) return local(repository, decodeURIComponent(url.slice("file://".length)));
  if (path.isAbsolute(url) || url.startsWith("./") || url.startsWith("../"))
    return local(repository, path.resolve(repository.path, url));
  const [, scpHost] = LIKE_SCP.exec(url) ?? [];
  if (scpHost !== undefined && !url.includes("://") && !/^[\w+.-]+::/u.test(url))
    return hosted(url, url, scpHost, "ssh");
  const shown = JSON.stringify(url.slice(0, 40));
  return refuse(
    "EINVAL",
    `The address ${shown} is of no kind that is used here.`,
    "Only https, ssh and paths are.",
  );
}

function hosted(
  url: string,
  shown: string,
  host: string,
  protocol: Address["protocol"],
): Omit<Address, "name"> {
  return { url, shown, host: encodeName(host.toLowerCase()), inside: [], protocol };
}

/**
 * A place on this machine: in workspace folders it is files like any other, elsewhere it counts as a host. The path must
 * be a repository itself, because git would otherwise try other names beside it.
 */
function local({ roots }: Repository, at: string): Omit<Address, "name"> {
  const real = isRepository(at) ? fs.realpathSync.native(at) : undefined;
  if (real === undefined)
    return refuse(
      "ENOENT",
      `There is no repository at ${JSON.stringify(at)}.`,
      "Ask a person for its place.",
    );
  const reserved = roots.reserved();
  for (let above = real; ; above = path.dirname(above)) {
    if (reserved.has(identityOf(fs.statSync(above, { bigint: true }))))
      return refuse("EACCES", "The remote lies in a reserved place.", "No capability opens it.");
    if (above === path.dirname(above)) break;
  }
  const found = roots.containing(real.split(/[\\/]/u).filter((part) => part !== ""));
  const place = found && { folder: found.root.folder.name, segments: found.rest };
  const inside = place === undefined ? [] : roots.resources(place);
  return { url: real, shown: real, host: "localhost", inside, protocol: "file" };
}

/** True for a folder that is a bare repository, or that holds one as `.git`, and not only a pointer to one. */
function isRepository(at: string): boolean {
  const isFolder = (each: string): boolean =>
    fs.lstatSync(each, { throwIfNoEntry: false })?.isDirectory() === true;
  if (fs.lstatSync(path.join(at, ".git"), { throwIfNoEntry: false }) !== undefined)
    return isFolder(path.join(at, ".git"));
  return isFolder(path.join(at, "objects")) && fs.existsSync(path.join(at, "HEAD"));
}
