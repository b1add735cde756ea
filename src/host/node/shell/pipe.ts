// A pipe for the output of a command. Node's own are sockets, and a command cannot open a socket again as /dev/stdout.
import { execFile } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Both ends of a pipe. The writing end is given to a child and then closed here. */
export interface Pipe {
  readonly output: net.Socket;
  readonly end: number;
}

/** Makes a pipe; its name is gone when this resolves. */
export async function openPipe(folder: string): Promise<Pipe> {
  const name = path.join(folder, "output");
  await execute("mkfifo", ["-m", "600", name]);
  // Without O_NONBLOCK it would wait here for a writer.
  const input = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const end = fs.openSync(name, fs.constants.O_WRONLY);
  fs.unlinkSync(name);
  return { output: new net.Socket({ fd: input, readable: true, writable: false }), end };
}
