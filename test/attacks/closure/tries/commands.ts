// The tries on commands: each program is a need, and what one would change is judged as the caller's own act.
import { expected } from "../expected.ts";
import { remove } from "./files.ts";
import { file, need, OK, said, type Make } from "../try.ts";

/** The program that deletes the file of its first word, as far as that is let through. */
export const CUT = "cut";

const deletes = ["k.txt", "src/d.txt", ".env"].map((path): Make => (m, me) => ({
  ...{ op: "shell.run", args: { argv: [CUT, path] }, needs: [need("execute", `shell:/${CUT}`)] },
  does() {
    // Its call for the file stands below it, so the same lists bind both.
    const part = { op: "fs.put", args: {}, needs: [file("delete", path)], does: () => remove(m, me, path) };
    if (m.files.has(path)) expected(m, me, part, "loop");
    return OK;
  },
}));

/** Eight of them: the examples reach every fourth try behind these, and must reach the same ones as without them. */
export const COMMAND_TRIES: readonly Make[] = [
  () => ({
    ...{ op: "shell.run", args: { argv: ["ls"] }, needs: [need("execute", "shell:/ls")] },
    does: () => OK,
  }),
  ...deletes,
  () => ({
    op: "shell.run",
    args: { command: "ls; sh" },
    needs: [need("execute", "shell:/ls"), need("execute", "shell:/sh"), need("execute", "shell:/**")],
    does: () => OK,
  }),
  () => ({ op: "shell.list", args: {}, needs: [], does: () => OK }),
  ...["shell.read", "shell.stop"].map((op): Make => () => ({
    ...{ op, args: { command: "h1" }, needs: [] },
    does: () => said("ENOENT"),
  })),
];
