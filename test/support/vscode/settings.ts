// The settings of an editor: what a person set, over the defaults of the manifest.
import type * as vscode from "vscode";
import type { Manifest } from "./manifest.ts";
import { strict } from "./modules.ts";
import { EventEmitter } from "./values.ts";

/** All settings, by their full names. */
export class Settings {
  readonly changed = new EventEmitter<{ affectsConfiguration(section: string): boolean }>();
  readonly #manifest: Manifest;
  readonly #user: Map<string, unknown>;
  readonly #workspace = new Map<string, unknown>();

  constructor(manifest: Manifest, given: Readonly<Record<string, unknown>>) {
    this.#manifest = manifest;
    this.#user = new Map(Object.entries(given));
  }

  /** Sets one, in the user's settings or in those of the workspace. */
  set(name: string, value: unknown, where: "user" | "workspace" = "user"): void {
    const place = where === "user" ? this.#user : this.#workspace;
    if (value === undefined) place.delete(name);
    else place.set(name, value);
    this.changed.fire({ affectsConfiguration: (part) => name === part || name.startsWith(`${part}.`) });
  }

  /** What the user set, if they did. */
  user(name: string): unknown {
    return this.#user.get(name);
  }

  /** `workspace.getConfiguration`. */
  section(section: string): object {
    const full = (name: string): string => `${section}.${name}`;
    const find = (name: string): unknown =>
      this.#workspace.get(name) ?? this.#user.get(name) ?? this.#manifest.default(name);
    return strict("vscode.WorkspaceConfiguration", {
      get: (name: string, otherwise?: unknown) => find(full(name)) ?? otherwise,
      has: (name: string) => find(full(name)) !== undefined,
      inspect: (name: string) => ({
        key: full(name),
        defaultValue: this.#manifest.default(full(name)),
        globalValue: this.#user.get(full(name)),
        workspaceValue: this.#workspace.get(full(name)),
      }),
      update: async (name: string, value: unknown, target?: boolean | vscode.ConfigurationTarget) =>
        this.set(full(name), value, target === true || Number(target) === 1 ? "user" : "workspace"),
    });
  }
}
