// Reserved places: the running program and the editors of this machine, wherever they lie and however they are named.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { editorPlaces, placesOf, programPlaces } from "../../../src/host/node/reserved.ts";
import { Bench } from "../../harness/fs.ts";

const base = realpathSync(mkdtempSync(join(tmpdir(), "reserved-")));
after(() => rmSync(base, { recursive: true, force: true }));
const at = (path: string): string => join(base, path);
const folder = (path: string): string => (mkdirSync(at(path), { recursive: true }), at(path));

const EDITORS = [
  ...[
    ".vscode",
    ".vscode-server",
    ".vscode-insiders",
    ".vscode-server-insiders",
    ".vscode-oss",
    ".vscode-remote",
  ],
  ...[
    ".vscodium",
    ".vscodium-server",
    ".cursor",
    ".cursor-server",
    ".windsurf",
    ".windsurf-next",
    ".positron",
  ],
  ...[".trae", ".kiro", ".void", ".antigravity", ".code-server", ".VSCode-Insiders"],
  ...[".config/Code", ".config/Code - Insiders", ".config/Code - OSS", ".config/VSCodium", ".config/Cursor"],
  ...[".config/Windsurf", ".config/code-server", ".local/share/code-server", ".local/lib/code-server"],
  ...["Library/Application Support/Code", "Library/Application Support/Cursor", "AppData/Roaming/Code"],
  ...["AppData/Local/Programs/Microsoft VS Code", ".var/app/com.visualstudio.code", "snap/code"],
];
const PLAIN = [
  "src",
  ".config/nvim",
  ".local/share/fonts",
  ".codex",
  "code",
  ".cargo",
  "Library/Fonts",
  "snap/firefox",
];

test("the editors of a home are found, and nothing else", () => {
  const made = EDITORS.map((name) => folder(`home/${name}`));
  for (const name of PLAIN) folder(`home/${name}`);
  assert.deepEqual([...editorPlaces({}, [at("home")])].sort(), [...made].sort());
  const portable = editorPlaces({ VSCODE_PORTABLE: at("portable"), VSCODE_EXTENSIONS: "relative" }, [
    at("none"),
  ]);
  assert.deepEqual(portable, [at("portable")]);
  const config = folder("xdg/Code");
  assert.deepEqual(editorPlaces({ XDG_CONFIG_HOME: at("xdg") }, [at("none")]), [config]);
});

test("of a program its bundle is reserved, and its package where that was installed", () => {
  const own = folder("repository/dist");
  assert.deepEqual(programPlaces(own, undefined).folders, [own, process.execPath]);
  for (const owner of ["w/node_modules/agentlibos", "w/node_modules/@some/agentlibos"])
    assert.deepEqual(programPlaces(folder(`${owner}/dist`), undefined).folders.slice(2), [at(owner)]);
});

test("every link by which it was started is reserved itself", () => {
  folder("store/agentlibos/dist");
  writeFileSync(at("store/agentlibos/dist/cli.js"), "");
  folder("ws/node_modules/.bin");
  symlinkSync("../../store/agentlibos", at("ws/node_modules/agentlibos"));
  symlinkSync("../agentlibos/dist/cli.js", at("ws/node_modules/.bin/agentlibos"));
  symlinkSync(at("ws"), at("alias"));
  const { links } = programPlaces(at("store/agentlibos/dist"), at("alias/node_modules/.bin/agentlibos"));
  assert.ok(links.includes(at("alias")));
  assert.ok(links.some((link) => link.endsWith("node_modules/.bin/agentlibos")));
  assert.ok(links.some((link) => link.endsWith("node_modules/agentlibos")));
});

test("the running editor reserves its program, extensions and storage; one that is developed only what it runs", () => {
  const storage = [
    folder("data/User/globalStorage/x"),
    folder("data/User/workspaceStorage/1"),
    folder("data/logs/1"),
  ];
  const program = folder("editor/resources/app");
  const extension = folder("e/extensions/agentlibos-0.1.0");
  const places = placesOf(join(extension, "dist"), { program, extension, storage }).folders;
  for (const place of [program, extension, dirname(extension), at("data")])
    assert.ok(places.includes(place), place);
  folder("vscode/.git");
  const developed = placesOf(at("clone/dist"), {
    program: at("vscode"),
    extension: undefined,
    storage: [],
  }).folders;
  assert.ok(developed.includes(at("vscode/out")) && !developed.includes(at("vscode")));
  assert.ok(developed.includes(at("clone/dist")) && !developed.includes(at("clone")));
});

test("agents reach none of these places, by no name, verb or root; all around them stays open", async () => {
  const bench = new Bench(["app", "other"], undefined, undefined, (app) => ({
    folders: [join(app, "node_modules/agentlibos/dist"), join(app, ".vscode-server"), join(app, "node")],
    links: [join(app, "link")],
  }));
  bench.approves = true;
  try {
    for (const path of ["node_modules/agentlibos/dist", ".vscode-server/extensions/a", "src"])
      mkdirSync(bench.at(path), { recursive: true });
    for (const path of [
      "node_modules/agentlibos/dist/cli.js",
      ".vscode-server/extensions/a/x.js",
      "node",
      "src/a",
    ])
      writeFileSync(bench.at(path), "needle\n");
    symlinkSync("src", bench.at("link"));
    symlinkSync("node_modules/agentlibos/dist", bench.at("other-name"));
    bench.roots.push({ name: "inner", path: bench.at(".vscode-server/extensions") });
    const came = async (name: string, args: object) => (await bench.call(name, args)).code;
    const closed: [string, object][] = [
      ["fs.write", { path: "node_modules/agentlibos/dist/cli.js", content: "" }],
      ["fs.write", { path: "node_modules/agentlibos/dist/new.js", content: "" }],
      ["fs.read", { path: "other-name/cli.js" }],
      ["fs.edit", { path: ".vscode-server/extensions/a/x.js", old_text: "needle", new_text: "" }],
      ["fs.delete", { path: "node_modules/agentlibos", recursive: true }],
      ["fs.move", { from: "node_modules", to: "old" }],
      ["fs.move", { from: ".vscode-server", to: "old" }],
      ["fs.delete", { path: "node" }],
      ["fs.delete", { path: "link" }],
      ["fs.read", { path: "link/a" }],
      ["fs.mkdir", { path: ".vscode-server/b" }],
      ["fs.list", { path: "inner" }],
      ["fs.read", { path: "inner/a/x.js" }],
      ["fs.write", { path: "inner/new", content: "" }],
    ];
    for (const [name, args] of closed)
      assert.equal(await came(name, args), "EACCES", `${name} ${JSON.stringify(args)}`);
    const found = await bench.call("fs.search", { query: "needle", ignored: true });
    assert.deepEqual(
      (found.value?.["matches"] as { path: string }[]).map((m) => m.path),
      ["app/src/a"],
    );
    assert.equal(await came("fs.read", { path: "src/a" }), "ok");
    assert.equal(await came("fs.write", { path: "node_modules/agentlibos/package.json", content: "" }), "ok");
    assert.equal(await came("fs.write", { path: "src/a", content: "" }), "ok");
  } finally {
    bench.close();
  }
});
