// Spans: the shape of OTLP's JSON for traces (opentelemetry-proto 1.x), as far as an export fills it.

/** A value of an attribute. 64-bit numbers are decimal strings there. */
export type OtlpValue =
  | { readonly stringValue: string }
  | { readonly intValue: string }
  | { readonly arrayValue: { readonly values: readonly OtlpValue[] } };

export interface OtlpAttribute {
  readonly key: string;
  readonly value: OtlpValue;
}

/** The kinds of spans that occur here. */
export const SPAN_KIND = { internal: 1, client: 3 } as const;

/** The status of a span that failed; one that went well has none. */
const ERROR = 2;

/** One span. Ids are hex: 32 digits for a trace, 16 for a span. Times are nanoseconds since the Unix epoch. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status?: { readonly code: number; readonly message: string };
}

/** Attributes of these values, in this order; an undefined one is left out. */
export function attributesOf(
  values: Readonly<Record<string, string | number | readonly string[] | undefined>>,
): OtlpAttribute[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }],
  );
}

function valueOf(value: string | number | readonly string[]): OtlpValue {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return { intValue: String(value) };
  return { arrayValue: { values: value.map((each) => ({ stringValue: each })) } };
}

/** The status of a failure, with its reason. */
export function failed(message: string): { readonly status: NonNullable<OtlpSpan["status"]> } {
  return { status: { code: ERROR, message } };
}

/** A time of a record in nanoseconds, so many microseconds earlier. */
export function nanoseconds(time: string, earlier = 0): string {
  return String(BigInt(Date.parse(time)) * 1_000_000n - BigInt(earlier) * 1_000n);
}
