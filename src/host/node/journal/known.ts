// A journal as the user's data folder knows it: key, identity, place, newest head, secret values, and links to its files.
import { randomUUID } from "node:crypto";
import { linkSync, lstatSync, readdirSync, statSync, unlinkSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { rootFolderSchema, type RootFolder } from "../../../abi/record.ts";
import { identitySchema, type Identity } from "../../../abi/record/identity.ts";
import type { Signer, ValueStore } from "../../../kernel/ports.ts";
import type { HeadMark } from "../../../kernel/ports/store.ts";
import { bytesAt, tried } from "./disk.ts";
import { readHead } from "./files/head-slots.ts";
import type { HeldRecord, Part } from "./files/hold.ts";
import { knownIds } from "./home.ts";
import { signerOf } from "./keys.ts";

/** Where a journal lives: only there is it obeyed. Device numbers change between runs and are left out. */
const placeSchema = z.strictObject({
  host: z.string(),
  path: z.string(),
  inode: z.string(),
  roots: z.array(rootFolderSchema),
});
export type RecordPlace = z.infer<typeof placeSchema>;

/** The journal that a new one begins after, and its newest head. It grants nothing in the new one. */
const followedSchema = z.strictObject({ journal: z.string(), seq: z.int(), hash: z.string() });
export type Followed = z.infer<typeof followedSchema>;

/** The place that this held workspace folder is. */
export function placeOf({ path, root }: HeldRecord, roots: readonly RootFolder[]): RecordPlace {
  const real = roots.map((folder) => ({ name: folder.name, path: folder.path }));
  return { host: hostname(), path, inode: root.stat.ino.toString(), roots: real };
}

/** One folder `journals/<id>` of the data folder. */
export class KnownJournal {
  readonly id: string;
  readonly folder: string;

  constructor(home: string, id: string) {
    this.id = id;
    this.folder = join(home, "journals", id);
  }

  get #keyPath(): string {
    return join(this.folder, "key");
  }
  get lockPath(): string {
    return join(this.folder, "lock.db");
  }
  /** The index for looking back; deleting it costs only time. */
  get indexPath(): string {
    return join(this.folder, "index.db");
  }
  get headPath(): string {
    return join(this.folder, "head");
  }
  /** For the file backend: raw copies of files before they were changed. */
  get preimages(): string {
    return join(this.folder, "pre");
  }
  /** The values of secret files that the record must not hold. */
  get values(): ValueStore {
    return valueStore(join(this.folder, "values"));
  }

  /** True when the data folder knows this id: it holds its key. */
  exists(): boolean {
    return statSync(this.#keyPath, { throwIfNoEntry: false })?.isFile() ?? false;
  }

  /** Makes the folder of a new journal. Its place is written last, once the journal itself is there. */
  async create(identity: Uint8Array, privateKey: string): Promise<void> {
    await mkdir(join(this.folder, ".."), { recursive: true, mode: 0o700 });
    await mkdir(this.folder, { mode: 0o700 });
    for (const name of ["pre", "journal", "bodies"]) await mkdir(join(this.folder, name), { mode: 0o700 });
    await this.#write("identity.json", identity);
    await this.#write("key", privateKey);
  }

  /** Forgets a journal that never came to be. */
  async discard(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The exact bytes that identity.json had when it was made. */
  identityBytes(): Buffer | undefined {
    return bytesAt(join(this.folder, "identity.json"));
  }

  identity(): Identity | undefined {
    return parsed(identitySchema, this.identityBytes());
  }

  /** The key, if it is this identity's and nobody else could have read it. */
  signer(): Signer | { detail: string } {
    const detail = this.exposure();
    if (detail !== undefined) return { detail };
    const identity = this.identity();
    const key = bytesAt(this.#keyPath);
    const signer = identity && key && signerOf(identity, key.toString());
    return signer ?? { detail: `${this.#keyPath} is not the key of this journal` };
  }

  /** Why signatures of the key prove nothing: somebody else owns it or could read it. Windows has no such rights. */
  exposure(): string | undefined {
    const about = tried(() => statSync(this.#keyPath));
    const me = process.getuid?.();
    if (me === undefined || about === undefined) return undefined;
    const proves = "its signatures prove nothing, so a new record is better";
    if (about.uid !== me) return `${this.#keyPath} belongs to another user; ${proves}`;
    return (about.mode & 0o077) === 0
      ? undefined
      : `${this.#keyPath} could be read by other users; ${proves}`;
  }

  place(): RecordPlace | undefined {
    return parsed(placeSchema, bytesAt(join(this.folder, "place")));
  }

  async setPlace(place: RecordPlace): Promise<void> {
    const before = this.place();
    if (before !== undefined && JSON.stringify(before) === JSON.stringify(place)) return;
    await this.#write("place", JSON.stringify(place) + "\n");
  }

  /** The text of what a check remembers; undefined when none did. */
  checked(): string | undefined {
    return bytesAt(join(this.folder, "checked"))?.toString();
  }

  async setChecked(text: string): Promise<void> {
    await this.#write("checked", text);
  }

  /** The journal that this one begins after, if a person began it in the place of another. */
  follows(): Followed | undefined {
    return parsed(followedSchema, bytesAt(join(this.folder, "follows")));
  }

  async setFollows(followed: Followed): Promise<void> {
    await this.#write("follows", JSON.stringify(followed) + "\n");
  }

  /** Gives the place up: the journal is kept, but no longer missed. */
  async forgetPlace(): Promise<void> {
    await rename(join(this.folder, "place"), join(this.folder, "place.given-up"));
  }

  head(): HeadMark | undefined {
    return readHead(this.headPath);
  }

  /** A second name for a journal file, so that deleting the workspace's copy loses nothing. Not every disk can. */
  keepLink(kind: Part, name: string, file: string): void {
    const kept = join(this.folder, kind, name);
    try {
      const mine = tried(() => statSync(kept, { bigint: true, throwIfNoEntry: false }));
      const theirs = lstatSync(file, { bigint: true });
      if (mine?.ino === theirs.ino && mine.dev === theirs.dev) return;
      if (mine !== undefined) unlinkSync(kept);
      linkSync(file, kept);
    } catch {
      // Another disk, or one without links: then only the journal itself is there.
    }
  }

  /** Second names for all files of a journal that now lives here. */
  keepLinks(held: HeldRecord): void {
    for (const kind of ["journal", "bodies"] as const) {
      const folder = held.part(kind);
      for (const name of folder === undefined ? [] : (tried(() => readdirSync(folder.self)) ?? [])) {
        if (/^\d{8}(?:\.jsonl)?$/u.test(name)) this.keepLink(kind, name, held.pathIn(kind, name));
      }
    }
  }

  /** Whole or not at all, also when two programs write the same at once. */
  async #write(name: string, data: string | Uint8Array): Promise<void> {
    const path = join(this.folder, name);
    const draft = `${path}.${randomUUID()}`;
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  }
}

/** The known journal that lives at this path on this machine, if one does. */
export function knownAt(home: string, here: RecordPlace): KnownJournal | undefined {
  for (const id of knownIds(home)) {
    const known = new KnownJournal(home, id);
    const place = known.place();
    if (place?.path === here.path && place.host === here.host && place.inode === here.inode) return known;
  }
  return undefined;
}

function parsed<T>(schema: z.ZodType<T>, bytes: Buffer | undefined): T | undefined {
  return bytes && tried(() => schema.safeParse(JSON.parse(bytes.toString())).data);
}

/** The values of secret files, one a line. The file is made with the first of them, private to this user. */
function valueStore(path: string): ValueStore {
  return {
    read: () => (bytesAt(path)?.toString() ?? "").split("\n").flatMap((line) => valueOf(line) ?? []),
    async add(values) {
      const file = await open(path, "a", 0o600);
      try {
        // It begins with a line end, so that a line that a crash cut in half spoils no other.
        await file.writeFile(`\n${values.map((value) => JSON.stringify(value)).join("\n")}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
    },
  };
}

function valueOf(line: string): string | undefined {
  const value: unknown = line === "" ? undefined : tried(() => JSON.parse(line) as unknown);
  return typeof value === "string" ? value : undefined;
}
