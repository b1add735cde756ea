// The images of some folders as a run of the command line finds them, where no record has any.
import type { Images } from "../../src/abi/image.ts";
import type { RootFolder } from "../../src/abi/record.ts";
import { IMAGES } from "../../src/agent/images.ts";
import { imageFiles } from "../../src/host/node/image-files.ts";
import { createImages, type Registered } from "../../src/primitives/image.ts";

export function imagesAt(roots: readonly RootFolder[], registered?: Registered): Images {
  const none: Registered = { images: new Map(), registered: new Map() };
  return createImages(
    () => registered ?? none,
    IMAGES,
    imageFiles(() => roots, IMAGES),
  );
}
