// Image files of the workspace: read by descriptor, without following a link, each judged by itself.
import { readdirSync } from "node:fs";
import { escapedLook } from "../../abi/quoted.ts";
import { isFault } from "../../abi/errors.ts";
import { readImageFile } from "../../abi/image-file.ts";
import { imageNameSchema, type Image, type ImageProblem, type ImageFiles } from "../../abi/image.ts";
import type { RootFolder } from "../../abi/record.ts";
import { fsResource } from "../../abi/resource.ts";
import { readWhole } from "./fs/bytes.ts";
import { groundHere, type Node } from "./fs/node.ts";

const FOLDER = [".agents", "images"];
const ENDING = ".agent.md";
const MAX_FILE = 64 * 1024;
/** The most files that are read of one folder. */
const MOST = 200;

const NEVER = new AbortController().signal;

/** The files of these folders. Their tools are those that any built-in image lists, whose names stay theirs. */
export function imageFiles(
  folders: () => readonly RootFolder[],
  builtIn: ReadonlyMap<string, Image>,
): ImageFiles {
  const known = new Set([...builtIn.values()].flatMap((image) => image.tools));
  const ground = groundHere();

  const readOne = async (folder: Node, file: string, from: string, taken: ReadonlyMap<string, string>) => {
    const name = file.slice(0, -ENDING.length);
    const wrong = (why: string, line = 1): ImageProblem => {
      const at = `${from}:${line}`;
      return { name, at, text: `${at}: ${why}` };
    };
    if (!imageNameSchema.safeParse(name).success) {
      const shown = escapedLook(name) === name ? "" : ` (with escapes: "${escapedLook(name)}")`;
      return wrong(`its name is not of a-z, 0-9 and -, beginning with a letter${shown}`);
    }
    const other = builtIn.has(name) ? "a built-in image" : taken.get(name);
    if (other !== undefined) return wrong(`${other} has this name already`);
    let node: Node | undefined;
    try {
      node = ground.open(folder, file);
      if (node?.kind !== "file") return wrong("it is no file of its own; links are not followed");
      const { bytes, sha256 } = await readWhole(node, MAX_FILE, NEVER);
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      const image = readImageFile(text, { name, version: sha256.slice(0, 12), from }, known);
      return "why" in image ? wrong(image.why, image.line) : image;
    } catch (error) {
      return wrong(`it cannot be read: ${reasonOf(error)}`);
    } finally {
      node?.close();
    }
  };

  return {
    async read() {
      const images: Image[] = [];
      const problems: ImageProblem[] = [];
      const taken = new Map<string, string>();
      for (const root of folders()) {
        const opened: Node[] = [];
        let at = fsResource(root.name, []);
        try {
          opened.push(ground.root(root.path));
          for (const [depth, segment] of FOLDER.entries()) {
            const above = opened.at(-1);
            const node = above === undefined ? undefined : ground.open(above, segment);
            if (node === undefined) break;
            opened.push(node);
            at = fsResource(root.name, FOLDER.slice(0, depth + 1));
            if (node.kind !== "folder") throw new Error("it is no folder of its own; links are not followed");
          }
          const folder = opened[FOLDER.length];
          const all = folder === undefined ? [] : readdirSync(folder.self).filter((n) => n.endsWith(ENDING));
          if (all.length > MOST) throw new Error(`it has ${all.length} image files, over ${MOST}`);
          for (const file of all.sort()) {
            if (folder === undefined) break;
            const from = fsResource(root.name, [...FOLDER, file]);
            const found = await readOne(folder, file, from, taken);
            if ("text" in found) problems.push(found);
            else images.push(found);
            if (!("text" in found)) taken.set(found.name, from);
          }
        } catch (error) {
          problems.push({ name: "", at, text: `${at}: ${reasonOf(error)}` });
        } finally {
          for (const node of opened) node.close();
        }
      }
      return { images, problems };
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  return isFault(error) ? error.message : String(error);
}
