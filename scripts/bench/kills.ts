// Counts what a thousand kills lose or repeat: an agent dies by SIGKILL at random instants until its work is done.
import { noSandbox } from "../../test/attacks/commands/sandbox.ts";
import { chance } from "../../test/crash/kills/chance.ts";
import { playKills } from "../../test/crash/kills/rounds.ts";
import type { Row } from "./runtime.ts";

/** The rows of the kills. The environment variable KILLS sets another number, and SEED plays a run again. */
export async function killRows(): Promise<Row[]> {
  const wanted = Number(process.env["KILLS"] ?? 1_000);
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const commands = (await noSandbox()) === false;
  const { kills, rounds, requests, lost, repeated, wrong } = await playKills(wanted, chance(seed), commands);
  for (const text of [...lost, ...repeated, ...wrong]) process.stderr.write(`${text}\n`);
  const none = (name: string, list: readonly string[]): Row => ({
    ...{ name, value: list.length, unit: "", target: "0", met: list.length === 0 },
  });
  return [
    {
      name: `kills by seed ${seed}`,
      value: kills,
      unit: "kills",
      target: `>= ${wanted}`,
      met: kills >= wanted,
    },
    { name: "agents that they hit", value: rounds, unit: "agents", target: "-" },
    { name: "requests that the model server saw", value: requests, unit: "requests", target: "-" },
    { name: "of their turns, with commands in layers", value: commands ? 5 / 16 : 0, unit: "", target: "-" },
    none("acknowledged effects that were lost", lost),
    none("effects that happened twice", repeated),
    none("anything else unlike an undisturbed run", wrong),
  ];
}
