// Rounds of kills: an agent is killed again and again until its work is done, and the witnesses count what went wrong.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callsIn, command, type Ended, type Workspace } from "../run.ts";
import { Witness, type Planned } from "./witness.ts";

/** How many turns the agent of a round takes. */
const TURNS = 16;
/** After so many starts a round is given up. */
const MOST_STARTS = 80;

/** The sum of some rounds. */
export interface Counted {
  kills: number;
  rounds: number;
  requests: number;
  /** What was acknowledged and is not there any more. */
  readonly lost: string[];
  /** What was done more than once. */
  readonly repeated: string[];
  /** What else is not as if nothing had happened. */
  readonly wrong: string[];
}

/** The plan: new files, a count that fails when it is repeated, deletes, and commands that append to a log. */
function planOf(commands: boolean): readonly (readonly Planned[])[] {
  return Array.from({ length: TURNS }, (_, i): readonly Planned[] => [
    ["write_file", { path: `out/f${i}.txt`, content: contentOf(i) }],
    ["edit_file", { path: "count.txt", old_text: `n=${i};`, new_text: `n=${i + 1};` }],
    ...(i % 4 === 3 ? [["delete_file", { path: `out/f${i - 1}.txt` }] as const] : []),
    ...(commands && i % 3 === 1
      ? [["run_command", { argv: ["sh", "-c", `echo ${i} >> log.txt`] }] as const]
      : []),
  ]);
}

/** Every fifth file is so long that its text leaves the record for the bodies. */
const contentOf = (i: number): string => (i % 5 === 0 ? `${i} long `.repeat(1_000) : `${i}\n`);

/**
 * Plays rounds until so many kills have hit, two rounds at a time. `random` gives numbers from 0 to 1; `commands` is true
 * where commands run in layers. Programs that end before their kill do not count.
 */
export async function playKills(kills: number, random: () => number, commands: boolean): Promise<Counted> {
  const counted: Counted = { kills: 0, rounds: 0, requests: 0, lost: [], repeated: [], wrong: [] };
  const play = async (): Promise<void> => {
    while (counted.kills < kills) await round(counted, kills, random, commands);
  };
  await Promise.all([play(), play()]);
  return counted;
}

async function round(
  counted: Counted,
  kills: number,
  random: () => number,
  commands: boolean,
): Promise<void> {
  counted.rounds += 1;
  const name = `round ${counted.rounds}`;
  const scratch = mkdtempSync(join(tmpdir(), "agentlibos-kills-"));
  const on: Workspace = { scratch, folder: join(scratch, "app"), script: "", files: 0 };
  mkdirSync(on.folder);
  writeFileSync(join(on.folder, "count.txt"), "n=0;\n");
  await using witness = await Witness.start(planOf(commands));
  let last: Ended | undefined;
  for (let starts = 0; starts < MOST_STARTS; starts++) {
    const isKilled = counted.kills < kills;
    last = await life(on, witness, isKilled ? random : undefined, commands);
    if (last.signal === "SIGKILL") counted.kills += 1;
    else if (last.code === 0) break;
    else if (last.code !== 2) counted.wrong.push(`${name}: a start ended with ${last.code}: ${last.err}`);
    if (last.code !== 0 && last.code !== 2 && last.signal === null) break;
  }
  await judge(counted, name, on, witness, commands);
  rmSync(scratch, { recursive: true, force: true });
}

/** One life of the program: it starts the agent or goes on with it, and is killed by chance if `random` is given. */
async function life(
  on: Workspace,
  witness: Witness,
  random: (() => number) | undefined,
  commands: boolean,
): Promise<Ended> {
  const env = { OPENAI_BASE_URL: witness.baseUrl, OPENAI_API_KEY: "sk-test", OPENAI_LOG: "" };
  const grants = [
    "allow:read,list,write,delete:fs:/app/**",
    ...(commands ? ["allow:execute:shell:/**"] : []),
  ];
  const hasAgent = existsSync(join(on.folder, ".agentlibos", "identity.json"));
  const start = ["run", "--goal", "work", "--model", "openai/gpt-test", "--json"];
  const granted = grants.flatMap((grant) => ["--grant", grant]);
  const how = (args: readonly string[]): Promise<Ended> =>
    command(on, args, env, (child) => {
      witness.onRequest = () => undefined;
      if (random === undefined) return;
      const strike = (after: number): void => void setTimeout(() => child.kill("SIGKILL"), after);
      // A third falls into the start and what it finishes, the others into the turns.
      if (random() < 0.33) return strike(60 + random() * 500);
      let requests = 1 + Math.floor(random() * 3);
      witness.onRequest = () => {
        requests -= 1;
        if (requests === 0) strike(random() * 60);
      };
    });
  const ended = hasAgent ? await how(["resume", "--json"]) : undefined;
  // A crash before the agent was on record left nothing to resume.
  return ended === undefined || ended.code === 2 ? how([...start, ...granted]) : ended;
}

/** Compares the workspace and the record with what they would be if nothing had happened. */
async function judge(
  counted: Counted,
  name: string,
  on: Workspace,
  witness: Witness,
  commands: boolean,
): Promise<void> {
  const note = (list: string[], text: string): void => void list.push(`${name}: ${text}`);
  counted.requests += witness.seen.requests;
  for (const text of new Set(witness.seen.lost)) note(counted.lost, text);
  for (const text of new Set(witness.seen.repeated)) note(counted.repeated, text);
  if (!witness.heardAll) note(counted.wrong, "the agent did not come to its end");
  const read = (path: string): string => readFileSync(join(on.folder, path), "utf8");
  const count = Number(/n=(\d+);/u.exec(read("count.txt"))?.[1]);
  if (count < TURNS) note(counted.lost, `the count is ${count}, not ${TURNS}`);
  if (count > TURNS) note(counted.repeated, `the count is ${count}, not ${TURNS}`);
  const left = Array.from({ length: TURNS }, (_, i) => i).filter((i) => i % 4 !== 2);
  for (const i of left) {
    const path = `out/f${i}.txt`;
    if (!existsSync(join(on.folder, path)) || read(path) !== contentOf(i)) note(counted.lost, path);
  }
  const names = readdirSync(join(on.folder, "out"));
  if (names.length !== left.length) note(counted.wrong, `out holds ${names.length} files: ${names.join()}`);
  const lines = commands ? read("log.txt").split("\n").slice(0, -1) : [];
  const expected = Array.from({ length: TURNS }, (_, i) => `${i}`).filter(
    (i) => commands && Number(i) % 3 === 1,
  );
  for (const line of expected) {
    const times = lines.filter((each) => each === line).length;
    if (times === 0) note(counted.lost, `line ${line} of the log`);
    if (times > 1) note(counted.repeated, `line ${line} of the log, ${times} times`);
  }
  const { ends, begins } = callsIn(on, /^(?:fs\.|shell\.)/u);
  for (const [call, outcomes] of ends) {
    if (outcomes.length > 1 || (begins.get(call) ?? 1) > 1) note(counted.repeated, `call ${call} on record`);
    if (outcomes.join() !== "ok") note(counted.wrong, `call ${call} ended ${outcomes.join()}`);
  }
  for (const call of begins.keys()) if (!ends.has(call)) note(counted.lost, `the end of call ${call}`);
  const verified = await command(on, ["verify"]);
  if (verified.code !== 0) note(counted.wrong, `verify: ${verified.err}`);
}
