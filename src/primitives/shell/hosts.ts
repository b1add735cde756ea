// Hosts of a command: what its call names, what that needs, and the connections that came of it, in words.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { quotedName } from "../../abi/quoted.ts";
import { covers, type Need } from "../../abi/resource.ts";
import type { State } from "../../kernel/state/rows.ts";
import { canonicalHost, hostResource } from "../../abi/net/host.ts";
import { CONNECTION_PROBLEMS, type ConnectionProblem, type Reached, type ShellMode } from "./backend.ts";

const HOSTS_MOST = 20;

export const hostsArgument = z.array(z.string()).describe("Its network: ports 80 and 443 of these.");

/** The canonical hosts that a call names, each once. */
export function hostsOf(named: readonly string[] = []): readonly string[] | Fault {
  const hosts = new Set<string>();
  if (named.length > HOSTS_MOST)
    return fault("EINVAL", `There are more than ${HOSTS_MOST} hosts.`, "Run several commands.");
  for (const text of named) {
    const host = canonicalHost(text);
    if (host === undefined)
      return fault(
        "EINVAL",
        `${quotedName(text)} is no host.`,
        "Give each by its name alone, without scheme, port, path or wildcard.",
      );
    hosts.add(host);
  }
  return [...hosts];
}

/** The needs of these hosts. Outside a layer nothing holds a command to them, so none can be named there. */
export function hostNeeds(named: readonly string[] | undefined, mode: ShellMode): readonly Need[] | Fault {
  const hosts = hostsOf(named);
  if (isFault(hosts)) return hosts;
  if (hosts.length > 0 && mode !== "layered")
    return fault(
      "EINVAL",
      "Commands run outside a layer here, where nothing can hold one to some hosts.",
      "Leave hosts out: a person is asked about the whole command, and it has the network of this machine.",
    );
  return hosts.map((host) => ({ right: "connect", resource: hostResource(host) }));
}

/**
 * Tells whether a host may still be reached, for a command that the door has let begin. It may be until every capability
 * that can have allowed it is revoked. One that this call has spent still counts; others that were spent do not.
 */
export function mayStillReach(
  pid: number,
  { capabilities }: Pick<State, "capabilities">,
): (host: string) => boolean {
  const allows = capabilities
    .heldBy(pid)
    .filter(({ cap, revoked }) => !revoked && cap.effect === "allow" && cap.rights.includes("connect"));
  return (host) => {
    const about = allows.filter(({ cap }) => covers(cap.resource, hostResource(host)));
    const left = about.filter((held) => held.left !== 0);
    const used = left.length > 0 ? left : about;
    return used.length === 0 || used.some(({ revoked }) => !revoked);
  };
}

const connectionSchema = z.strictObject({
  host: z.string(),
  port: z.int(),
  address: z.string().exactOptional(),
  up: z.int(),
  down: z.int(),
});

/** The connections of a command as its record holds them until its changes are decided. */
export const reachedSchema = z.strictObject({
  connections: z.array(connectionSchema.extend({ problem: z.enum(CONNECTION_PROBLEMS).exactOptional() })),
  more: z.int(),
});

/** A connection as the result of a command tells it: `why` it was refused, or ended early. */
export const toldConnectionSchema = connectionSchema.extend({ why: z.string().exactOptional() });
export type ToldConnection = z.infer<typeof toldConnectionSchema>;

const PROBLEMS: Readonly<Record<ConnectionProblem, string>> = {
  host: "the call does not name this host",
  revoked: "the right to connect to it was taken away",
  port: "only the ports 80 and 443 can be reached",
  address: "the name leads to an address that is not on the open internet",
  name: "it named another host than it connected to",
  request: "it could not be read",
  protocol: "something else than TLS was spoken",
  limit: "there were too many connections, or too many bytes",
  unresolved: "the name has no address",
  unreachable: "the host did not answer",
};

/** The connections of a command for its result. */
export function tellConnections({ connections, more }: Reached): {
  readonly connections: ToldConnection[];
  readonly more_connections?: number;
} {
  const told = connections.map(({ problem, ...rest }) => ({
    ...rest,
    ...(problem === undefined ? {} : { why: PROBLEMS[problem] }),
  }));
  return { connections: told, ...(more === 0 ? {} : { more_connections: more }) };
}

/** Connections to one host that came to the same. */
interface Reaching {
  readonly name: string;
  readonly why: string | undefined;
  count: number;
  up: number;
  down: number;
}

/** Connections put together by what they came to, in the order of the first of each. */
export function together(connections: readonly ToldConnection[]): readonly Readonly<Reaching>[] {
  const found = new Map<string, Reaching>();
  for (const { host, port, up, down, why } of connections) {
    const name = host === "" ? "?" : `${host}:${port}`;
    const key = JSON.stringify([name, why]);
    const same = found.get(key) ?? { name, why, count: 0, up: 0, down: 0 };
    found.set(key, same);
    same.count += 1;
    same.up += up;
    same.down += down;
  }
  return [...found.values()];
}

/** So many hosts are told to a model. */
const NAMED = 20;

/** The connections of a command in the words for a model. */
export function connectionLines(
  connections: readonly ToldConnection[] | undefined,
  more: number | undefined,
): string[] {
  if (connections === undefined) return [];
  const all = together(connections);
  const lines = all
    .slice(0, NAMED)
    .map(({ name, why, count, up, down }) =>
      [
        `  ${quotedName(name)}${count > 1 ? `, ${count} times` : ""}`,
        why === undefined ? `${up} bytes out, ${down} bytes in` : `refused: ${why}`,
      ].join(", "),
    );
  if (all.length > NAMED) lines.push(`  and ${all.length - NAMED} more`);
  if (more !== undefined) lines.push(`  and ${more} further connections`);
  return lines.length === 0
    ? ["[It connected to no host.]"]
    : [`[It connected to the network:]\n${lines.join("\n")}`];
}

/** The names of the hosts that connections were made to. */
export function namesReached(
  connections: readonly { readonly host: string; readonly address?: string | undefined }[],
): string[] {
  return [...new Set(connections.flatMap(({ host, address }) => (address === undefined ? [] : [host])))];
}
