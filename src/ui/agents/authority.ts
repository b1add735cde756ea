// Authority step: offers lists of grants, each in words and as stored. The chosen list is what the agent holds.
import * as vscode from "vscode";
import { parseCap, printCap } from "../../abi/capability.ts";
import { isFault } from "../../abi/errors.ts";
import type { Kinds } from "../../abi/kind.ts";
import type { Process, State } from "../../kernel/state/rows.ts";
import { nowIn, grantsForFork } from "../../views/agents/authority.ts";
import { grantWords } from "../../views/words/resources.ts";
import { visibleLine } from "../../views/words/visible.ts";
import type { ChosenImage } from "./images.ts";
import { choose, type Choice } from "../session/messages.ts";
import type { Outside } from "../session/runtime.ts";
import type { Session } from "../session/session.ts";
import { setting } from "../manifest/settings.ts";

const { t } = vscode.l10n;

const INDENT = "      ";
/** The most characters in a line of the list. */
const LINE = 75;

/** One list to choose: its name, a remark, and its CAP texts. */
interface Offer {
  readonly label: string;
  readonly about?: string;
  readonly grants: readonly string[];
}

/** Shows each different list once, in full. Undefined when none was chosen. */
async function chooseOffer(
  kinds: Kinds,
  title: string,
  offers: readonly Offer[],
): Promise<readonly string[] | undefined> {
  const items: (Choice & { readonly grants: readonly string[] })[] = [];
  const shown = new Set<string>();
  for (const { label, about = "", grants } of offers) {
    const text = grants.join("\n");
    if (shown.has(text)) continue;
    shown.add(text);
    items.push({ label: "", kind: vscode.QuickPickItemKind.Separator, grants });
    items.push({ label, description: about, grants, ours: true });
    for (const cap of grants) {
      const grant = parseCap(cap, kinds);
      const words = isFault(grant) ? visibleLine(cap) : grantWords(t, kinds, grant);
      // The editor truncates a long line at its end. A grant must be readable in full.
      const where = words.length + cap.length > LINE ? "detail" : "description";
      items.push({ label: `${INDENT}${words}`, [where]: visibleLine(cap), grants });
    }
    if (grants.length === 0)
      items.push({ label: `${INDENT}${t("nothing but its model, its own objects and asking you")}`, grants });
  }
  return (await choose(items, { title, ignoreFocusOut: true }))?.grants;
}

/**
 * The profiles of an image, with that of the settings first. The suggestions of a foreign image are the grants that
 * its tools could use, and the remark says who suggests them.
 */
async function profileOffers(
  outside: Outside,
  session: Session,
  { image, all }: ChosenImage,
  folders = session.folders,
): Promise<Offer[]> {
  const config = vscode.workspace.getConfiguration("agentlibos");
  const first = setting(config, "profile");
  const of = (profile: "ask" | "readOnly" | "editFreely"): Promise<string[]> =>
    outside.suggest(image, profile, folders, all);
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
  // When the lists are equal, only the first name is true.
  return writes ? offers.sort((a, b) => Number(b.profile === first) - Number(a.profile === first)) : offers;
}

/**
 * Offers the authority of a new agent: each profile with its whole list, over these folders or else all. The grants of an
 * agent apart name the folder that its worktree is of.
 */
export async function chooseAuthority(
  outside: Outside,
  session: Session,
  chosen: ChosenImage,
  folders = session.folders,
): Promise<readonly string[] | undefined> {
  const title = t("What may it do? Secrets and files that run later ask each time, whatever is chosen.");
  return chooseOffer(await outside.kinds(), title, await profileOffers(outside, session, chosen, folders));
}

/** Offers the authority of a fork: the grants held at the end, fewer of them, or those of a new agent. */
export async function chooseForkAuthority(
  outside: Outside,
  session: Session,
  chosen: ChosenImage,
  state: State,
  { pid }: Process,
): Promise<readonly string[] | undefined> {
  const held = grantsForFork(state, pid, nowIn(state, Date.now()));
  const denies = held.filter(({ effect }) => effect === "deny");
  const reads = held.filter(({ rights, resource }) =>
    rights.every((right) => state.kinds.reads({ right, resource })),
  );
  const kept = [...new Set([...reads, ...denies])].map((grant) => printCap(grant));
  const fresh = (await profileOffers(outside, session, chosen)).map((offer) => {
    const grants = [...new Set([...offer.grants, ...denies.map((grant) => printCap(grant))])];
    return { ...offer, grants, about: t("as a new agent") };
  });
  return chooseOffer(state.kinds, t("What may the fork do? Nothing else passes from agent {0} to it.", pid), [
    {
      label: t("$(history) As It Was: what agent {0} held when it ended and still counts", pid),
      grants: held.map((grant) => printCap(grant)),
    },
    { label: t("$(eye) Only What It Could Read"), about: t("narrower"), grants: kept },
    ...fresh,
  ]);
}
