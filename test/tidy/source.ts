// Reads a source as text: its code without comments and strings, and the files that it imports.

/** The text with comments, strings and regular expressions blanked; code inside `${}` stays. */
export function codeOf(text: string): string {
  const token =
    /\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|[{}]|(?<=(?:^|[(,=:[!&|?{};+>]|\breturn)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//gm;
  const depths: number[] = []; // open braces since each `${`
  let out = "";
  let at = 0;
  const template = () => {
    for (; at < text.length; at++) {
      if (text[at] === "\\") at++;
      else if (text[at] === "`") return void at++;
      else if (text.startsWith("${", at)) return void ((at += 2), depths.push(0));
    }
  };
  for (;;) {
    token.lastIndex = at;
    const hit = token.exec(text);
    out += text.slice(at, hit ? hit.index : text.length);
    if (!hit) return out;
    const found = hit[0];
    const top = depths.length - 1;
    at = hit.index + found.length;
    if (found === "`") template();
    else if (found === "{" || found === "}") {
      if (found === "}" && depths[top] === 0) {
        depths.pop();
        template();
      } else if (top >= 0) depths[top] = (depths[top] ?? 0) + (found === "{" ? 1 : -1);
      out += found;
    } else out += found.startsWith("/") ? found.replace(/[^\n]/g, " ") : '""';
  }
}

/** Every import with its target (own files as tree paths) and whether it is for types only. */
export function importsOf(path: string, text: string): { target: string; types: boolean }[] {
  const plain = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/[^\n]*/gm, "");
  const statement = /^\s*(import|export)\b(?:([^"';]*?)\bfrom)?\s*["']([^"']+)["']/gm;
  const call = /\b(?:import|require|getBuiltinModule)\s*\(\s*["'`]([^"'`]+)["'`]/g;
  const found = [...plain.matchAll(statement)].map((m) => ({
    target: m[3] ?? "",
    types: /^\s*type\s/.test(m[2] ?? ""),
  }));
  for (const m of plain.matchAll(call)) found.push({ target: m[1] ?? "", types: false });
  return found.map(({ target, types }) => ({
    target: /^\.{0,2}\//.test(target) ? new URL(target, `file:///${path}`).pathname.slice(1) : target,
    types,
  }));
}
