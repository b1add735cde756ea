// Hostile records that are large or deep: bodies, lines and numbers of things that no kernel writes.
import { ended, exit, message, mint, opening, range, revoke, spawn } from "./hostile.ts";
import { whole, type Hostile } from "./senseless.ts";

const GB = 1024 ** 3;
const deep = (n: number): string => "[".repeat(n) + "]".repeat(n);
/** Bodies that are named and not written: the file is sparse. */
const body = (length: number, sizes: { bodies?: number } = { bodies: length }): Hostile["make"] => {
  const $body = { file: "00000001", offset: 0, length, sha256: "0".repeat(64) };
  return (r) =>
    r
      .say(opening, spawn(2, 1), { ...message(2), data: { text: { $body }, by: "person" } })
      .head()
      .close(sizes);
};

/** Records that take much to read. */
export const LARGE: readonly Hostile[] = [
  { name: "a body of 3 GB", make: body(3 * GB), refused: "bodies/00000001" },
  { name: "a body of 12 MB", make: body(12 * 1024 ** 2), refused: "no body that is read has 12582912 bytes" },
  {
    name: "a body longer than its file",
    make: body(5000, { bodies: 10 }),
    refused: "the file ends at byte 10",
  },
  {
    name: "a body longer than any number",
    make: body(Number.MAX_SAFE_INTEGER, {}),
    refused: "no body that is read has",
  },
  {
    name: "a body of less than nothing",
    make: body(-5, { bodies: 10 }),
    refused: "no body that is read has -5 bytes",
  },
  {
    name: "3 GB of bodies that nothing names",
    make: (r) =>
      r
        .say(opening)
        .head()
        .close({ bodies: 3 * GB }),
    refused: "bodies/00000001",
  },
  {
    name: "a line of 1 GB",
    make: (r) => r.say(opening).head().close({ journal: GB }),
    refused: "journal/00000001.jsonl",
  },
  {
    name: "a line of 20 MB",
    make: (r) => whole(r.say(opening, message(2, "x".repeat(20_000_000)))),
    refused: "line",
  },
  {
    name: "lists nested a million deep",
    make: (r) =>
      whole(
        r.say(opening, spawn(2, 1), { ...ended(2, "2.0.0"), raw: `{"op":"o","args":${deep(1_000_000)}}` }),
      ),
    refused: "nested",
  },
  {
    name: "lists nested a million deep with no end",
    make: (r) => {
      r.say(opening).head().line("[".repeat(3_000_000));
      r.close();
    },
    refused: "nested",
  },
  {
    name: "lists nested a thousand deep",
    make: (r) => {
      const raw = JSON.stringify(ended(2, "2.0.0").data).replace('"value":{}', `"value":${deep(1000)}`);
      whole(r.say(opening, spawn(2, 1), { ...ended(2, "2.0.0"), raw }));
    },
    refused: "nested",
  },
  {
    name: "lists nested a thousand deep around a body",
    make: (r) => {
      const value = `${"[".repeat(1000)}{"$body":{}}${"]".repeat(1000)}`;
      const raw = JSON.stringify(ended(2, "2.0.0").data).replace('"value":{}', `"value":${value}`);
      whole(r.say(opening, spawn(2, 1), { ...ended(2, "2.0.0"), raw }));
    },
    refused: "nested",
  },
  {
    name: "three million empty lists",
    heavy: true,
    make: (r) => {
      for (let i = 0; i < 3; i++)
        r.say(ended(2, `2.0.${i}`, { value: Array.from({ length: 1_000_000 }, () => []) }));
      whole(r);
    },
    refused: "lists up to here",
  },
  {
    name: "a million processes",
    make: (r) => {
      r.say(opening);
      for (let i = 0; i < 1_000_000; i++) r.say(spawn(i + 2, 1));
      whole(r);
    },
    refused: "is read up to 33554432 bytes",
  },
  {
    name: "3,000 processes",
    heavy: true,
    make: (r) => whole(r.say(opening, ...range(3_000).map((i) => spawn(i + 2, 1)))),
    refused: "more than 2000 processes",
  },
  {
    name: "1,900 processes",
    heavy: true,
    make: (r) => whole(r.say(opening, ...range(1_900).map((i) => spawn(i + 2, 1)))),
  },
  {
    name: "150,000 short records",
    heavy: true,
    make: (r) =>
      whole(r.sayAll(range(150_000).map(() => ({ kind: "process.reap", pid: 2, data: { by: "kernel" } })))),
    refused: "more than 40000 records",
  },
  {
    name: "20,000 heads, and the last is not signed",
    heavy: true,
    make: (r) => {
      r.say(opening);
      for (let i = 0; i < 20_000; i++) r.head(i < 30);
      r.head(false).close();
    },
    refused: "signature",
  },
  {
    name: "forks of a long conversation",
    make: (r) => {
      r.say(opening, spawn(2, 1), ...range(5000).map(() => message(2)));
      whole(r.sayAll(range(5000).map((i) => spawn(i + 3, 1, { forked: 5000, forkOf: 2 }))));
    },
    refused: "forks copy",
  },
  {
    name: "one capability with 25,000 parts, taken back 14,000 times",
    heavy: true,
    slow: true,
    make: (r) => {
      r.say(opening, spawn(2, 1), mint("cap0", 2));
      r.sayAll(range(25_000).map((i) => mint(`cap${i + 1}`, 2, { parent: "cap0" })));
      whole(r.sayAll(range(14_000).map(() => revoke("cap0"))));
    },
  },
  {
    name: "a chain of 30,000 capabilities",
    heavy: true,
    slow: true,
    make: (r) => {
      r.say(opening, spawn(2, 1), mint("cap0", 2));
      whole(
        r.say(...range(30_000).map((i) => mint(`cap${i + 1}`, 2, { parent: `cap${i}` })), revoke("cap0")),
      );
    },
  },
  {
    name: "20,000 messages, and 19,000 ends of calls of no turn",
    heavy: true,
    slow: true,
    make: (r) => {
      r.say(opening, spawn(2, 1), ...range(20_000).map(() => message(2)));
      whole(r.sayAll(range(19_000).map((i) => ended(2, `2.7.${i}`))));
    },
  },
  {
    name: "990 open questions, and 38,000 ends of calls",
    heavy: true,
    slow: true,
    make: (r) => {
      const data = { pid: 2, kind: "question", op: "o", args: {}, digest: "", asks: [], needs: [], text: "" };
      r.say(
        opening,
        spawn(2, 1),
        ...range(990).map((i) => ({ kind: "question.open", pid: 2, data: { ...data, id: `q${i}` } })),
      );
      whole(r.sayAll(range(38_000).map((i) => ended(2, `2.0.${i}`))));
    },
  },
  {
    name: "1,900 spaces of the dead, and 1,900 capabilities into all of them",
    heavy: true,
    slow: true,
    make: (r) => {
      const put = { name: "n", version: 1, type: "text", value: "v" };
      r.say(opening, ...range(1_900).map((i) => spawn(i + 2, 1)));
      r.sayAll(
        range(1_900).map((i) => ({
          kind: "object.put",
          pid: i + 2,
          data: { namespace: `p${i + 2}`, ...put },
        })),
      );
      r.sayAll(range(1_900).map((i) => mint(`cap${i}`, i + 2, { resource: "object:/**" })));
      r.sayAll(range(1_900).map((i) => exit(i + 2)));
      whole(
        r.sayAll(range(1_900).map((i) => ({ kind: "process.reap", pid: i + 2, data: { by: "kernel" } }))),
      );
    },
  },
  {
    name: "1,100 open questions",
    make: (r) => {
      const data = { pid: 2, kind: "question", op: "o", args: {}, digest: "", asks: [], needs: [], text: "" };
      r.say(opening, spawn(2, 1));
      whole(
        r.sayAll(
          range(1_100).map((i) => ({ kind: "question.open", pid: 2, data: { ...data, id: `q${i}` } })),
        ),
      );
    },
    refused: "more than 1000 questions are open",
  },
];
