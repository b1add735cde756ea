// Model keys in the editor's secret storage: read when a call needs one, told to whoever keeps secrets off the record.
import type * as vscode from "vscode";

const PLACE = "agentlibos.key.";

export class SecretKeys {
  readonly #secrets: vscode.SecretStorage;
  /** Told each value that must never reach a record. */
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
