// Kind `mcp`: tools and resources of MCP servers, each by the name of its server and its own.
import type { Kind } from "../../abi/kind.ts";

export const mcpKind: Kind = {
  name: "mcp",
  rights: { call: (t) => t("call"), read: (t) => t("read") },
  noun: (t, name) => (name === "" ? t("any MCP tool") : t("the MCP tool {0}", name)),
  readBy: ["read"],
  narrows: "resource",
};
