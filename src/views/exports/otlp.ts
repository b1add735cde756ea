// OTLP: agents, answers of models and calls of tools as spans, by the OpenTelemetry conventions for generative AI.
import type { AnyRecord, JournalRecord } from "../../abi/record.ts";
import { INIT } from "../../kernel/state/rows.ts";
import { madeBy } from "../../kernel/state/call-id.ts";
import type { Export, ExportAbout } from "./export.ts";
import { attributesOf, failed, nanoseconds, SPAN_KIND, type OtlpSpan } from "./span.ts";

/**
 * The version of semantic-conventions-genai that names the spans. It is in development, so a reader must look at the
 * version, which stands in `schemaUrl`. Arguments and values of calls are opt-in there and are left out.
 */
export const GEN_AI_VERSION = "0.1.0";
const SCHEMA_URL = `https://opentelemetry.io/schemas/gen-ai/${GEN_AI_VERSION}`;

/** So many spans stand in one line. */
const BATCH = 100;

/** The operation that asks a model. */
const MODEL_CALL = "model.call";

/** The providers whose names differ in the conventions. */
const PROVIDERS: Readonly<Record<string, string>> = {
  google: "gcp.gen_ai",
  mistral: "mistral_ai",
  xai: "x_ai",
};

/** A process that has not ended yet. */
interface Agent {
  readonly pid: number;
  readonly traceId: string;
  readonly parentSpanId?: string;
  readonly image: string;
  readonly model: string;
  readonly start: string;
  input: number;
  output: number;
}

/** The trace of each root agent and its family. It keeps only what has not ended. */
export class OtlpExport implements Export {
  readonly #about: ExportAbout;
  readonly #agents = new Map<number, Agent>();
  readonly #begun = new Map<string, JournalRecord<"call.begin">>();
  #spans: OtlpSpan[] = [];
  #time = "";

  constructor(about: ExportAbout) {
    this.#about = about;
  }

  take(record: AnyRecord): readonly string[] {
    this.#time = record.time;
    const { pid = INIT } = record;
    if (record.kind === "process.spawn") this.#spawn(pid, record);
    else if (record.kind === "process.exec") this.#exec(pid, record);
    else if (record.kind === "call.begin") this.#begun.set(record.call ?? "", record);
    else if (record.kind === "call.end") this.#call(pid, record);
    else if (record.kind === "process.exit") this.#exit(pid, record);
    return this.#lines(BATCH);
  }

  end(): readonly string[] {
    for (const [call, begin] of this.#begun)
      this.#add(this.#callSpan(begin.pid ?? INIT, call, begin.data, { begin }));
    for (const agent of [...this.#agents.values()].reverse()) this.#add(this.#agentSpan(agent, "unfinished"));
    return this.#lines(1);
  }

  #spawn(pid: number, { time, data }: JournalRecord<"process.spawn">): void {
    const { parent, image, model } = data;
    const above = this.#agents.get(parent);
    const traceId = above?.traceId ?? this.#id(`trace|${pid}`, 32);
    const under = above === undefined ? {} : { parentSpanId: this.#agentId(parent) };
    const start = nanoseconds(time);
    this.#agents.set(pid, { pid, traceId, ...under, image, model, start, input: 0, output: 0 });
  }

  #exec(pid: number, { data: { image, model } }: JournalRecord<"process.exec">): void {
    const agent = this.#agents.get(pid);
    if (agent !== undefined) this.#agents.set(pid, { ...agent, image, model });
  }

  #call(pid: number, end: JournalRecord<"call.end">): void {
    const { call = "" } = end;
    const begin = this.#begun.get(call);
    this.#begun.delete(call);
    this.#add(this.#callSpan(pid, call, end.data, { begin, end }));
  }

  #exit(pid: number, { data }: JournalRecord<"process.exit">): void {
    const agent = this.#agents.get(pid);
    if (agent === undefined) return;
    this.#agents.delete(pid);
    this.#add(this.#agentSpan(agent, data.exit, data.reason));
  }

  #agentSpan(agent: Agent, state: string, reason = ""): OtlpSpan {
    const { pid, parentSpanId, image, traceId, start, input, output } = agent;
    const isBad = state === "failed" || state === "killed";
    return {
      ...{ traceId, spanId: this.#agentId(pid) },
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...{ name: `invoke_agent ${image}`, kind: SPAN_KIND.internal },
      ...{ startTimeUnixNano: start, endTimeUnixNano: nanoseconds(this.#time) },
      attributes: attributesOf({
        "gen_ai.operation.name": "invoke_agent",
        ...modelNames(agent.model),
        "gen_ai.agent.name": image,
        ...tokens({ input, output }),
        "error.type": isBad ? state : undefined,
        "agentlibos.pid": pid,
        "agentlibos.state": state,
      }),
      ...(isBad ? failed(reason) : {}),
    };
  }

  /** The span of a call; without an end it did not end in the record. */
  #callSpan(
    pid: number,
    call: string,
    { op, tool }: { readonly op: string; readonly tool?: string | undefined },
    at: {
      readonly begin?: JournalRecord<"call.begin"> | undefined;
      readonly end?: JournalRecord<"call.end">;
    },
  ): OtlpSpan {
    const { begin, end } = at;
    const agent = this.#agents.get(pid);
    const maker = madeBy(call);
    const error = end?.data.error;
    const needs = begin?.data.needs ?? end?.data.needs ?? [];
    const isModel = op === MODEL_CALL;
    const used = isModel ? usageOf(end?.data.value) : undefined;
    if (agent !== undefined && used !== undefined) {
      agent.input += used.input;
      agent.output += used.output;
    }
    const start = begin === undefined ? nanoseconds(this.#time, end?.data.micros) : nanoseconds(begin.time);
    const model = modelNames(modelOf(begin) ?? agent?.model ?? "");
    const named = tool ?? op;
    const names = isModel
      ? { "gen_ai.operation.name": "chat", ...model }
      : {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": named,
          "gen_ai.tool.call.id": call,
          "gen_ai.tool.type": "function",
        };
    const parentSpanId = maker === undefined ? agent && this.#agentId(pid) : this.#callId(maker.call);
    return {
      ...{ traceId: agent?.traceId ?? this.#id(`trace|${pid}`, 32), spanId: this.#callId(call) },
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      name: isModel ? `chat ${model["gen_ai.request.model"]}` : `execute_tool ${named}`,
      kind: isModel ? SPAN_KIND.client : SPAN_KIND.internal,
      ...{ startTimeUnixNano: start, endTimeUnixNano: nanoseconds(this.#time) },
      attributes: attributesOf({
        ...names,
        "gen_ai.agent.name": agent?.image,
        ...(used === undefined ? {} : tokens(used)),
        "error.type": error?.code,
        "agentlibos.pid": pid,
        "agentlibos.call": call,
        "agentlibos.syscall": op,
        "agentlibos.decision": end?.data.decision ?? begin?.data.decision,
        "agentlibos.outcome": end?.data.outcome ?? "unknown",
        "agentlibos.needs": needs.map(({ right, resource }) => `${right}:${resource}`),
      }),
      ...(error === undefined ? {} : failed(error.message)),
    };
  }

  #add(span: OtlpSpan): void {
    this.#spans.push(span);
  }

  /** All spans so far in one line, once there are so many. */
  #lines(least: number): string[] {
    if (this.#spans.length < least) return [];
    const { id, version } = this.#about;
    const resource = {
      "service.name": "agentlibos",
      "service.version": version,
      "agentlibos.journal.id": id,
    };
    const scopeSpans = [
      { scope: { name: "agentlibos", version }, spans: this.#spans, schemaUrl: SCHEMA_URL },
    ];
    this.#spans = [];
    return [
      JSON.stringify({ resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans }] }),
    ];
  }

  /** The same in every export of this record. */
  #id(of: string, digits: 16 | 32): string {
    return this.#about.sha256(`${this.#about.id}|${of}`).slice(0, digits);
  }

  #agentId(pid: number): string {
    return this.#id(`agent|${pid}`, 16);
  }

  #callId(call: string): string {
    return this.#id(`call|${call}`, 16);
  }
}

/** The provider and the model of a name `vendor/family`. */
function modelNames(model: string): Record<"gen_ai.provider.name" | "gen_ai.request.model", string> {
  const [vendor = "", ...family] = model.split("/");
  return {
    "gen_ai.provider.name": PROVIDERS[vendor] ?? vendor,
    "gen_ai.request.model": family.join("/"),
  };
}

function modelOf(begin: JournalRecord<"call.begin"> | undefined): string | undefined {
  const args = begin?.data.args;
  const model: unknown =
    typeof args === "object" && args !== null && "model" in args ? args.model : undefined;
  return typeof model === "string" ? model : undefined;
}

/** The tokens in the answer of a model; undefined where it has none. */
function usageOf(value: unknown): { readonly input: number; readonly output: number } | undefined {
  const usage: unknown =
    typeof value === "object" && value !== null && "usage" in value ? value.usage : undefined;
  if (typeof usage !== "object" || usage === null || !("input" in usage && "output" in usage))
    return undefined;
  const { input, output } = usage;
  return typeof input === "number" && typeof output === "number" ? { input, output } : undefined;
}

function tokens({ input, output }: { readonly input: number; readonly output: number }) {
  return { "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output };
}
