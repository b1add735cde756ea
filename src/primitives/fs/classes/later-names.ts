// Names of files that run later: a tool obeys or runs them when somebody opens, enters, builds, commits or deploys a folder.
// Data only. All names are folded (lower case, no trailing dots): `classes.ts` compares folded names with them.
import { anyOf, words } from "./name.ts";

/** Folders whose whole content can run later. */
export const LATER_FOLDERS: ReadonlySet<string> = new Set(
  words(`
  .vs .idea .run .fleet .zed .nova .sublime .theia .settings .lapce .helix .kak .atom .spyproject .nbproject .lsp .metals
  .git .hg .svn .jj .bzr .sl .githooks .git-hooks .git-templates .husky .lefthook .hooks .cargo-husky .overcommit
  .devcontainer .gitpod .idx .codesandbox .stackblitz .coder .firebase-studio .openvscode-server .code-server
  .circleci .buildkite .woodpecker .forgejo .gitea .gitlab .concourse .tekton .travis .appveyor .semaphore .teamcity
  .harness .jenkins .zuul.d zuul.d .builds .sourcehut .azure-pipelines .azuredevops .cloudbuild .codebuild .codefresh
  .codecatalyst .ebextensions .platform .ddev .dagger .argo .prow .screwdriver .cirrus .drone .profile.d
  .cursor .windsurf .codeium .continue .claude .claude-plugin .gemini .codex .copilot .agents .agent .aider .roo .cline
  .clinerules .kilocode .kiro .trae .augment .opencode .junie .amazonq .q .goose .qodo .tabnine .crush .factory .mcp .ai
  .qwen .amp .ampcode .warp .openhands .cody .devin .rovodev .zencoder .aiassistant .ruler .rulesync .serena .taskmaster
  .specify .bmad-core .agent-os .smithery .lingma .comate .codebuddy .qoder .pearai .void .melty .antigravity .positron
  .direnv .mise .rtx .asdf .devbox .devenv .flox .pixi .hermit .volta .proto .nvm .pyenv .rbenv .rvm .sdkman .fvm .jenv
  .venv .virtualenv .virtualenvs .tox .nox .conda .nodeenv site-packages dist-packages .nix-profile .guix-profile
  .yarn .mvn .cargo .rustup .bundle .gnupg .ssh .sbt .lein .projen .storybook .eslintplugin .config
  .ipython .jupyter .emacs.d .doom.d .spacemacs.d .vim .nvim .oh-my-zsh .tmux .tmuxinator .bashrc.d .zshrc.d .ctags.d
`),
);

/** The same by pattern: editors with their servers, previews and portable folders. */
export const LATER_FOLDER_PATTERN = anyOf(`
  \\.(?:vscode|vscodium|vscodium-server|codium|cursor|windsurf|trae|kiro|positron|antigravity|void|theia|code-server|qoder)(?:[-.].*)?
`);

/** The same for folders inside folders, innermost last. */
export const LATER_PATHS: readonly (readonly string[])[] = [
  [".github", "workflows"],
  [".github", "actions"],
  [".github", "instructions"],
  [".github", "prompts"],
  [".github", "chatmodes"],
  [".github", "agents"],
  [".github", "skills"],
  [".github", "hooks"],
  [".github", "dependabot.yml"],
  [".github", "dependabot.yaml"],
  [".local", "bin"],
  [".local", "share", "applications"],
  ["node_modules", ".bin"],
  ["node_modules", ".hooks"],
  ["gradle", "wrapper"],
  ["venv", "bin"],
  ["venv", "lib"],
  ["venv", "scripts"],
  ["env", "bin"],
  ["env", "scripts"],
  ["virtualenv", "bin"],
  ["virtualenv", "scripts"],
  ["library", "launchagents"],
  ["library", "application support"],
  ["start menu", "programs"],
  ["documents", "powershell"],
  ["documents", "windowspowershell"],
  ["nbproject", "private"],
  ["debian", "rules"],
  ["debian", "preinst"],
  ["debian", "postinst"],
  ["debian", "prerm"],
  ["debian", "postrm"],
];

/** Files that a tool obeys or runs when somebody opens, enters, commits, pushes or debugs a folder. */
export const LATER_FILES: ReadonlySet<string> = new Set(
  words(`
  .gitattributes .gitmodules .gitconfig .git-blame-ignore-revs .hgrc hgrc .arcconfig captainhook.json grumphp.yml
  .envrc .tool-versions .mise.toml mise.toml .mise.local.toml mise.local.toml .rtx.toml devbox.json .autoenv .autoenv.zsh
  .in .out pyvenv.cfg pip.conf pip.ini profiles.clj
  .npmrc .pnpmfile.cjs .pnpmfile.mjs .pnpmfile.js pnpmfile.js .pnp.cjs .pnp.js .pnp.loader.mjs .condarc .bunfig.toml bunfig.toml
  .mcp.json mcp.json mcp_config.json mcp_settings.json .mcp.toml claude_desktop_config.json smithery.yaml smithery.yml
  .devcontainer.json .gitpod.yml .replit replit.nix devfile.yaml .devfile.yaml coder.yaml
  .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml
  lefthook.yml lefthook.yaml lefthook.json lefthook.toml .lefthook.yml .lefthook.yaml .lefthook.json .lefthook.toml
  lefthook-local.yml .lefthook-local.yml .overcommit.yml .simple-git-hooks.js .simple-git-hooks.cjs .simple-git-hooks.json
  .gitlab-ci.yml .gitlab-ci.yaml .travis.yml .drone.yml .cirrus.yml .appveyor.yml appveyor.yml circle.yml
  jenkinsfile .semaphore.yml cloudbuild.yaml cloudbuild.yml codefresh.yml
  buildkite.yml wercker.yml shippable.yml codeship-services.yml codeship-steps.yml buddy.yml bitrise.yml codemagic.yaml
  appspec.yml screwdriver.yaml zuul.yaml atlantis.yaml env0.yml dagger.json ansible.cfg
  agents.md agents.override.md agents.local.md agent.md claude.md claude.local.md gemini.md copilot-instructions.md copilot.md
  codex.md qwen.md warp.md jules.md crush.md opencode.md amp.md replit.md skill.md codex.toml crush.json opencode.json
  opencode.jsonc gemini-extension.json rulesync.jsonc sweep.yaml
  forge.yaml firebender.json
  .cursorrules .cursorignore .windsurfrules .clinerules .roorules .roomodes .goosehints .aider.conf.yml .rules
  .lldbinit .gdbinit .pdbrc .pythonrc .pythonrc.py .irbrc .pryrc .rprofile .rdebugrc .ghci .psqlrc .sqliterc .noderc
  sitecustomize.py usercustomize.py activate activate.bat activate.csh activate.fish activate.ps1 activate_this.py
  .vimrc .gvimrc .exrc .nvimrc .nvim.lua .ideavimrc .emacs .dir-locals.el .dir-locals-2.el .tmux.conf .screenrc .inputrc
  session.vim coc-settings.json project.geany omnisharp.json
  .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout .cshrc
  .tcshrc .login .logout .kshrc .xinitrc .xprofile .xsession .curlrc .wgetrc .bazelrc .bazeliskrc .buckconfig user.bazelrc
  profile.ps1 crontab authorized_keys rc.local init.vim ginit.vim _emacs concourse.yml bors.toml hooks.json desktop.ini autorun.inf .user.ini php.ini .htaccess web.config
`),
);

/** The same files by pattern. */
export const LATER_PATTERN = anyOf(`
  .*\\.(?:code-workspace|code-profile|sublime-(?:project|workspace|build|settings|keymap|commands|macro)|kateproject|komodoproject)
  \\.yarnrc(?:\\..*)? \\.lintstagedrc(?:\\..*)? lint-staged\\.config\\..* \\.huskyrc(?:\\..*)? \\.husky\\..*
  (?:grok|mistral|deepseek|kimi|roo|cline|kilocode|goose|windsurf|junie|devin)(?:\\.local)?\\.md
  agents?\\.(?:toml|ya?ml|json) .*\\.agent\\.(?:ya?ml|json|toml) .*settings\\.local\\.jsonc? action\\.ya?ml (?:.*[-_.])?(?:ci|pipelines?)\\.ya?ml
  .*\\.(?:instructions|prompt|chatmode|agent)\\.md .*\\.mdc .*mcp[-_.]?(?:servers?|config|settings|local)\\.(?:jsonc?|toml|ya?ml)
  \\.(?:cursor|aider|cody|gemini|augment|codeium|roo|cline|kilocode|ai)[a-z]*(?:ignore|exclude)
  \\.woodpecker.*\\.ya?ml \\.aider.* \\.drone\\..* \\.cirrus\\..* .*\\.gitlab-ci\\.ya?ml jenkinsfile.* .*[-_.]jenkinsfile
  (?:\\.?azure|bitbucket|build|\\.?ci)[-_.]?pipelines?(?:[-_.].*)?\\.ya?ml pipelines?\\..*\\.ya?ml buildspec(?:[-_.].*)?\\.ya?ml cloudbuild(?:[-_.].*)?\\.ya?ml
  appcenter-(?:post-clone|pre-build|post-build)\\.(?:sh|ps1) 
  .*\\.(?:pth|pyc|pyo|egg-link|service|timer|socket|automount|desktop|reg|lnk|scf|hta|settingcontent-ms|library-ms)
  .*\\.(?:url|webloc|inetloc|fileloc|command|terminal|workflow|mobileconfig|crontab) com\\..*\\.plist
  .*[-_.]profile\\.ps1 gradle-wrapper\\..*
  \\.git
`);

/** Names of git's hooks; git runs them below a folder named `hooks`. */
export const HOOKS: ReadonlySet<string> = new Set(
  words(`
  applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit
  pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update
  reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman
  post-index-change p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit
`),
);
