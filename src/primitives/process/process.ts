// Primitive `process`: waiting for, signalling and ending processes, the working directory, and events.
import * as z from "zod";
import { fault, isFault } from "../../abi/errors.ts";
import type { Images } from "../../abi/image.ts";
import { measureJson } from "../../abi/size.ts";
import { LONGEST_WAIT } from "../../abi/record.ts";
import { processResource } from "../../abi/resource.ts";
import { define, type Operation, type Primitive } from "../../kernel/operation.ts";
import type { KernelOps } from "../../kernel/ops.ts";
import { FOLLOWED, type Event } from "../../kernel/state/rows.ts";
import type { FsBackend } from "../fs/backend.ts";
import type { WorktreeBackend } from "../git/worktrees.ts";
import { refuseAmbiguous } from "../fs/near.ts";
import { needsOf } from "../fs/path.ts";
import { followPath, pathArgument, requireSpot, type FoundSpot } from "../fs/read.ts";
import { birthOperations } from "./birth.ts";
import { messageOperations } from "./message.ts";
import { waitOperation } from "./wait.ts";

const pidSchema = z.int().positive();

/** The longest reason of a signal, and the largest result of a process, in characters; an object or file holds more. */
const REASON_MAX = 8000;
const RESULT_MAX = 1_000_000;

function fitsResult(result: unknown): boolean {
  return measureJson(result, RESULT_MAX).characters <= RESULT_MAX;
}

const signalInput = z.strictObject({
  pid: pidSchema,
  signal: z.enum(["pause", "resume", "interrupt", "terminate", "kill"]),
  reason: z.string().max(REASON_MAX).default(""),
});
const signalOutput = z.strictObject({ pid: z.int() });
const exitInput = z.strictObject({
  result: z.unknown().refine(fitsResult, `a result holds at most ${RESULT_MAX} characters`).optional(),
  failed: z.boolean().default(false),
});
const exitOutput = z.strictObject({ ended: z.literal(true) });

/** Builds the primitive over the kernel itself; `images` are those that a process may start from. */
export function processPrimitive(
  ops: KernelOps,
  images: Images,
  files: FsBackend,
  worktrees: WorktreeBackend,
): Primitive {
  const signalOp = define({
    name: "process.signal",
    tool: "signal_agent",
    summary: "Pause, resume, interrupt, terminate or kill a child agent.",
    effect: "kernel",
    idempotent: true,
    input: signalInput,
    output: signalOutput,
    needs: (args) => [{ resource: processResource(args.pid), right: "signal" }],
    async invoke(args, on) {
      return ops.signal(on.grant, args.pid, args.signal, args.reason) ?? { pid: args.pid };
    },
  });
  const exitOp = define({
    name: "process.exit",
    tool: "finish",
    summary: "End your work with a result.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    waits: true,
    alone: true,
    final: true,
    input: exitInput,
    output: exitOutput,
    needs: () => [],
    async invoke(args, on) {
      const [how, reason] = args.failed
        ? (["failed", "the agent gave up"] as const)
        : (["finished", "the agent finished"] as const);
      return ops.exit(on.grant, how, args.result ?? null, reason) ?? { ended: true as const };
    },
  });
  const operations = [
    ...birthOperations(ops, images, worktrees),
    ...[waitOperation(ops), signalOp, exitOp, chdirOperation(ops, files), eventsOperation(ops)],
    ...messageOperations(ops),
  ];
  return { kind: "process", operations };
}

const chdirInput = z.strictObject({ path: pathArgument });
const chdirOutput = z.strictObject({ cwd: z.string() });

/** Builds the operation over the kernel and the files. Later calls of the turn wait for it. */
function chdirOperation(ops: KernelOps, files: FsBackend): Operation {
  return define<z.infer<typeof chdirInput>, z.infer<typeof chdirOutput>, FoundSpot>({
    name: "process.chdir",
    tool: "change_directory",
    summary: "Change your working directory.",
    effect: "kernel",
    idempotent: true,
    whole: true,
    alone: true,
    input: chdirInput,
    output: chdirOutput,
    needs: (args, view) => needsOf(args.path, view, ["list"]),
    async resolve(args, view, look) {
      const resolved = await followPath(files, args.path, "list", view, look);
      const spot = isFault(resolved) ? undefined : resolved.state;
      const unclear =
        spot === undefined || spot.kind === "absent"
          ? undefined
          : await refuseAmbiguous(files, args.path, spot, view, look);
      return unclear ?? resolved;
    },
    invoke: (_, on) => {
      const spot = requireSpot(on.state);
      if (isFault(spot)) return Promise.resolve(spot);
      if (spot.kind !== "folder")
        return Promise.resolve(fault("EINVAL", `${spot.resource} is not a folder.`, "Choose a folder."));
      const moved = ops.write(on.grant, "process.cwd", { cwd: spot.resource });
      return Promise.resolve(isFault(moved) ? moved : { cwd: spot.resource.slice("fs:/".length) });
    },
  });
}

const eventsInput = z.strictObject({
  after: z.int().nonnegative().default(0).describe("The seq of the last event you know."),
  pid: z.int().positive().optional().describe("Only this process."),
  kinds: z.array(z.enum(FOLLOWED)).optional(),
  seconds: z.number().nonnegative().max(LONGEST_WAIT).default(0).describe("How long to wait at most."),
});
const eventsOutput = z.strictObject({
  events: z.array(
    z.strictObject({ seq: z.int(), pid: z.int(), kind: z.string(), time: z.string(), about: z.string() }),
  ),
});

/** Builds the operation over the events that the state keeps of each process. */
function eventsOperation(ops: KernelOps): Operation {
  return define({
    name: "process.events",
    tool: "follow_events",
    summary:
      "What happened to you and your children since an event you know; waits for something if nothing did.",
    deferred: true,
    effect: "read",
    idempotent: true,
    whole: true,
    waits: true,
    input: eventsInput,
    output: eventsOutput,
    told: ({ events }) =>
      [
        `${events.length} events: seq, process, kind, about, time`,
        ...events.map(({ seq, pid, kind, about, time }) => `${seq}  ${pid}  ${kind}  ${about}  ${time}`),
      ].join("\n"),
    needs: ({ pid }, view) =>
      pid === undefined || pid === view.pid ? [] : [{ resource: processResource(pid), right: "wait" }],
    async invoke({ after, pid, kinds, seconds }, on) {
      const me = on.grant.pid;
      const { processes } = ops.state;
      const open = (child: number): boolean => on.grant.entry("wait", processResource(child));
      const whose = (): readonly number[] =>
        pid === undefined ? [me, ...(processes.get(me)?.children ?? []).filter(open)] : [pid];
      const since = (): (Event & { pid: number })[] =>
        whose()
          .flatMap((p) => (processes.get(p)?.events ?? []).map((e) => ({ ...e, pid: p })))
          .filter((e) => e.seq > after && (kinds === undefined || kinds.includes(e.kind)))
          .sort((a, b) => a.seq - b.seq);
      if (seconds > 0)
        await on.waiting(
          "timer",
          ops.until(pid ?? me, () => since().length > 0, on.signal, on.left(seconds)),
          pid ?? me,
        );
      return on.signal.aborted
        ? fault("EINTR", "Interrupted while waiting for an event.", "")
        : { events: since() };
    },
  });
}
