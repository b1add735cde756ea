// The filter of system calls: the kernel's keyrings have no namespace, so a command can neither read them nor add to them.
import { endianness } from "node:os";

/** The first of `add_key`, `request_key` and `keyctl`, which follow each other, by the kernel's number of a machine. */
const KEYS: readonly (readonly [machine: number, first: number])[] = [
  [0xc000003e, 248], // x86-64, and x32 with one more bit
  [0x40000003, 286], // i386, which runs on x86-64 too
  [0xc00000b7, 217], // aarch64
  [0x40000028, 309], // arm, which runs on aarch64 too
  [0xc00000f3, 217], // riscv64
  [0x80000016, 278], // s390x
  [0xc0000015, 269], // ppc64le
];

/** Instructions of the kernel's classic filters. */
const LOAD = 0x20;
const AND = 0x54;
const IF_EQUAL = 0x15;
const IF_AT_LEAST = 0x35;
const RETURN = 0x06;

const NUMBER = 0;
const MACHINE = 4;
const NOT_X32 = 0xbfffffff;
const ALLOW = 0x7fff0000;
/** The call fails with EPERM. */
const DENY = 0x00050001;

type Step = readonly [code: number, yes: number, no: number, value: number];

/** The steps for one machine: others skip them; a call between the first and the last key call is denied. */
function stepsFor(machine: number, first: number): Step[] {
  return [
    [IF_EQUAL, 0, 6, machine],
    [LOAD, 0, 0, NUMBER],
    [AND, 0, 0, NOT_X32],
    [IF_AT_LEAST, 0, 2, first],
    [IF_AT_LEAST, 1, 0, first + 3],
    [RETURN, 0, 0, DENY],
    [RETURN, 0, 0, ALLOW],
  ];
}

/** The filter as the kernel reads it. */
export function keyFilter(): Buffer {
  const steps: readonly Step[] = [
    [LOAD, 0, 0, MACHINE],
    ...KEYS.flatMap(([machine, first]) => stepsFor(machine, first)),
    [RETURN, 0, 0, ALLOW],
  ];
  const bytes = Buffer.alloc(steps.length * 8);
  const little = endianness() === "LE";
  for (const [i, [code, yes, no, value]] of steps.entries()) {
    if (little) bytes.writeUInt16LE(code, i * 8);
    else bytes.writeUInt16BE(code, i * 8);
    bytes.writeUInt8(yes, i * 8 + 2);
    bytes.writeUInt8(no, i * 8 + 3);
    if (little) bytes.writeUInt32LE(value, i * 8 + 4);
    else bytes.writeUInt32BE(value, i * 8 + 4);
  }
  return bytes;
}
