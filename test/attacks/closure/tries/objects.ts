// The tries on objects: one's own, a shared one, and the private ones of two others, with the bridges to files.
import type { Agent, Mirror } from "../mirror.ts";
import { stale, write } from "./files.ts";
import { file, named, object, OK, said, type Make } from "../try.ts";

const REFS: readonly ((me: Agent) => string)[] = [
  (me) => `p${me.pid}/n`,
  ...["shared/x", "p3/own", "p4/own"].map((ref) => () => ref),
];

export const OBJECT_TRIES: readonly Make[] = REFS.flatMap((ref, at): Make[] => {
  const split = (me: Agent): { namespace: string; name: string } => {
    const [namespace = "", name = ""] = ref(me).split("/");
    return { namespace, name };
  };
  const link = (m: Mirror, from: string, to: string): ReturnType<Make> => ({
    ...{ op: "object.link", args: { from, to, relation: "references" } },
    needs: [object("link", from), object("read", to)],
    does() {
      const [source, target] = [m.object(from), m.object(to)];
      if (source === undefined || target === undefined) return said("ENOENT");
      const { version } = target;
      if (!source.links.some((l) => l.to === to && l.version === version)) source.links.push({ to, version });
      return OK;
    },
  });
  return [
    (m, me) => ({
      ...{ op: "object.put", args: { ...split(me), type: "text", value: `put-by-${me.pid}` } },
      needs: [object("write", ref(me))],
      does() {
        m.put(ref(me), `put-by-${me.pid}`);
        return OK;
      },
    }),
    (m, me) => ({
      ...{ op: "object.put", args: { name: "made", type: "text", value: `from-${at}`, from: [ref(me)] } },
      needs: [object("write", `p${me.pid}/made`), object("read", ref(me))],
      does() {
        if (m.object(ref(me)) === undefined) return said("ENOENT");
        m.put(`p${me.pid}/made`, `from-${at}`);
        return OK;
      },
    }),
    (m, me) => ({
      ...{ op: "object.get", args: split(me), needs: [object("read", ref(me))] },
      does() {
        const found = m.object(ref(me));
        if (found === undefined) return said("ENOENT");
        const links = m.linksFor(me.pid, found).map((to) => `"to":"${to}"`);
        const only = /put-by-\d+|word-[a-z]+|"to":"[^"]+"/gu;
        return { code: "ok", shows: [found.values.at(-1)?.value ?? "", ...links], only };
      },
    }),
    (m, me) => link(m, `p${me.pid}/n`, ref(me)),
    (m, me) => link(m, ref(me), `p${me.pid}/n`),
    (m, me) => ({
      ...{ op: "object.export", args: { ...split(me), path: named(`src/out-${at}.txt`) } },
      needs: [object("read", ref(me)), file("write", `src/out-${at}.txt`)],
      finds: () => (m.object(ref(me)) === undefined ? "ENOENT" : []),
      looks: () => stale(m, me, `src/out-${at}.txt`),
      does: () => write(m, me, `src/out-${at}.txt`, m.object(ref(me))?.values.at(-1)?.value ?? ""),
    }),
    (m, me) => ({
      ...{ op: "object.delete", args: split(me), needs: [object("write", ref(me))] },
      does() {
        const found = m.object(ref(me));
        if (found === undefined) return said("ENOENT");
        found.values.length = 0;
        found.links.length = 0;
        return OK;
      },
    }),
  ];
});

/** Objects of three owners, made at first by one who may make them anywhere. */
export const PLANTED: readonly Make[] = ["shared", "p3", "p4"].map((namespace) => (m) => {
  const name = namespace === "shared" ? "x" : "own";
  const value = `own-of-${namespace}`;
  return {
    ...{ op: "object.put", args: { namespace, name, type: "text", value } },
    needs: [object("write", `${namespace}/${name}`)],
    does() {
      m.put(`${namespace}/${name}`, value);
      return OK;
    },
  };
});
