// The images of some folders as a run of the command line finds them, where no record has any, and its other sources.
import type { Images } from "../../src/abi/image.ts";
import type { RootFolder } from "../../src/abi/record.ts";
import { IMAGES } from "../harness/images.ts";
import type { LaunchSources } from "../../src/cli/launch.ts";
import { imageFiles } from "../../src/host/node/image-files.ts";
import { readPolicyFile } from "../../src/host/node/policy-files.ts";
import { createImages, type Registered } from "../../src/primitives/image.ts";
import { kinds } from "../harness/kinds.ts";

export function imagesAt(roots: readonly RootFolder[], registered?: Registered): Images {
  const none: Registered = { images: new Map(), registered: new Map() };
  return createImages(
    () => registered ?? none,
    IMAGES,
    imageFiles(() => roots, IMAGES),
  );
}

/** How the command line finds images and reads a rule file. */
export const launchSources: LaunchSources = {
  images: imagesAt,
  kinds,
  rules: (from, path) => readPolicyFile(from, path, kinds),
};
