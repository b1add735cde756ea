// Starts: a program with its words, and every program that it starts in its turn because of them.
import { changeOf, MOVING } from "./builtins.ts";
import { afterCd, stays, type After, type Folders } from "./folders.ts";
import { isKnown, type Piece } from "./piece.ts";
import { isUnsure, mayStart, SHELLS } from "./programs.ts";
import type { Notes } from "./reading.ts";
import { settingOf } from "./variables.ts";
import { isWrapper, startsOfFind, textOfShell, unwrap } from "./wrappers.ts";

/** Reads a text inside a command. `plain` is true when every shell must read it alike. */
export type ReadInner = (text: string, at: Folders, plain: boolean) => After;

/** Notes a program and what it starts. Gives the folders after it in the same shell. */
export function noteStart(notes: Notes, pieces: readonly Piece[], at: Folders, read: ReadInner): After {
  const [program, ...args] = pieces;
  if (!isKnown(program) || program === "") {
    notes.unsure("the name of a program is only known when it runs");
    return stays(undefined);
  }
  notes.starts.push({ program, args, at });
  const name = program.slice(program.lastIndexOf("/") + 1);
  const change = changeOf(name, args);
  if (change === undefined) notes.unsure(`${name} may compute with any text, or change what names mean`);
  for (const setting of change ?? []) notes.variables.set(setting);
  if (isUnsure(name)) notes.unsure(`${name} may start any program`);
  if (mayStart(name, args)) notes.unsure(`${name} may start other programs because of its words`);
  const start: StartInner = (inner, where) =>
    notes.inside(() => noteStart(notes, inner, where, read)) ?? stays(undefined);
  const readInner: ReadInner = (...of) => notes.inside(() => read(...of)) ?? stays(undefined);
  if (name === "find") noteFind(notes, args, start);
  const shell = SHELLS.get(name);
  if (shell !== undefined) {
    const text = textOfShell(args);
    if (text === undefined) notes.unsure(`${name} runs a text that is not in the command`);
    else readInner(text, at, shell.plain);
  }
  if (isWrapper(name)) return noteWrapped(notes, name, args, at, start);
  if (program === "eval") return noteEval(notes, args, at, readInner);
  return MOVING.has(program) ? noteMove(notes, program, args, at) : stays(at);
}

type StartInner = (pieces: readonly Piece[], at: Folders) => After;

function noteFind(notes: Notes, args: readonly Piece[], start: StartInner): void {
  const starts = startsOfFind(args);
  if (starts === undefined) notes.unsure("the words of find are only known when it runs");
  // Some of them start in the folders that are found.
  for (const pieces of starts ?? []) start(pieces, undefined);
}

function noteWrapped(
  notes: Notes,
  name: string,
  args: readonly Piece[],
  at: Folders,
  start: StartInner,
): After {
  const wrapped = unwrap(name, args);
  if (wrapped === undefined) {
    notes.unsure(`the program that ${name} starts cannot be told from its options`);
    return stays(undefined);
  }
  for (const word of wrapped.sets) {
    const setting = settingOf(word);
    if (setting === undefined) notes.unsure(`${name} sets a variable with an unusual name`);
    else notes.variables.set(setting);
  }
  if (wrapped.pieces.length === 0) return stays(at);
  const after = start(wrapped.pieces, name === "chroot" ? undefined : at);
  return name === "command" || name === "builtin" ? after : stays(at);
}

function noteEval(notes: Notes, args: readonly Piece[], at: Folders, read: ReadInner): After {
  const words = args[0] === "--" ? args.slice(1) : args;
  if (words.every(isKnown)) return read(words.join(" "), at, false);
  notes.unsure("the text that eval runs is only known when it runs");
  return stays(undefined);
}

function noteMove(notes: Notes, program: string, args: readonly Piece[], at: Folders): After {
  if (program !== "cd") return stays(undefined);
  const after = afterCd(at, args);
  for (const folder of after.ok ?? []) notes.entered.add(folder);
  return after;
}
