// The world that every case of the closure begins with: its files, its images and its hour.

/** Files of the workspace by path in the workspace; each holds a word that stands nowhere else. */
export const FILES: Readonly<Record<string, string>> = {
  ...{ "a.txt": "word-a", "src/b.txt": "word-b", ".env": "word-env", ".agentlibos/x": "word-reserved" },
  ...{
    "e.txt": "word-edit",
    "src/d.txt": "word-delete",
    "m.txt": "word-move",
    "r.txt": "word-restore",
    "p.txt": "word-put",
    "k.txt": "word-cut",
  },
  ...{ "src/w.txt": "word-over", "s.txt": "word-switch", "src/t.txt": "word-gone" },
};
export const BUILT_IN = ["all", "few"];
/** An image that a file of the workspace says; it suggests the world and grants nothing. */
export const FILED = "filed";
export const HOUR = 3_600_000;
export const START = Date.parse("2026-01-01T00:00:00.000Z");
