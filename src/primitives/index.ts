// The registry of primitives: one line for each family of operations the door knows.
import type { Image, ImageFiles } from "../abi/image.ts";
import type { ModelContext } from "../abi/model.ts";
import type { Core } from "../kernel/core.ts";
import type { Primitive } from "../kernel/operation.ts";
import { capabilityPrimitive } from "./capability/capability.ts";
import { clockPrimitive } from "./clock.ts";
import type { FsBackend } from "./fs/backend.ts";
import type { DiagnosticsBackend } from "./fs/diagnostics.ts";
import { fsPrimitive } from "./fs/fs.ts";
import { humanPrimitive } from "./human.ts";
import { createImages, imagePrimitive } from "./image.ts";
import { modelPrimitive, type ModelBackend } from "./model.ts";
import { objectPrimitive } from "./object/object.ts";
import { processPrimitive } from "./process/process.ts";
import { toolsPrimitive } from "./tools.ts";

/** All backends of the primitives. A missing backend is a compile error in `boot.ts`. */
export interface Backends {
  readonly core: Core;
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
  const images = createImages(() => on.core.state, on.images, on.imageFiles);
  return [
    fsPrimitive(on.files, { digests: on.core.digests, diagnostics: on.diagnostics }),
    processPrimitive(on.core, images, on.files),
    imagePrimitive(on.core, images),
    humanPrimitive(on.core),
    capabilityPrimitive(on.core),
    objectPrimitive(on.core, on.files),
    clockPrimitive(on.core),
    modelPrimitive(on.core, on.models, on.talk),
    toolsPrimitive(on.core, images),
  ];
}
