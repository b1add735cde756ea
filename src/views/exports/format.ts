// Formats: the table of the formats in which a record can be given to other programs.
import type { Export, ExportAbout } from "./export.ts";
import { OtlpExport } from "./otlp.ts";

/** Each record as it is stored, with its long texts in their places. */
const jsonl = (): Export => ({ take: (record) => [JSON.stringify(record)], end: () => [] });

/** The formats by name. */
export const FORMATS = {
  jsonl,
  otlp: (about: ExportAbout): Export => new OtlpExport(about),
} as const satisfies Record<string, (about: ExportAbout) => Export>;
export type FormatName = keyof typeof FORMATS;

/** True for the name of a format. */
export function isFormat(name: string): name is FormatName {
  return Object.hasOwn(FORMATS, name);
}
