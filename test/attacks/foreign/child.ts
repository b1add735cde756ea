// A child of the foreign test: shows one record after another as every command does, and prints what came and what it took.
import { join } from "node:path";
import { boot, readRecord, verifyRecord } from "../../../src/boot.ts";
import { createModels } from "../../../src/host/node/models/providers.ts";
import { psText } from "../../../src/views/agents/ps.ts";
import { authorityText, nowIn } from "../../../src/views/agents/authority.ts";
import { auditText } from "../../../src/views/record/audit.ts";
import { callsOf } from "../../../src/views/record/calls.ts";
import { explainText } from "../../../src/views/record/explain.ts";
import { standingText } from "../../../src/views/record/standing.ts";
import { transcriptText } from "../../../src/views/record/transcript.ts";
import { english } from "../../../src/views/words/translate.ts";
import { kinds } from "../../harness/kinds.ts";

/** The report on one record: the standing in words, what verify says, the longest step, and the most memory. */
export interface Shown {
  readonly standing: string;
  readonly verdict: string;
  readonly processes: number;
  readonly text: number;
  readonly slowest: number;
  readonly step: string;
  readonly grew: number;
}

const atRest = process.memoryUsage().rss;
let slowest = { ms: 0, step: "" };

async function timed<T>(step: string, work: () => T | Promise<T>): Promise<T> {
  const began = performance.now();
  const came = await work();
  const ms = performance.now() - began;
  if (ms > slowest.ms) slowest = { ms, step };
  return came;
}

async function show(base: string): Promise<Shown> {
  const root = join(base, "w");
  const where = { root, home: join(base, "home"), roots: [{ name: "w", path: root }] };
  const models = createModels({ scripted: true });
  slowest = { ms: 0, step: "" };
  const open = (mode: "create" | "view") =>
    boot({ ...where, host: "test", mode, policy: [], models, remembers: true });
  const on = await timed("open", () => open("view"));
  const { state, digests } = on.kernel;
  let text = 0;
  const look = async (step: string, work: () => string | undefined): Promise<void> => {
    text += (await timed(step, work))?.length ?? 0;
  };
  await look("ps", () => psText(state));
  const grew = process.resourceUsage().maxRSS * 1024 - atRest;
  await look("audit", () => auditText(english, callsOf(on.records()), state));
  await look("explain", () => explainText(english, on.records(), "2.0.0", (t) => digests.sha256(t), kinds));
  for (const pid of [1, 2])
    await look("authority", () => authorityText(english, state, pid, nowIn(state, Date.now())));
  await look("transcript", () => transcriptText(english, state, on.records(), 2));
  const standing = standingText(english, on.opened.standing);
  const processes = state.processes.size - 1;
  await on.close();
  const verdict = await timed("verify", () => verifyRecord(where));
  await timed("read", () => readRecord(where, () => true));
  const run = await timed("run", () => open("create"));
  if (run.kernel.writable) throw new Error("a foreign record is obeyed");
  await run.close();
  return {
    standing,
    verdict: verdict.text.join("\n"),
    processes,
    text,
    slowest: slowest.ms,
    step: slowest.step,
    grew,
  };
}

for (const base of process.argv.slice(2)) process.stdout.write(JSON.stringify(await show(base)) + "\n");
