// Names of objects: how arguments name them, the needs that follow, and the object of a name.
import * as z from "zod";
import { fault, isFault, type Fault } from "../../abi/errors.ts";
import { Kinds } from "../../abi/kind.ts";
import { objectResource, type ObjectRef } from "../../abi/object.ts";
import { parseResource, type Need, type Right } from "../../abi/resource.ts";
import type { Reader } from "../../kernel/reader.ts";
import {
  findResult,
  findTrimmed,
  isTrimmedName,
  partOfTrimmed,
  RECORDED_ENTRIES,
} from "../../kernel/state/conversation.ts";
import type { ObjectVersion, Process, StoredObject } from "../../kernel/state/rows.ts";
import { objectKind } from "./kind.ts";

const NAME = z.string().regex(/^[^/]{1,200}$/u, "a name has 1 to 200 characters and no slash");

/** The arguments that name one object; a namespace defaults to the caller's own, `p<pid>`. */
export const nameArguments = { name: NAME, namespace: NAME.optional() };
/** The name of one object, as arguments give it. */
export interface NamedObject {
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** One object as one text: its name, or `namespace/name`. */
export const refArgument = z
  .string()
  .regex(/^(?:[^/]{1,200}\/)?[^/]{1,200}$/u, 'write "name" or "namespace/name"');

/** The object that a {@link refArgument} names. */
export function splitRef(text: string): NamedObject {
  const [name = "", namespace] = text.split("/").reverse();
  return { name, namespace };
}

/** The namespace of an argument; the default is the caller's own. */
export function namespaceFor(args: NamedObject, pid: number): string {
  return args.namespace ?? `p${pid}`;
}

/** The arguments beside the name: `x` and `p2/x` may be the same object. */
export function withoutName<A extends NamedObject>({ name: _, namespace: __, ...rest }: A): object {
  return rest;
}

const OBJECTS = new Kinds([objectKind]);

/** The need of one right on one object, or the reason why no object can have that name. */
export function objectNeed(args: NamedObject, pid: number, right: Right): Need | Fault {
  if (right !== "read" && isTrimmedName(args.name))
    return fault("EINVAL", `"${args.name}" is what was said; it can only be read.`, "Take another name.");
  const resource = parseResource(objectResource(namespaceFor(args, pid), args.name), OBJECTS);
  return isFault(resource) ? resource : { resource, right };
}

/** {@link objectNeed} for several objects; the first impossible name is the fault. */
export function objectNeeds(
  wanted: readonly (readonly [NamedObject, Right])[],
  pid: number,
): readonly Need[] | Fault {
  const needs: Need[] = [];
  for (const [args, right] of wanted) {
    const need = objectNeed(args, pid, right);
    if (isFault(need)) return need;
    needs.push(need);
  }
  return needs;
}

/** The whole result of a call of the process as its model reads it, from the record, which leaves secrets out. */
async function resultOf(reader: Reader, process: Process, name: string): Promise<string | Fault | undefined> {
  const found = findResult(process, name);
  if (found === undefined) return undefined;
  const [entry = found.entry] = await reader.whole([found.entry]);
  if (entry.role !== "turn") return undefined;
  const call = RECORDED_ENTRIES.answer(entry).calls[found.index];
  const result = RECORDED_ENTRIES.result(entry, found.index);
  if (result?.ok !== true) return result;
  const op = call === undefined ? undefined : reader.operations.tool(call.tool, process.pid);
  return op?.told(result.value, call?.args) ?? JSON.stringify(result.value ?? null);
}

/**
 * The text of a part that left the caller's own conversation, or of a result in it that was too long. Undefined for a name
 * of an ordinary object. Its record may have to be read, so it is read before the object is looked for.
 */
export async function saidText(
  reader: Reader,
  args: NamedObject,
  pid: number,
): Promise<string | Fault | undefined> {
  const process = reader.state.processes.get(pid);
  if (process === undefined || namespaceFor(args, pid) !== `p${pid}`) return undefined;
  const trimmed = findTrimmed(process, args.name);
  if (trimmed === undefined) return resultOf(reader, process, args.name);
  const [entry = trimmed] = await reader.whole([trimmed]);
  return partOfTrimmed(entry, args.name);
}

/** Such a text as an object. Only the caller can read it, and nobody can change it. */
function saidObject(reader: Reader, args: NamedObject, pid: number, value: string): StoredObject {
  const time = reader.state.processes.get(pid)?.started ?? "";
  const versions = [{ version: 1, type: "text", value, by: pid, time, seq: 0 }];
  return { namespace: namespaceFor(args, pid), name: args.name, version: 1, since: 1, versions, links: [] };
}

/** An object with one of its versions, and the reference to that version. */
export interface FoundObject {
  readonly object: StoredObject;
  readonly version: ObjectVersion;
  readonly ref: ObjectRef;
}

/** {@link findObject}, also among what was said; EIO when the record of that cannot be read back. */
export async function readObject(
  reader: Reader,
  args: NamedObject,
  pid: number,
  wanted?: number,
): Promise<FoundObject | Fault> {
  const said = await saidText(reader, args, pid);
  return isFault(said) ? said : findObject(reader, args, pid, wanted, said);
}

/** The object of that name with its newest version, or with the wanted one; `said` is its {@link saidText}. */
export function findObject(
  reader: Reader,
  args: NamedObject,
  pid: number,
  wanted?: number,
  said?: string,
): FoundObject | Fault {
  const namespace = namespaceFor(args, pid);
  const object =
    said === undefined
      ? reader.state.objects.get(namespace)?.get(args.name)
      : saidObject(reader, args, pid, said);
  if (object === undefined || object.versions.length === 0)
    return fault("ENOENT", `There is no object "${args.name}" in ${namespace}.`, "See list_objects.");
  const version =
    wanted === undefined ? object.versions.at(-1) : object.versions.find((v) => v.version === wanted);
  if (version !== undefined)
    return { object, version, ref: { namespace, name: args.name, version: version.version } };
  const held = `${object.versions[0]?.version ?? 0} to ${object.version}`;
  return fault("ENOENT", `There is no version ${wanted ?? 0} of "${args.name}".`, `Held are ${held}.`);
}

/** ESTALE when the newest version is not the expected one; 0 expects a free name. */
export function staleVersion(
  reader: Reader,
  args: NamedObject,
  pid: number,
  expected?: number,
): Fault | undefined {
  const object = reader.state.objects.get(namespaceFor(args, pid))?.get(args.name);
  const now = object === undefined || object.versions.length === 0 ? 0 : object.version;
  if (expected === undefined || expected === now) return undefined;
  const is = now === 0 ? "does not exist" : `is at version ${now}`;
  return fault("ESTALE", `"${args.name}" ${is}, not at ${expected}.`, "Read it again, then repeat.");
}
