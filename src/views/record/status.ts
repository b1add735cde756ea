// Status: how everything stands, on one page, with what is off and why.

/** A part of the page: its heading, and lines under it. */
export interface Section {
  readonly title: string;
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** What stands there when there are no lines. */
  readonly none?: string;
}

/** The page as text: names in a column, values beside them. */
export function statusText(sections: readonly Section[]): string {
  const width = Math.max(0, ...sections.flatMap((s) => s.lines.map(([name]) => name.length)));
  const lines = sections.flatMap(({ title, lines: all, none = "" }) => {
    if (all.length === 0 && none === "") return [];
    const shown = all.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`.trimEnd());
    return [title, ...(shown.length === 0 ? [`  ${none}`] : shown), ""];
  });
  return lines.join("\n");
}
