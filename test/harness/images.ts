// The built-in images in tests: those of the program.
import { builtInImages } from "../../src/agent/images.ts";
import { kinds } from "./kinds.ts";

export const IMAGES = builtInImages(kinds);
