// How the extension is loaded: each extension host gets modules of its own, and `vscode` is the editor of its window.
//
// A host's number stands in the query of its modules' addresses and passes on to what they import, as long as that knows
// the editor: src/extension.ts, src/ui and src/host/vscode. The kernel and everything below exist once. What the sources wait
// for by promises of node:timers goes by the clock of the desk, as their other timers do.
import { readFileSync } from "node:fs";
import { enableCompileCache, registerHooks } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { owners, type Owner } from "../desk/clock.ts";

enableCompileCache();
const root = join(import.meta.dirname, "../../..");
const source = pathToFileURL(join(root, "src")).href;
const KNOWS_EDITOR = new RegExp(`^${source}/(?:extension\\.ts|ui/|host/vscode/)`, "u");
const LOCK = `${source}/host/node/journal/lock.ts`;
const apis = new Map<string, object>();
Object.assign(globalThis, { deskApis: apis });

/** Locks of journals, by the extension host that took them: a host that dies loses them. */
const locks = new Map<Owner, Set<{ release(): void }>>();

/** Notes a lock that was taken under an extension host. */
export function noteLock(lock: { release(): void }): void {
  const owner = owners.getStore();
  if (owner !== undefined) locks.set(owner, (locks.get(owner) ?? new Set()).add(lock));
}

/** Frees what a host that died had locked, as the operating system would. */
export function freeLocksOf(owner: Owner): void {
  for (const lock of locks.get(owner) ?? []) lock.release();
  locks.delete(owner);
}

/** Every name that the editor's interface exports, so that one the desk has not tells its name when it is used. */
const names = [
  ...readFileSync(join(root, "node_modules/@types/vscode/index.d.ts"), "utf8").matchAll(
    /^(?: {4}|\t)export (?:abstract )?(?:namespace|class|enum|const|function) (\w+)/gmu,
  ),
].map(([, name = ""]) => name);

registerHooks({
  resolve(specifier, context, next) {
    const host = /[?&]host=(\w+)/u.exec(context.parentURL ?? "")?.[1];
    if (specifier === "vscode") {
      if (host === undefined) throw new Error(`${context.parentURL} is loaded outside a window of the desk`);
      return { url: `desk:vscode?host=${host}`, format: "module", shortCircuit: true };
    }
    if (specifier === "node:timers/promises" && context.parentURL?.startsWith(`${source}/`) === true)
      return { url: pathToFileURL(join(import.meta.dirname, "timers.ts")).href, shortCircuit: true };
    const found = next(specifier, context);
    if (found.url === LOCK && !context.parentURL?.endsWith("/vscode/lock.ts"))
      return { ...found, url: pathToFileURL(join(import.meta.dirname, "lock.ts")).href };
    if (host === undefined || !KNOWS_EDITOR.test(found.url)) return found;
    return { ...found, url: `${found.url}?host=${host}` };
  },
  load(url, context, next) {
    const host = /^desk:vscode\?host=(\w+)$/u.exec(url)?.[1];
    if (host === undefined) return next(url, context);
    const api = apis.get(host) ?? {};
    const lines = [...new Set(names)].map((name) =>
      name in api
        ? `export const ${name} = api.${name};`
        : `export const ${name} = api.missing("vscode.${name}");`,
    );
    const source = `const api = globalThis.deskApis.get("${host}");\n${lines.join("\n")}\n`;
    return { format: "module", source, shortCircuit: true };
  },
});

/** The extension's entry. */
export interface Extension {
  activate(context: object): void;
  deactivate(): Promise<void>;
}

/** Loads the extension anew for a host, over this interface of the editor. */
export async function load(host: string, api: object): Promise<Extension> {
  apis.set(host, api);
  return (await import(`${source}/extension.ts?host=${host}`)) as Extension;
}

/** Stands where the desk has nothing: any use of it tells its name. */
export function missing(name: string): object {
  const tell = (): never => {
    throw new Error(`the desk has no ${name}; add it in test/support/vscode`);
  };
  return new Proxy(Object, { get: tell, apply: tell, construct: tell });
}

/** An object whose missing members say so, by the name they have in the editor's interface. */
export function strict<T extends object>(name: string, object: T): T {
  return new Proxy(object, {
    get(target, key) {
      if (!(key in target) && typeof key !== "symbol" && key !== "then" && key !== "toJSON")
        throw new Error(`the desk has no ${name}.${key}; add it in test/support/vscode`);
      const found: unknown = Reflect.get(target, key);
      // Methods of a class are called on what is behind this.
      return typeof found === "function" && !Object.hasOwn(target, key)
        ? (found.bind(target) as unknown)
        : found;
    },
    set: (target, key, value) => Reflect.set(target, key, value),
  });
}
