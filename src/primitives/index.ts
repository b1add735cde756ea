// The registry of primitives: one line for each kind of resource with the operations over it.
import type { Image, ImageFiles, Images } from "../abi/image.ts";
import type { ModelContext } from "../abi/model.ts";
import { Kinds, type Kind, type ToolSet } from "../abi/kind.ts";
import type { Primitive } from "../kernel/operation.ts";
import type { KernelOps } from "../kernel/ops.ts";
import { capabilityPrimitive, capabilityTools } from "./capability/capability.ts";
import type { Past } from "../kernel/checkpoints/past.ts";
import type { FilesNow } from "../kernel/ports.ts";
import { checkpointPrimitive } from "./checkpoint/checkpoint.ts";
import { checkpointKind } from "./checkpoint/kind.ts";
import { clockKind, clockPrimitive } from "./clock.ts";
import type { FsBackend } from "./fs/backend.ts";
import { fsKind } from "./fs/classes/kind.ts";
import type { DiagnosticsBackend } from "./fs/diagnostics.ts";
import { fsPrimitive } from "./fs/fs.ts";
import type { GitBackend } from "./git/backend.ts";
import { gitPrimitive } from "./git/git.ts";
import { gitKind } from "./git/kind.ts";
import type { WorktreeBackend } from "./git/worktrees.ts";
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
import { shellPrimitive, type ShellPorts } from "./shell/shell.ts";
import { skillKind } from "./skill/kind.ts";
import { toolsPrimitive } from "./tools.ts";

/** All backends of the primitives. A missing backend is a compile error in `boot.ts`. */
export interface Backends {
  readonly ops: KernelOps;
  /** The images that are built in. */
  readonly images: ReadonlyMap<string, Image>;
  readonly imageFiles: ImageFiles;
  readonly files: FsBackend;
  readonly filesNow: FilesNow;
  readonly past: Past;
  readonly git: GitBackend;
  readonly worktrees: WorktreeBackend;
  readonly commands: ShellPorts;
  readonly diagnostics: DiagnosticsBackend;
  readonly models: ModelBackend;
  readonly talk: ModelContext;
}

/** The backends as primitives get them: the images of the workspace stand beside those that are built in. */
type Parts = Omit<Backends, "images"> & { readonly images: Images };

/** A kind of resource with the operations over it. Some kinds have no operation yet, and some operations no resource. */
interface Entry {
  readonly kind?: Kind;
  /** The tools of operations over no resource; others stand in their kind. */
  readonly tools?: readonly ToolSet[];
  readonly build?: (on: Parts) => Primitive;
}

/** The order of the kinds is that in which a new process gets what belongs to it by itself. */
const ENTRIES: readonly Entry[] = [
  {
    kind: fsKind,
    build: ({ ops: { digests }, files, diagnostics }) => fsPrimitive(files, { digests, diagnostics }),
  },
  {
    kind: processKind,
    build: ({ ops, images, files, worktrees }) => processPrimitive(ops, images, files, worktrees),
  },
  { kind: imageKind, build: ({ ops, images }) => imagePrimitive(ops, images) },
  { kind: humanKind, build: ({ ops }) => humanPrimitive(ops) },
  { kind: objectKind, build: ({ ops, files }) => objectPrimitive(ops, files) },
  { kind: shellKind, build: ({ ops, files, commands }) => shellPrimitive(ops, files, commands) },
  { kind: gitKind, build: ({ git, worktrees, ops }) => gitPrimitive(git, worktrees, ops) },
  { kind: netKind },
  { kind: mcpKind },
  { kind: modelKind, build: ({ ops, models, talk }) => modelPrimitive(ops, models, talk) },
  { kind: skillKind },
  { kind: jitKind },
  {
    kind: checkpointKind,
    build: ({ ops, filesNow, past, images }) => checkpointPrimitive(ops, filesNow, past, images),
  },
  { kind: clockKind, build: ({ ops }) => clockPrimitive(ops) },
  { tools: capabilityTools, build: ({ ops }) => capabilityPrimitive(ops) },
  { build: ({ ops, images }) => toolsPrimitive(ops, images) },
];

/** Every kind of resource, and all tools. */
export const kinds = new Kinds(
  ENTRIES.flatMap(({ kind }) => kind ?? []),
  ENTRIES.flatMap(({ tools = [] }) => tools),
);

/** Builds all primitives over their backends. */
export function primitives(on: Backends): readonly Primitive[] {
  const images = createImages(() => on.ops.state, on.images, on.imageFiles);
  return ENTRIES.flatMap(({ build }) => build?.({ ...on, images }) ?? []);
}
