// Primitive `fs`: files and folders of the workspace, one operation per verb.
import type { Primitive } from "../../kernel/operation.ts";
import type { Digests } from "../../kernel/ports.ts";
import type { FsBackend } from "./backend.ts";
import { diagnosticsOperation, type DiagnosticsBackend } from "./diagnostics.ts";
import { editOperation } from "./edit.ts";
import { HeavyReads } from "./heavy.ts";
import { moveOperation } from "./move.ts";
import { listOperation, readOperation, statOperation } from "./read.ts";
import { putFileOperation, restoreOperation } from "./copies.ts";
import { findOperation } from "./search/find.ts";
import { searchOperation } from "./search/search.ts";
import { deleteFileOperation, mkdirOperation } from "./structure.ts";
import { writeOperation } from "./write.ts";

/** The ports that file operations use beside their backend. */
export interface FsPorts {
  readonly digests: Digests;
  readonly diagnostics: DiagnosticsBackend;
}

/** Builds the primitive over its backend. */
export function fsPrimitive(backend: FsBackend, ports: FsPorts): Primitive {
  const heavy = new HeavyReads();
  return {
    kind: "fs",
    operations: [
      readOperation(backend),
      listOperation(backend),
      statOperation(backend),
      findOperation(backend, heavy),
      searchOperation(backend, heavy),
      writeOperation(backend, ports.digests),
      editOperation(backend, ports.digests, heavy),
      mkdirOperation(backend),
      moveOperation(backend),
      deleteFileOperation(backend),
      restoreOperation(backend),
      putFileOperation(backend),
      diagnosticsOperation(backend, ports.diagnostics),
    ],
  };
}
