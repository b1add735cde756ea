// The files and the copies as they are now, for the plan of a restore. It looks, and shows no content to anybody.
import fs from "node:fs";
import path from "node:path";
import { isFault } from "../../../abi/errors.ts";
import type { RootFolder } from "../../../abi/record.ts";
import type { FilesNow, FoundFile } from "../../../kernel/ports.ts";
import { fsSegments } from "../../../abi/resource.ts";
import { markOf } from "../fs/bytes.ts";
import { guard } from "../fs/errno.ts";
import { groundHere } from "../fs/node.ts";
import { KEEPS, listedFiles } from "../fs/preimage.ts";
import { Roots } from "../fs/roots.ts";
import { walkTo } from "../fs/walk.ts";
import type { ReservedPlaces } from "../reserved.ts";

/** The places that {@link filesNow} looks at. */
export interface NowOptions {
  readonly folders: () => readonly RootFolder[];
  /** Absolute paths that are out of reach. */
  readonly reserved: () => readonly string[];
  readonly programs?: ReservedPlaces | undefined;
  /** Where the copies lie; undefined where there are none. */
  readonly preImages: string | undefined;
}

const NEVER = new AbortController().signal;
const UNKNOWN: FoundFile = { mark: "unknown", runs: false, large: false };

/** Looks at the workspace folders and at the copies. Close it to give back the descriptors of the folders. */
export function filesNow(options: NowOptions): FilesNow & { close(): void } {
  const records = (): string[] => options.folders().map((folder) => path.join(folder.path, ".agentlibos"));
  const roots = new Roots({
    ground: groundHere(),
    folders: options.folders,
    reserved: () => [...options.reserved(), ...records()],
    programs: options.programs,
  });
  const { preImages } = options;
  return {
    async at(resource) {
      const found = await guard(resource, async (): Promise<FoundFile> => {
        const [folder = "", ...segments] = fsSegments(resource);
        const stand = walkTo(roots, { folder, segments }, "refuse", true, true);
        if (stand.kind === "outside") return UNKNOWN;
        try {
          const { node } = stand;
          if (node === undefined) return { mark: "absent", runs: false, large: false };
          if (node.kind === "folder") return { mark: "folder", runs: false, large: false };
          const runs = node.kind === "file" && (node.stat.mode & 0o111n) !== 0n;
          return { mark: await markOf(node, NEVER), runs, large: node.stat.size > BigInt(KEEPS.file) };
        } finally {
          stand.close();
        }
      });
      return isFault(found) ? UNKNOWN : found;
    },
    copied: (sha256) =>
      Promise.resolve(preImages !== undefined && fs.existsSync(path.join(preImages, sha256))),
    files: (digest) =>
      preImages === undefined ? Promise.resolve(undefined) : listedFiles(preImages, digest),
    close() {
      roots.close();
    },
  };
}
