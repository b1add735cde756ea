// The endless list of changes of the crash test: for each step, doing it twice or never shows.
export interface Step {
  readonly name: string;
  readonly args: Record<string, unknown>;
}

const BULK = "x".repeat(50_000);

/** Six steps make a round. `n` counts in one file; the other files come, move and go with their round. */
export function stepOf(i: number): Step {
  const round = Math.floor(i / 6);
  const steps: Step[] = [
    {
      name: "fs.edit",
      args: { path: "count", old_text: `n=${round * 2};`, new_text: `n=${round * 2 + 1};` },
    },
    { name: "fs.write", args: { path: `r${round}/deep/a`, content: `${round}\n${BULK}` } },
    { name: "fs.move", args: { from: `r${round}/deep/a`, to: `r${round}/moved/b` } },
    {
      name: "fs.edit",
      args: { path: "count", old_text: `n=${round * 2 + 1};`, new_text: `n=${round * 2 + 2};` },
    },
    { name: "fs.move", args: { from: `r${round}/moved`, to: `r${round}/again` } },
    { name: "fs.delete", args: { path: `r${round}`, recursive: true } },
  ];
  return steps[i % 6] ?? { name: "none", args: {} };
}
