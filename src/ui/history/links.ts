// Links to calls: the id behind each call of a transcript opens the document of that call, and does nothing else.
import * as vscode from "vscode";
import { documentAddress, documentUri, SCHEME } from "../documents/documents.ts";

/** The id of a call as the item of a transcript tells it. A text of an agent that looks so leads to a document, too. */
const CALL = /\((\d+\.(?:\d+|x\d+)(?:\.\d+)*)\): /gu;

/** Registers the links of transcripts. */
export function registerCallLinks(): vscode.Disposable {
  return vscode.languages.registerDocumentLinkProvider(
    { scheme: SCHEME },
    {
      provideDocumentLinks(document) {
        if (!/^(?:transcript|pages)\//u.test(documentAddress(document.uri))) return [];
        return [...document.getText().matchAll(CALL)].map((found) => {
          const [, call = ""] = found;
          const [start, end] = [found.index + 1, found.index + 1 + call.length];
          const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
          const name = `${vscode.l10n.t("Call {0}", call)}.txt`;
          const link = new vscode.DocumentLink(range, documentUri("call", [call, name]));
          link.tooltip = vscode.l10n.t("Open Record");
          return link;
        });
      },
    },
  );
}
