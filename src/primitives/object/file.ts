// Between objects and files: `object.import` and `object.export`. What they carry never passes through a model.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { objectText, type ObjectType, OBJECT_TYPES } from "../../abi/object.ts";
import { holdsSecrets } from "../../kernel/authority/classes.ts";
import type { Core } from "../../kernel/core.ts";
import { define, type Operation, type View } from "../../kernel/operation.ts";
import type { FsBackend, Spot } from "../fs/backend.ts";
import { needsOf, pathOf, placeOf, resourceOf } from "../fs/path.ts";
import { followed, found, pathArgument, type Found } from "../fs/read.ts";
import { binary, decodeText } from "../fs/text.ts";
import { writesWhole, writtenSchema, type Written } from "../fs/write.ts";
import { foundObject, named, needOf, type Named } from "./name.ts";
import { store, storedSchema, type ObjectTypes, type Stored } from "./put.ts";

/** No more of a file becomes an object. */
const FILE_MAX = 1_000_000;

/** Both authorities: one right on the object, one on the file. */
function bothNeeds(
  args: Named & { path: string },
  view: View,
  object: "read" | "write",
  file: "read" | "write",
) {
  const need = needOf(args, view.pid, object);
  if (isFault(need)) return need;
  const needs = needsOf(args.path, view, [file]);
  return isFault(needs) ? needs : [need, ...needs];
}

/** Objects stand readable on the record, and nothing that was read from a file that holds secrets may. */
function secretFile(resource: string): Fault | undefined {
  if (!holdsSecrets(resource)) return undefined;
  const why = `${resource} may hold secrets, and an object would put them on the record.`;
  return fault("EACCES", why, "Read it with read_file, if a person allows it.");
}

/** A value of a type from a file's text, or why there is none. */
function valueOf(
  types: ObjectTypes,
  type: string,
  file: { path: string; sha256: string; content: string },
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
  return z.strictObject({ path: pathArgument, ...named, type });
}
const usualImport = importSchema(OBJECT_TYPES);

export function importOperation(core: Core, files: FsBackend, types: ObjectTypes): Operation {
  return define<z.infer<typeof usualImport>, Stored, Found>({
    name: "object.import",
    tool: "file_to_object",
    summary: "Keep a text file as an object (type file_snapshot by default) without reading it yourself.",
    effect: "pure",
    idempotent: true,
    input: types === OBJECT_TYPES ? usualImport : importSchema(types),
    output: storedSchema,
    needs: (args, view) => bothNeeds(args, view, "write", "read"),
    async resolve(args, view, look) {
      const place = placeOf(args.path, view);
      if (isFault(place)) return place;
      const secret = secretFile(resourceOf(place));
      if (secret !== undefined) return secret;
      const reached = await followed(files, args.path, "read", view, look);
      if (isFault(reached)) return reached;
      return reached.needs.map((n) => secretFile(n.resource)).find((f) => f !== undefined) ?? reached;
    },
    async invoke(args, on) {
      const spot = found(on.state);
      if (isFault(spot)) return spot;
      const got = await files.content(spot, "read", FILE_MAX, on.grant, on.signal);
      if (isFault(got)) return got;
      const { sha256, size } = got;
      const decoded = decodeText(got.bytes);
      if (decoded === undefined) return binary(spot.resource, size, sha256);
      const { text, encoding } = decoded;
      if (encoding !== "utf-8" && encoding !== "utf-8-bom")
        return fault("EINVAL", `${spot.resource} is ${encoding}; only UTF-8 becomes an object.`);
      // With its mark, so that what goes back into a file is what came out of one.
      const content = encoding === "utf-8-bom" ? `\ufeff${text}` : text;
      const made = valueOf(types, args.type, { path: pathOf(spot.place), sha256, content });
      if (isFault(made)) return made;
      const from = [{ resource: spot.resource, sha256 }];
      return store(core, args, { type: args.type, ...made, from, unread: true }, on);
    },
  });
}

const exportInput = z.strictObject({
  ...named,
  version: z.int().positive().optional(),
  path: pathArgument,
});

export function exportOperation(core: Core, files: FsBackend, types: ObjectTypes): Operation {
  /** The text of the version that is meant; one that a secret was kept out of is not what was put, and is not written. */
  const content = (args: z.infer<typeof exportInput>, view: View): string | Fault => {
    const got = foundObject(core, args, view.pid, args.version);
    if (isFault(got)) return got;
    const { type, value, sha256 } = got.version;
    const text = objectText(types[type]?.form ?? "json", value);
    if (sha256 === undefined || core.digests.sha256(text) === sha256) return text;
    return fault(
      "EACCES",
      `A secret was kept out of "${args.name}", so it is not what was put.`,
      "Write the file from where the text came from.",
    );
  };
  return define<z.infer<typeof exportInput>, Written, Spot>({
    name: "object.export",
    tool: "object_to_file",
    summary: "Write an object into a file as UTF-8: a text or content as it is, anything else as JSON.",
    effect: "write",
    idempotent: false,
    input: exportInput,
    output: writtenSchema,
    needs: (args, view) => bothNeeds(args, view, "read", "write"),
    ...writesWhole(files, core.digests, content),
  });
}
