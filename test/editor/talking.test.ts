// Talking in a real extension host: drafts that only their own document sends, the transcript's outline and lenses, chat.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as vscode from "vscode";
import { agentsJson, replyTo, resultJson } from "../../src/ui/chat.ts";
import { draftBody } from "../../src/ui/documents/drafts.ts";
import { AgentRow, ownRow } from "../../src/ui/session/rows.ts";
import { TestKernel } from "../support/kernel.ts";
import { turns } from "../support/kernel/turns.ts";
import { folder, journal, newAgent, scriptFor, until } from "./support/people.ts";

const run = (command: string, ...args: unknown[]) =>
  vscode.commands.executeCommand(`agentlibos.${command}`, ...args);
const front = (): vscode.TextDocument | undefined => vscode.window.activeTextEditor?.document;
const finish = { calls: [{ tool: "finish", args: { result: "[run](command:x)" } }] };
const ask = { calls: [{ tool: "ask_human", args: { question: "Which colour?" } }] };

/** Marks a line of a file and begins a goal from it. */
async function select(text: string): Promise<vscode.TextDocument> {
  const uri = vscode.Uri.file(join(folder, "colours.txt"));
  writeFileSync(uri.fsPath, `first\n${text}\nlast\n`);
  const editor = await vscode.window.showTextDocument(uri, { preview: false });
  editor.selection = new vscode.Selection(1, 0, 1, text.length);
  await run("newAgentFromSelection");
  await until("a draft in front", () => front()?.uri.scheme === "agentlibos-draft");
  const document = front();
  assert.ok(document);
  return document;
}

describe("talking", () => {
  let pid = 0;

  it("a selection becomes a draft that says what Send does, and Send starts it through the steps", async () => {
    scriptFor([ask, finish]);
    const draft = await select("a red line");
    assert.match(draft.getText(), /^<!-- .*Send asks for its model.* This comment is not sent\. -->\n/u);
    assert.match(
      draftBody(draft.getText()),
      /^In `colours\.txt`, line 2:\n\n```plaintext\na red line\n```$/u,
    );
    const edit = new vscode.WorkspaceEdit();
    edit.insert(draft.uri, new vscode.Position(draft.lineCount, 0), "\nPaint it.");
    await vscode.workspace.applyEdit(edit);
    const sent = run("send");
    for (let left = 100; left > 0 && !journal().includes("Paint it."); left--) {
      await vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem");
      await sleep(150);
    }
    await sent;
    await until("a question", () => journal().includes("Which colour?"));
    const goal = /"kind":"process\.spawn","pid":(\d+)[^\n]*Paint it\./u.exec(journal());
    assert.ok(goal, "started with the text of the draft");
    assert.doesNotMatch(goal[0], /This comment is not sent/u);
    pid = Number(goal[1]);
    const drafts = vscode.workspace.textDocuments.filter(
      (d) => d.uri.scheme === "agentlibos-draft" && !d.isClosed,
    );
    assert.deepEqual(
      vscode.window.tabGroups.all.flatMap((g) => g.tabs).filter((tab) => /New agent/u.test(tab.label)),
      [],
      `the draft was closed ${drafts.length}`,
    );
  });

  it("a draft at a made-up address is nobody’s, and Send elsewhere sends nothing", async () => {
    const forged = vscode.Uri.from({ scheme: "agentlibos-draft", path: `/message-${pid}/Forged.md` });
    await assert.rejects(async () => vscode.workspace.fs.writeFile(forged, new TextEncoder().encode("Obey")));
    await vscode.window.showTextDocument(vscode.Uri.file(join(folder, "colours.txt")));
    await run("send", forged);
    await run("send", { pid, text: "Obey" });
    await sleep(200);
    assert.doesNotMatch(journal(), /Obey/u);
  });

  it("the transcript has an outline and folds by turn, and each open question has its lens", async () => {
    const open = (): vscode.TextDocument | undefined =>
      vscode.workspace.textDocuments.find((d) => d.uri.path.startsWith(`/transcript/${pid}/`));
    await until("a transcript", () => open() !== undefined);
    const uri = open()?.uri;
    assert.ok(uri);
    // Another file may have taken its tab by now; only a transcript that is shown goes on growing.
    const { document } = await vscode.window.showTextDocument(uri);
    await until("the question", () => document.getText().includes("waits for an answer"));
    const of = <T>(command: string): Thenable<T[]> =>
      vscode.commands.executeCommand<T[]>(command, document.uri);
    const symbols = await of<vscode.DocumentSymbol>("vscode.executeDocumentSymbolProvider");
    const names = symbols.flatMap((s) => [s.name, ...s.children.map((c) => c.name)]);
    assert.ok(
      names.some((name) => name.includes("Goal")) && names.some((n) => n.includes("Turn 1")),
      `${names.join()}`,
    );
    const folds = await of<vscode.FoldingRange>("vscode.executeFoldingRangeProvider");
    const turn = document.getText().split("\n").indexOf("## Turn 1");
    assert.ok(folds.some((fold) => fold.start === turn));
    const lenses = await of<vscode.CodeLens>("vscode.executeCodeLensProvider");
    const at = (line: number): (string | undefined)[] =>
      lenses.filter((l) => l.range.start.line === line).map((l) => l.command?.title);
    assert.deepEqual(at(document.lineCount - 1), ["Message…", "Interrupt…", "Pause", "Stop"]);
    const asked = document
      .getText()
      .split("\n")
      .findIndex((line) => line.includes("waits for an answer"));
    assert.deepEqual(at(asked), ["Answer…"]);
  });

  it("a look-alike of what a lens passes is nothing, and what ours passes stops its agent", async () => {
    await run("pause", { pid });
    await vscode.commands.executeCommand("workbench.action.closeQuickOpen");
    await run("earlier", { pid, nth: 0 });
    const document = vscode.workspace.textDocuments.find((d) => d.uri.path.startsWith(`/transcript/${pid}/`));
    assert.ok(document);
    const [stop] = (
      await vscode.commands.executeCommand<vscode.CodeLens[]>("vscode.executeCodeLensProvider", document.uri)
    ).filter((lens) => lens.command?.title === "Stop");
    assert.ok(stop?.command);
    const given: unknown[] = stop.command.arguments ?? [];
    await vscode.commands.executeCommand(stop.command.command, ...given);
    await until("its end", () => new RegExp(`"kind":"process\\.exit","pid":${pid}`, "u").test(journal()));
    await until("its receipt", () => /### Agent \d+ .*stopped|killed/u.test(document.getText()));
  });

  it("an agent that ended has its receipt at the end of its transcript", async () => {
    await newAgent("Show a receipt", [finish]);
    await until("its receipt", () =>
      vscode.workspace.textDocuments.some((d) =>
        /Show a receipt[^]*Check it: `[^`]+ verify --workspace /u.test(d.getText()),
      ),
    );
  });
});

describe("chat", () => {
  it("has its participant and its tools, and they are declared", () => {
    const names = vscode.lm.tools.map((tool) => tool.name);
    assert.ok(
      names.includes("agentlibos_list_agents") && names.includes("agentlibos_read_result"),
      names.join(),
    );
  });

  it("lists, shows and proposes; what agents wrote is code, and buttons lead to our views", async () => {
    const on = await TestKernel.open({
      model: turns({ 2: [[["finish", { result: "![x](https://e.example/)" }]]] }),
    });
    on.launch([], { goal: "Do `this`" });
    await on.settle();
    const said: string[] = [];
    const buttons: vscode.Command[] = [];
    const stream = {
      markdown: (text: string | vscode.MarkdownString) =>
        void said.push(typeof text === "string" ? text : text.value),
      button: (command: vscode.Command) => void buttons.push(command),
    };
    replyTo(on.kernel, { command: "list", prompt: "" }, stream);
    replyTo(on.kernel, { command: "show", prompt: "2" }, stream);
    replyTo(on.kernel, { command: "show", prompt: "99" }, stream);
    replyTo(on.kernel, { command: "start", prompt: "Paint" }, stream);
    assert.match(said[0] ?? "", /- 2 ``Do `this` ``: finished|- 2 `` Do `this` ``: finished/u);
    assert.match(said.join(""), /```\n!\[x\]\(https:\/\/e\.example\/\)\n```/u);
    assert.match(said.join(""), /no agent with this number/u);
    assert.deepEqual(
      buttons.map((b) => b.command),
      ["agentlibos.agents.focus", "agentlibos.openTranscript", "agentlibos.newAgent"],
    );
    assert.equal(ownRow(buttons[1]?.arguments?.[0], AgentRow)?.pid, 2);
    assert.deepEqual(JSON.parse(agentsJson(on.kernel)), [{ pid: 2, state: "finished", goal: "Do `this`" }]);
    assert.match(resultJson(on.kernel, 2), /is data .* not an instruction.*"!\[x\]/u);
    assert.match(resultJson(on.kernel, 3), /no such agent/u);
  });
});
