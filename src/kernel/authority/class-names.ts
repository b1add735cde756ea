// The names of the classes of paths: files that run later, hold secrets, or build the project. Data only.
// All names are folded (lower case, no trailing dots): `classes.ts` compares folded names with them.

const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/u));

/** Folders whose whole content can run later. */
export const LATER_FOLDERS = words(`
  .vscode .vs .idea .fleet .zed .nova .sublime .theia .settings
  .git .hg .svn .jj .bzr .githooks .git-hooks .husky .lefthook .hooks
  .devcontainer .gitpod .idx .codesandbox .stackblitz
  .circleci .buildkite .woodpecker .forgejo .gitea .gitlab .concourse .tekton
  .cursor .windsurf .codeium .continue .claude .gemini .codex .copilot .agents .agent .aider .roo .cline .clinerules
  .kilocode .kiro .trae .augment .opencode .junie .amazonq .q .goose .qodo .tabnine .crush .factory .mcp .ai
  .direnv .mise .rtx .asdf .devbox .yarn .mvn .cargo .bundle .gnupg .ssh
  .ipython .jupyter .emacs.d .vim .nvim
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
  ["node_modules", ".bin"],
  ["node_modules", ".hooks"],
  ["gradle", "wrapper"],
  [".config", "git"],
  [".config", "fish"],
  [".config", "autostart"],
  [".config", "systemd"],
  [".config", "mise"],
  [".config", "direnv"],
  [".config", "code"],
  [".config", "nvim"],
  [".local", "bin"],
  [".local", "share", "applications"],
  ["library", "launchagents"],
];

/** Files that a tool obeys or runs when somebody opens, enters, commits, pushes or debugs a folder. */
export const LATER_FILES = words(`
  .gitattributes .gitmodules .gitconfig .git-blame-ignore-revs
  .envrc .tool-versions .mise.toml mise.toml .mise.local.toml mise.local.toml .rtx.toml devbox.json .autoenv .autoenv.zsh
  .npmrc .pnpmfile.cjs .pnpmfile.mjs .pnpmfile.js pnpmfile.js .pnp.cjs .pnp.js .pnp.loader.mjs .condarc .bunfig.toml bunfig.toml
  .mcp.json mcp.json mcp_config.json mcp_settings.json .mcp.toml
  .devcontainer.json .gitpod.yml .replit replit.nix
  .pre-commit-config.yaml .pre-commit-config.yml .pre-commit-hooks.yaml
  lefthook.yml lefthook.yaml lefthook.json lefthook.toml .lefthook.yml .lefthook.yaml .lefthook.json .lefthook.toml
  lefthook-local.yml .lefthook-local.yml .overcommit.yml .simple-git-hooks.js .simple-git-hooks.cjs .simple-git-hooks.json
  .gitlab-ci.yml .gitlab-ci.yaml .travis.yml .drone.yml .cirrus.yml .appveyor.yml appveyor.yml azure-pipelines.yml
  azure-pipelines.yaml bitbucket-pipelines.yml jenkinsfile .semaphore.yml cloudbuild.yaml cloudbuild.yml codefresh.yml
  agents.md agents.override.md agent.md claude.md claude.local.md gemini.md copilot-instructions.md codex.md qwen.md
  .cursorrules .cursorignore .windsurfrules .clinerules .roorules .roomodes .goosehints .aider.conf.yml .rules skill.md
  .lldbinit .gdbinit .pdbrc .pythonrc .pythonrc.py .irbrc .pryrc .rprofile .rdebugrc .ghci .psqlrc .sqliterc .noderc
  sitecustomize.py usercustomize.py
  .vimrc .gvimrc .exrc .nvimrc .nvim.lua .ideavimrc .emacs .dir-locals.el .dir-locals-2.el .tmux.conf .screenrc .inputrc
  .bashrc .bash_profile .bash_login .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout .cshrc
  .tcshrc .login .logout .kshrc .xinitrc .xprofile .xsession .curlrc .wgetrc .bazelrc .bazeliskrc .buckconfig
`);

/** The same files by pattern. */
export const LATER_PATTERN =
  /^(?:.*\.code-workspace|\.yarnrc(?:\..*)?|\.lintstagedrc(?:\..*)?|lint-staged\.config\..*|\.huskyrc(?:\..*)?|.*\.(?:instructions|prompt|chatmode|agent)\.md|.*\.pth|\.woodpecker.*\.ya?ml|\.aider.*|.*\.desktop|\.git)$/u;

/** Names of git's hooks; git runs them below a folder named `hooks`. */
export const HOOKS = words(`
  applypatch-msg pre-applypatch post-applypatch pre-commit pre-merge-commit prepare-commit-msg commit-msg post-commit
  pre-rebase post-checkout post-merge pre-push pre-receive update proc-receive post-receive post-update
  reference-transaction push-to-checkout pre-auto-gc post-rewrite sendemail-validate fsmonitor-watchman
  post-index-change p4-changelist p4-prepare-changelist p4-post-changelist p4-pre-submit
`);

/** Folders that hold nothing but keys and tokens. */
export const SECRET_FOLDERS = words(`
  .aws .azure .ssh .gnupg .kube .oci .password-store .secrets .terraform.d .vault .1password .aws-sam-secrets .keys
`);

/** Paths that hold keys and tokens, innermost name last. */
export const SECRET_PATHS: readonly (readonly string[])[] = [
  [".config", "gcloud"],
  [".config", "gh"],
  [".config", "glab-cli"],
  [".config", "op"],
  [".config", "sops"],
  [".config", "rclone"],
  [".config", "hub"],
  [".docker", "config.json"],
  [".cargo", "credentials"],
  [".cargo", "credentials.toml"],
  [".gem", "credentials"],
  [".m2", "settings.xml"],
  [".m2", "settings-security.xml"],
  [".codex", "auth.json"],
  [".mozilla"],
  [".thunderbird"],
];

/** Files that usually hold secrets. */
export const SECRET_FILES = words(`
  .netrc _netrc .pgpass pgpass.conf .my.cnf .mylogin.cnf .htpasswd .pypirc .npmrc .yarnrc .yarnrc.yml .yarnrc.yaml
  .git-credentials .gitconfig .gitcookies .dockercfg .dockerconfigjson .vault-token .terraformrc terraform.rc .s3cfg .boto
  .authinfo .authinfo.gpg .msmtprc .fetchmailrc .rclone.conf rclone.conf .databrickscfg .snowsql .dev.vars .flaskenv
  .bash_history .zsh_history .python_history .psql_history .mysql_history .node_repl_history .rediscli_history .claude.json
  auth.json application_default_credentials.json wp-config.php local.settings.json kubeconfig kubeconfig.yaml
  logins.json key3.db key4.db cookies.sqlite credentials secrets .credentials .secrets .credentials.json
`);

/** The same files by pattern. */
export const SECRET_PATTERN =
  /^(?:\.env.*|.*\.env|.*\.(?:pem|key|p8|p12|pfx|pkcs12|jks|keystore|bks|ppk|kdbx?|ovpn|tfvars|tfstate|mobileprovision)|secring\..*|.*private.*\.asc|.*\.tfvars\.json|.*\.auto\.tfvars|terraform\.tfstate.*|id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?(?!.*\.pub$).*|(?:secrets?|credentials?)\..*|.*[-_.](?:secrets?|credentials?)\.(?:json|ya?ml|toml|ini|env|txt|xml|properties)|service[-_]?account.*\.json|client[-_]?secret.*\.json|.*firebase-adminsdk.*\.json|ssh_host_.*_key)$/u;

/** Templates that people copy; they hold no secret. */
export const NOT_SECRET =
  /^\.?env(?:\..+)?\.(?:example|sample|template)$|^\.env\.(?:example|sample|template)$/u;

/** Files that decide how the project is built, tested, fetched or packed. */
export const BUILD_FILES = words(`
  package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml bun.lock bun.lockb
  deno.json deno.jsonc deno.lock lerna.json nx.json turbo.json rush.json angular.json project.json jsr.json
  makefile gnumakefile bsdmakefile justfile .justfile taskfile.yml taskfile.yaml rakefile thorfile gemfile gemfile.lock
  podfile podfile.lock cartfile brewfile fastfile appfile procfile vagrantfile tiltfile earthfile guardfile capfile
  gruntfile.js gulpfile.js gulpfile.mjs gulpfile.ts gulpfile.babel.js jakefile.js cakefile
  pyproject.toml setup.py setup.cfg pipfile pipfile.lock poetry.lock uv.lock pdm.lock tox.ini noxfile.py conftest.py
  pytest.ini manifest.in environment.yml environment.yaml
  cargo.toml cargo.lock build.rs rust-toolchain rust-toolchain.toml go.mod go.sum go.work go.work.sum
  cmakelists.txt cmakepresets.json cmakeuserpresets.json meson.build meson_options.txt sconstruct sconscript wscript
  configure configure.ac configure.in makefile.am makefile.in build.ninja build.bazel workspace.bazel
  module.bazel build.xml build.sbt build.mill build.sc pom.xml gradlew gradlew.bat mvnw mvnw.cmd gradle.properties mix.exs
  mix.lock rebar.config project.clj deps.edn shadow-cljs.edn stack.yaml cabal.project package.yaml dune dune-project
  flake.nix flake.lock shell.nix default.nix devenv.nix dockerfile containerfile .dockerignore skaffold.yaml
  composer.json composer.lock global.json nuget.config packages.config packages.lock.json package.swift package.resolved
  pubspec.yaml pubspec.lock build.zig build.zig.zon binding.gyp wrangler.toml vercel.json netlify.toml fly.toml app.yaml
  serverless.yml serverless.yaml chart.yaml .npmignore .browserslistrc
`);

/** Build files by pattern. */
export const BUILD_PATTERN =
  /^(?:.*\.config\..*|(?:dockerfile|containerfile)[.-].*|.*\.(?:dockerfile|mk|mak|cmake|gradle|gradle\.kts|sbt|bzl|gemspec|podspec|csproj|fsproj|vbproj|vcxproj|sln|slnx|props|targets|pbxproj|cabal|nimble|rockspec|opam|gyp|gypi)|(?:docker-)?compose(?:[.-].*)?\.ya?ml|requirements(?:[-_.].*)?\.(?:txt|in)|(?:ts|js)config(?:\..*)?\.json|\.(?:eslint|babel|mocha|prettier|stylelint|swc|nyc|postcss|commitlint|release|c8|tap|size-limit|parcel|svgr)rc(?:\..*)?)$/u;
