// The scratch folder of an attack: a workspace, its neighbours and planted secrets, compared from outside.
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Setup } from "./cases.ts";

/** The planted values. None of them may ever be under `.agentlibos`. */
export const SECRETS = {
  env: "zwiebel-4711-env-value",
  key: "kohlrabi-0815-key-value",
  outside: "rettich-2342-outside-value",
  neighbour: "pastinake-1337-neighbour-value",
} as const;

/** Usual grants: all of the workspace, and what a family takes. */
export const ALL = ["allow:read,list,write,delete:fs:/app/**"];
export const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];

/** Where a secret could hide from a plain search: base64 at its three shifts and hex. */
function disguises(value: string): string[] {
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.from("\0".repeat(shift) + value)
      .toString("base64")
      .slice(shift === 0 ? 0 : 4)
      .replace(/=+$/u, "")
      .slice(0, -2),
  );
  return [value, Buffer.from(value).toString("hex"), ...base64];
}

const FILES: readonly Setup[] = [
  { file: "app/README.md", text: "# a readable file\n" },
  { file: "app/plain.txt", text: "plain a\n" },
  { file: "app/src/a.txt", text: "alpha a\n" },
  { file: "app/src/deep/b.txt", text: "beta a\n" },
  { file: "app/.env", text: `TOKEN=${SECRETS.env} a\n` },
  { file: "app/.env.local", text: `TOKEN=${SECRETS.env} a\n` },
  { file: "app/deploy/id_rsa", text: `${SECRETS.key} a\n` },
  { file: "app/.git/HEAD", text: "ref: refs/heads/main\n" },
  { file: "app/.git/config", text: `[remote "o"]\n  url = https://u:${SECRETS.env}@example.invalid/a\n` },
  { file: "app/.git/hooks/pre-commit.sample", text: "#!/bin/sh a\n" },
  { file: "app/.vscode/settings.json", text: '{ "a": 1 }\n' },
  { file: "app/package.json", text: '{ "name": "a", "scripts": { "test": "node a.js" } }\n' },
  { file: "app-secrets/x", text: `${SECRETS.neighbour} a\n` },
  { file: "outside/secret.txt", text: `${SECRETS.outside} a\n` },
  { file: "outside/folder/deep.txt", text: `${SECRETS.outside} a\n` },
  { link: "outside/loop", to: "loop" },
];

export type Picture = ReadonlyMap<string, string>;

/** Memory where there is such a folder: nothing here is about power cuts, and thousands of calls wait for a sync. */
const BASE = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

export class Scratch {
  readonly root = realpathSync(mkdtempSync(join(BASE, "agentlibos-attack-")));
  readonly app = join(this.root, "app");
  readonly home = join(this.root, "home");

  readonly #setup: readonly Setup[];

  constructor(setup: readonly Setup[] = []) {
    this.#setup = [...FILES, ...setup];
    mkdirSync(this.home, { mode: 0o700 });
    for (const each of this.#setup) this.put(each);
  }

  /** Puts the workspace back as it was, the record apart. */
  restore(): void {
    for (const name of readdirSync(this.app))
      if (name !== ".agentlibos") rmSync(join(this.app, name), { recursive: true, force: true });
    for (const each of this.#setup) if (Object.values(each)[0]?.startsWith("app/") === true) this.put(each);
  }

  /** Names and contents of all but the record and the data folder, as one text to compare. */
  places(): string {
    return [...this.picture()]
      .filter(([path]) => !/^(?:home|app\/\.agentlibos)(?:\/|$)|^app$/u.test(path))
      .map(
        ([path, said]) =>
          `${path} ${said.split(" ").slice(1, 2).join("")} ${said.split(" ").slice(3).join(" ")}`,
      )
      .sort()
      .join("\n");
  }

  at(path: string): string {
    return join(this.root, path);
  }

  put(each: Setup): void {
    const name = Object.values(each)[0];
    const path = this.at(name ?? "");
    mkdirSync(dirname(path), { recursive: true });
    if ("file" in each) writeFileSync(path, each.text ?? "a\n");
    else if ("dir" in each) mkdirSync(path, { recursive: true });
    else if ("link" in each) symlinkSync(each.to.replaceAll("$SCRATCH", this.root), path);
    else if ("hardlink" in each) linkSync(this.at(each.to), path);
    else if ("fifo" in each) execFileSync("mkfifo", [path]);
    else {
      const listen = `require("net").createServer().listen(${JSON.stringify(path)}, () => process.exit(0))`;
      // The server dies with its process; what stays is the name of a socket, which is all that is needed.
      execFileSync(process.execPath, ["-e", `process.reallyExit ; ${listen.replace("exit", "reallyExit")}`]);
    }
    if ("mode" in each && each.mode !== undefined) chmodSync(path, parseInt(each.mode, 8));
  }

  /** Every name in the scratch folder with kind, identity, mode, time and content, as an outsider sees it. */
  picture(): Picture {
    const seen = new Map<string, string>();
    const visit = (path: string): void => {
      const about = lstatSync(this.at(path), { bigint: true });
      const content = about.isFile()
        ? readFileSync(this.at(path), "latin1")
        : about.isSymbolicLink()
          ? readlinkSync(this.at(path))
          : "";
      seen.set(path, `${about.mode} ${about.ino} ${about.mtimeNs} ${content}`);
      if (about.isDirectory()) for (const name of readdirSync(this.at(path))) visit(join(path, name));
    };
    for (const name of readdirSync(this.root)) visit(name);
    return seen;
  }

  /** What differs between two pictures beyond the record's own growth and the paths that may be touched. */
  static changes(before: Picture, after: Picture, touches: readonly string[]): string[] {
    const may = (path: string): boolean =>
      touches.some((t) => path === t || path.startsWith(`${t}/`) || t.startsWith(`${path}/`));
    const wrong: string[] = [];
    for (const path of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(path), after.get(path)];
      if (was === is || may(path)) continue;
      if (grows(path, was, is, touches.length > 0)) continue;
      wrong.push(`${path} ${was === undefined ? "appeared" : is === undefined ? "is gone" : "changed"}`);
    }
    return wrong;
  }

  /** Which planted or named values stand under `.agentlibos`, plain or in a common disguise. */
  recorded(more: readonly string[] = []): string[] {
    const text = [...this.picture()]
      .filter(([path]) => path.startsWith("app/.agentlibos/"))
      .map(([, said]) => said)
      .join("\n");
    return [...Object.values(SECRETS), ...more].filter((value) =>
      disguises(value).some((d) => text.includes(d)),
    );
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The record's own growth: lines and bodies are only added, the head beside the key moves, pre-images are kept. */
function grows(path: string, was: string | undefined, is: string | undefined, writes: boolean): boolean {
  const home = /^home\/journals\/[0-9a-f]{32}(?:\/(.*))?$/u.exec(path);
  if (home !== null) {
    const name = home[1] ?? "";
    return (
      /^(?:$|head|place|lock|journal|bodies|links|segments|values)/u.test(name) ||
      (writes && name.startsWith("pre"))
    );
  }
  if (/^app\/\.agentlibos(?:\/(?:journal|bodies|snapshots))?$/u.test(path)) return was !== undefined;
  if (!/^app\/\.agentlibos\/(?:journal|bodies|snapshots)\//u.test(path) || is === undefined) return false;
  // Mode and inode stay, the time moves, and the old content is the beginning of the new.
  if (was === undefined) return true;
  const [a, b] = [was, is].map((said) => /^(\S+ \S+) \S+ ([\s\S]*)$/u.exec(said));
  return a?.[1] === b?.[1] && (b?.[2] ?? "").startsWith(a?.[2] ?? "");
}

/** Does the work on a scratch folder that goes away afterwards. */
export async function on(work: (scratch: Scratch) => Promise<void>): Promise<void> {
  const scratch = new Scratch();
  try {
    await work(scratch);
  } finally {
    scratch.close();
  }
}
