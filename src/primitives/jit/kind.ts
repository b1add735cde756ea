// Kind `jit`: tools that agents write and register.
import type { Kind } from "../../abi/kind.ts";

export const jitKind: Kind = {
  name: "jit",
  rights: { register: (t) => t("register"), call: (t) => t("call") },
  noun: (t, name) => t("the registered tool {0}", name),
};
