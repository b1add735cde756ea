// The authority step: lists of grants to choose from, each in words and to the letter; what is chosen is what is held.
import * as vscode from "vscode";
import { parseCap, printCap } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import { nowIn, stillHeld } from "../../views/agents/authority.ts";
import { grantWords } from "../../views/words/resources.ts";
import type { ChosenImage } from "./images.ts";
import { unpictured } from "../session/messages.ts";
import type { Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { setting } from "../manifest/settings.ts";

const { t } = vscode.l10n;

const INDENT = "      ";
/** How many characters a line of the list holds. */
const LINE = 75;

/** One list that may be chosen: its name, what is to be known of it, and its CAP texts. */
interface Offer {
  readonly label: string;
  readonly about?: string;
  readonly grants: readonly string[];
}

/** Shows each list once, whole. Undefined when none was chosen. */
async function choose(title: string, offers: readonly Offer[]): Promise<readonly string[] | undefined> {
  const items: (vscode.QuickPickItem & { readonly grants: readonly string[] })[] = [];
  const shown = new Set<string>();
  for (const { label, about = "", grants } of offers) {
    const text = grants.join("\n");
    if (shown.has(text)) continue;
    shown.add(text);
    items.push({ label: "", kind: vscode.QuickPickItemKind.Separator, grants });
    items.push({ label, description: about, grants });
    for (const cap of grants) {
      const grant = parseCap(cap);
      const words = isFault(grant) ? cap : grantWords(t, grant);
      // A line that is too long is cut at its end, and what is to be held must be read whole.
      const where = words.length + cap.length > LINE ? "detail" : "description";
      items.push({ label: `${INDENT}${unpictured(words)}`, [where]: unpictured(cap), grants });
    }
    if (grants.length === 0)
      items.push({ label: `${INDENT}${t("nothing but its model, its own objects and asking you")}`, grants });
  }
  return (await vscode.window.showQuickPick(items, { title, ignoreFocusOut: true }))?.grants;
}

/**
 * The profiles of an image, that of the settings first. What an image of somebody else suggests is the list that its
 * tools could use, and it is called that.
 */
async function profiles(outside: Outside, session: Session, { image, all }: ChosenImage): Promise<Offer[]> {
  const config = vscode.workspace.getConfiguration("agentlibos");
  const first = setting(config, "profile");
  const of = (profile: "ask" | "readOnly" | "editFreely"): Promise<string[]> =>
    outside.suggest(image, profile, session.folders, all);
  const [ask, readOnly, editFreely] = await Promise.all([of("ask"), of("readOnly"), of("editFreely")]);
  const suggested =
    image.from === undefined
      ? undefined
      : image.from.startsWith("pid:")
        ? t("suggested by the image that agent {0} registered", image.from.slice(4))
        : t("suggested by the image file");
  const writes = ask.join() !== readOnly.join();
  const reads = t("$(eye) Read Only: reads the folder, changes nothing");
  const offers: (Offer & { readonly profile: string })[] = [
    {
      ...{ profile: "ask", grants: ask, about: suggested ?? "" },
      label: writes
        ? t("$(shield) Ask: reads the folder, asks before each change")
        : ask.length > 0
          ? reads
          : t("$(shield) Nothing: thinks, and asks you"),
    },
    { profile: "readOnly", grants: readOnly, label: reads, about: t("narrower") },
    {
      ...{ profile: "editFreely", grants: editFreely, about: t("wider") },
      label: t("$(edit) Edit Freely: edits the folder without asking, asks before it deletes"),
    },
  ];
  // Where the lists are the same, only the first name of them is true.
  return writes ? offers.sort((a, b) => Number(b.profile === first) - Number(a.profile === first)) : offers;
}

/** What a new agent may do: each profile with its whole list. */
export async function chooseAuthority(
  outside: Outside,
  session: Session,
  chosen: ChosenImage,
): Promise<readonly string[] | undefined> {
  const title = t("What may it do? Secrets and files that run later ask each time, whatever is chosen.");
  return choose(title, await profiles(outside, session, chosen));
}

/** What a fork may do: what the other still held at its end, less, or what a new agent of its image would get. */
export async function chooseForkAuthority(
  outside: Outside,
  session: Session,
  chosen: ChosenImage,
  state: State,
  { pid }: Process,
): Promise<readonly string[] | undefined> {
  const held = stillHeld(state, pid, nowIn(state, Date.now()));
  const denies = held.filter(({ effect }) => effect === "deny");
  const looks = held.filter(({ rights }) => rights.every((right) => right === "read" || right === "list"));
  const kept = [...new Set([...looks, ...denies])].map((grant) => printCap(grant));
  const fresh = (await profiles(outside, session, chosen)).map((offer) => {
    const grants = [...new Set([...offer.grants, ...denies.map((grant) => printCap(grant))])];
    return { ...offer, grants, about: t("as a new agent") };
  });
  return choose(t("What may the fork do? Nothing else passes from agent {0} to it.", pid), [
    {
      label: t("$(history) As It Was: what agent {0} held when it ended and still counts", pid),
      grants: held.map((grant) => printCap(grant)),
    },
    { label: t("$(eye) Only What It Could Read"), about: t("narrower"), grants: kept },
    ...fresh,
  ]);
}
