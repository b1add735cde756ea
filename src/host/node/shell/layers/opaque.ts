// Opaque folders of a layer: folders that replaced one below, which only an attribute tells that Node cannot read.
import { spawn } from "node:child_process";
import path from "node:path";

const BLOCK = 512;
const OPAQUE = /(?:^|\n)\d+ SCHILY\.xattr\.user\.overlay\.opaque=y/u;

/** The type and size of what follows a header of tar, and the name in it. */
interface Header {
  readonly type: string;
  readonly size: number;
}

function headerOf(bytes: Buffer): Header {
  const size = parseInt(bytes.toString("latin1", 124, 136), 8);
  return { type: bytes.toString("latin1", 156, 157), size: Number.isNaN(size) ? 0 : size };
}

/** Which of the members of an archive are opaque, in the order of the archive. Only folders are members of it. */
export function opaqueMembers(archive: Buffer): boolean[] {
  const found: boolean[] = [];
  let isOpaque = false;
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const { type, size } = headerOf(block);
    const body = archive.subarray(at + BLOCK, at + BLOCK + size);
    // A header of the extended form stands before the member that it is about; L and K hold long names.
    if (type === "x") isOpaque = OPAQUE.test(body.toString("latin1"));
    else if (type !== "L" && type !== "K" && type !== "g") {
      found.push(isOpaque);
      isOpaque = false;
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return found;
}

/**
 * Which of the folders of a layer, by their segments, replaced the folder below them. They are archived alone, without
 * what is in them.
 */
export async function opaqueAmong(
  up: string,
  folders: readonly (readonly string[])[],
): Promise<readonly boolean[]> {
  if (folders.length === 0) return [];
  const names = folders.map((segments) => `./${segments.join("/")}\0`).join("");
  const archive = await archived(up, names);
  const found = opaqueMembers(archive);
  if (found.length !== folders.length)
    throw new Error(`tar gave ${found.length} of ${folders.length} folders of ${path.basename(up)}`);
  return found;
}

function archived(up: string, names: string): Promise<Buffer> {
  const options = ["--xattrs", "--xattrs-include=user.overlay.opaque", "--format=pax", "--no-recursion"];
  const tar = spawn("tar", ["-C", up, ...options, "--null", "--verbatim-files-from", "-T", "-", "-cf", "-"], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", LC_ALL: "C" },
  });
  const parts: Buffer[] = [];
  let error = "";
  tar.stdout.on("data", (part: Buffer) => parts.push(part));
  tar.stderr.on("data", (part: Buffer) => (error += part.toString("latin1").slice(0, 500)));
  tar.stdin.on("error", () => undefined);
  tar.stdin.end(names);
  return new Promise((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", (code) =>
      code === 0 ? resolve(Buffer.concat(parts)) : reject(new Error(`tar: ${error.trim()}`)),
    );
  });
}
