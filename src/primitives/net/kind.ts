// Kind `net`: hosts on the network, by name.
import type { Kind } from "../../abi/kind.ts";

export const netKind: Kind = {
  name: "net",
  rights: { connect: (t) => t("connect to") },
  noun: (t, name) => (name === "" ? t("any host") : t("the host {0}", name)),
  narrows: "resource",
  suggests: ({ wishes, profile }) =>
    wishes.has("git") && profile !== "readOnly" ? ["ask:connect:net:/**"] : [],
};
