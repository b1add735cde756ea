// Capabilities as data, and the one-line text form (CAP) that people, grants and the record share.
import * as z from "zod";
import { fault, isFault, type Fault } from "./errors.ts";
import type { Kinds } from "./kind.ts";
import { parseResource } from "./resource.ts";

/** The effect of a capability. */
export const effectSchema = z.enum(["allow", "ask", "deny"]);
export type Effect = z.infer<typeof effectSchema>;

/** A grant before a process holds it: the fields of a CAP text. `until` is an ISO instant. */
export const listedSchema = z.strictObject({
  effect: effectSchema,
  rights: z.array(z.string()).min(1),
  resource: z.string(),
  uses: z.int().positive().optional(),
  until: z.iso.datetime({ offset: true }).optional(),
});
export type Listed = z.infer<typeof listedSchema>;

/**
 * A capability as minted. `boundTo` ties it to the digest of one call. `answers` names the asks that it
 * settles, each as `id@hash`; only an approval sets it. `issuer` is `person`, `launcher`, `kernel`, or
 * `pid:N` for a delegation. `place` is the real path that its workspace folder had at minting; elsewhere the
 * capability is suspended.
 */
export const capabilitySchema = listedSchema.extend({
  id: z.string(),
  holder: z.int(),
  boundTo: z.string().optional(),
  answers: z.array(z.string()).optional(),
  issuer: z.string(),
  parent: z.string().optional(),
  place: z.string().optional(),
});
export type Capability = z.infer<typeof capabilitySchema>;

/**
 * Reads `effect:right[,right]:resource[;uses=N][;until=ISO]`, split at the first two colons (DESIGN 10).
 * Unknown effects, rights that mean nothing on that kind, and unknown options are EINVAL.
 */
export function parseCap(text: string, kinds: Kinds): Listed | Fault {
  const first = text.indexOf(":");
  const second = text.indexOf(":", first + 1);
  if (first < 0 || second < 0) {
    return fault(
      "EINVAL",
      `"${text}" is not a grant`,
      "Write effect:rights:resource, for example allow:read,list:fs:/app/**.",
    );
  }
  const [resourceText = "", ...options] = text.slice(second + 1).split(";");
  const resource = parseResource(resourceText, kinds);
  if (isFault(resource)) return resource;
  const kind = kinds.of(resource);
  const known = Object.keys(kind?.rights ?? {});
  const rights = text.slice(first + 1, second).split(",");
  const stray = rights.find((r) => !known.includes(r));
  if (stray !== undefined) {
    return fault(
      "EINVAL",
      `"${stray}" is not a right on ${kind?.name ?? "this"} resources`,
      `Rights there: ${known.join(", ")}.`,
    );
  }
  const fields: Record<string, unknown> = {
    effect: text.slice(0, first),
    rights: [...new Set(rights)],
    resource,
  };
  for (const option of options) {
    const [key = "", value = ""] = option.split(/=(.*)/su);
    if (Object.hasOwn(fields, key)) return fault("EINVAL", `"${key}" is there twice`, "Write it once.");
    if (key === "uses") fields["uses"] = /^[1-9]\d*$/u.test(value) ? Number(value) : value;
    else if (key === "until") fields["until"] = value;
    else
      return fault("EINVAL", `"${key}" is not an option of a grant`, "Options: uses=N and until=ISO time.");
  }
  const parsed = listedSchema.safeParse(fields);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  return fault(
    "EINVAL",
    `grant "${text}": ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is malformed"}`,
    "See effect:rights:resource;uses=N;until=ISO.",
  );
}

/** The CAP text of a grant; {@link parseCap} reads it back to the same fields. */
export function printCap(cap: Listed): string {
  const uses = cap.uses === undefined ? "" : `;uses=${cap.uses}`;
  const until = cap.until === undefined ? "" : `;until=${cap.until}`;
  return `${cap.effect}:${cap.rights.join(",")}:${cap.resource}${uses}${until}`;
}

/** The most grants that one call may list. */
export const MAX_GRANTS = 256;

/** A list of CAP texts in the arguments of a call. Models are not told of the bound, which none of them meets. */
export const grantsSchema = z
  .array(z.string())
  .refine(
    (texts) => texts.length <= MAX_GRANTS,
    `at most ${MAX_GRANTS} grants fit one call; list wider ones`,
  );

/** Reads a list of CAP texts; the first malformed one is the fault. */
export function parseGrants(texts: readonly string[], kinds: Kinds): Listed[] | Fault {
  const grants: Listed[] = [];
  for (const text of texts) {
    const listed = parseCap(text, kinds);
    if (isFault(listed)) return listed;
    grants.push(listed);
  }
  return grants;
}

/** A list of CAP texts as they are stored, in one order; one that is malformed stays as it is. */
export function canonicalGrants(texts: readonly string[], kinds: Kinds): readonly string[] {
  const grants = parseGrants(texts, kinds);
  return isFault(grants) ? texts : grants.map((grant) => printCap(grant)).sort();
}
