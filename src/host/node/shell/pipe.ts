// A pipe for the output of a command. Node's own are sockets, and a command cannot open a socket again as /dev/stdout.
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { codeOf, refuse } from "../fs/errno.ts";

/** The beginning of the names of pipes that no command has yet. */
export const PIPE = "pipe-";

const execute = promisify(execFile);

/** Both ends of a pipe. The writing end is given to a child and then closed here. */
export interface Pipe {
  readonly output: net.Socket;
  readonly end: number;
}

async function make(folder: string): Promise<string> {
  const name = path.join(folder, `${PIPE}${randomBytes(6).toString("hex")}`);
  await execute("mkfifo", ["-m", "600", name]).catch((error: unknown) => {
    // Otherwise it would read as if the command itself were missing.
    if (codeOf(error) === "ENOENT")
      refuse("EUNAVAILABLE", "mkfifo is not installed.", "Install coreutils, so that it is on PATH.");
    throw error;
  });
  return name;
}

/** Opens both ends; the name is gone then. */
function open(name: string): Pipe {
  // Without O_NONBLOCK it would wait here for a writer.
  const input = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const end = fs.openSync(name, fs.constants.O_WRONLY);
  fs.unlinkSync(name);
  return { output: new net.Socket({ fd: input, readable: true, writable: false }), end };
}

/** Makes a pipe. */
export async function openPipe(folder: string): Promise<Pipe> {
  return open(await make(folder));
}

/** Pipes of one folder. The next one is made beforehand, so that a command need not wait for the program that makes it. */
export class Pipes {
  readonly #folder: string;
  #next: Promise<string> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<Pipe> {
    const taken = this.#next ?? make(this.#folder);
    this.#next = undefined;
    const pipe = open(await taken);
    if (this.#next === undefined) {
      this.#next = make(this.#folder);
      // The next command tries again, and hears why it failed.
      this.#next.catch(() => (this.#next = undefined));
    }
    return pipe;
  }
}
