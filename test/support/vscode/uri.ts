// Uri as the editor has it: five parts, written out with everything unusual encoded, compared as text.
import type * as vscode from "vscode";

interface Parts {
  readonly scheme: string;
  readonly authority?: string | null;
  readonly path?: string | null;
  readonly query?: string | null;
  readonly fragment?: string | null;
}

const FORM = /^(?:([^:/?#]+?):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/su;

/** An address. It is one class for all windows, so that `instanceof` holds between them. */
export class Uri implements vscode.Uri {
  readonly scheme: string;
  readonly authority: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;

  protected constructor({ scheme, authority, path, query, fragment }: Parts) {
    this.scheme = scheme;
    this.authority = authority ?? "";
    const plain = path ?? "";
    this.path = scheme === "file" && !plain.startsWith("/") ? `/${plain}` : plain;
    this.query = query ?? "";
    this.fragment = fragment ?? "";
  }

  static file(path: string): Uri {
    return new Uri({ scheme: "file", path });
  }

  static parse(text: string): Uri {
    const [, scheme = "file", authority = "", path = "", query = "", fragment = ""] = FORM.exec(text) ?? [];
    const [a, p, q, f] = [authority, path, query, fragment].map(decoded);
    return new Uri({ scheme, authority: a ?? "", path: p ?? "", query: q ?? "", fragment: f ?? "" });
  }

  static from(parts: Parts): Uri {
    return new Uri(parts);
  }

  static joinPath(base: vscode.Uri, ...segments: string[]): Uri {
    const steps: string[] = [];
    for (const step of [base.path, ...segments].join("/").split("/")) {
      if (step === "..") steps.pop();
      else if (step !== "" && step !== ".") steps.push(step);
    }
    return new Uri({ ...partsOf(base), path: `/${steps.join("/")}` });
  }

  get fsPath(): string {
    return this.path;
  }

  with(change: Partial<Parts>): Uri {
    return new Uri({ ...partsOf(this), ...change });
  }

  toString(skipEncoding = false): string {
    const write = (text: string, more: string): string =>
      skipEncoding
        ? text
        : encodeURIComponent(text).replace(/%[0-9A-F]{2}/gu, (code) =>
            more.includes(code) ? decoded(code) : code,
          );
    const authority =
      this.authority !== "" || this.scheme === "file" ? `//${write(this.authority, "%3A")}` : "";
    const query = this.query === "" ? "" : `?${write(this.query, "")}`;
    const fragment = this.fragment === "" ? "" : `#${write(this.fragment, "")}`;
    return `${this.scheme}:${authority}${write(this.path, "%2F")}${query}${fragment}`;
  }

  toJSON(): Parts {
    return partsOf(this);
  }
}

function partsOf({ scheme, authority, path, query, fragment }: vscode.Uri): Parts {
  return { scheme, authority, path, query, fragment };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
