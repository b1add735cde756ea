// get_diagnostics in a real editor: what language support says of a file reaches the agent, and of a secret file not.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as vscode from "vscode";
import { folder, journal, newAgent, until } from "./support/people.ts";

describe("problems of files", () => {
  it("an agent is told what the editor found, as far as it may read the file", async () => {
    const found = vscode.languages.createDiagnosticCollection("test");
    const say = (name: string, message: string): void => {
      writeFileSync(join(folder, name), "const x = 1;\n");
      const range = new vscode.Range(0, 6, 0, 7);
      const problem = new vscode.Diagnostic(range, message, vscode.DiagnosticSeverity.Warning);
      problem.source = "tester";
      found.set(vscode.Uri.file(join(folder, name)), [problem]);
    };
    say("checked.txt", "x is never used");
    say(".env.local", "the secret looks weak");
    await newAgent("check it", [
      { calls: [{ tool: "get_diagnostics", args: {} }] },
      { calls: [{ tool: "get_diagnostics", args: { path: "checked.txt" } }] },
      { calls: [{ tool: "finish", args: { result: "${1.0.problems.0.message} ${0.0.hidden}" } }] },
    ]);
    await until("the agent to end", () => journal().includes("x is never used 1"));
    found.dispose();
    const ends = journal()
      .split("\n")
      .filter((line) => line.includes('"op":"fs.diagnostics"') && line.includes('"kind":"call.end"'));
    assert.equal(ends.length, 2);
    for (const end of ends) {
      const { data } = JSON.parse(end) as { data: { value: { problems: unknown[] } } };
      const problem = {
        line: 1,
        column: 7,
        severity: "warning",
        message: "x is never used",
        source: "tester",
      };
      assert.deepEqual(data.value.problems, [{ ...problem, path: "app/checked.txt" }]);
    }
    assert.equal(journal().includes("looks weak"), false);
  });
});
