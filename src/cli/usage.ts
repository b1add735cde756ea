// Usage: the help text. It stands alone, so that a Node that is too old can print it.

/** The help text. */
export const USAGE = `agentlibos: agents that can do only what was granted, with a record that can be checked.

  agentlibos run --goal TEXT (--model VENDOR/FAMILY | --script FILE) [--workspace DIR]... [--image NAME]
      [--grant CAP]... [--policy FILE] [--answer deny|allow-once|ask] [--answer-within SECONDS]
      [--budget k=v,...] [--sandbox auto|layered|unconfined] [--worktree] [--checkpoint-every-turn on|off] [--json]
  agentlibos resume                      go on with every agent that is not finished [--json]
  agentlibos answer [QUESTION [allow|deny|TEXT]]
                                         answer a question that waits; without an answer, show what waits
  agentlibos ps                          the agents of this workspace [--json]
  agentlibos audit                       the calls [--pid N] [--syscall NAME] [--decision D] [--since ISO] [--json]
  agentlibos history                     the same by page, newest first, without reading the whole record [--file P]
      [--text TEXT] [--pid N] [--syscall NAME] [--decision D] [--since ISO] [--limit N] [--before SEQ] [--json]
  agentlibos explain CALL                one call, step by step, and the authority behind it
  agentlibos export --format FORMAT      the record for other programs, one JSON value a line: jsonl (each entry as it is
                                         stored), otlp (OpenTelemetry spans of agents, model answers and tools)
  agentlibos receipt [PID]               what an agent and its family did, as Markdown (default: the newest root agent)
  agentlibos checkpoints                 the positions that files can go back to [--json]
  agentlibos restore CHECKPOINT          show what would go back; --apply does it [--path P]... [--json]
  agentlibos undo-restore                take the last restore back [--json]
  agentlibos branch CHECKPOINT           let its agents go on from there as new ones, then resume them [--agent PID]
      [--replace] [--say TEXT] [--json]
  agentlibos compare CHECKPOINT [CHECKPOINT]
                                         what changed from one to the other, or to now: files, objects, authority [--json]
  agentlibos worktrees                   the worktrees of agents, and what each holds [--json]
  agentlibos merge WORKTREE              bring its files into the workspace [--path P]... [--json]
  agentlibos discard WORKTREE            remove it [--force] [--keep-branch] [--json]
  agentlibos verify                      check the record; --full reads also what was checked before line by line
      [--full] [--public-key FILE] [--json]
  agentlibos repair                      tell what can be done about a record that is not obeyed, or do it:
      --fetch-back                       put the files back that the user's data folder keeps
      --belongs-here                     confirm that a record that moved belongs in this folder
      --new-record                       set it aside and begin a new one, in which nothing of it is valid

Every command takes --workspace DIR (default: the working directory).
CAP is effect:right[,right]:resource[;uses=N][;until=ISO], for example allow:read,list:fs:/app/**
Budget keys are modelCalls, toolCalls, tokens, activeSeconds, dollars, bytesWritten, children.
Exit codes: 0 finished, 1 failed or not finished, 2 bad usage, 3 record damaged or not to be obeyed, 4 record in use.
`;
