// Loaded before the program under test: it names each step on the disk, and kills the process or fails the step at one.
// A point is "<operation> <place> #<n>", such as "sync lines #3": the third sync of a journal segment. A write of lines also
// is "append <kind> #<n>" for each kind of record in it, such as "append call.found #1". The environment sets
//   DISK_LOG   a file that gets the name of each step of this process, one a line
//   DISK_KILL  a point and how: "" before it, "+" after it, "~" in the middle of a write
//   DISK_FAIL  a point, "=" and an error code: the step fails; with "~" before "=" a write does half of its work first,
//              and a code of "short" lets the system say so instead of failing
// Tests that run the program in their own process import `disk` and set `disk.fail` instead.
import fs from "node:fs";
import { open } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { devNull } from "node:os";

/** Which place of the product a path is, by the first pattern that fits. @type {readonly [RegExp, string][]} */
const PLACES = [
  [/\/\.agentlibos\/journal\/\d+\.jsonl$/u, "lines"],
  [/\/\.agentlibos\/bodies\/\d+$/u, "bodies"],
  [/\/\.agentlibos\/identity[^/]*$/u, "identity"],
  [/\/\.agentlibos\/snapshots\/[^/]+$/u, "snapshot"],
  [/\/\.agentlibos(?:\/|$)/u, "record"],
  [/\/journals\/[0-9a-f]{32}\/pre(?:\/|$)/u, "copy"],
  [/\/journals\/[0-9a-f]{32}\/(?:journal|bodies)\/[^/]+$/u, "second name"],
  [/\/journals\/[0-9a-f]{32}\/key[^/]*$/u, "key"],
  [/\/journals\/[0-9a-f]{32}\/head[^/]*$/u, "head"],
  [/\/journals\/[0-9a-f]{32}\/place[^/]*$/u, "place"],
  [/\/journals\/[0-9a-f]{32}\/identity[^/]*$/u, "known identity"],
  [/\/journals(?:\/|$)/u, "data folder"],
  [/\/layers(?:\/|$)/u, "layer"],
  [/^(?:\/proc\/|\/dev\/(?!shm\/)|pipe:|socket:|anon_inode:)/u, "system"],
];

/** The steps of files that have a descriptor as their first argument. */
const BY_DESCRIPTOR = { writeSync: "write", write: "write", fsync: "sync", fsyncSync: "sync" };
const SYNCS = { fdatasync: "sync", fdatasyncSync: "sync", ftruncateSync: "cut", ftruncate: "cut" };
/** The steps whose place is their first name; of a rename and a link, the new name. */
const BY_NAME = {
  mkdir: "make",
  rename: "rename",
  link: "link",
  unlink: "unlink",
  rm: "remove",
  copyFile: "copy",
};

/** @typedef {{point: string, how: string, code?: string}} Aim */

/** The steps so far, and the one that is aimed at. */
export const disk = {
  /** The name of each step in order. @type {string[]} */
  steps: [],
  /** The step that fails, and how. @type {Aim | undefined} */
  fail: undefined,
  /** The step at which the process dies. @type {Aim | undefined} */
  kill: aimOf(process.env.DISK_KILL),
  /** Whether the step that is aimed at came. */
  reached: false,
  /** Begins to count anew, and aims at another step. @param {string} [at] as DISK_FAIL says it */
  aim(at) {
    disk.steps = [];
    counts.clear();
    disk.fail = aimOf(at);
    disk.reached = false;
  },
};
disk.fail = aimOf(process.env.DISK_FAIL);

/** @type {Map<string, number>} */
const counts = new Map();
const rawWriteSync = fs.writeSync;
const log = process.env.DISK_LOG === undefined ? undefined : fs.openSync(process.env.DISK_LOG, "a");

/** @param {string | undefined} text @returns {Aim | undefined} */
function aimOf(text) {
  const [, point, how = "", code] = /^(.+? #\d+)([+~]?)(?:=(\w+))?$/u.exec(text ?? "") ?? [];
  return point === undefined ? undefined : { point, how, ...(code === undefined ? {} : { code }) };
}

/** Ends this process as a power cut would: nothing of ours runs after it. */
function die() {
  process.kill(process.pid, "SIGKILL");
  // The signal is on its way; nothing more may happen meanwhile.
  for (;;);
}

/** The place of a path, also of one that begins at an open folder. @param {unknown} path */
function placeOf(path) {
  let text = String(path);
  const [head, descriptor] = /^\/proc\/self\/fd\/(\d+)/u.exec(text) ?? [];
  if (head !== undefined) text = openPath(Number(descriptor)) + text.slice(head.length);
  for (const [pattern, name] of PLACES) if (pattern.test(text)) return name;
  return "file";
}

/** The path of an open file, where the system tells it. @param {number} descriptor */
function openPath(descriptor) {
  try {
    return fs.readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
}

/** The names of a step: its own, and those of the records that it appends. @param {string[]} kinds @param {unknown} data */
function namesOf(kinds, data) {
  if (kinds[0] === "write lines" && ArrayBuffer.isView(data)) {
    const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString();
    kinds.push(...new Set([...text.matchAll(/"kind":"([a-z.]+)"/gu)].map(([, kind]) => `append ${kind}`)));
  }
  return kinds.map((kind) => {
    const nth = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, nth);
    return `${kind} #${nth}`;
  });
}

/**
 * Notes a step. Gives how the step that is aimed at shall end, and undefined for every other one.
 * @param {string} operation @param {string} place @param {unknown} data what a write writes
 */
function pass(operation, place, data) {
  if (place === "system") return undefined;
  const points = namesOf([`${operation} ${place}`], data);
  disk.steps.push(...points);
  if (log !== undefined) rawWriteSync(log, `${points.join("\n")}\n`);
  if (disk.kill !== undefined && points.includes(disk.kill.point)) {
    disk.reached = true;
    if (disk.kill.how === "") die();
    return { dies: true, half: disk.kill.how === "~" };
  }
  if (disk.fail === undefined || !points.includes(disk.fail.point)) return undefined;
  disk.reached = true;
  const { code = "EIO", how, point } = disk.fail;
  const error =
    code === "short" ? undefined : Object.assign(new Error(`${code}: planted at ${point}`), { code });
  return { dies: false, half: how === "~" || code === "short", error };
}

/**
 * Does the first half of a write by its arguments. Gives how many bytes that were.
 * @param {number} fd @param {unknown} data @param {any[]} rest
 */
function writeHalf(fd, data, rest) {
  const bytes = ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(String(data));
  const [from, length, at] = ArrayBuffer.isView(data) ? rest : [0, bytes.length, rest[0]];
  const start = typeof from === "number" ? from : 0;
  const all = typeof length === "number" ? length : bytes.length - start;
  return rawWriteSync(fd, bytes, start, all >> 1, typeof at === "number" ? at : null);
}

/**
 * Puts a function in the place of a step. `place` finds the place by the arguments, `descriptor` the open file of a write.
 * @param {Record<string, any>} owner @param {string} name @param {string} operation
 * @param {(self: any, args: any[]) => string} place @param {(self: any, args: any[]) => [number, any, any[]]} [written]
 */
function watch(owner, name, operation, place, written) {
  const real = owner[name];
  const replaced = function (/** @type {any} */ self, /** @type {any[]} */ args) {
    const end = pass(operation, place(self, args), written?.(self, args)[1]);
    const callback = args.at(-1);
    const isAsync = typeof callback === "function";
    if (end === undefined) return real.apply(self, args);
    // A whole file is written by a loop of the system's, which goes on after a short write.
    if (end.half && end.error === undefined && !end.dies && name === "writeFile")
      return real.apply(self, args);
    if (end.half && written !== undefined && operation === "write") {
      const done = writeHalf(...written(self, args));
      if (end.dies) die();
      if (end.error === undefined) return told(done);
      return failed(end.error);
    }
    if (end.dies) {
      if (isAsync) return real.apply(self, [...args.slice(0, -1), die]);
      let result;
      try {
        result = real.apply(self, args);
      } catch {
        die();
      }
      return typeof result?.then === "function" ? result.then(die, die) : die();
    }
    return end.error === undefined ? real.apply(self, args) : failed(end.error);

    /** Says that so many bytes were written. @param {number} bytesWritten */
    function told(bytesWritten) {
      if (isAsync) return void process.nextTick(callback, null, bytesWritten, args[1]);
      return owner === fs ? bytesWritten : Promise.resolve({ bytesWritten, buffer: args[0] });
    }
    /** @param {Error} error */
    function failed(error) {
      if (isAsync) return void process.nextTick(callback, error);
      if (owner === fs) throw error;
      return Promise.reject(error);
    }
  };
  owner[name] = function (/** @type {any[]} */ ...args) {
    return replaced(this, args);
  };
  // What the function is called, and how it is made a promise.
  for (const key of Reflect.ownKeys(real))
    if (key !== "prototype")
      Object.defineProperty(owner[name], key, Object.getOwnPropertyDescriptor(real, key) ?? {});
}

const byDescriptor = (/** @type {any} */ _, /** @type {any[]} */ [fd]) => placeOf(openPath(fd));
for (const [name, operation] of Object.entries({ ...BY_DESCRIPTOR, ...SYNCS }))
  watch(fs, name, operation, byDescriptor, (_, [fd, data, ...rest]) => [fd, data, rest]);
for (const [name, operation] of Object.entries(BY_NAME)) {
  const place = (/** @type {any} */ _, /** @type {any[]} */ args) =>
    placeOf(["rename", "link", "copyFile"].includes(name) ? args[1] : args[0]);
  watch(fs, `${name}Sync`, operation, place);
  watch(fs.promises, name, operation, place);
}
const handle = await open(devNull, "r");
const ofHandle = (/** @type {any} */ self) => placeOf(openPath(self.fd));
const writes = { write: "write", writeFile: "write" };
for (const [name, operation] of Object.entries({
  ...writes,
  datasync: "sync",
  sync: "sync",
  truncate: "cut",
}))
  watch(Object.getPrototypeOf(handle), name, operation, ofHandle, (self, [data, ...rest]) => [
    self.fd,
    data,
    name === "write" ? rest : [],
  ]);
await handle.close();
// New and small files: an open that may create, and a text that is put into a file at once.
const { O_CREAT } = fs.constants;
const creates = (/** @type {unknown} */ flags) =>
  typeof flags === "number" ? (flags & O_CREAT) !== 0 : typeof flags === "string" && /^[wa]/u.test(flags);
const opening = (/** @type {any} */ _, /** @type {any[]} */ [path, flags]) =>
  creates(flags) ? placeOf(path) : "system";
watch(fs, "openSync", "open", opening);
watch(fs.promises, "open", "open", opening);
watch(fs, "writeFileSync", "put", (_, [path]) => placeOf(path));
watch(fs.promises, "writeFile", "put", (_, [path]) => placeOf(path));
syncBuiltinESMExports();
