// Backends of a machine that has nothing: no files, no commands, no git, no image files.
import type { ImageFiles } from "../../../src/abi/image.ts";
import type { FilesNow } from "../../../src/kernel/ports.ts";
import type { FsBackend } from "../../../src/primitives/fs/backend.ts";
import type { GitBackend } from "../../../src/primitives/git/backend.ts";
import type { WorktreeBackend } from "../../../src/primitives/git/worktrees.ts";
import type { ShellBackend } from "../../../src/primitives/shell/backend.ts";
import type { ShellPorts } from "../../../src/primitives/shell/shell.ts";

/** A backend whose every method would be a bug: tests that use files bring their own. */
export const NO_FILES: FsBackend = new Proxy<FsBackend>(Object.create(null) as FsBackend, {
  get: (_, name) => () => Promise.reject(new Error(`files.${String(name)} was touched`)),
});

/** The files and copies of a machine that has none. */
export const NO_FILES_NOW: FilesNow = {
  at: () => Promise.resolve({ mark: "absent", runs: false, large: false }),
  copied: () => Promise.resolve(false),
  files: () => Promise.resolve(undefined),
};

/** A machine without commands. */
export const NO_COMMANDS: ShellPorts = {
  backend: new Proxy<ShellBackend>(Object.create(null) as ShellBackend, {
    get: (_, name) => () => Promise.reject(new Error(`commands.${String(name)} was touched`)),
  }),
  rules: () => ({ choice: "off", unconfined: false }),
};

/** A backend whose every method would be a bug: tests that use git bring their own. */
export const NO_GIT: GitBackend = new Proxy<GitBackend>(Object.create(null) as GitBackend, {
  get: (_, name) => () => Promise.reject(new Error(`git.${String(name)} was touched`)),
});

/** The same for worktrees. */
export const NO_WORKTREES: WorktreeBackend = new Proxy<WorktreeBackend>(
  Object.create(null) as WorktreeBackend,
  { get: (_, name) => () => Promise.reject(new Error(`worktrees.${String(name)} was touched`)) },
);

/** A workspace without image files. */
export const NO_IMAGE_FILES: ImageFiles = { read: () => Promise.resolve({ images: [], problems: [] }) };
