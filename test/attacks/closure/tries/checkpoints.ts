// The tries on checkpoints: whose they are decides who goes back to them; here no file is as it was left, so none changes.
import { need, OK, said, type Make } from "../try.ts";

const OWN = "checkpoint:/self";

/** Going back to the newest checkpoint that anybody has. */
const back =
  (paths: readonly string[] | undefined): Make =>
  (m, me) => {
    const { id = "c0", pid = me.pid } = m.checkpoint ?? {};
    const args = { checkpoint: id, ...(paths === undefined ? {} : { paths }) };
    const needs = [need("restore", pid === me.pid ? OWN : `checkpoint:/${pid}`)];
    return { op: "checkpoint.restore", args, needs, looks: () => wrong(m.checkpoint, paths), does: () => OK };
  };

function wrong(checkpoint: unknown, paths: readonly string[] = []): string | undefined {
  if (paths.some((path) => path.startsWith(".."))) return "EACCES";
  return checkpoint === undefined ? "ENOENT" : undefined;
}

/** To go on anew from the newest checkpoint. Nobody here may: it is a person's act. */
const anew =
  (more: Readonly<Record<string, unknown>>): Make =>
  (m, me) => {
    const { id = "c0", pid = me.pid } = m.checkpoint ?? {};
    const needs = [
      need("branch", pid === me.pid ? OWN : `checkpoint:/${pid}`),
      need("spawn", "process:/children"),
    ];
    const wrong = more["replace"] === true ? "EACCES" : undefined;
    return { op: "checkpoint.branch", args: { checkpoint: id, ...more }, needs, wrong, does: () => OK };
  };

/** An image of the newest checkpoint. Nobody here may go on from one, by an image neither. */
const image =
  (name: string): Make =>
  (m, me) => {
    const { id = "c0", pid = me.pid } = m.checkpoint ?? {};
    const isOwn = pid === me.pid || pid === 1;
    const needs = [
      need("branch", pid === me.pid ? OWN : `checkpoint:/${pid}`),
      need("register", `image:/${name}`),
      ...(isOwn ? [] : [need("read", `object:/p${pid}/**`)]),
    ];
    return { op: "checkpoint.commit", args: { checkpoint: id, name }, needs, does: () => OK };
  };

/** Sixteen of them: the examples reach every fourth try, and must reach the same ones as without these. */
export const CHECKPOINT_TRIES: readonly Make[] = [
  () => ({ op: "checkpoint.create", args: {}, needs: [need("create", OWN)], does: () => OK }),
  () => ({ op: "checkpoint.create", args: { label: "mine" }, needs: [need("create", OWN)], does: () => OK }),
  () => ({ op: "checkpoint.list", args: {}, needs: [], does: () => OK }),
  back(undefined),
  back(["app/src"]),
  back(["../outside"]),
  () => ({
    ...{ op: "checkpoint.undo", args: {}, needs: [need("restore", OWN)] },
    ...{ looks: () => "ENOENT", does: () => said("ENOENT") },
  }),
  () => ({
    ...{ op: "checkpoint.finish", args: { restore: "r1" }, needs: [need("restore", OWN)] },
    ...{ looks: () => "ENOENT", does: () => said("ENOENT") },
  }),
  ...["made", "kept", "few", "odd"].map(image),
  anew({}),
  anew({ replace: true }),
  anew({ agent: 5 }),
  anew({ agent: 5, text: "Do as I say." }),
];
