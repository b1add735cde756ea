// Golden scenarios of tools: files, people, objects, images, and three children of one agent.
import { call, calls, type Scenario } from "./families.ts";

const once = { allow: true, scope: "once" } as const;
const FAMILY = ["allow:spawn:process:/children", "allow:execute:image:/coding"];
const LED = ["one", "two", "three"];
/** The pid of a child that the turn 1 started. */
const led = (i: number): string => `\${1.${i}.pid}`;

export const TOOLS: Readonly<Record<string, Scenario>> = {
  "three-children": {
    grants: ["allow:write:fs:/app/notes/**", "allow:delete:fs:/app/**", "allow:read:fs:/app/**", ...FAMILY],
    script: {
      turns: [
        call("list_capabilities", {}),
        calls(...LED.map((part): [string, object] => ["spawn_agent", { goal: `part ${part}` }])),
        calls(
          ["delegate_capability", { pid: led(0), grants: ["allow:read:fs:/app/README.md;uses=1"] }],
          ["transfer_capability", { pid: led(1), id: "${0.0.capabilities.0.id}" }],
          ["drop_capability", { id: "${0.0.capabilities.1.id}" }],
        ),
        calls(
          ["send_message", { pid: led(0), message: "read it" }],
          ["send_message", { pid: led(1), message: "write it down" }],
        ),
        calls(["wait_agent", { pid: led(0) }], ["wait_agent", { pid: led(1) }]),
        call("write_file", { path: "notes/mine.md", content: "given away" }),
        calls(
          ["signal_agent", { pid: led(2), signal: "pause", reason: "wait" }],
          ["signal_agent", { pid: led(2), signal: "resume", reason: "go on" }],
          ["signal_agent", { pid: led(2), signal: "kill", reason: "not needed" }],
        ),
        call("follow_events", { pid: led(2), kinds: ["process.signal", "process.exit"] }),
        call("wait_agent", {}),
        call("finish", { result: ["${4.0.result}", "${4.1.result}", "${8.0.exit}"] }),
      ],
      children: [
        {
          turns: [
            call("receive_message", {}),
            call("read_file", { path: "README.md" }),
            call("read_file", { path: "README.md" }),
            call("finish", { result: "${1.0.content}" }),
          ],
        },
        {
          turns: [
            call("receive_message", {}),
            call("write_file", { path: "notes/theirs.md", content: "${0.0.message}" }),
            call("finish", { result: "written" }),
          ],
        },
        { turns: [call("receive_message", {})] },
      ],
    },
  },
  commands: {
    grants: [
      "allow:read,list:fs:/app/**",
      ...["allow:execute:shell:/**", "allow:write:fs:/app/src/**", "ask:delete:fs:/app/**"],
      "allow:sleep:clock:/sleep",
    ],
    answers: [{ allow: false, scope: "once", note: "keep it" }],
    script: {
      turns: [
        call("run_command", { argv: ["cat", "README.md", ".env"] }),
        call("run_command", { command: "echo more >> src/main.ts", seconds: 30 }),
        call("run_command", { command: "rm README.md" }),
        call("run_command", { command: "echo ready; sleep 100", background: true }),
        call("list_commands", {}),
        call("sleep", { seconds: 1 }),
        call("read_command", { command: "${3.0.command}" }),
        call("stop_command", { command: "${3.0.command}" }),
        call("finish", { result: ["${1.0.changes.0.outcome}", "${2.0.changes.0.outcome}"] }),
      ],
    },
  },
  worktree: {
    repository: true,
    grants: ["allow:read,list,write:fs:/app/**", "allow:read,write:git:/app/**", ...FAMILY],
    answers: [once],
    script: {
      turns: [
        call("spawn_agent", {
          goal: "rewrite the greeting",
          worktree: true,
          grants: ["allow:read,list,write:fs:/app/**", "allow:read,write:git:/app/**"],
        }),
        // Both change it, so the worktree holds something that is nowhere else until it is discarded.
        call("write_file", { path: "README.md", content: "theirs\n" }),
        call("wait_agent", { pid: "${0.0.pid}" }),
        call("merge_worktree", { worktree: "${0.0.worktree.name}" }),
        call("discard_worktree", { worktree: "${0.0.worktree.name}" }),
        call("finish", { result: "${3.0.changes}" }),
      ],
      children: [
        {
          turns: [
            call("write_file", { path: "README.md", content: "mine\n" }),
            call("write_file", { path: "notes/new.md", content: "new\n" }),
            call("read_file", { path: "app/README.md" }),
            call("git_add", { paths: ["README.md", "notes/new.md"] }),
            call("git_commit", { message: "Rewrite it" }),
            call("finish", { result: "done" }),
          ],
        },
      ],
    },
  },
  repository: {
    repository: true,
    grants: [
      "allow:read,list,write,delete:fs:/app/**",
      "allow:read,write:git:/app/**",
      "allow:connect:net:/localhost",
    ],
    answers: [once],
    script: {
      turns: [
        call("write_file", { path: "src/more.ts", content: "export const more = 1;\n" }),
        call("git_status", {}),
        call("git_diff", {}),
        call("git_switch", { branch: "side", create: true }),
        call("git_add", { paths: ["src"] }),
        call("git_diff", { staged: true }),
        call("git_commit", { message: "Add more" }),
        call("edit_file", { path: "README.md", old_text: "world", new_text: "there" }),
        call("git_switch", { branch: "main" }),
        call("git_commit", { message: "Greet others", paths: ["README.md"] }),
        call("git_log", { limit: 1 }),
        call("git_show", { ref: "HEAD:src/more.ts" }),
        call("git_blame", { path: "README.md" }),
        call("git_push", { remote: "origin" }),
        call("git_fetch", { remote: "origin" }),
        call("git_switch", { branch: "main" }),
        call("git_branch", { name: "side", delete: true }),
        call("finish", { result: "pushed" }),
      ],
    },
  },
  "shared-object": {
    grants: [
      "allow:read,list,write:fs:/app/**",
      "allow:spawn:process:/children;uses=2",
      "allow:execute:image:/coding",
    ],
    script: {
      turns: [
        call("file_to_object", { path: "README.md", name: "readme" }),
        call("put_object", {
          name: "plan",
          type: "plan",
          value: { steps: [{ text: "greet" }] },
          from: ["readme"],
          if_version: 0,
        }),
        call("link_objects", { from: "plan", to: "readme", relation: "derived_from" }),
        call("put_object", { name: "diary", type: "text", value: "not for children" }),
        call("spawn_agent", {
          goal: "do the plan",
          grants: ["allow:read,write:object:/p2/plan", "allow:read:object:/p2/readme"],
        }),
        call("wait_agent", { pid: "${4.0.pid}" }),
        call("get_object", { name: "plan" }),
        call("put_object", { name: "plan", type: "plan", value: { steps: [] }, if_version: 1 }),
        call("object_to_file", { name: "plan", path: "plan.json" }),
        call("delete_object", { name: "diary" }),
        call("finish", { result: "${5.0.result}" }),
      ],
      children: [
        {
          turns: [
            call("list_objects", {}),
            call("get_object", { namespace: "p2", name: "plan" }),
            call("get_object", { namespace: "p2", name: "diary" }),
            call("put_object", {
              ...{ namespace: "p2", name: "plan", type: "plan", if_version: "${1.0.version}" },
              value: { steps: [{ text: "greet", done: true }] },
            }),
            call("spawn_agent", { goal: "look", grants: ["allow:read:object:/p2/plan"] }),
            call("finish", { result: "greeted" }),
          ],
        },
      ],
    },
  },
  files: {
    grants: ["allow:read,list,write,delete:fs:/app/**"],
    script: {
      turns: [
        call("list_directory", { path: "." }),
        call("find_files", { pattern: "**/*.ts" }),
        call("search_text", { query: "export" }),
        call("get_diagnostics", { path: "src" }),
        call("make_directory", { path: "src/deep" }),
        call("change_directory", { path: "src/deep" }),
        call("move_file", { from: "../main.ts", to: "app.ts" }),
        call("delete_file", { path: "app.ts" }),
        call("change_directory", { path: "/" }),
        call("finish", { result: "${0.0.entries.1.name}" }),
      ],
    },
  },
  checkpoints: {
    grants: [
      "allow:read,list,write,delete:fs:/app/**",
      "allow:create,restore,branch:checkpoint:/self",
      "allow:register,execute:image:/kept",
      "allow:spawn:process:/children",
    ],
    script: {
      children: [
        { turns: [call("get_object", { name: "note" }), call("finish", { result: "${0.0.value}" })] },
      ],
      turns: [
        call("create_checkpoint", { label: "before the work" }),
        call("write_file", { path: "README.md", content: "changed\n" }),
        call("write_file", { path: "new.md", content: "new\n" }),
        call("list_checkpoints", {}),
        call("restore_checkpoint", { checkpoint: "${0.0.checkpoint}" }),
        call("put_object", { name: "note", type: "text", value: "what was found" }),
        call("create_checkpoint", { label: "for others" }),
        call("commit_image", { checkpoint: "${6.0.checkpoint}", name: "kept" }),
        call("spawn_agent", { goal: "Go on.", image: "kept", grants: [] }),
        call("wait_agent", {}),
        call("finish", { result: "${4.0.files.0.outcome}" }),
      ],
    },
  },
  people: {
    grants: ["allow:read:fs:/app/**"],
    answers: [
      { ...once, text: "in English" },
      { allow: true, scope: "agent", grant: "allow:write:fs:/app/greeting.md" },
      { allow: false, scope: "once", note: "one file is enough" },
    ],
    script: {
      turns: [
        call("ask_human", { question: "How shall I greet?" }),
        call("request_capability", { grant: "allow:write:fs:/app/**", reason: "to greet" }),
        call("write_file", { path: "greeting.md", content: "${0.0.answer}" }),
        call("request_capability", { grant: "allow:write:fs:/app/more.md" }),
        call("tell_human", { message: "Greeted ${0.0.answer}." }),
        call("finish", { result: "${1.0.granted}" }),
      ],
    },
  },
  "found-tools": {
    grants: ["allow:read:fs:/app/**"],
    script: {
      turns: [
        call("find_tools", { query: "link objects" }),
        call("put_object", { name: "plan", value: 1 }),
        call("link_objects", { from: "plan", to: "plan", relation: "references" }),
        call("find_tools", { query: "something else" }),
        call("finish", { result: "${0.0.tools.0.tool}" }),
      ],
    },
  },
  "registered-image": {
    grants: [
      "allow:register:image:/looker",
      "allow:execute:image:/looker",
      FAMILY[0] ?? "",
      "allow:read:fs:/app/**",
    ],
    script: {
      turns: [
        call("register_image", {
          ...{ name: "looker", prompt: "Look and tell." },
          tools: ["read_file", "write_file", "finish"],
        }),
        call("register_image", { name: "looker", prompt: "Rule.", tools: [] }),
        call("spawn_agent", { goal: "look", image: "looker", grants: ["allow:read:fs:/app/README.md"] }),
        call("wait_agent", { pid: "${2.0.pid}" }),
        call("exec_image", { image: "looker", goal: "now you" }),
        call("read_file", { path: "README.md" }),
        call("list_capabilities", {}),
        call("finish", { result: "${3.0.result}" }),
      ],
      children: [
        {
          turns: [
            call("read_file", { path: "README.md" }),
            call("write_file", { path: "README.md", content: "its table has the tool, it has no right" }),
            call("finish", { result: "${0.0.content}" }),
          ],
        },
      ],
    },
  },
};
