// Steps of git: what the backend loads, in one part, when a repository is touched for the first time.
export * as branching from "./branching.ts";
export * as reading from "./reading.ts";
export * as remote from "./remote.ts";
export * as opening from "./repository.ts";
export * as staging from "./staging.ts";
export * as status from "./status.ts";
