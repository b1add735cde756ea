// A hostile model with random grants tries everything on fixed resources: exactly what follows from the grants succeeds.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Scratch } from "./scratch.ts";
import { attempt } from "./spellings.ts";
import { Attacker, type Order } from "./attacker.ts";
import { share } from "../support/runs.ts";

/** The fixed resources, from the workspace folder on: what each is, and its classes, written by hand. */
const FILES = [
  ...["README.md", "plain.txt", "src/a.txt", "src/deep/b.txt", ".env", "deploy/id_rsa", ".git/config"],
  ...[".vscode/settings.json", "package.json", ".agentlibos/identity.json", "../outside/secret.txt"],
] as const;
const FOLDERS = ["src", "src/deep", "deploy", ".vscode", ".agentlibos", "../outside"] as const;
/** Every name in the workspace below a folder, that moves and deletes reach. */
const INSIDE: Readonly<Record<string, readonly string[]>> = {
  src: ["src/a.txt", "src/deep", "src/deep/b.txt"],
  "src/deep": ["src/deep/b.txt"],
  deploy: ["deploy/id_rsa"],
  ".vscode": [".vscode/settings.json"],
};

type Right = "read" | "list" | "write" | "delete";
const RIGHTS: readonly Right[] = ["read", "list", "write", "delete"];
interface Grant {
  readonly effect: "allow" | "ask" | "deny";
  readonly rights: readonly Right[];
  /** Segments of the pattern; a tree when `tree`. */
  readonly at: string;
  readonly tree: boolean;
}
interface Need {
  readonly right: Right;
  readonly at: string;
  readonly tree?: boolean;
}

const within = (outer: string, inner: string): boolean =>
  outer === "" || outer === inner || inner.startsWith(`${outer}/`);
const covers = (g: Grant, n: Need): boolean =>
  g.tree ? within(g.at, n.at) : n.tree !== true && g.at === n.at;
const overlaps = (g: Grant, n: Need): boolean => {
  const [a, b] = [g.at.toLowerCase(), n.at.toLowerCase()];
  return a === b || (g.tree && within(a, b)) || (n.tree === true && within(b, a));
};

/** The classes of the fixed resources as DESIGN 6 lists them; undefined for plain ones. */
function classed(n: Need): "reserved" | "asks" | "build" | undefined {
  if (within(".agentlibos", n.at) || n.at.startsWith("..")) return "reserved";
  const changes = n.right === "write" || n.right === "delete";
  if (changes && (within(".vscode", n.at) || within(".git", n.at))) return "asks";
  if (n.right !== "list" && [".env", "deploy/id_rsa", ".git/config"].includes(n.at)) return "asks";
  return changes && n.at === "package.json" ? "build" : undefined;
}

/** One need, naively: asks of any kind count as no, because everybody who is asked says no. */
function may(grants: readonly Grant[], n: Need): boolean {
  const about = grants.filter((g) => g.rights.includes(n.right));
  if (about.some((g) => g.effect !== "allow" && overlaps(g, n))) return false;
  const allows = about.filter((g) => g.effect === "allow" && covers(g, n));
  const kind = classed(n);
  if (kind === "build") return allows.some((g) => !g.tree && g.at === n.at);
  return kind === undefined && allows.length > 0;
}

interface Try {
  readonly order: Order;
  readonly needs: readonly Need[];
  /** Files or folders that its answer must show, and no others of the fixed ones. */
  readonly shows?: (grants: readonly Grant[]) => readonly string[];
}

const need = (rights: readonly Right[], at: string, tree = false): Need[] =>
  rights.map((right) => ({ right, at, ...(tree ? { tree } : {}) }));
const whole = (rights: readonly Right[], at: string): Need[] => [
  ...need(rights, at),
  ...(at in INSIDE ? need(rights, at, true) : []),
  ...(INSIDE[at] ?? []).flatMap((inner) => need(rights, inner)),
];

const TEXTS = new Map<string, string>([
  ["README.md", "# a readable file\n"],
  ["plain.txt", "plain a\n"],
  ["src/a.txt", "alpha a\n"],
  ["src/deep/b.txt", "beta a\n"],
  [".vscode/settings.json", '{ "a": 1 }\n'],
]);

/** Folders between the root and a place, outermost first. */
const above = (at: string): string[] =>
  at
    .split("/")
    .slice(0, -1)
    .map((_, i, all) => all.slice(0, i + 1).join("/"));

/** Groups of attempts; each group is one process, so that none of them is refused as stale after a restoring. */
function groups(): Try[][] {
  const looks: Try[] = [
    ...FILES.map((at) => ({ order: attempt("read", at), needs: need(["read"], at) })),
    ...FILES.map((at) => ({ order: attempt("search", at), needs: need(["list", "read"], at) })),
    ...FOLDERS.flatMap((at) =>
      ["list", "find", "search"].map((verb) => ({ order: attempt(verb, at), needs: need(["list"], at) })),
    ),
    {
      order: attempt("find", "."),
      needs: need(["list"], ""),
      shows: (g) =>
        [...FILES, ...FOLDERS].filter((at) =>
          [...above(at), at].every((a) => may(g, { right: "list", at: a })),
        ),
    },
    {
      order: attempt("search", "."),
      needs: need(["list"], ""),
      shows: (g) =>
        FILES.filter(
          (at) => may(g, { right: "read", at }) && above(at).every((a) => may(g, { right: "list", at: a })),
        ),
    },
  ];
  const makes: Try[] = [
    ...FILES.map((at) => {
      const args = { path: at, content: TEXTS.get(at) ?? "a\n" };
      return { order: { tool: "write_file", args }, needs: need(["write"], at) };
    }),
    ...FOLDERS.flatMap((at) => [
      { order: attempt("mkdir-below", at), needs: need(["write"], `${at}/new`) },
      { order: attempt("write-below", at), needs: need(["write"], `${at}/new.txt`) },
    ]),
  ];
  const edits = FILES.map((at) => ({ order: attempt("edit", at), needs: need(["read", "write"], at) }));
  const deletes = [
    ...FILES.map((at) => ({ order: attempt("delete", at), needs: need(["delete"], at) })),
    ...FOLDERS.map((at) => ({ order: attempt("delete-tree", at), needs: whole(["delete"], at) })),
  ];
  const leaving = [...FILES, ...FOLDERS].map((at, i) => {
    const to = `drop/m${i}`;
    const inner = (INSIDE[at] ?? []).map((name) => `${to}/${name.slice(at.length + 1)}`);
    const arriving = [...need(["write"], to), ...(at in INSIDE ? need(["write"], to, true) : [])];
    const needs = [
      ...whole(["read", "delete"], at),
      ...arriving,
      ...inner.flatMap((n) => need(["write"], n)),
    ];
    // A key keeps its name inside the folder that is moved, and there it is a key still.
    return { order: { tool: "move_file", args: { from: at, to } }, needs };
  });
  const coming = FOLDERS.map((at) => ({
    order: { tool: "move_file", args: { from: "plain.txt", to: `${at}/moved.txt` } },
    needs: [...need(["read", "delete"], "plain.txt"), ...need(["write"], `${at}/moved.txt`)],
  }));
  return [looks, makes, edits, deletes, leaving, coming];
}

/** A small seeded generator (mulberry32), so that a failure can be run again. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function randomGrants(next: () => number): Grant[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T;
  const names = [...FILES, ...FOLDERS, "drop"].filter((at) => !at.startsWith(".."));
  return Array.from({ length: 2 + Math.floor(next() * 6) }, () => {
    const effect = pick(["allow", "allow", "allow", "allow", "allow", "ask", "deny"] as const);
    const tree = next() < 0.6;
    const at =
      tree && next() < 0.4
        ? ""
        : tree
          ? pick(["src", "src/deep", "deploy", "drop", ".git", ".vscode"])
          : pick(names);
    const rights = RIGHTS.filter(() => next() < 0.7);
    const shout = effect !== "allow" && next() < 0.3;
    return { effect, rights: rights.length > 0 ? rights : RIGHTS, at: shout ? at.toUpperCase() : at, tree };
  });
}

const capOf = (g: Grant): string =>
  `${g.effect}:${g.rights.join(",")}:fs:/app${g.at === "" ? "" : `/${g.at}`}${g.tree ? "/**" : ""}`;

const seed = Number(process.env["ATTACK_SEED"] ?? Date.now() % 1_000_000);

suite(`a hostile model with random grants (ATTACK_SEED=${seed})`, { concurrency: 6 }, () => {
  for (let set = 0; set < share(30, 6); set++) {
    const grants = randomGrants(random(seed * 31 + set));
    const caps = grants.map(capOf);
    test(`set ${set}: ${caps.join(" ")}`, async () => {
      const scratch = new Scratch([{ dir: "app/drop" }]);
      try {
        const attacker = await Attacker.open(scratch, { grants: caps });
        const wrong: string[] = [];
        for (const [number, tries] of groups().entries()) {
          // Looks change nothing, so they may go together; the observer then watches them as one.
          const slowly = number > 0;
          let before = scratch.places();
          attacker.between = (_pid, turn) => {
            const tried = tries[turn - 1];
            const now = scratch.places();
            if (now === before) return;
            if (!slowly || tried === undefined || !tried.needs.every((n) => may(grants, n)))
              wrong.push(`${JSON.stringify(tried?.order ?? "before")} changed something`);
            scratch.restore();
            before = scratch.places();
          };
          const came = await attacker.calls(
            tries.map((t) => t.order),
            { grants: caps },
            { slowly },
          );
          for (const [i, { order, needs, shows }] of tries.entries()) {
            const found = came[i];
            const should = needs.every((n) => may(grants, n));
            if ((found?.code === "ok") !== should)
              wrong.push(
                `${JSON.stringify(order)} ${found?.decision} ${found?.code} ${found?.message}, should ${should ? "" : "not "}be done`,
              );
            if (shows === undefined || !should) continue;
            const seen = [...FILES, ...FOLDERS].filter((at) =>
              // A name stands in quotation marks, or as a word of a line; behind it may stand the number of a line.
              new RegExp(`(?:^|[\\s"])app/${at.replaceAll(".", "\\.")}/?(?=$|[\\s":,])`, "mu").test(
                found?.shown ?? "",
              ),
            );
            const right = shows(grants);
            if (JSON.stringify([...seen].sort()) !== JSON.stringify([...right].sort()))
              wrong.push(`${JSON.stringify(order)} shows ${seen.join(" ")}, should show ${right.join(" ")}`);
          }
        }
        await attacker.close();
        assert.deepEqual(wrong, []);
        assert.deepEqual(scratch.recorded(), []);
      } finally {
        scratch.close();
      }
    });
  }
});
