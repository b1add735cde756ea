// The registry of primitives: one line for each kind of resource, and one for each family of operations.
import type { Image, ImageFiles } from "../abi/image.ts";
import type { ModelContext } from "../abi/model.ts";
import { Kinds } from "../abi/kind.ts";
import type { Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";
import { capabilityPrimitive } from "./capability/capability.ts";
import { checkpointKind } from "./checkpoint/kind.ts";
import { clockKind, clockPrimitive } from "./clock.ts";
import type { FsBackend } from "./fs/backend.ts";
import { fsKind } from "./fs/classes/kind.ts";
import type { DiagnosticsBackend } from "./fs/diagnostics.ts";
import { fsPrimitive } from "./fs/fs.ts";
import { gitKind } from "./git/kind.ts";
import { humanKind, humanPrimitive } from "./human.ts";
import { createImages, imageKind, imagePrimitive } from "./image.ts";
import { jitKind } from "./jit/kind.ts";
import { mcpKind } from "./mcp/kind.ts";
import { modelKind, modelPrimitive, type ModelBackend } from "./model.ts";
import { netKind } from "./net/kind.ts";
import { objectKind } from "./object/kind.ts";
import { objectPrimitive } from "./object/object.ts";
import { processKind } from "./process/kind.ts";
import { processPrimitive } from "./process/process.ts";
import { shellKind } from "./shell/kind.ts";
import { skillKind } from "./skill/kind.ts";
import { toolsPrimitive } from "./tools.ts";

/** Every kind of resource. The order is that in which a new process gets what belongs to it by itself. */
export const kinds = new Kinds([
  fsKind,
  humanKind,
  objectKind,
  shellKind,
  gitKind,
  netKind,
  mcpKind,
  modelKind,
  processKind,
  imageKind,
  skillKind,
  jitKind,
  checkpointKind,
  clockKind,
]);

/** All backends of the primitives. A missing backend is a compile error in `boot.ts`. */
export interface Backends {
  readonly ops: KernelOps;
  /** The images that are built in. */
  readonly images: ReadonlyMap<string, Image>;
  readonly imageFiles: ImageFiles;
  readonly files: FsBackend;
  readonly diagnostics: DiagnosticsBackend;
  readonly models: ModelBackend;
  readonly talk: ModelContext;
}

/** Builds all primitives over their backends. */
export function primitives(on: Backends): readonly Primitive[] {
  const { ops } = on;
  const images = createImages(() => ops.state, on.images, on.imageFiles);
  return [
    fsPrimitive(on.files, { digests: ops.digests, diagnostics: on.diagnostics }),
    processPrimitive(ops, images, on.files),
    imagePrimitive(ops, images),
    humanPrimitive(ops),
    capabilityPrimitive(ops),
    objectPrimitive(ops, on.files),
    clockPrimitive(ops),
    modelPrimitive(ops, on.models, on.talk),
    toolsPrimitive(ops, images),
  ];
}
