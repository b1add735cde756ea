// The manifest as a person meets it: titles in their language, where commands stand and on which keys, and the defaults.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** Where a command stands in a menu. */
export interface Place {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

interface Package {
  readonly version: string;
  readonly contributes: {
    readonly commands: readonly { command: string; title: string; category?: string }[];
    readonly menus: Readonly<Record<string, readonly Place[]>>;
    readonly keybindings: readonly { command: string; key: string; when?: string }[];
    readonly views: Readonly<Record<string, readonly { id: string; name: string; visibility?: string }[]>>;
    readonly viewsWelcome: readonly { view: string; contents: string; when?: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { default?: unknown }>> };
  };
}

/** What the extension contributes, in one language. */
export class Manifest {
  readonly language: string;
  readonly json: Package;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #bundle: Readonly<Record<string, string | { message: string }>>;

  constructor(language: string) {
    const read = <T>(...names: string[]): T | undefined => {
      const found = names.map((name) => join(root, name)).find((path) => existsSync(path));
      return found === undefined ? undefined : (JSON.parse(readFileSync(found, "utf8")) as T);
    };
    this.language = language;
    this.json = read<Package>("package.json") ?? failed("package.json");
    this.#texts = {
      ...read<Record<string, string>>("package.nls.json"),
      ...read<Record<string, string>>(`package.nls.${language}.json`),
    };
    this.#bundle = read<Record<string, string>>(`l10n/bundle.l10n.${language}.json`) ?? {};
  }

  /** A text of the manifest, which may stand in another file. */
  text(text: string): string {
    return text.replace(/^%(.+)%$/u, (_, key: string) => this.#texts[key] ?? failed(`a text for ${key}`));
  }

  /** True for a view of which only the heading stands there at first. */
  isClosed(view: string): boolean {
    const all = Object.values(this.json.contributes.views).flat();
    return all.some(({ id, visibility }) => id === view && visibility === "collapsed");
  }

  /** The title of a command, without its category. */
  title(command: string): string {
    const found = this.json.contributes.commands.find((each) => each.command === command);
    return found === undefined ? failed(`a title for ${command}`) : this.text(found.title);
  }

  /** A command as the palette lists it. */
  listed(command: string): string {
    const found = this.json.contributes.commands.find((each) => each.command === command);
    const category = found?.category === undefined ? "" : `${this.text(found.category)}: `;
    return `${category}${this.title(command)}`;
  }

  menu(menu: string): readonly Place[] {
    return this.json.contributes.menus[menu] ?? [];
  }

  /** The id of a view by its heading. */
  viewNamed(name: string): string {
    const views = Object.values(this.json.contributes.views).flat();
    return views.find((view) => this.text(view.name).startsWith(name))?.id ?? failed(`a view named ${name}`);
  }

  /** What a setting is when nobody set it; undefined for one that is not ours. */
  default(name: string): unknown {
    return this.json.contributes.configuration.properties[name]?.default;
  }

  /** A message in the language of the editor. */
  translated(message: string): string {
    const found = this.#bundle[message];
    return found === undefined ? message : typeof found === "string" ? found : found.message;
  }
}

function failed(what: string): never {
  throw new Error(`the manifest has not ${what}`);
}
