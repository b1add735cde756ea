// Between objects and files: `object.import` and `object.export`. Their content never passes through a model.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { OBJECT_TYPES, objectText, type ObjectType } from "../../abi/object.ts";
import { holdsSecrets } from "../fs/classes/classes.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import type { Reader } from "../../kernel/reader.ts";
import type { FsBackend, Spot } from "../fs/backend.ts";
import { locateInside, needsOf, pathOf, resourceOf } from "../fs/path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "../fs/read.ts";
import type { WantedText } from "../fs/text/shape.ts";
import { isText, noTextFault, textAt } from "../fs/text/text.ts";
import { wholeFileWrite, writeResultSchema, type WriteResult } from "../fs/write.ts";
import { readObject, nameArguments, type NamedObject, objectNeed, withoutName } from "./name.ts";
import { storeResultSchema, storeVersion, type ObjectTypes, type StoreResult } from "./put.ts";

/** The largest file that becomes an object. */
const FILE_MAX = 1_000_000;

/** The needs of both sides: one right on the object, one on the file. */
function objectAndFileNeeds(
  args: NamedObject & { path: string },
  view: View,
  object: "read" | "write",
  file: "read" | "write",
) {
  const need = objectNeed(args, view.pid, object);
  if (isFault(need)) return need;
  const needs = needsOf(args.path, view, [file]);
  return isFault(needs) ? needs : [need, ...needs];
}

/** Refuses files that hold secrets: the record keeps objects readable. */
function refuseSecretFile(resource: string, { roots }: View): Fault | undefined {
  if (!holdsSecrets(resource, roots)) return undefined;
  const why = `${resource} may hold secrets, and an object would put them on the record.`;
  return fault("EACCES", why, "Read it with read_file, if a person allows it.");
}

/** A value of a type from a file's text, or why there is none. */
function parseValue(
  types: ObjectTypes,
  type: string,
  file: { path: string; sha256: string; content: string; encoding?: string },
): { form: ObjectType["form"]; value: unknown } | Fault {
  const { form, value: shape } = types[type] ?? { form: "text", value: z.string() };
  try {
    const value: unknown =
      form === "text" ? file.content : form === "content" ? file : JSON.parse(file.content);
    const issue = shape.safeParse(value).error?.issues[0];
    if (issue === undefined) return { form, value };
    const where = ["value", ...issue.path].join(".");
    return fault("EINVAL", `${file.path} is no ${type}: "${where}": ${issue.message}`, "Take another type.");
  } catch {
    return fault("EINVAL", `${file.path} is not JSON.`, "Take the type text.");
  }
}

/** The arguments of an import into one of these types. */
function importSchema(types: ObjectTypes) {
  const type = z.enum(Object.keys(types)).default("file_snapshot");
  return z.strictObject({ path: pathArgument, ...nameArguments, type });
}
const usualImport = importSchema(OBJECT_TYPES);

/** Builds `object.import`: the text of a file becomes an object. */
export function importOperation(ops: KernelOps, files: FsBackend, types: ObjectTypes): Operation {
  return define<z.infer<typeof usualImport>, StoreResult, FoundSpot>({
    name: "object.import",
    tool: "file_to_object",
    summary: "Keep a text file as an object (type file_snapshot by default) without reading it yourself.",
    deferred: true,
    effect: "kernel",
    idempotent: true,
    input: types === OBJECT_TYPES ? usualImport : importSchema(types),
    output: storeResultSchema,
    content: ({ path: _, ...rest }) => withoutName(rest),
    needs: (args, view) => objectAndFileNeeds(args, view, "write", "read"),
    async resolve(args, view, look) {
      const place = locateInside(args.path, view);
      if (isFault(place)) return place;
      const secret = refuseSecretFile(resourceOf(place), view);
      if (secret !== undefined) return secret;
      const reached = await followPath(files, args.path, "read", view, look);
      if (isFault(reached)) return reached;
      return (
        reached.needs.map((n) => refuseSecretFile(n.resource, view)).find((f) => f !== undefined) ?? reached
      );
    },
    cost: (_args, _prestate, spot) => ({ toolCalls: 1, bytesWritten: Math.min(spot?.size ?? 0, FILE_MAX) }),
    async invoke(args, on) {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return spot;
      const got = await files.content(spot, "read", FILE_MAX, on.grant, on.signal);
      if (isFault(got)) return got;
      const { sha256, size } = got;
      const decoded = await textAt(files, spot.place, got.bytes, on.grant);
      if (!isText(decoded)) return noTextFault(spot.resource, decoded, size, sha256);
      const { text, encoding } = decoded;
      // The mark or the name of the encoding stays, so that an export writes the same bytes back.
      const content = encoding === "utf-8-bom" ? `\ufeff${text}` : text;
      const other = encoding === "utf-8" || encoding === "utf-8-bom" ? {} : { encoding };
      const made = parseValue(types, args.type, { path: pathOf(spot.place), sha256, content, ...other });
      if (isFault(made)) return made;
      const from = [{ resource: spot.resource, sha256 }];
      return storeVersion(ops, args, { type: args.type, ...made, from, unread: true }, on);
    },
  });
}

/** The encoding of the file that an object came from, unless it was UTF-8. */
const snapshotSchema = z.looseObject({ encoding: z.string().optional() });

const exportInput = z.strictObject({
  ...nameArguments,
  version: z.int().positive().optional(),
  path: pathArgument,
});

/** Builds `object.export`: the text of an object becomes a file. */
export function exportOperation(reader: Reader, files: FsBackend, types: ObjectTypes): Operation {
  /**
   * The text of the wanted version. If a secret was left out of it, it is not the text that was put, and is
   * not written.
   */
  const content = async (args: z.infer<typeof exportInput>, view: View): Promise<WantedText | Fault> => {
    const got = await readObject(reader, args, view.pid, args.version);
    if (isFault(got)) return got;
    const { type, value, sha256 } = got.version;
    const form = types[type]?.form ?? "json";
    const text = objectText(form, value);
    const encoding = form === "content" ? snapshotSchema.safeParse(value).data?.encoding : undefined;
    if (sha256 === undefined || reader.digests.sha256(text) === sha256)
      return { text, encodingOfNew: encoding };
    return fault(
      "EACCES",
      `A secret was kept out of "${args.name}", so it is not what was put.`,
      "Write the file from where the text came from.",
    );
  };
  return define<z.infer<typeof exportInput>, WriteResult, Spot>({
    name: "object.export",
    tool: "object_to_file",
    summary: "Write an object into a file: a text or content as it is, anything else as JSON.",
    deferred: true,
    effect: "write",
    idempotent: false,
    names: ["namespace", "name", "path"],
    input: exportInput,
    output: writeResultSchema,
    content: ({ path: _, ...rest }) => withoutName(rest),
    needs: (args, view) => objectAndFileNeeds(args, view, "read", "write"),
    ...wholeFileWrite(files, reader.digests, content),
  });
}
