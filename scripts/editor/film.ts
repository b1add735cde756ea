// A moving picture of a window for the README: what it shows now and then, while a test uses it, as one GIF.
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import gifenc from "gifenc";
import { PNG } from "pngjs";
import { shotPath, type Window } from "./workbench.ts";

const { GIFEncoder, quantize, applyPalette } = gifenc;
/** Between two pictures, in milliseconds, and the longest film: what is shown longer is shown faster. */
const PACE = 400;
const LONGEST = 19_000;

/** Films a window until the returned function is called; only with UPDATE_MEDIA=1, because it costs time. */
export function film({ page }: Window, name: string): () => Promise<void> {
  if (process.env["UPDATE_MEDIA"] !== "1") return () => Promise.resolve();
  const frames: Buffer[] = [];
  let rolling = true;
  const roll = (async () => {
    for (; rolling; await sleep(PACE)) {
      const picture = await page.screenshot({ animations: "disabled" }).catch(() => undefined);
      if (picture !== undefined && frames.at(-1)?.equals(picture) !== true) frames.push(picture);
    }
  })();
  return async () => {
    rolling = false;
    await roll;
    // The last picture stands long enough to be read; the others share the rest.
    const delay = Math.min(900, Math.floor((LONGEST - 2000) / Math.max(1, frames.length)));
    const gif = GIFEncoder();
    for (const [i, frame] of frames.entries()) {
      const { data, width, height } = PNG.sync.read(frame);
      const palette = quantize(data, 256);
      const last = i === frames.length - 1;
      gif.writeFrame(applyPalette(data, palette), width, height, { palette, delay: last ? 2000 : delay });
    }
    gif.finish();
    writeFileSync(shotPath(name).replace(/\.png$/u, ".gif"), gif.bytes());
  };
}
