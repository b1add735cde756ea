// Bash: runs a text in a folder of its own, where every program that can be found writes down that it was started.
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Programs } from "../../../src/primitives/shell/reading/needs.ts";
import { FOLDERS, PROGRAMS } from "./scripts.ts";

/** Real programs that start others, or that are needed by the texts. */
const REAL = [
  "env",
  "nice",
  "nohup",
  "timeout",
  "setsid",
  "stdbuf",
  "xargs",
  "find",
  "bash",
  "sh",
  "cat",
] as const;

const MOST_MS = 1000;

/** A workspace folder `app`, and a folder of programs that log. One serves one text: its programs may outlive it. */
export class Bash {
  readonly folder = mkdtempSync(join(tmpdir(), "agentlibos-bash-"));
  readonly app = join(this.folder, "app");
  readonly bin = join(this.folder, "bin");
  readonly #log = join(this.folder, "log");

  constructor() {
    for (const folder of ["bin", "app", ...FOLDERS.map((name) => `app/${name}`)])
      mkdirSync(join(this.folder, folder), { recursive: true });
    writeFileSync(join(this.app, "f0"), "x\n");
    for (const [i, name] of PROGRAMS.entries())
      this.#write(
        join(this.bin, name),
        `shell:/${name}`,
        `echo ${PROGRAMS[(i + 1) % 4] ?? ""}; exit ${i % 2}`,
      );
    for (const name of REAL)
      this.#write(join(this.bin, name), `shell:/${name}`, `exec /usr/bin/${name} "$@"`);
    for (const name of ["", ...FOLDERS])
      this.#write(join(this.app, name, "r"), `shell:/./${join("app", name, "r")}`, "exit 0");
  }

  #write(path: string, resource: string, then: string): void {
    writeFileSync(path, `#!/bin/sh\necho '${resource}' >> '${this.#log}'\n${then}\n`);
    chmodSync(path, 0o755);
  }

  get programs(): Programs {
    return {
      path: [this.bin],
      find: (folder, name) => (existsSync(join(folder, name)) ? "outside" : undefined),
    };
  }

  /** The resources of the programs that Bash starts, or of those that it started until the time was over. */
  async started(text: string): Promise<ReadonlySet<string>> {
    writeFileSync(this.#log, "");
    const child = spawn("/bin/bash", ["-c", text], {
      cwd: this.app,
      detached: true,
      stdio: "ignore",
      env: { PATH: this.bin, HOME: this.app, v: "a0", w: "d0", t: "5", n: "1", LC_ALL: "C", FUNCNEST: "4" },
    });
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // The whole group has ended.
      }
    };
    const timer = setTimeout(kill, MOST_MS);
    await new Promise((resolve) => child.on("exit", resolve));
    clearTimeout(timer);
    kill();
    return new Set(readFileSync(this.#log, "utf8").split("\n").filter(Boolean));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
