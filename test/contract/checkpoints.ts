// Good calls of the operations of checkpoints, for the contract.
import type { Fixture, Sample } from "./fixture.ts";

const OWN = "checkpoint:/self";
const GRANTS = [`allow:create,restore:${OWN}`, "allow:read,write,delete:fs:/app/**"];

/** Takes a checkpoint, and changes a file after it, where it may. */
async function work({ k, pid }: Fixture): Promise<void> {
  await k.call(pid, "checkpoint.create", { label: "before" });
  await k.call(pid, "fs.write", { path: "a.txt", content: "changed\n" });
}

function sample(args: object, more: Partial<Sample> = {}): Sample {
  return { grants: GRANTS, args: () => args, deny: OWN, before: work, ...more };
}

/** One sample of each. */
export const CHECKPOINT_SAMPLES: Readonly<Record<string, Sample>> = {
  "checkpoint.create": sample({ label: "before" }),
  "checkpoint.list": { grants: [], args: () => ({}) },
  "checkpoint.restore": sample({ checkpoint: "c1" }),
  "checkpoint.branch": sample(
    { checkpoint: "c1" },
    { grants: [`allow:create,branch:${OWN}`, "allow:spawn:process:/children"] },
  ),
  "checkpoint.commit": sample(
    { checkpoint: "c1", name: "kept" },
    { grants: [`allow:create,branch:${OWN}`, "allow:register:image:/kept"] },
  ),
  "checkpoint.undo": sample(
    {},
    {
      before: async (fixture) => {
        await work(fixture);
        await fixture.k.call(fixture.pid, "checkpoint.restore", { checkpoint: "c1" });
      },
    },
  ),
  "checkpoint.finish": sample(
    { restore: "r1" },
    {
      before: async (fixture) => {
        const { k, pid } = fixture;
        await work(fixture);
        const row = { id: "r1", checkpoint: "c1", call: `${pid}.x9`, files: [] };
        k.journal.append("checkpoint.restore", row, { pid });
      },
    },
  ),
};
