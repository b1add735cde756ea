// Model keys in the editor's secret storage: read when a call needs one, and reported so that no record holds
// them.
import type * as vscode from "vscode";

const PLACE = "agentlibos.key.";

/** The keys of all vendors. */
export class SecretKeys {
  readonly #secrets: vscode.SecretStorage;
  /** Called with each value that must never reach a record. */
  onKey: (value: string) => void = () => undefined;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  async get(vendor: string): Promise<string | undefined> {
    const key = await this.#secrets.get(PLACE + vendor);
    if (key !== undefined) this.onKey(key);
    return key;
  }

  async set(vendor: string, key: string | undefined): Promise<void> {
    if (key === undefined) return this.#secrets.delete(PLACE + vendor);
    this.onKey(key);
    await this.#secrets.store(PLACE + vendor, key);
  }
}
