// A workspace with planted secrets and neighbours, and the real backend that runs commands over it.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isFault, type Fault } from "../../../src/abi/errors.ts";
import { hostResource } from "../../../src/abi/net/host.ts";
import { mint, type Grant } from "../../../src/kernel/witness.ts";
import { nodeShell, type ShellOptions } from "../../../src/host/node/shell/shell.ts";
import { credential } from "../../../src/primitives/shell/sight.ts";
import type { Ran, ShellBackend, ShellOrder, Sight } from "../../../src/primitives/shell/backend.ts";
import type { Setup } from "../cases.ts";
import { Scratch } from "../scratch.ts";

/** Values of the host's environment that no command may see. */
export const HOST_SECRETS = {
  ANTHROPIC_API_KEY: "sellerie-9001-anthropic",
  OPENAI_API_KEY: "fenchel-9002-openai",
  GITHUB_TOKEN: "mangold-9003-github",
  AGENTLIBOS_HOME: "wirsing-9004-home",
  NODE_OPTIONS: "--no-warnings --title=rucola-9005-options",
  NPM_CONFIG__AUTH: "pak-choi-9006-npm",
  SSH_AUTH_SOCK: "/run/lauch-9007-agent",
  DOCKER_HOST: "unix:///run/porree-9008-docker",
  VSCODE_IPC_HOOK_CLI: "/run/spinat-9009-editor",
  DBUS_SESSION_BUS_ADDRESS: "unix:path=/run/quinoa-9010-bus",
} as const;

const EXECUTE = { right: "execute", resource: "shell:/**" } as const;
const DIRECT = { right: "direct", resource: "shell:/**" } as const;

/** A grant as the door gives it to a command. */
export function shellGrant(
  reads: readonly string[] = [],
  mode: "look" | "full" = "full",
  hosts: readonly string[] = [],
): Grant {
  const read = reads.map((resource) => ({ right: "read", resource }));
  const reached = hosts.map((host) => ({ right: "connect", resource: hostResource(host) }));
  const needs = [EXECUTE, DIRECT, ...read, ...reached];
  return mint.grant({ mode, call: "2.0.0", authority: { holder: 2 }, needs, entry: () => false });
}

/** What came of a command. */
export interface Came {
  readonly output: string;
  readonly ran: Ran | Fault;
}

/** Parts of an order that a test gives; the rest is usual. */
export type Wish = Partial<Omit<ShellOrder, "command">> & { readonly signal?: AbortSignal };

export class CommandBench {
  readonly scratch: Scratch;
  readonly backend: ShellBackend;
  readonly home: string;

  constructor(setup: readonly Setup[] = [], options: Partial<ShellOptions> = {}) {
    this.scratch = new Scratch(setup);
    this.home = this.scratch.at("person");
    for (const [at, text] of [
      ["person/.ssh/id_rsa", "outside key\n"],
      ["person/.aws/credentials", "outside token\n"],
      ["person/tools/bin/hello", "#!/bin/sh\necho hello from a tool\n"],
    ] as const) {
      mkdirSync(join(this.scratch.at(at), ".."), { recursive: true });
      writeFileSync(this.scratch.at(at), text, { mode: 0o755 });
    }
    mkdirSync(this.scratch.at("home/pre"));
    this.backend = nodeShell({
      layers: this.scratch.at("home/layers"),
      preImages: this.scratch.at("home/pre"),
      hidden: () => [this.scratch.home],
      isCredential: credential,
      home: this.home,
      env: { ...process.env, ...HOST_SECRETS, PATH: `${this.home}/tools/bin:${process.env["PATH"] ?? ""}` },
      ...options,
    });
  }

  order(command: string | readonly string[], wish: Wish = {}): ShellOrder {
    const { signal: _, ...more } = wish;
    return {
      mode: "layered",
      programs: ["shell:/**"],
      command: typeof command === "string" ? { script: command } : { argv: command },
      cwd: "fs:/app",
      roots: [{ name: "app", path: this.scratch.app }],
      sees: (): Sight => "all",
      reads: [],
      pid: 2,
      ...more,
    };
  }

  async run(command: string | readonly string[], wish: Wish = {}): Promise<Came> {
    let output = "";
    const ran = await this.backend.run(
      this.order(command, wish),
      shellGrant(wish.reads, "full", wish.hosts),
      {
        emit: (text) => (output += text),
        signal: wish.signal ?? new AbortController().signal,
      },
    );
    return { output, ran };
  }

  /** A command that must have run in a layer. */
  async ran(
    command: string | readonly string[],
    wish: Wish = {},
  ): Promise<Ran & { readonly output: string }> {
    const { output, ran } = await this.run(command, wish);
    if (isFault(ran)) throw new Error(`${ran.code}: ${ran.message}`);
    return { ...ran, output };
  }

  /** Makes the workspace a repository in which everything is committed that is not ignored. */
  commit(): void {
    const git = (...args: string[]): void => {
      const own = ["-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgSign=false"];
      execFileSync("git", [...own, ...args], { cwd: this.scratch.app, stdio: "ignore" });
    };
    execFileSync("rm", ["-rf", join(this.scratch.app, ".git")]);
    git("init", "-q");
    git("add", "-A");
    git("commit", "-q", "-m", "a");
  }

  async close(): Promise<void> {
    await this.backend.close();
    this.scratch.close();
  }
}

/** Each change in a few words, in the order in which they are applied. */
export function told(ran: Ran): string[] {
  return ran.changes.map(({ change, kind, resource, problem }) =>
    [change, kind, resource.replace("fs:/", ""), ...(problem === undefined ? [] : [`(${problem})`])].join(
      " ",
    ),
  );
}

/** Processes of this machine whose command line holds a mark. */
export function processesWith(mark: string): string[] {
  const listed = spawnSync("ps", ["-eo", "pid,stat,args"], { encoding: "utf8" }).stdout;
  return listed.split("\n").filter((line) => line.includes(mark) && !/^\s*\d+\s+Z/u.test(line));
}
