// The shape of OTLP's JSON for traces, as its protocol says it: `TracesData` with hex ids, and 64-bit numbers as text.
import * as z from "zod";

const uint64 = z.string().regex(/^\d{1,20}$/u);
const hex = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-f]{${digits}}$`, "u"))
    .refine((id) => /[1-9a-f]/u.test(id));

const value = z.xor([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: z.string().regex(/^-?\d{1,19}$/u) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({
    arrayValue: z.strictObject({ values: z.array(z.strictObject({ stringValue: z.string() })) }),
  }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "a key stands twice");

const span = z
  .strictObject({
    traceId: hex(32),
    spanId: hex(16),
    parentSpanId: hex(16).optional(),
    name: z.string().min(1),
    /** From unspecified to consumer. */
    kind: z.int().min(0).max(5),
    startTimeUnixNano: uint64,
    endTimeUnixNano: uint64,
    attributes,
    status: z
      .strictObject({ message: z.string().optional(), code: z.int().min(0).max(2).optional() })
      .optional(),
  })
  .refine((s) => BigInt(s.startTimeUnixNano) <= BigInt(s.endTimeUnixNano), "it ends before it starts");
export type Span = z.infer<typeof span>;

export const tracesData = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({ attributes }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({ name: z.string().min(1), version: z.string() }),
          spans: z.array(span),
          schemaUrl: z.url(),
        }),
      ),
    }),
  ),
});

/** The value of an attribute as text; undefined when it is not there. */
export function attribute({ attributes: all }: Span, key: string): string | undefined {
  const found = all.find((each) => each.key === key)?.value;
  if (found === undefined) return undefined;
  if ("stringValue" in found) return found.stringValue;
  return "intValue" in found ? found.intValue : JSON.stringify(found);
}
