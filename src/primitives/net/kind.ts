// Kind `net`: hosts on the network, by name.
import { reasonsOf, type ClassAsk, type Kind, type SayNote } from "../../abi/kind.ts";
import { decodeName, encodeName } from "../../abi/resource.ts";
import { canonicalHost, hostOf, isAddress } from "../../abi/net/host.ts";

/** Reasons of asks, for the person who is asked. */
const netReasons = {
  address: (t) => t("an address can be any machine, also this one or one of a private network"),
} satisfies Readonly<Record<string, SayNote>>;

/** A name leads only to the open internet; an address leads to itself, so nobody comes to one by a grant for all hosts. */
const ADDRESS: ClassAsk = {
  ...{ id: "address", once: false, secret: false },
  ...reasonsOf(netReasons)("address"),
};

export const netKind: Kind = {
  name: "net",
  rights: { connect: (t) => t("connect to") },
  noun: (t, name) => (name === "" ? t("any host") : t("the host {0}", name)),
  // However a rule writes a host, it means that host.
  fold: (path) =>
    path.replace(/^\/([^/]+)/u, (written, name: string) => {
      const host = canonicalHost(decodeName(name));
      return host === undefined ? written : `/${encodeName(host)}`;
    }),
  classify: (resource) => ({ asks: isAddress(hostOf(resource)) ? [ADDRESS] : [] }),
  settledExactly: ["address"],
  classWords: (t) => [[t("asks"), t("to connect to a bare address; a grant must name it exactly")]],
  notes: netReasons,
  narrows: "resource",
  suggests: ({ wishes, profile }) =>
    (wishes.has("git") || wishes.has("run")) && profile !== "readOnly" ? ["ask:connect:net:/**"] : [],
};
