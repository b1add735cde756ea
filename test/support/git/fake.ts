// A git without a program, so that thousands of calls are quick: one commit of the workspace as it was at first, a branch
// beside it, and one remote. What it shows and changes is decided by the grants of the calls alone.
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "../../../src/abi/errors.ts";
import { fileNeeds, gitResource, remoteNeeds, type GitVerb } from "../../../src/abi/resource.ts";
import { demand } from "../../../src/host/node/fs/grant.ts";
import type { Grant } from "../../../src/kernel/witness.ts";
import type { Place } from "../../../src/primitives/fs/backend.ts";
import type { FileState, GitBackend, GitFile } from "../../../src/primitives/git/backend.ts";

export const HOST = "example.org";
/** What the branch `other` has otherwise: one file with another text, and one that is not there. */
export const SWITCHED = { changed: "s.txt", text: "word-switched", gone: "src/t.txt" } as const;

const COMMIT = "c".repeat(40);
const TREE = "d".repeat(40);
const AUTHOR = { commit: COMMIT, author: "Ann", date: "2026-01-01", subject: "first" };
const REMOTE = { name: "origin", url: HOST, shown: HOST, host: HOST, inside: [] };
const PUSHING = {
  remote: REMOTE,
  branch: "main",
  commit: COMMIT,
  commits: [AUTHOR],
  total: 1,
  lost: 1,
  hooks: [],
};

const named = ({ segments }: Place): string => segments.join("/");
const resource = (name: string): string => `fs:/app/${name}`;

function gitFile(name: string, state: FileState): GitFile {
  return { place: { folder: "app", segments: name.split("/") }, resources: [resource(name)], state };
}

const both = [gitFile(SWITCHED.changed, "modified"), gitFile(SWITCHED.gone, "deleted")];
const SWITCHING = {
  from: COMMIT,
  branch: "main",
  commit: TREE,
  creates: false,
  files: both,
  hooks: [],
  changes: [],
};

/** The backend over a real folder, with the files that are committed. Each act demands what the real one demands. */
export function fakeGit(app: string, first: Readonly<Record<string, string>>): GitBackend {
  const may = (grant: Grant, right: string, name: string): boolean => grant.entry(right, resource(name));
  const verb = (grant: Grant, right: "read" | "write", name: GitVerb, mode: "look" | "full" = "full"): void =>
    demand(grant, mode, [{ right, resource: gitResource("app", name) }]);
  const text = (name: string): string => readFileSync(join(app, name), "utf8");
  const there = (): string[] => Object.keys(first).filter((name) => existsSync(join(app, name)));
  const now = <T>(value: T): Promise<T> => Promise.resolve(value);
  const read = (paths: readonly Place[]): GitFile[] =>
    paths.map((place) => gitFile(named(place), "modified"));
  const staging = (paths: readonly Place[]) => ({
    before: COMMIT,
    after: TREE,
    files: read(paths),
    diff: "",
    skipped: 0,
  });

  return {
    origin: "j0",
    status(_, grant) {
      verb(grant, "read", "status");
      const files = there().filter((name) => may(grant, "list", name));
      const hidden = there().length - files.length;
      return now({ files: files.map((name) => gitFile(name, "modified")), hidden, truncated: false });
    },
    diff(_at, _sides, _paths, grant) {
      verb(grant, "read", "diff");
      const open = there().filter((name) => may(grant, "read", name));
      return now({ diff: open.map((name) => text(name)).join("\n"), hidden: 0, left: [] });
    },
    log(_at, _order, grant) {
      verb(grant, "read", "log");
      return now([AUTHOR]);
    },
    show(_, ref, grant) {
      verb(grant, "read", "show");
      const name = ref.replace("HEAD:", "");
      if (!may(grant, "read", name)) return now(fault("EACCES", "It may not be read.", "Ask a person."));
      return now({ commit: COMMIT, place: gitFile(name, "modified").place, content: first[name] ?? "" });
    },
    blame(_, file, grant) {
      demand(grant, "full", [{ right: "read", resource: resource(named(file)) }]);
      return now([{ commit: COMMIT, author: "Ann", date: "2026-01-01", line: 1, text: text(named(file)) }]);
    },
    branches(_, grant) {
      verb(grant, "read", "branch");
      return now({ current: "main", branches: [{ name: "main", commit: COMMIT }] });
    },

    planStage(_, paths, look) {
      verb(look, "write", "add", "look");
      return now(staging(paths));
    },
    planCommit(_, paths, look) {
      verb(look, "write", "commit", "look");
      return now({
        head: COMMIT,
        branch: "main",
        tree: TREE,
        files: read(paths),
        diff: "",
        author: "Ann",
        hooks: [],
      });
    },
    planSwitch(_at, _branch, _create, look) {
      verb(look, "write", "switch", "look");
      return now(SWITCHING);
    },
    planBranch(_at, _name, change, look) {
      verb(look, "write", "branch", "look");
      return now(change.delete ? { before: COMMIT } : { after: COMMIT });
    },
    planFetch(_at, _remote, look) {
      verb(look, "write", "fetch", "look");
      return now(REMOTE);
    },
    planPush(_at, _remote, _branch, look) {
      verb(look, "write", "push", "look");
      return now(PUSHING);
    },

    stage(_at, paths, _planned, grant) {
      verb(grant, "write", "add");
      demand(grant, "full", fileNeeds(read(paths), true));
      return now(undefined);
    },
    commit(_at, paths, _planned, _message, grant) {
      verb(grant, "write", "commit");
      demand(grant, "full", fileNeeds(read(paths), true));
      return now(COMMIT);
    },
    switch(_at, _branch, _planned, grant) {
      verb(grant, "write", "switch");
      demand(grant, "full", fileNeeds(both, false));
      writeFileSync(join(app, SWITCHED.changed), SWITCHED.text);
      rmSync(join(app, SWITCHED.gone), { force: true });
      return now(undefined);
    },
    changeBranch(_at, _name, _planned, grant) {
      verb(grant, "write", "branch");
      return now(undefined);
    },
    fetchBranches(_at, planned, grant) {
      verb(grant, "write", "fetch");
      demand(grant, "full", remoteNeeds(planned, "read"));
      return now(1);
    },
    push(_at, planned, _force, grant) {
      verb(grant, "write", "push");
      demand(grant, "full", remoteNeeds(planned.remote, "write"));
      return now(undefined);
    },

    refs: () => now({ all: new Map() }),
    switched: () => now([]),
  };
}
