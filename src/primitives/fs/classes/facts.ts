// Facts: what one name says by itself about the classes of the paths that contain it.
import { TEMP_PREFIX } from "../../../abi/resource.ts";
import { BUILD_FILES, BUILD_PATTERN } from "./build-names.ts";
import {
  LATER_FILES,
  LATER_FOLDER_PATTERN,
  LATER_FOLDERS,
  LATER_PATHS,
  LATER_PATTERN,
} from "./later-names.ts";
import { originalsOf, readingsOf } from "./name.ts";
import {
  NOT_SECRET,
  SECRET_FILES,
  SECRET_FOLDERS,
  SECRET_PATHS,
  SECRET_PATTERN,
  SECRET_WORD_FILES,
} from "./secret-names.ts";
import { isSource, looksLikeDotFile, looksLikeSettings, looksSecret } from "./shapes.ts";

/** The facts about one name alone. */
export interface Facts {
  /** The folded name, for people. */
  readonly name: string;
  /** The folded name in every reading of its colons. */
  readonly readings: readonly string[];
  readonly reserved: boolean;
  /** True for the form of a short (8.3) name, which may stand for any long name. */
  readonly short: boolean;
  readonly laterFolder: boolean;
  readonly later: boolean;
  readonly secretFolder: boolean;
  readonly secret: boolean;
  readonly build: boolean;
  /** True when it ends one of the paths whose names are a class only together, and when it is anywhere in one. */
  readonly endsPath: boolean;
  readonly inPath: boolean;
  /** True for a folder from which git may be told to take its hooks. */
  readonly hooks: boolean;
  /** Shapes: a dot-file or dot-folder, settings of a tool, a secret. */
  readonly dotFile: boolean;
  readonly settings: boolean;
  readonly looksSecret: boolean;
}

/** The folder of the record. */
const RESERVED = ".agentlibos";
/** Files of build tools by exact spelling, because folders named `build` and files named `logfile` are common. */
const BUILD_SPELLINGS = /^(?:BUILD|WORKSPACE|(?!Jenkins)[A-Z][a-z]+file)$/u;
const PATHS = [...LATER_PATHS, ...SECRET_PATHS];
const PATH_ENDS = new Set(PATHS.map((p) => p.at(-1)));
const PATH_NAMES = new Set(PATHS.flat());
/** A folder that holds one file for each setting. */
const ENV_FOLDER = /^\.envs?(?:\..*)?$/u;
const SHORT = /^[^.~]{1,7}~\d{1,6}(?:\.[^.]{0,3})?$/u;
/** A short name of the reserved folder: `AGENTL~1`, or the hashed form used after four of those (`AG12CD~1`). */
const SHORT_RESERVED = /^(?:agentl|agent|agen|age|ag[0-9a-f]{4})~\d+(?:\.|$)/u;

const isReserved = (name: string): boolean =>
  name === RESERVED || name.startsWith(TEMP_PREFIX) || SHORT_RESERVED.test(name);
const isLaterFolder = (name: string): boolean => LATER_FOLDERS.has(name) || LATER_FOLDER_PATTERN.test(name);
const isSecretFolder = (name: string): boolean =>
  SECRET_FOLDERS.has(name) || (ENV_FOLDER.test(name) && !NOT_SECRET.test(name));
const isLater = (name: string): boolean => LATER_FILES.has(name) || LATER_PATTERN.test(name);
const isSecret = (name: string): boolean =>
  SECRET_FILES.has(name) || SECRET_PATTERN.test(name) || (SECRET_WORD_FILES.test(name) && !isSource(name));
/** True when a reading, or the file that it is a copy of, is on the lists; a template is not. */
const readsSecret = (reading: string): boolean =>
  !NOT_SECRET.test(reading) &&
  (SECRET_FILES.has(reading) || SECRET_PATTERN.test(reading) || originalsOf(reading).some(isSecret));
/** The same by shape. A copy of source code is source code. */
const readsLikeSecret = (reading: string): boolean => {
  const originals = originalsOf(reading);
  return !originals.some(isSource) && [reading, ...originals].some(looksSecret);
};
const isBuild = (name: string): boolean => BUILD_FILES.has(name) || BUILD_PATTERN.test(name);

function describeName(raw: string): Facts {
  const readings = readingsOf(raw);
  const [name = ""] = readings;
  const all = [...new Set([...readings, ...readings.flatMap(originalsOf)])];
  return {
    name,
    readings,
    reserved: readings.some(isReserved),
    short: readings.some((reading) => SHORT.test(reading)),
    laterFolder: readings.some(isLaterFolder),
    later: all.some(isLater),
    secretFolder: readings.some(isSecretFolder),
    secret: readings.some(readsSecret),
    build: readings.some(isBuild) || BUILD_SPELLINGS.test(raw),
    endsPath: readings.some((reading) => PATH_ENDS.has(reading)),
    hooks: readings.some((reading) => reading.endsWith("hooks")),
    inPath: readings.some((reading) => PATH_NAMES.has(reading) || reading.endsWith("hooks")),
    dotFile: readings.some(looksLikeDotFile),
    settings: all.some(looksLikeSettings),
    looksSecret: readings.some(readsLikeSecret),
  };
}

/** Facts cached by name, because names repeat. The size is bounded, also for a hostile tree. */
const factsByName = new Map<string, Facts>();

/** The facts about a raw name. */
export function factsOf(name: string): Facts {
  const hit = factsByName.get(name);
  if (hit !== undefined) return hit;
  const facts = describeName(name);
  if (factsByName.size >= 16_384) factsByName.clear();
  factsByName.set(name, facts);
  return facts;
}
