// The walk: from a workspace folder's descriptor to one place, component by component, following links only on request.
import fs from "node:fs";
import { fsResource } from "../../../abi/resource.ts";
import type { OutsideLink, Place, Spot } from "../../../primitives/fs/backend.ts";
import { refuse } from "./errno.ts";
import { childPath, type Ground, type Node } from "./node.ts";
import { Roots, type Root } from "./roots.ts";

const MAX_LINKS = 40;

/** Where a walk ended. `parent` and `node` are open until `close`; `node` is undefined when nothing stands there. */
export interface Stand {
  readonly kind: "inside";
  readonly root: Root;
  readonly segments: readonly string[];
  /** The folder that holds the last name that exists or is to be made; undefined for a root itself. */
  readonly parent: Node | undefined;
  readonly name: string;
  readonly node: Node | undefined;
  /** Names after the first that is missing; empty when only the last one is. */
  readonly beyond: readonly string[];
  readonly link: string | undefined;
  close(): void;
}

type Links = "follow" | "refuse";

/** One walk in progress. Every folder on the way stays open until the walk is closed, so `..` is exact. */
class Walking {
  readonly roots: Roots;
  readonly links: Links;
  readonly exact: boolean;
  /** True where most likely nothing stands: each name is looked for before it is opened. */
  readonly scouts: boolean;
  readonly reserved: ReadonlySet<string>;
  root: Root;
  names: string[] = [];
  opened: Node[] = [];
  queue: string[];
  followed = 0;
  link: string | undefined;

  constructor(roots: Roots, place: Place, links: Links, exact: boolean, scouts: boolean) {
    this.roots = roots;
    this.links = links;
    this.exact = exact;
    this.scouts = scouts;
    this.reserved = roots.reserved();
    this.root = roots.enter(roots.get(place.folder), this.reserved);
    this.queue = [...place.segments];
  }

  /** The innermost folder that is open. */
  top(): Node {
    return this.opened.at(-1) ?? this.root.node;
  }

  close(): void {
    for (const node of this.opened.splice(0)) node.close();
  }

  /** Starts again at an absolute path; false when it is outside all roots. */
  restart(absolute: readonly string[]): boolean {
    const found = this.roots.containing(absolute);
    if (found === undefined) return false;
    this.close();
    this.root = this.roots.enter(found.root, this.reserved);
    this.names = [];
    this.queue = found.rest;
    return true;
  }

  /** One step up; above a root only a path that comes back into one is inside. */
  up(): boolean {
    if (this.names.length > 0) {
      this.names.pop();
      this.opened.pop()?.close();
      return true;
    }
    const above = Roots.above(this.root);
    while (this.queue[0] === "..") {
      this.queue.shift();
      above.pop();
    }
    return this.restart([...above, ...this.queue]);
  }

  /** Takes the text of a link as the way to go on; false when it leads outside. */
  through(name: string): boolean {
    const target = fs.readlinkSync(childPath(this.top(), name));
    this.link ??= target;
    if (this.links === "refuse") this.refuseLink(name, target);
    if (++this.followed > MAX_LINKS)
      refuse("EINVAL", "The path goes in circles through links.", "Name the file itself.");
    const parts = target.split("/").filter((s) => s !== "" && s !== ".");
    if (target.startsWith("/")) return this.restart([...parts, ...this.queue]);
    for (const part of parts.reverse()) this.queue.unshift(part);
    return true;
  }

  refuseLink(name: string, target: string): never {
    const at = fsResource(this.root.folder.name, [...this.names, name]);
    return refuse(
      "EACCES",
      `${at} is a link to ${JSON.stringify(target)}: nothing is written through links.`,
      "Name the real file or folder instead.",
    );
  }

  /**
   * Opens the next name by the name that its folder lists. Unless the walk is exact, a composed name finds a decomposed
   * one and the other way round. A name that is not listed, but that the disk takes for one that is, would escape the
   * rules for that one: it counts as the listed name if only case or composition differ, and is refused otherwise.
   */
  open(name: string): { name: string; node: Node } | undefined {
    const { ground } = this.roots;
    const scouts = this.scouts ? ground.identity : undefined;
    for (const form of this.exact ? [name] : formsOf(name)) {
      if (scouts !== undefined && scouts(this.top(), form) === undefined) continue;
      const node = ground.open(this.top(), form);
      if (node === undefined) continue;
      const listed = listedName(ground, this.top(), form, node);
      if (listed !== undefined && (listed === form || !this.exact)) return this.admit(listed, node);
      node.close();
      refuse("EACCES", `"${name}" is another spelling of a name.`, "Use the name that its folder lists.");
    }
    return undefined;
  }

  admit(name: string, node: Node): { name: string; node: Node } {
    if (!this.reserved.has(node.identity)) return { name, node };
    node.close();
    return refuse(
      "EACCES",
      "It is a reserved place.",
      "No capability opens it; do not try another spelling.",
    );
  }
}

/** A name, composed, and decomposed, each once. */
function formsOf(name: string): readonly string[] {
  return /[^ -~]/u.test(name) ? [...new Set([name, name.normalize("NFC"), name.normalize("NFD")])] : [name];
}

/** The name with every letter in its other case. */
function otherCase(name: string): string {
  return name.replace(/[a-z]/giu, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));
}

/** True when the disk opens the same thing by a name in which every letter has its other case. */
function isCaseFolded(ground: Ground, folder: Node, name: string, node: Node): boolean {
  if (ground.identity === undefined) return false;
  const other = otherCase(name);
  return other !== name && ground.identity(folder, other) === node.identity;
}

/**
 * The name by which a folder lists what the disk opened by `name`; undefined when it lists no name that differs in case
 * and composition alone. Only disks that fold case or have short names need the listing.
 */
function listedName(ground: Ground, folder: Node, name: string, node: Node): string | undefined {
  if (!/~\d|[^ -~]/u.test(name) && !isCaseFolded(ground, folder, name, node)) return name;
  const names = fs.readdirSync(folder.self);
  if (names.includes(name)) return name;
  const fold = (text: string): string => text.normalize("NFC").toLowerCase().normalize("NFC");
  const same = names.filter((other) => fold(other) === fold(name));
  return same.length === 1 ? same[0] : undefined;
}

function stand(
  walk: Walking,
  last: { name: string; node: Node | undefined; beyond?: readonly string[] } | undefined,
): Stand {
  const node = last === undefined ? walk.top() : last.node;
  const folderItself = last === undefined;
  const { root, names } = walk;
  return {
    kind: "inside",
    root,
    segments: last === undefined ? names : [...names, last.name, ...(last.beyond ?? [])],
    parent: folderItself ? (names.length === 0 ? undefined : (walk.opened.at(-2) ?? root.node)) : walk.top(),
    name: folderItself ? (names.at(-1) ?? "") : last.name,
    node,
    beyond: last?.beyond ?? [],
    link: walk.link,
    close() {
      if (last?.node !== undefined) last.node.close();
      walk.close();
    },
  };
}

/**
 * Walks to a place. With `follow` the last component is followed too; with `refuse` a link on the way is EACCES and
 * a link as the last component is where the walk ends. With `exact` only the very names count; `scouts` is for places
 * where most likely nothing stands, because an open that fails is slow. Throws a Refusal; the caller closes what it got.
 */
export function walkTo(
  roots: Roots,
  place: Place,
  links: Links,
  exact = false,
  scouts = false,
): Stand | OutsideLink {
  const walk = new Walking(roots, place, links, exact, scouts);
  try {
    for (let next = walk.queue.shift(); next !== undefined; next = walk.queue.shift()) {
      if (next === "." || next === "") continue;
      if (next === "..") {
        if (walk.up()) continue;
        walk.close();
        return { kind: "outside", link: walk.link ?? ".." };
      }
      const found = walk.open(next);
      if (found === undefined) {
        const beyond = walk.queue.filter((s) => s !== "." && s !== "");
        if (beyond.includes("..")) refuse("ENOENT", "A folder on the way is not there.");
        return stand(walk, { name: next, node: undefined, beyond });
      }
      const { name, node } = found;
      const final = walk.queue.length === 0;
      if (node.kind === "link" && !(final && links === "refuse")) {
        node.close();
        if (walk.through(name)) continue;
        const link = walk.link ?? "";
        walk.close();
        return { kind: "outside", link };
      }
      if (node.kind === "folder") {
        walk.opened.push(node);
        walk.names.push(name);
        continue;
      }
      if (final) return stand(walk, { name, node });
      node.close();
      refuse("ENOENT", "A part of the path is a file, not a folder.", "List the folder above it.");
    }
    return stand(walk, undefined);
  } catch (error) {
    walk.close();
    throw error;
  }
}

/** A stand as data. */
export function spotOf(roots: Roots, at: Stand): Spot {
  const { root, segments, node } = at;
  const resource = fsResource(root.folder.name, segments);
  const firstMissing = segments.length - at.beyond.length;
  return {
    place: { folder: root.folder.name, segments },
    resource,
    aliases: roots.aliases(root, segments),
    kind: node?.kind ?? "absent",
    identity: node?.identity ?? "",
    size: Number(node?.stat.size ?? 0n),
    mode: Number((node?.stat.mode ?? 0n) & 0o7777n),
    modified: Number(node?.stat.mtimeMs ?? 0n),
    names: Number(node?.stat.nlink ?? 0n),
    ...(at.parent === undefined ? {} : { around: `${at.parent.identity}@${at.parent.stat.mtimeNs}` }),
    missing: at.beyond.map((_, i) => fsResource(root.folder.name, segments.slice(0, firstMissing + i))),
    ...(at.link === undefined ? {} : { link: at.link }),
  };
}

/**
 * Proves in one tick that a stand is still where its names lead: time has passed since it was opened. Its folder may
 * have been moved out of the workspace meanwhile, with the descriptor that we hold.
 */
export function confirmStand(roots: Roots, spot: Spot, before: Stand): void {
  standAt(roots, spot).close();
  const depth = before.segments.length - 1 - before.beyond.length;
  const folder = walkTo(
    roots,
    { ...spot.place, segments: before.segments.slice(0, Math.max(depth, 0)) },
    "refuse",
    true,
  );
  if (folder.kind === "inside") folder.close();
  if (folder.kind === "inside" && folder.node?.identity === before.parent?.identity) return;
  refuse("ESTALE", `The folder of ${spot.resource} was replaced meanwhile.`, "Look again, then repeat.");
}

/** Opens a spot again without following anything, and proves that the same thing stands there. */
export function standAt(roots: Roots, spot: Spot): Stand {
  const at = walkTo(roots, spot.place, "refuse", true, spot.kind === "absent");
  if (at.kind === "outside") return refuse("ESTALE", `${spot.resource} now leads outside.`, "Look again.");
  if ((at.node?.identity ?? "") === spot.identity && (at.node?.kind ?? "absent") === spot.kind) return at;
  const now = at.node === undefined ? "gone" : spot.kind === "absent" ? "there by now" : "another one by now";
  at.close();
  return refuse(
    "ESTALE",
    `${spot.resource} is ${now}: it changed since it was looked at.`,
    "Look again, then repeat.",
  );
}
