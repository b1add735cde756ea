// Kind `object`: named values in namespaces, where each process has a private one.
import type { Kind } from "../../abi/kind.ts";
import { foldCase, isTree, stem } from "../../abi/resource.ts";

export const objectKind: Kind = {
  name: "object",
  rights: {
    read: (t) => t("read"),
    write: (t) => t("change"),
    link: (t) => t("link"),
    share: (t) => t("share"),
  },
  noun: (t, name, tree) => (tree ? t("objects in {0}", name) : t("the object {0}", name)),
  readBy: ["read"],
  changedBy: ["write"],
  namespaceOf(resource) {
    const [, namespace = ""] = foldCase(stem(resource)).split("/");
    return namespace === "" && !isTree(resource) ? undefined : namespace;
  },
  // A reader of an object does not decide who else reads it.
  sharedBy: "share",
  narrows: "resource",
  tools: [
    {
      names: [
        ...["put_object", "get_object", "list_objects", "link_objects", "delete_object"],
        ...["file_to_object", "object_to_file"],
      ],
      images: ["coding", "tour"],
    },
  ],
  birth: {
    own: (pid) => ({ rights: ["read", "write", "link", "share"], resource: `object:/p${pid}/**` }),
  },
};
