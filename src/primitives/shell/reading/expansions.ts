// Expansions: what Bash does with variables, indexes and files on the way to the words of a command.
import type { Assignment, ParameterExpansionPart, Redirection, TestExpression, Word } from "unbash";
import type { Folders } from "./folders.ts";
import { isKnown, ONE, pieceOf } from "./piece.ts";
import type { Notes } from "./reading.ts";
import { isNumber, settingOf } from "./variables.ts";

/** The comparisons of `[[ ]]` that compute both sides. */
const COMPUTING = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

/** The transformations of `${name@X}` that only quote it, or tell about it; `P` runs what is in it. */
const QUOTING = /^[UuLQEAKak]$/u;

/** A list element that computes no index, or a plain number. */
const PLAIN_ELEMENT = /^(?:\[\d+\]=|[^[])/u;

function isAll(index: Word | undefined): boolean {
  return index?.text === "@" || index?.text === "*";
}

function noteIndex(notes: Notes, index: Word | undefined): void {
  if (index !== undefined && !isAll(index)) notes.computes(notes.variables.compute(index.text));
}

/** Notes what `${…}` computes, and the variable that it may set. */
export function noteParameter(notes: Notes, part: ParameterExpansionPart): void {
  const { prefix, index, operation, parameter } = part;
  noteIndex(notes, index);
  // `${!name}` takes the text of a variable for a name.
  if (prefix === "!" && operation?.type !== "Names" && !isAll(index)) notes.computes(false);
  switch (operation?.type) {
    case undefined:
    case "Remove":
      return;
    case "Default":
      if (operation.operator.endsWith("="))
        notes.variables.set({ name: parameter, number: isNumber(operation.operand) });
      return;
    case "Slice":
      notes.computes(notes.variables.compute(operation.offset.text));
      if (operation.length !== undefined) notes.computes(notes.variables.compute(operation.length.text));
      break;
    case "Transform":
      notes.computes(QUOTING.test(operation.operand.text));
      break;
    case "Unknown":
      notes.unsure("it has an expansion that cannot be read");
      break;
    default:
      break;
  }
  notes.bashOnly();
}

/** Notes the variable that an assignment sets. */
export function noteAssignment(notes: Notes, { name, value, index, append }: Assignment): void {
  noteIndex(notes, index);
  if (value.type === "ArrayValue" || index !== undefined || append === true) notes.bashOnly();
  if (value.type !== "ArrayValue") {
    notes.variables.set({ name, number: isNumber(value) });
    return;
  }
  notes.variables.set({ name, number: value.elements.every(isNumber) });
  notes.computes(value.elements.every(({ text }) => PLAIN_ELEMENT.test(text)));
}

/** Notes what `[[ ]]` computes. */
export function noteTest(notes: Notes, expression: TestExpression): void {
  switch (expression.type) {
    case "TestLogical":
      for (const operand of expression.operands) noteTest(notes, operand);
      return;
    case "TestNot":
      noteTest(notes, expression.operand);
      return;
    case "TestGroup":
      noteTest(notes, expression.expression);
      return;
    case "TestUnary":
      if (["-v", "-R"].includes(expression.operator)) notes.computes(/^\w+$/u.test(expression.operand.text));
      return;
    case "TestBinary":
      if (COMPUTING.has(expression.operator))
        for (const { text } of [expression.left, expression.right])
          notes.computes(notes.variables.compute(text.replace(/^"(.*)"$/su, "$1")));
  }
}

/** Notes the file that a redirection opens, and the variable that it may set. */
export function noteRedirection(notes: Notes, node: Redirection, at: Folders): void {
  if (node.descriptor?.type === "FileDescriptorVariable") {
    notes.bashOnly();
    const setting = settingOf(node.descriptor.name);
    if (setting === undefined) notes.computes(false);
    else notes.variables.set({ ...setting, number: true });
  }
  if (node.type === "HereString") notes.bashOnly();
  if (node.type !== "Redirect") return;
  const { operator, target } = node;
  if (operator.startsWith("&>")) notes.bashOnly();
  const path = target === undefined ? ONE : pieceOf(target);
  if (operator.endsWith("&") && isKnown(path) && /^\d*-?$/u.test(path)) return;
  if (operator.includes(">")) notes.opened.push({ path, right: "write", at });
  if (operator.startsWith("<")) notes.opened.push({ path, right: "read", at });
}
