// Sight: how much of a folder a command may see, by the capabilities of its process.
import { stem } from "../../abi/resource.ts";
import type { State } from "../../kernel/state/rows.ts";
import type { Grant } from "../../kernel/witness.ts";
import type { Sight } from "./backend.ts";

/**
 * A name is seen if its process may read it without a question. A whole folder is seen at once if no rule is about a part
 * of it; else each name in it is judged by itself. A folder that may not be read is seen only as the way to what may be.
 * Credential files are the backend's affair.
 */
export function sightOf(
  grant: Grant,
  { capabilities }: Pick<State, "capabilities">,
): (name: string) => Sight {
  const readable = capabilities
    .heldBy(grant.pid)
    .filter(({ cap }) => cap.effect === "allow" && cap.rights.includes("read"))
    .map(({ cap }) => stem(cap.resource));
  return (name) => {
    if (grant.entry("read", `${name}/**`)) return "all";
    const leads = grant.entry("read", name) || readable.some((resource) => resource.startsWith(`${name}/`));
    return leads ? "some" : "none";
  };
}
