// Faults to plant in the kernel: each takes away one check that keeps a hostile caller within its grants.

/** A text of a source file, and the text in its place. */
export interface Planted {
  readonly what: string;
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

const NARROW = "src/kernel/authority/authority.ts";
const HANDLES = "src/kernel/processes/handles.ts";
const RESOURCES = "src/abi/resource.ts";
const ENDING = "src/kernel/processes/lifecycle.ts";

/** One for each way by which authority could grow: calls of calls, narrowed callers, handles, operations, folders. */
export const FAULTS: readonly Planted[] = [
  {
    what: "a judge forgets the list of a narrowed caller",
    file: NARROW,
    text: "return within?.some((grant) => coversNeed(grant, right, resource, now)) === false;",
    instead: "return false;",
  },
  {
    what: "a narrowed caller that narrows again forgets the list it had",
    ...{ file: NARROW, text: "from.within === undefined ? [...list]", instead: "true ? [...list]" },
  },
  {
    what: "a call of a call acts for its whole process",
    file: "src/kernel/door/sub.ts",
    text: "within === undefined ? maker.authority : ",
    instead: "within === undefined ? { holder: maker.pid } : ",
  },
  {
    what: "a handle outlives its process",
    ...{ file: ENDING, text: 'void endHandles(core, pid, "its agent ended");', instead: "" },
  },
  {
    what: "a handle that a part of a process opened outlives the call of that part",
    ...{ file: HANDLES, text: "authority.within === undefined || maker", instead: "true || maker" },
  },
  {
    what: "an operation is there for other families than its owner's",
    file: "src/kernel/operations/table.ts",
    text: 'if (scope === "workspace") return true;',
    instead: "if (scope.length > 0) return true;",
  },
  {
    what: "an operation outlives its owner",
    ...{ file: ENDING, text: "removeOwned(core, pid);", instead: "" },
  },
  {
    what: "a folder outlives the process that added it",
    ...{ file: ENDING, text: 'removeRootsOf(core, pid, "its process ended");', instead: "" },
  },
  {
    what: "a process removes the folder of another one",
    file: "src/kernel/processes/roots.ts",
    text: 'if (owner !== "person" && owner !== root.owner)',
    instead: 'if (owner === "nobody")',
  },
  {
    what: "a grant on a folder holds in whatever place the next folder of its name has",
    file: "src/kernel/authority/capabilities.ts",
    text: "held.folder === undefined || at.placeOf(held.folder) === held.cap.place",
    instead: "held.folder === undefined || at.placeOf(held.folder) !== undefined",
  },
  {
    what: "the asks of the very call are forgotten",
    file: "src/kernel/door/judge.ts",
    text: "asks.map((ask) => askOf(call, ask))",
    instead: "[].map((ask) => askOf(call, ask))",
  },
  {
    what: "a switch of branches changes files that nobody decided",
    ...{ file: "src/primitives/git/branching.ts", text: "fileNeeds(state.files, false)", instead: "[]" },
  },
  {
    what: "git takes in files that may only be listed",
    ...{ file: RESOURCES, text: 'const right = reads ? "read"', instead: 'const right = reads ? "list"' },
  },
  {
    what: "git reaches any host",
    ...{
      file: RESOURCES,
      text: 'return [{ right: "connect", resource: `net:/${host}` }];',
      instead: "return [];",
    },
  },
  {
    what: "the deletion of a branch asks nobody",
    ...{
      file: "src/primitives/git/branching.ts",
      text: "(change.delete ? { asks:",
      instead: "(false ? { asks:",
    },
  },
  {
    what: "what git shows is not decided file by file",
    file: "src/kernel/door/invoke.ts",
    text: "entry: entriesOf(core, authority)",
    instead: "entry: () => true",
  },
  {
    what: "everybody goes back to checkpoints of others",
    ...{
      file: "src/primitives/checkpoint/restore.ts",
      text: "const own = owner === undefined || owner === view.pid;",
      instead: "const own = true;",
    },
  },
];
