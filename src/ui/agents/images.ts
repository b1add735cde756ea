// Images: chooses the image that an agent is started from. A person is asked only when there is a choice.
import * as vscode from "vscode";
import type { Image, ImageProblem } from "../../abi/image.ts";
import { visibleImage, visibleLine, visibleName } from "../../views/words/visible.ts";
import { originWords } from "../../views/words/resources.ts";
import { fileAt } from "../session/folders.ts";
import { choose } from "../session/messages.ts";
import type { Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";

const { t } = vscode.l10n;

/** The image of New Agent unless a person chooses another one. */
const DEFAULT_IMAGE = "coding";

/** The chosen image, and the names of all images, which the agent may ask to start. */
export interface ChosenImage {
  readonly image: Image;
  readonly all: readonly string[];
}

interface Item extends vscode.QuickPickItem {
  readonly image?: Image;
  readonly problem?: ImageProblem;
}

/**
 * Lets a person choose when the workspace has image files or agents registered images. The files are read again each
 * time. A file with a problem is listed with its line, and choosing it opens the line. Undefined when nothing was
 * chosen.
 */
export async function chooseImage(outside: Outside, session: Session): Promise<ChosenImage | undefined> {
  const { images, problems } = await outside.images(session.folders, session.runtime);
  const all = images.map(({ name }) => name);
  const usual = images.find(({ name }) => name === DEFAULT_IMAGE);
  const others = problems.length > 0 || images.some(({ from }) => from !== undefined);
  if (!others) return usual === undefined ? undefined : { image: usual, all };
  const kinds = await outside.kinds();
  const items: Item[] = images.map((image) => ({
    ...{ label: visibleImage(image.name), description: originWords(t, kinds, image.from), image },
    detail: [visibleLine(image.summary), ...toolsOf(image)].filter((part) => part !== "").join(" · "),
  }));
  if (problems.length > 0)
    items.push({ label: t("Files that cannot be used"), kind: vscode.QuickPickItemKind.Separator });
  for (const problem of problems)
    items.push({
      ...{
        label: visibleName(problem.name === "" ? problem.at : problem.name),
        description: t("opens the line"),
        problem,
      },
      detail: visibleLine(problem.text),
    });
  const chosen = await choose(items, {
    title: t("Which image? It says what the agent is told and which tools it has."),
    ...{ ignoreFocusOut: true, matchOnDescription: true, matchOnDetail: true },
  });
  if (chosen?.problem !== undefined) await openLine(session, chosen.problem.at);
  return chosen?.image === undefined ? undefined : { image: chosen.image, all };
}

/** The tools that a foreign image may use at most. The summary of a built-in image names its tools. */
function toolsOf({ from, tools }: Image): string[] {
  return from === undefined
    ? []
    : [t("Tools: {0}", tools.length === 0 ? t("none") : visibleLine(tools.join(", ")))];
}

/**
 * Opens a file at the line that a problem names: `fs:/app/.agents/images/x.agent.md:3`, or a folder without a line.
 */
async function openLine({ folders }: Session, at: string): Promise<void> {
  const [, resource = at, line = "1"] = /^(.*):(\d+)$/u.exec(at) ?? [];
  const uri = fileAt(folders, resource);
  if (uri === undefined) return;
  const start = new vscode.Position(Number(line) - 1, 0);
  await vscode.window
    .showTextDocument(uri, { selection: new vscode.Range(start, start), preview: false })
    .then(undefined, () => vscode.commands.executeCommand("revealInExplorer", uri));
}
