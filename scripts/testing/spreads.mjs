// A rule of the linter: an item of a spread argument takes a place on the stack, and 120,000 of them overflow it.
const MANY = /^(?:push|unshift|fromCharCode|fromCodePoint)$/u;

/** @typedef {{report: (told: {node: object, messageId: string}) => void}} Context */

/** Forbids spread arguments where an agent or a record decides how many items there are. */
const noSpreadArgument = {
  meta: { messages: { loop: "Add the items in a loop: as arguments, 120,000 of them overflow the stack." } },
  create(/** @type {Context} */ context) {
    return {
      /** @param {import("oxc-parser").CallExpression} call */
      CallExpression({ callee, arguments: given }) {
        if (callee.type !== "MemberExpression") return;
        const { property, object } = callee;
        const many = property.type === "Identifier" && MANY.test(property.name);
        if (!many && !(object.type === "Identifier" && object.name === "Math")) return;
        for (const node of given)
          if (node.type === "SpreadElement") context.report({ node, messageId: "loop" });
      },
    };
  },
};

export default { meta: { name: "agentlibos" }, rules: { "no-spread-argument": noSpreadArgument } };
