// The environment of git: little of the host's, and the table of settings that keep a repository from running anything.
import os from "node:os";
import path from "node:path";
import { foldersOnPath, programsOnPath } from "../programs.ts";

/** One setting: a key and its value. */
export type Entry = readonly [key: string, value: string];

/** One setting as git lists it, with the kind of file that it comes from. */
export interface Configured {
  readonly scope: string;
  readonly key: string;
  readonly value: string;
}

/**
 * The settings of every command. They reach git by its environment, where a name may hold any character, and they win
 * over every file.
 */
export const TABLE: readonly Entry[] = [
  // Programs that a repository can name without a name of its own choice.
  ["core.fsmonitor", "false"],
  ["core.hooksPath", os.devNull],
  ["core.sshCommand", "ssh -o BatchMode=yes"],
  ["ssh.variant", "ssh"],
  ["core.askPass", "true"],
  ["core.editor", "true"],
  ["sequence.editor", "true"],
  ["core.gitProxy", ""],
  ["core.alternateRefsCommand", ""],
  ["credential.helper", ""],
  ["log.showSignature", "false"],
  ["commit.gpgSign", "false"],
  ["tag.gpgSign", "false"],
  ["push.gpgSign", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["protocol.ext.allow", "never"],
  // Repositories inside that have a config of their own.
  ["submodule.recurse", "false"],
  ["diff.ignoreSubmodules", "all"],
  ["push.recurseSubmodules", "no"],
  ["fetch.recurseSubmodules", "no"],
  ["safe.bareRepository", "explicit"],
  ["checkout.workers", "1"],
  // Files that a repository can name, whose lines could come out in a message.
  ["blame.ignoreRevsFile", ""],
  // Places that a repository can add to a transfer.
  ["fetch.bundleURI", ""],
  ["transfer.bundleURI", "false"],
  ["push.pushOption", ""],
  ["push.followTags", "false"],
  // One form of output, whatever is configured.
  ["color.ui", "false"],
  ["core.quotePath", "false"],
  ["diff.noprefix", "false"],
  ["diff.mnemonicPrefix", "false"],
  ["diff.relative", "false"],
  ["i18n.commitEncoding", "UTF-8"],
  ["i18n.logOutputEncoding", "UTF-8"],
  ["log.follow", "false"],
  ["user.useConfigOnly", "true"],
  ["advice.detachedHead", "false"],
];

/** The settings by which a repository names a program under a name of its own choice, each with its harmless value. */
const NAMED: readonly { readonly key: RegExp; readonly to: readonly Entry[] }[] = [
  {
    key: /^filter\.(.+)\.[^.]+$/su,
    to: [
      ["filter.*.clean", ""],
      ["filter.*.smudge", ""],
      ["filter.*.process", ""],
      ["filter.*.required", "false"],
    ],
  },
  { key: /^merge\.(.+)\.driver$/su, to: [["merge.*.driver", "false"]] },
  { key: /^submodule\.(.+)\.update$/su, to: [["submodule.*.update", "none"]] },
  { key: /^credential\.(.+)\.helper$/su, to: [["credential.*.helper", ""]] },
  { key: /^hook\.(.+)\.[^.]+$/su, to: [["hook.*.enabled", "false"]] },
  { key: /^remote\.(.+)\.uploadpack$/su, to: [["remote.*.uploadpack", "git-upload-pack"]] },
  { key: /^remote\.(.+)\.receivepack$/su, to: [["remote.*.receivepack", "git-receive-pack"]] },
];

/** The settings that take their program away from every name in a listed configuration. */
export function overrides(listed: readonly Configured[]): Entry[] {
  const found = new Map<string, Entry>();
  for (const { key } of listed)
    for (const { key: pattern, to } of NAMED) {
      const name = pattern.exec(key)?.[1];
      if (name === undefined) continue;
      for (const [template, value] of to) {
        const full = template.replace("*", () => name);
        found.set(full, [full, value]);
      }
    }
  return [...found.values()];
}

/** The options of every command that prints changes: `diff.external` cannot be set empty, and drivers have names. */
export const PATCH_OPTIONS: readonly string[] = [
  "--no-ext-diff",
  "--no-textconv",
  "--no-color",
  "--ignore-submodules=all",
  "--submodule=short",
  "--find-renames",
  "--full-index",
];

const KEPT = ["HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "XDG_CONFIG_HOME"];
/** The variables by which `ssh` finds the person's keys, and the way to a network. */
const KEPT_REMOTE = [
  ...["SSH_AUTH_SOCK", "USER", "LOGNAME"],
  ...["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"],
];

/** The variables of the host that every command of git gets: a home, and no keys. */
export function keptVariables(names: readonly string[] = KEPT): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The environment of a command that reaches no network, with {@link TABLE} and further settings. */
export function gitEnvironment(more: readonly Entry[] = []): Record<string, string> {
  const settings = [...TABLE, ...more];
  const counted = settings.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${i}`, key] as const,
    [`GIT_CONFIG_VALUE_${i}`, value] as const,
  ]);
  return {
    ...keptVariables(),
    LC_ALL: "C",
    // An object that is missing from a partial clone would be fetched, and fetching runs what the config says.
    GIT_ALLOW_PROTOCOL: "",
    GIT_NO_LAZY_FETCH: "1",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_CONFIG_COUNT: `${settings.length}`,
    ...Object.fromEntries(counted),
  };
}

/**
 * The additions for a command that talks to another repository: the person's agent for keys, and programs from folders
 * in which no agent can put one. `ssh` is named by its real path.
 */
export function remoteEnvironment(folders: readonly string[]): {
  readonly env: Record<string, string>;
  readonly settings: readonly Entry[];
} {
  const [ssh] = programsOnPath("ssh", folders);
  const env = { ...keptVariables(KEPT_REMOTE), PATH: foldersOnPath(folders).join(path.delimiter) };
  const command = (at: string): string => `'${at.replaceAll("'", "'\\''")}' -o BatchMode=yes`;
  return { env, settings: ssh === undefined ? [] : [["core.sshCommand", command(ssh)]] };
}
