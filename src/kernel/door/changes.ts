// Changes: the files that one call or one turn changed, each once, from before its first change to after its last.
import type { FileChange } from "../../abi/record/files.ts";

/** The most changes that the end of one call lists. */
export const CHANGES_MOST = 2000;

/** Changes by resource. With a bound, further files are only counted. */
export class Changes {
  readonly #byResource = new Map<string, FileChange>();
  readonly #most: number;
  #unlisted = 0;

  constructor(most = Infinity) {
    this.#most = most;
  }

  /**
   * Adds a change. A second change of a file joins the first one, unless somebody else changed the file in between. Then
   * only the later change can be taken back without losing theirs.
   */
  add(change: FileChange): void {
    const { resource, ran: _, ...rest } = change;
    const before = this.#byResource.get(resource);
    if (before === undefined && this.#byResource.size >= this.#most) this.#unlisted += 1;
    else if (before?.post !== change.pre) this.#byResource.set(resource, change);
    else {
      const ran = before.ran === undefined ? {} : { ran: before.ran };
      this.#byResource.set(resource, { ...rest, resource, pre: before.pre, ...ran });
    }
  }

  /** The changes in the order of the first change of each file. */
  get listed(): readonly FileChange[] {
    return [...this.#byResource.values()];
  }

  /** The fields for the end of a call; none when it changed nothing. */
  get fields(): { changes?: FileChange[]; unlisted?: number } {
    if (this.#byResource.size === 0) return {};
    const unlisted = this.#unlisted === 0 ? {} : { unlisted: this.#unlisted };
    return { changes: [...this.#byResource.values()], ...unlisted };
  }
}
