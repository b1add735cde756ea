// Background commands: they outlive the call that started them, end with their process, and are read and stopped by id.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { define, type HandleKind, type Invocation, type Operation } from "../../kernel/operation.ts";
import type { OpenHandle } from "../../kernel/state/handles.ts";
import type { BackgroundCommand, ShellBackend, ShellOrder } from "./backend.ts";
import { applyChanges } from "./changes.ts";
import { KeptOutput } from "./kept-output.ts";
import { noteRun, notedRun, type NotedRun } from "./noted.ts";
import { ranSchema, toldRun, valueOfRun, type RanValue } from "./told.ts";

/** The kind of their handles. */
const KIND = "command";

const command = z.string().describe("The id that run_command gave.");
const aliveSchema = z.strictObject({ running: z.number().describe("Seconds."), output: z.string() });

/** A command that a person stopped. */
interface Stopped {
  readonly why: string;
  readonly pid: number;
  readonly came?: RanValue;
}

/** So many of them are remembered. */
const STOPPED_MOST = 64;

/** The handles of processes, by id. */
type HandlesOf = (pid: number) => ReadonlyMap<string, OpenHandle> | undefined;

/** The commands in the background of all processes. */
export class Background {
  readonly #backend: ShellBackend;
  readonly #handles: HandlesOf;
  readonly #output = new Map<string, KeptOutput>();
  /** Commands that a person stopped, until their process has read what came of them. */
  readonly #stopped = new Map<string, Stopped>();
  /** Commands that are being let go of after their changes were noted. */
  readonly #taken = new Set<string>();
  readonly handle: HandleKind;

  constructor(backend: ShellBackend, handles: HandlesOf) {
    this.#backend = backend;
    this.#handles = handles;
    this.handle = {
      kind: KIND,
      end: async (id) => {
        await backend.stop(id);
        const lost = lostOf(backend.read(id));
        backend.forget(id);
        this.#output.delete(id);
        return this.#taken.delete(id) ? undefined : lost;
      },
      takeOver: (id, pid, why) => {
        this.#stopped.set(id, { why, pid });
        for (const [oldest] of this.#stopped)
          if (this.#stopped.size > STOPPED_MOST) this.#stopped.delete(oldest);
        return { op: "shell.stop", args: { command: id } };
      },
    };
  }

  /** Starts a command and gives its id. */
  async start(
    order: ShellOrder,
    label: string,
    on: Invocation<unknown>,
  ): Promise<{ command: string } | Fault> {
    const id = await on.opened(KIND, label);
    if (isFault(id)) return id;
    const kept = new KeptOutput();
    this.#output.set(id, kept);
    const emit = (text: string): void => {
      kept.push(text);
      on.emit(text);
    };
    return (await this.#backend.start(id, order, on.grant, { emit })) ?? { command: id };
  }

  get operations(): readonly Operation[] {
    return [this.#list(), this.#read(), this.#stop()];
  }

  #list(): Operation {
    const row = z.strictObject({ command: z.string(), runs: z.string(), seconds: z.number().nullable() });
    return define({
      name: "shell.list",
      tool: "list_commands",
      summary: "List your commands in the background.",
      effect: "kernel",
      idempotent: true,
      whole: true,
      deferred: true,
      input: z.strictObject({}),
      output: z.strictObject({ commands: z.array(row) }),
      needs: () => [],
      invoke: (_args, on) =>
        Promise.resolve({
          commands: [...(this.#handles(on.grant.pid)?.values() ?? [])]
            .filter((handle) => handle.kind === KIND)
            .map(({ id, label }) => {
              const now = this.#backend.read(id);
              const running = !isFault(now) && now.state === "running";
              return { command: id, runs: label, seconds: running ? now.seconds : null };
            }),
        }),
    });
  }

  #read(): Operation {
    return define<{ command: string }, RanValue | z.infer<typeof aliveSchema>>({
      name: "shell.read",
      tool: "read_command",
      summary: "Read a command in the background. If it has ended, its changes are decided now.",
      ...this.#reading(),
      output: z.union([ranSchema, aliveSchema]),
      told: (value) =>
        "mode" in value ? toldRun(value) : `[It has been running for ${value.running} s]\n${value.output}`,
      invoke: ({ command: id }, on) => this.#collect(id, on),
    });
  }

  #stop(): Operation {
    return define<{ command: string }, RanValue | z.infer<typeof aliveSchema>>({
      name: "shell.stop",
      tool: "stop_command",
      summary: "Stop a command in the background. Its changes so far are decided now.",
      ...this.#reading(),
      output: z.union([ranSchema, aliveSchema]),
      told: (value) => ("mode" in value ? toldRun(value) : value.output),
      invoke: async ({ command: id }, on) => {
        if (on.noted === undefined && this.#own(id, on) === undefined) await this.#backend.stop(id);
        return this.#collect(id, on);
      },
    });
  }

  /** The parts that both have. What an ended command changed is noted, so neither repeats anything after a crash. */
  #reading() {
    return {
      ...({ effect: "external", idempotent: false, whole: true } as const),
      ...({ deferred: true, alone: true, emitsValue: true } as const),
      input: z.strictObject({ command }),
      needs: () => [],
      probe: () => Promise.resolve({ state: "not-started" } as const),
    };
  }

  /** A process reaches its own commands only. */
  #own(id: string, { grant, noted }: Invocation<unknown>): Fault | undefined {
    if (noted !== undefined || this.#handles(grant.pid)?.get(id)?.kind === KIND) return undefined;
    return fault(
      "ENOENT",
      `You have no command ${JSON.stringify(id)}.`,
      "list_commands tells which there are. One that was cut off by a restart changed nothing.",
    );
  }

  async #collect(
    id: string,
    on: Invocation<unknown>,
  ): Promise<RanValue | z.infer<typeof aliveSchema> | Fault> {
    const wrong = this.#own(id, on);
    if (wrong !== undefined) return this.#stoppedBefore(id, on) ?? wrong;
    const found = on.noted === undefined ? await this.#ended(id, on) : notedRun(on.noted.value);
    if (isFault(found) || "running" in found) return found;
    const value = valueOfRun(found.ran, found.output, await applyChanges(found.ran.changes, on));
    const stopped = this.#stopped.get(id);
    if (stopped !== undefined) this.#stopped.set(id, { ...stopped, came: value });
    return value;
  }

  /** What came of a command that a person stopped; told once, to its own process. */
  #stoppedBefore(id: string, { grant }: Invocation<unknown>): RanValue | Fault | undefined {
    const { pid, came } = this.#stopped.get(id) ?? {};
    if (pid !== grant.pid) return undefined;
    if (came !== undefined) this.#stopped.delete(id);
    const hint = "Go on with something else, and read it again later.";
    return came ?? fault("EBUSY", "A person stopped this command. Its changes are being decided.", hint);
  }

  /** An ended command, which is then let go; or how long it runs and what it has put out so far. */
  async #ended(id: string, on: Invocation<unknown>): Promise<NotedRun | z.infer<typeof aliveSchema> | Fault> {
    const now = this.#backend.read(id);
    const output = this.#output.get(id)?.text ?? "";
    if (isFault(now)) return now;
    if (now.state === "running") return { running: Math.round(now.seconds), output };
    const { ran } = now;
    const found = isFault(ran) ? ran : await noteRun({ ran, output }, on);
    this.#taken.add(id);
    await on.closed(id, this.#stopped.get(id)?.why ?? "its command has ended");
    return found;
  }
}

/** What a command that has ended would have changed, in words; undefined when nothing. */
function lostOf(command: BackgroundCommand | Fault): string | undefined {
  if (isFault(command) || command.state !== "ended" || isFault(command.ran)) return undefined;
  const { length } = command.ran.changes;
  if (length === 0) return undefined;
  return length === 1
    ? "a change that it made was thrown away"
    : `${length} changes that it made were thrown away`;
}
