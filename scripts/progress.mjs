// Progress: what a long step does and how far it is. One line that is rewritten on a terminal, else a line now and then.
// Plain JavaScript: npm start shows it on Node 20 with nothing installed.

/** How often a line is printed where nothing can be rewritten, in milliseconds. */
const EVERY = 10_000;

/** The names of packages that npm fetches, in the log that `--loglevel=http` prints. */
const FETCHED = /^npm http (?:fetch|cache) .*\.tgz/u;

/** Shows one step until {@link Progress.end}. */
export class Progress {
  #title;
  #out;
  #began = performance.now();
  #detail = "";
  #printed = 0;
  /** @type {NodeJS.Timeout} */
  #timer;

  /** @param {string} title @param {NodeJS.WriteStream} out */
  constructor(title, out = process.stdout) {
    this.#title = title;
    this.#out = out;
    out.write(out.isTTY ? title : `${title}\n`);
    this.#timer = setInterval(() => this.#show(), 1000);
    this.#timer.unref();
  }

  /** Says how far the step is. @param {string} detail */
  at(detail) {
    this.#detail = detail;
  }

  /** Ends the line. @param {string} detail what was done; the time is added */
  end(detail = this.#detail) {
    clearInterval(this.#timer);
    const told = this.#line(detail);
    this.#out.write(this.#out.isTTY ? `\r\u001b[K${told}\n` : this.#printed > 0 ? `${told}\n` : "");
  }

  get #seconds() {
    return Math.round((performance.now() - this.#began) / 1000);
  }

  /** @param {string} detail */
  #line(detail) {
    const told = [detail, this.#seconds > 0 ? `${this.#seconds} s` : ""].filter((part) => part !== "");
    return told.length === 0 ? this.#title : `${this.#title}: ${told.join(", ")}`;
  }

  #show() {
    if (this.#out.isTTY) {
      const line = this.#line(this.#detail).slice(0, Math.max(20, this.#out.columns - 1));
      this.#out.write(`\r\u001b[K${line}`);
    } else if (performance.now() - this.#began - this.#printed >= EVERY) {
      this.#printed = performance.now() - this.#began;
      this.#out.write(`${this.#line(this.#detail)}\n`);
    }
  }
}

/**
 * Counts the packages that npm fetches, line by line of its log at level `http`. Other lines are kept for a failure.
 * @param {Progress} progress @param {string} what what they belong to
 * @param {number} [total] how many packages there are, if that is known
 */
export function npmLog(progress, what, total) {
  let fetched = 0;
  /** @type {string[]} */
  const other = [];
  return {
    /** @type {(line: string) => void} */
    take: (line) => {
      if (FETCHED.test(line)) {
        fetched += 1;
        const count = total === undefined ? `${fetched}` : `${Math.min(fetched, total)} of ${total}`;
        progress.at(`${what}${count} packages fetched`);
      } else if (line.trim() !== "" && !line.startsWith("npm http")) other.push(line);
    },
    /** The lines that are no progress. */
    get said() {
      return other.join("\n");
    },
  };
}
