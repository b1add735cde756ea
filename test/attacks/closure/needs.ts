// Needs and grants as texts, and which resources a pattern covers, without any code of the kernel.

export type Effect = "allow" | "ask" | "deny";

export interface Need {
  readonly right: string;
  readonly resource: string;
}

/** What a grant says before anybody holds it. `until` is in milliseconds since 1970. */
export interface Said {
  readonly effect: Effect;
  readonly rights: readonly string[];
  readonly resource: string;
  readonly uses?: number | undefined;
  readonly until?: number | undefined;
}

/** Whether a pattern covers all below a resource. */
export const tree = (resource: string): boolean => resource.endsWith("/**");
export const stem = (resource: string): string => resource.replace(/\/\*\*$/u, "");
export const within = (outer: string, inner: string): boolean =>
  outer === inner || inner.startsWith(`${outer}/`);
export const covers = (pattern: string, name: string): boolean =>
  tree(pattern) ? within(stem(pattern), stem(name)) : pattern === name;
export const overlaps = (a: string, b: string): boolean => {
  const [x, y] = [a.toLowerCase(), b.toLowerCase()];
  return covers(x, y) || covers(y, x);
};

/** Whether a list of grants covers a need, by right and resource alone. */
export const inList = (list: readonly Said[], { right, resource }: Need): boolean =>
  list.some((said) => said.rights.includes(right) && covers(said.resource, resource));
