// The stored head: two slots of one small file, written in turn, so that a torn write loses at most the newest.
import { constants } from "node:fs";
import type { HeadMark } from "../../../../kernel/ports/store.ts";
import { nodeDigests } from "../../digests.ts";
import { bytesAt, OpenFile } from "../disk.ts";

const { O_RDWR, O_CREAT } = constants;
const SLOT = 192;
const SLOT_TEXT = /^\{"turn":(\d+),"seq":(\d+),"hash":"([0-9a-f]{64})","sum":"([0-9a-f]{16})"\} *\n$/u;

interface Slot extends HeadMark {
  readonly turn: number;
}

/** Reads the newest head that was stored whole; undefined when there is none. */
export function readHead(path: string): HeadMark | undefined {
  const slot = newest(path);
  return slot && { seq: slot.seq, hash: slot.hash };
}

/** The writing half. Each write goes to the slot that does not hold the newest head. */
export class HeadSlots {
  readonly #file: OpenFile;
  #turn: number;

  private constructor(file: OpenFile, turn: number) {
    this.#file = file;
    this.#turn = turn;
  }

  /** Opens the file, making it when it is not there. */
  static open(path: string): HeadSlots {
    const turn = newest(path)?.turn ?? 0;
    return new HeadSlots(OpenFile.open(path, O_RDWR | O_CREAT, 0o600), turn);
  }

  /** Stores a head. It survives the end of this program at once, a power failure only after `sync`. */
  write(head: HeadMark): void {
    const turn = this.#turn + 1;
    const text = JSON.stringify({ turn, seq: head.seq, hash: head.hash, sum: sum({ turn, ...head }) });
    this.#file.put(text.padEnd(SLOT - 1) + "\n", (turn % 2) * SLOT);
    this.#turn = turn;
  }

  sync(): Promise<void> {
    return this.#file.datasync();
  }

  close(): void {
    this.#file.close();
  }
}

function sum(slot: Slot): string {
  return nodeDigests.sha256(`${slot.turn}|${slot.seq}|${slot.hash}`).slice(0, 16);
}

function newest(path: string): Slot | undefined {
  const text = bytesAt(path)?.toString("latin1") ?? "";
  let best: Slot | undefined;
  for (const part of [text.slice(0, SLOT), text.slice(SLOT, 2 * SLOT)]) {
    const slot = slotOf(part);
    if (slot !== undefined && slot.turn > (best?.turn ?? -1)) best = slot;
  }
  return best;
}

function slotOf(text: string): Slot | undefined {
  const match = SLOT_TEXT.exec(text);
  if (match === null) return undefined;
  const slot = { turn: Number(match[1]), seq: Number(match[2]), hash: match[3] ?? "" };
  return sum(slot) === match[4] ? slot : undefined;
}
