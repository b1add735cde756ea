// Arbitraries of several property tests: a few names that collide, and the spellings that fool filters.
import fc from "fast-check";
import type { Listed } from "../../src/abi/capability.ts";
import { encodeName, type Need } from "../../src/abi/resource.ts";
import { kinds as table } from "../harness/kinds.ts";

/** Few plain names, and some that only look like one of them. */
export const name = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("app", "lib", "src", "a", "b", "A", "SRC") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "s\u200brc",
      "\u017frc",
      "src.",
      "src ",
      "a%",
      "a;b",
      "a*",
      "é",
      "e\u0301",
      "a:x",
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ minLength: 1, maxLength: 6, unit: "binary" })
      .filter((s) => !s.includes("/") && s !== "." && s !== ".."),
  },
);

const segments = fc.array(name, { minLength: 1, maxLength: 4 });

/** A resource without `/**`. */
export const exact = (kinds: readonly string[] = ["fs", "object"]): fc.Arbitrary<string> =>
  fc
    .tuple(fc.constantFrom(...kinds), segments)
    .map(([kind, names]) => `${kind}:/${names.map(encodeName).join("/")}`);

/** Any resource: exact, a tree, or everything of a kind. */
export const resource = (kinds: readonly string[] = ["fs", "object"]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: exact(kinds) },
    { weight: 5, arbitrary: exact(kinds).map((r) => `${r}/**`) },
    { weight: 1, arbitrary: fc.constantFrom(...kinds).map((kind) => `${kind}:/**`) },
  );

export const rightsOf = (text: string): readonly string[] => Object.keys(table.of(text)?.rights ?? {});

export const need = (kinds?: readonly string[]): fc.Arbitrary<Need> =>
  resource(kinds).chain((text) =>
    fc.constantFrom(...rightsOf(text)).map((right) => ({ resource: text, right })),
  );

/** A grant as a text could say it. */
export const listed = (kinds?: readonly string[]): fc.Arbitrary<Listed> =>
  resource(kinds).chain((text) =>
    fc.record(
      {
        effect: fc.constantFrom("allow" as const, "allow" as const, "ask" as const, "deny" as const),
        rights: fc.subarray([...rightsOf(text)], { minLength: 1 }),
        resource: fc.constant(text),
        uses: fc.integer({ min: 1, max: 5 }),
        until: fc.integer({ min: 1, max: 9 }).map((h) => `2026-01-01T0${h}:00:00.000Z`),
      },
      { requiredKeys: ["effect", "rights", "resource"], noNullPrototype: true },
    ),
  );
