// The environment of commands: a short list of names that they get, so that no key, token or socket comes with them.
import path from "node:path";

/** Names that are passed on; whatever is not here stays with the host. */
const PASSED = /^(?:LANG|LANGUAGE|LC_[A-Z]+|TZ|USER|LOGNAME)$/u;

/** Names that an installed toolchain is found by; their values are paths. */
const TOOLS = /^(?:JAVA_HOME|GOROOT|PYENV_ROOT|RUSTUP_HOME|NVM_DIR|VOLTA_HOME)$/u;

/** On Windows nothing runs without these. */
const WINDOWS =
  /^(?:SystemRoot|SystemDrive|windir|ComSpec|PATHEXT|TEMP|TMP|USERPROFILE|LOCALAPPDATA|APPDATA|ProgramFiles(?:\(x86\))?|ProgramData)$/iu;

/** No program of a command may wait for a person: there is no terminal, and no pager. */
const FIXED = { TERM: "dumb", PAGER: "cat", GIT_PAGER: "cat", GIT_TERMINAL_PROMPT: "0" };

/** The environment of one command, with this home and this PATH. */
export function environmentOf(
  host: NodeJS.ProcessEnv,
  own: { readonly home: string; readonly path: string; readonly temporary: string },
): Record<string, string> {
  const passed = Object.entries(host).flatMap(([name, value]) => {
    const isPassed =
      PASSED.test(name) || TOOLS.test(name) || (process.platform === "win32" && WINDOWS.test(name));
    return value === undefined || !isPassed ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    ...FIXED,
    HOME: own.home,
    PATH: own.path,
    TMPDIR: own.temporary,
  };
}

/** The entries of PATH that mean the same folder wherever a command stands. */
export function pathEntries(host: NodeJS.ProcessEnv): string[] {
  return (host["PATH"] ?? "").split(path.delimiter).filter((entry) => path.isAbsolute(entry));
}
