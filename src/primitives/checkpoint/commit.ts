// Images from checkpoints: `checkpoint.commit` keeps the state of an agent as an image that others can begin with.
import * as z from "zod";
import { printCap } from "../../abi/capability.ts";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { imageNameSchema, type Image, type Images } from "../../abi/image.ts";
import { imageResource, type Need } from "../../abi/resource.ts";
import { bootOf } from "../../kernel/checkpoints/boot.ts";
import { cutOf } from "../../kernel/checkpoints/branch.ts";
import { inheritanceOf } from "../../kernel/checkpoints/inherit.ts";
import type { Past } from "../../kernel/checkpoints/past.ts";
import { define, type Operation } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { imageOf } from "../../kernel/state/objects.ts";
import { INIT } from "../../kernel/state/rows.ts";
import { needOfBranch } from "./branch.ts";
import { checkpointNote } from "./kind.ts";

/** The most that the conversation and the objects of an image take as JSON, in characters. */
const BOOT_MOST = 1_000_000;

const input = z.strictObject({ checkpoint: z.string().min(1), name: imageNameSchema });
const output = z.strictObject({ image: z.string(), version: z.string(), hash: z.string() });
type Said = Omit<Image, "from">;

/**
 * Builds `checkpoint.commit`. The image holds the conversation, the objects and the names of the tools of the agent
 * whose checkpoint it is. It says what that agent held, and grants nothing of it.
 */
export function keepOperation(ops: KernelOps, past: Past, images: Images): Operation {
  const now = (name: string): string | null => ops.state.registered.get(name) ?? null;
  return define<z.infer<typeof input>, z.infer<typeof output>, Said>({
    name: "checkpoint.commit",
    tool: "commit_image",
    summary:
      "Keep your conversation and objects at a checkpoint as an image that agents can be started from. It grants nothing.",
    deferred: true,
    effect: "kernel",
    idempotent: false,
    whole: true,
    names: ["checkpoint", "name"],
    input,
    output,
    needs: ({ checkpoint, name }, { pid }) => [
      needOfBranch(ops, checkpoint, pid),
      { right: "register", resource: imageResource(name) },
      ...ownerNeeds(ops, checkpoint, pid),
    ],
    async resolve({ checkpoint, name }) {
      const taken = await takenFault(images, name, now(name) !== null);
      const said = taken ?? (await imageAt(ops, past, images, checkpoint, name));
      if (isFault(said)) return said;
      const right = { right: "replace", resource: imageResource(name) };
      return { needs: now(name) === null ? [] : [right], state: said };
    },
    prepare({ checkpoint, name }, _view, said) {
      const { conversation = [], objects = [] } = said?.boot ?? {};
      const notes = [checkpointNote("committed", name, conversation.length, objects.length)];
      const preview = { verb: "commitImage", target: checkpoint, risk: "medium" as const, notes };
      return Promise.resolve({ prestate: now(name), preview });
    },
    invoke({ name }, on) {
      const said = on.state;
      if (said === undefined || now(name) !== on.prestate)
        return Promise.resolve(
          fault("ESTALE", `Another image was registered as "${name}".`, "Look again, then repeat."),
        );
      const made = on.once(() => {
        const kept = ops.registerImage(on.grant, said);
        return isFault(kept) ? kept : { image: name, version: said.version, hash: kept.hash };
      });
      return Promise.resolve(made);
    },
  });
}

/** Whose state it is must be readable: all objects of another agent. */
function ownerNeeds(ops: KernelOps, checkpoint: string, pid: number): Need[] {
  const owner = ops.state.checkpoints.get(checkpoint)?.pid ?? pid;
  return owner === pid || owner === INIT ? [] : [{ right: "read", resource: `object:/p${owner}/**` }];
}

async function takenFault(images: Images, name: string, replaces: boolean): Promise<Fault | undefined> {
  if (images.builtIn.has(name))
    return fault("EEXIST", `The image "${name}" is built in.`, "Choose another name.");
  if (replaces || (await images.file(name)) === undefined) return undefined;
  return fault("EEXIST", `A file of the workspace has the name "${name}".`, "Choose another name.");
}

/** The image of the agent that took a checkpoint, as it stood there. */
async function imageAt(
  ops: KernelOps,
  past: Past,
  images: Images,
  checkpoint: string,
  name: string,
): Promise<Said | Fault> {
  const at = ops.state.checkpoints.get(checkpoint);
  const state = at === undefined ? undefined : await past.at(at.seq);
  if (at === undefined || state === undefined)
    return fault("ENOENT", `There is no checkpoint ${checkpoint}.`, "List them with list_checkpoints.");
  if (isFault(state)) return state;
  const was = at.pid === INIT ? undefined : state.processes.get(at.pid);
  const image = was === undefined ? undefined : imageOf(state, images.builtIn, was);
  if (was === undefined || image === undefined)
    return fault("EINVAL", `No agent took the checkpoint ${checkpoint}.`, "Name one of an agent.");
  const { entries } = cutOf(was);
  const conversation = await ops.whole(was.conversation.slice(0, entries));
  const boot = bootOf(state, { ...was, conversation }, { checkpoint, entries });
  const size = JSON.stringify(boot).length;
  if (size > BOOT_MOST)
    return fault(
      "E2BIG",
      `Its state has ${size} characters, over ${BOOT_MOST}.`,
      "Use an earlier checkpoint.",
    );
  const own = { pid: at.pid, at: ops.now(), replaces: false, pids: new Map([[at.pid, INIT]]) };
  const { passed } = inheritanceOf(state, ops.state, own);
  const suggests = passed
    .filter(({ effect, parent }) => effect === "allow" && parent !== undefined)
    .map(({ from }) => printCap(from.cap));
  const registered = [...state.operations.values()].filter(({ owner }) => owner === `pid:${at.pid}`);
  const tools = [...new Set([...image.tools, ...registered.map(({ tool }) => tool)])];
  const version = `${Number(ops.state.images.get(ops.state.registered.get(name) ?? "")?.version ?? 0) + 1}`;
  const { from: _, boot: __, ...text } = image;
  return { ...text, name, version, tools, suggests, boot, model: was.model };
}
