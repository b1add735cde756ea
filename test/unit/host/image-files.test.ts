// Image files: what is read of a workspace, and how each fault names its file and line while the others stay.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { IMAGES } from "../../harness/images.ts";
import { imageFiles } from "../../../src/host/node/image-files.ts";
import { UsageError } from "../../../src/cli/arguments.ts";
import { readLaunch } from "../../../src/cli/launch.ts";
import { createImages, type Registered } from "../../../src/primitives/image.ts";
import { imagesAt, launchSources } from "../../support/images.ts";

const GOOD = "---\ndescription: Finds things\ntools: [read_file, finish]\n---\nFind.\n";

/** A scratch place whose folders hold these image files. */
function workspace(t: TestContext, folders: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "images-")));
  t.after(() => {
    rmSync(base, { recursive: true });
  });
  const roots = Object.entries(folders).map(([name, files]) => {
    const path = join(base, name);
    mkdirSync(join(path, ".agents/images"), { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(path, ".agents/images", file), text);
    return { name, path };
  });
  return { base, roots, read: () => imageFiles(() => roots, IMAGES).read() };
}

const head = (...lines: string[]) => ["---", ...lines, "---", "Find.", ""].join("\n");

const FAULTS: readonly (readonly [what: string, text: string, line: number, why: RegExp])[] = [
  ["no front matter", "Find.\n", 1, /no front matter/u],
  ["a front matter without an end", "---\ntools: []\nFind.\n", 1, /no front matter/u],
  ["no tools", head("description: x"), 1, /lists no tools/u],
  ["an unknown key", head("tools: [finish]", "handoffs: x"), 3, /not this/u],
  ["a nested key", head("tools: [finish]", "model:", "  name: x"), 3, /no line of/u],
  ["a key that is there twice", head("tools: [finish]", "# again", "tools: []"), 4, /there twice/u],
  ["an unknown tool", head("description: x", "tools: [finish, rule]"), 3, /no tool "rule"/u],
  ["an unknown tool of a longer list", head("tools:", "  - finish", "  - rule"), 4, /no tool "rule"/u],
  ["tools that are no list", head("tools: finish"), 2, /no list/u],
  ["text that YAML reads as something else", head("tools: []", "description: &a x"), 3, /no line of/u],
  ["a model without a vendor", head("tools: []", "model: best"), 3, /vendor\/family/u],
  ["no prompt", "---\ntools: []\n---\n\n", 4, /0 characters/u],
  ["more than 64 KiB", head("tools: []") + "x".repeat(65_536), 1, /over 65536/u],
];

for (const [what, text, line, why] of FAULTS)
  test(`an image file with ${what} is refused with its line, and the others stay`, async (t) => {
    const { read } = workspace(t, { app: { "bad.agent.md": text, "good.agent.md": GOOD } });
    const { images, problems } = await read();
    assert.deepEqual(
      images.map((i) => i.name),
      ["good"],
    );
    assert.equal(problems.length, 1);
    assert.equal(problems[0]?.at, `fs:/app/.agents/images/bad.agent.md:${line}`);
    assert.match(problems[0]?.text ?? "", why);
  });

test("an image file is read as editors write it: lists of both forms, quotes, comments and carriage returns", async (t) => {
  const text =
    '---\r\n# mine\r\nname: "The Finder"\r\ndescription: \'finds: all\'\r\ntools:\r\n  - read_file\r\n  - "finish"\r\nmodel: test/one\r\n---\r\nFind.\r\nAll.\r\n';
  const { read } = workspace(t, { app: { "finder.agent.md": text, "notes.md": "nothing" } });
  const { images, problems } = await read();
  assert.deepEqual(problems, []);
  const [image] = images;
  assert.deepEqual(
    [image?.name, image?.summary, image?.prompt, image?.model, image?.from],
    ["finder", "The Finder: finds: all", "Find.\nAll.", "test/one", "fs:/app/.agents/images/finder.agent.md"],
  );
  assert.deepEqual(image?.tools, ["read_file", "finish"]);
});

test("the name of a built-in image or of an earlier folder's stays theirs, and a name has plain letters", async (t) => {
  const { read } = workspace(t, {
    app: { "coding.agent.md": GOOD, "find.agent.md": GOOD, "No Name.agent.md": GOOD },
    lib: { "find.agent.md": GOOD },
  });
  const { images, problems } = await read();
  assert.deepEqual(
    images.map((i) => i.from),
    ["fs:/app/.agents/images/find.agent.md"],
  );
  const [letters, builtIn, twice] = problems.map((p) => p.text);
  assert.match(builtIn ?? "", /^fs:\/app\/.*coding\.agent\.md:1: a built-in image has this name/u);
  assert.match(letters ?? "", /No Name.*its name is not of/u);
  assert.match(twice ?? "", /^fs:\/lib\/.*: fs:\/app\/.agents\/images\/find.agent.md has this name/u);
});

test("a name that only looks like one of the allowed characters is shown with escapes", async (t) => {
  const { read } = workspace(t, { app: { "re\u2011view.agent.md": GOOD } });
  const [problem] = (await read()).problems;
  assert.match(problem?.text ?? "", /with escapes: "re\\u2011view"/u);
});

test("no link is followed to an image, whether of the file or of its folder", async (t) => {
  const { base, roots, read } = workspace(t, { app: {} });
  mkdirSync(join(base, "out/images"), { recursive: true });
  mkdirSync(join(base, "lib"));
  writeFileSync(join(base, "out/images/far.agent.md"), GOOD);
  symlinkSync(join(base, "out/images/far.agent.md"), join(base, "app/.agents/images/far.agent.md"));
  symlinkSync(join(base, "out"), join(base, "lib/.agents"));
  roots.push({ name: "lib", path: join(base, "lib") });
  const { images, problems } = await read();
  assert.deepEqual(images, []);
  assert.deepEqual(
    problems.map((p) => [p.at, /links are not followed/u.test(p.text)]),
    [
      ["fs:/app/.agents/images/far.agent.md:1", true],
      ["fs:/lib/.agents", true],
    ],
  );
});

test("a run finds the image files of its workspace by name, and says why one cannot be taken", async (t) => {
  const { base } = workspace(t, { app: { "find.agent.md": GOOD, "bad.agent.md": "x" } });
  const typed = {
    model: undefined,
    script: undefined,
    policy: undefined,
    answerWithin: undefined,
    grants: [],
    budget: {},
  };
  const launch = (image: string) =>
    readLaunch(
      [join(base, "app")],
      {
        ...typed,
        image,
        goal: "g",
        answer: "deny",
        sandbox: "auto",
        worktree: false,
        checkpointEveryTurn: true,
      },
      launchSources,
    );
  const { order } = await launch("find");
  assert.deepEqual([order.image.prompt, order.image.tools], ["Find.", ["read_file", "finish"]]);
  assert.deepEqual(order.grants, [], "what it lists grants nothing");
  const refused = (text: RegExp) => (error: unknown) =>
    error instanceof UsageError && text.test(error.message);
  await assert.rejects(launch("bad"), refused(/bad\.agent\.md:1: it begins with no front matter/u));
  await assert.rejects(launch("none"), refused(/no image "none".*Images: coding, reviewer, tour, find\./u));
});

test("a name means the built-in image, then the one agents registered, then the only file that says it", async (t) => {
  const twice = { app: { "find.agent.md": GOOD, "two.agent.md": GOOD }, lib: { "two.agent.md": GOOD } };
  const { roots } = workspace(t, twice);
  const coding = IMAGES.get("coding");
  assert.ok(coding);
  const registered = (name: string): Registered => ({
    images: new Map([["hash", { ...coding, name, prompt: "Registered.", from: "pid:4" }]]),
    registered: new Map([[name, "hash"]]),
  });
  const said = async (name: string, by?: Registered): Promise<string> => {
    const found = await imagesAt(roots, by).find(name);
    return "prompt" in found ? found.prompt : `${found.code} ${found.message} ${found.hint}`;
  };
  assert.equal(await said("coding", registered("coding")), coding.prompt);
  assert.equal(await said("find"), "Find.");
  assert.equal(await said("find", registered("find")), "Registered.");
  assert.match(await said("two"), /^EINVAL .*fs:\/app\/.* and fs:\/lib\/.*Images: coding, .*, find, two\.$/u);
  assert.equal(await said("two", registered("two")), "Registered.");
  const { images, problems } = await imagesAt(roots, registered("find")).list();
  assert.deepEqual(
    images.map(({ name, from = "built in" }) => [name, from]),
    [
      ...[...IMAGES.keys()].map((name) => [name, "built in"]),
      ["find", "pid:4"],
      ["two", "fs:/app/.agents/images/two.agent.md"],
    ],
  );
  assert.deepEqual(
    problems.map((p) => [p.name, p.text.replace(/^.*?:\d+: /u, "")]),
    [
      ["two", "fs:/app/.agents/images/two.agent.md has this name already"],
      ["find", "an image that agent 4 registered has this name already"],
    ],
  );
});

test("built-in images are found without a look at files or records", async () => {
  const never = (): never => assert.fail("looked at");
  const images = createImages(never, IMAGES, { read: never });
  assert.equal(await images.find("reviewer"), IMAGES.get("reviewer"));
});
