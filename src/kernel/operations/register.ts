// Registering: operations that come and go while the kernel runs, each declared on record and named by its hash.
import * as z from "zod";
import { fault, isFault, ok, type Fault, type Result } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { canonical, commit, living, type Core } from "../core.ts";
import { define, type OperationSpec } from "../operation.ts";
import { familyRoot } from "../state/account.ts";
import { INIT } from "../state/rows.ts";
import { isLiveGrant, isPerson, type Grant, type Person } from "../witness.ts";
import { wasRead, type ReadSchema } from "./schema.ts";
import type { RegisteredOperation } from "./table.ts";

/** The most operations of one family, and of all together. */
export const REGISTERED_MOST = { family: 64, all: 1024 } as const;

/** The longest summary, in characters; a model reads it with each call. */
const SUMMARY_MOST = 300;

/** The part of an operation that is declared when it is registered; its name and owner follow from who registers it. */
export interface Registration<S = null> extends Omit<
  OperationSpec<unknown, unknown, S>,
  "name" | "tool" | "input" | "output" | "deferred" | "finds"
> {
  /** The family of operations it belongs to, such as `jit`; the first part of its name. */
  readonly space: string;
  /** The name that models call it by. */
  readonly tool: string;
  /** Read beforehand, so that a program that registers nothing carries no reader of schemas. */
  readonly input: ReadSchema;
  /** Without it, any value is right. */
  readonly output?: ReadSchema;
  /** The SHA-256 of the code behind it, if that has a text of its own. */
  readonly code?: string;
}

/** The schema of any value. */
const ANY: ReadSchema = { zod: z.unknown(), json: {} };
const UNREAD = fault(
  "EINVAL",
  "Its schemas are not as readSchema gives them.",
  "Read them first, and its input as an object.",
);

/**
 * Registers an operation for the process of a grant, whose family then sees it, or for a person, whom all see. It is
 * named `space/owner/tool`, which no built-in operation is, and its tool has a name that no other tool has. It grants
 * nothing: each call of it is decided by its needs. After a restart the same declaration brings its code again.
 */
export function registerOperation<S>(
  core: Core,
  by: Grant | Person,
  declared: Registration<S>,
): Result<{ name: string; hash: string }> {
  const owner = ownerOf(core, by);
  if (isFault(owner)) return owner;
  const { space, tool, input, output = ANY, code, ...spec } = declared;
  const wrong = wrongWords(declared);
  if (wrong !== undefined) return wrong;
  if (!wasRead(input) || input.json["type"] !== "object" || (output !== ANY && !wasRead(output)))
    return UNREAD;
  const { summary, effect, idempotent } = spec;
  const said = { space, tool, summary, effect, idempotent, input: input.json, output: output.json };
  const hash = core.digests.sha256(canonical({ ...said, code: code ?? null }));
  const name = `${space}/${owner.replace("pid:", "p")}/${tool}`;
  const known = core.state.operations.get(name);
  const taken = known === undefined ? takenFault(core, tool, owner) : sameFault(known, hash);
  if (taken !== undefined) return taken;
  const made = { ...spec, deferred: true, name, tool };
  const op = define<unknown, unknown, S>({ ...made, input: input.zod, output: output.zod });
  if (known === undefined) {
    const scope = owner === "person" ? ("workspace" as const) : ("family" as const);
    const row: RegisteredOperation = { name, owner, tool, summary, input: { ...input.json }, hash, scope };
    const pid = pidOf(owner);
    commit(core, "operation.add", row, pid === undefined ? {} : { pid });
    // A name that holds a secret is not what was recorded, and nobody could call it.
    if (!core.state.operations.has(name))
      return fault("EINVAL", "Its name holds what looks like a secret.", "Choose another name.");
  }
  core.operations.bring(name, { ...op, hash, schema: input.json });
  return ok({ name, hash });
}

/** Removes an operation for its owner, or for a person. Calls that have reached its code end by themselves. */
export function removeOperation(core: Core, by: Grant | Person, name: string, reason: string): Result<null> {
  const owner = ownerOf(core, by);
  if (isFault(owner)) return owner;
  const row = core.state.operations.get(name);
  if (row === undefined || (owner !== "person" && row.owner !== owner))
    return fault("ENOENT", `You registered no ${quotedName(name)}.`, "Name one that you registered.");
  remove(core, row, owner, reason);
  return ok(null);
}

/** Removes what a process registered, because it has ended. */
export function removeOwned(core: Core, pid: number): void {
  const rows = [...core.state.operations.values()].filter((row) => row.owner === `pid:${pid}`);
  for (const row of rows) remove(core, row, "kernel", "its owner ended");
}

function remove(core: Core, { name, owner }: RegisteredOperation, by: string, reason: string): void {
  const pid = pidOf(owner);
  commit(core, "operation.remove", { name, by, reason }, pid === undefined ? {} : { pid });
  core.operations.drop(name);
}

/** The owner that a witness proves: `pid:N` while its call runs, or `person`. */
function ownerOf(core: Core, by: Grant | Person): string | Fault {
  if (core.sealed !== undefined) return core.sealed;
  if (isPerson(by) && by.as === "person") return "person";
  if (!isLiveGrant(by) || by.mode !== "full")
    return fault("EACCES", "Only a running call or a person can do this.", "Call through the door.");
  if (by.authority.within !== undefined)
    return fault(
      "EACCES",
      "A caller with a part of its agent's authority cannot do this.",
      "The agent itself can.",
    );
  return by.pid === INIT || living(core, by.pid) === undefined
    ? fault("EINTR", "The process has ended.", "Nothing more can be done as this process.")
    : `pid:${by.pid}`;
}

function pidOf(owner: string): number | undefined {
  return owner.startsWith("pid:") ? Number(owner.slice("pid:".length)) : undefined;
}

function wrongWords({
  space,
  tool,
  summary,
}: Pick<Registration, "space" | "tool" | "summary">): Fault | undefined {
  if (!/^[a-z]{1,16}$/u.test(space))
    return fault("EINVAL", "Its space is no short word.", "For example jit.");
  if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/u.test(tool) || tool.length > 64)
    return fault(
      "EINVAL",
      `${quotedName(tool.slice(0, 80))} is no name of a tool.`,
      "For example count_words.",
    );
  // A model reads it as one line, and a person sees all of it.
  if (summary.length < 3 || summary.length > SUMMARY_MOST || /[\p{C}\p{Zl}\p{Zp}]/u.test(summary))
    return fault("EINVAL", `Its summary is no line of 3 to ${SUMMARY_MOST} characters.`, "Say what it does.");
  return undefined;
}

/** Why an operation that is there already is not brought again. */
function sameFault({ hash, tool }: RegisteredOperation, now: string): Fault | undefined {
  return hash === now
    ? undefined
    : fault(
        "EEXIST",
        `There is another ${quotedName(tool)} of yours.`,
        "Remove it first, or choose another name.",
      );
}

/** Why a new tool may not have its name, or may not be at all. */
function takenFault(core: Core, tool: string, owner: string): Fault | undefined {
  for (const op of core.operations.values())
    if (op.tool === tool)
      return fault("EEXIST", `The tool ${quotedName(tool)} is built in.`, "Choose another name.");
  const familyOf = (of: string): number | undefined => familyRoot(core.state, pidOf(of) ?? INIT)?.pid;
  const mine = familyOf(owner);
  const rows = [...core.state.operations.values()];
  const meets = (row: RegisteredOperation): boolean =>
    mine === undefined || row.scope === "workspace" || familyOf(row.owner) === mine;
  if (rows.some((row) => row.tool === tool && meets(row)))
    return fault("EEXIST", `There is a tool ${quotedName(tool)} already.`, "Choose another name.");
  const own = rows.filter((row) => familyOf(row.owner) === mine).length;
  if (own < REGISTERED_MOST.family && rows.length < REGISTERED_MOST.all) return undefined;
  const most = own < REGISTERED_MOST.family ? REGISTERED_MOST.all : REGISTERED_MOST.family;
  return fault("EDQUOT", `There are ${most} registered tools already.`, "Remove one first.");
}
