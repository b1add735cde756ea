// A host that runs one command over a workspace until it is killed from outside.
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { nodeShell } from "../../../src/host/node/shell/shell.ts";
import { shellGrant } from "../../attacks/commands/bench.ts";

const [root = "", script = "", mark = "", mode = "layered", ...hosts] = process.argv.slice(2);
const backend = nodeShell({
  layers: join(root, "home", "layers"),
  preImages: join(root, "home", "pre"),
  hidden: () => [join(root, "home")],
  isCredential: () => false,
});
process.stdout.write(`${(await backend.probe()).mode}\n`);
const ran = await backend.run(
  {
    mode: mode === "unconfined" ? mode : "layered",
    programs: ["shell:/**"],
    command: { argv: ["bash", "-c", script, mark] },
    cwd: "fs:/app",
    roots: [{ name: "app", path: realpathSync(join(root, "app")) }],
    sees: () => "all",
    reads: [],
    pid: 2,
    hosts,
  },
  shellGrant([], "full", hosts),
  { emit: (text) => void process.stdout.write(text), signal: new AbortController().signal },
);
process.stdout.write(`ended ${JSON.stringify(ran)}\n`);
