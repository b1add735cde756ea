// Names of build files: they decide how the project is built, tested, fetched, packed or deployed. Data only, folded.
import { anyOf, words } from "./name.ts";

/** Files that decide how the project is built, tested, fetched or packed. */
export const BUILD_FILES: ReadonlySet<string> = new Set(
  words(`
  package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml pnpm-workspace.yaml bun.lock bun.lockb
  deno.json deno.jsonc deno.lock lerna.json nx.json turbo.json rush.json angular.json project.json jsr.json
  makefile gnumakefile bsdmakefile justfile .justfile taskfile.yml taskfile.yaml rakefile thorfile gemfile gemfile.lock
  podfile podfile.lock cartfile brewfile fastfile appfile procfile vagrantfile tiltfile earthfile guardfile capfile
  gruntfile.js gulpfile.js gulpfile.mjs gulpfile.ts gulpfile.babel.js jakefile jakefile.js cakefile
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
  pixi.toml uv.toml devenv.yaml conda-lock.yml mintfile dotnet-tools.json vcpkg-configuration.json guix.scm manifest.scm
  berksfile dangerfile matchfile steepfile brocfile.js ember-cli-build.js makefile.pl build.pl cpanfile magefile.go nakefile.nim
  snakefile dodo.py fabfile.py tasks.py pavement.py procfile.dev xmake.lua premake5.lua tup.config tupfile tupfile.lua
  jamfile jamroot buck erlang.mk bb.edn gruntfile.coffee bootstrap.sh toolchain.cmake init.gradle pants.toml
  docker-bake.hcl helmfile.yaml ct.yaml kitchen.yml pulumi.yaml terragrunt.hcl cdk.json samconfig.toml garden.yml devspace.yaml
  okteto.yml werf.yaml tilt_config.json render.yaml railway.json railway.toml nixpacks.toml heroku.yml app.json aptfile
  amplify.yml firebase.json now.json wrangler.jsonc snapcraft.yaml pkgbuild apkbuild renovate.json renovate.json5
  sonar-project.properties langgraph.json promptfooconfig.yaml codegen.ts buf.gen.yaml
  biome.json biome.jsonc rome.json dprint.json treefmt.toml analysis_options.yaml build.yaml melos.yaml platformio.ini
  sdkconfig kconfig west.yml pm2.json forever.json uwsgi.ini gunicorn.conf.py inventory.ini rr.yaml arduino-cli.yaml
  sketch.yaml procodile.yml
  plopfile.js plopfile.ts wallaby.js testem.js testem.json hygen.js nest-cli.json angular-cli.json eas.json zeus.json intern.json
  docker-stack.yml tox-docker.ini nose.cfg unittest.cfg procfile.local kptfile
  tslint.json testcafe.json cypress.json backstop.json jest.preset.js cucumber.js cucumber.yml behave.ini behat.yml codeception.yml robot.toml
  mypy.ini pyrightconfig.json ruff.toml pylintrc phpunit.xml phpunit.xml.dist phpcs.xml phpcs.xml.dist phpstan.neon
  phpstan.neon.dist psalm.xml rector.php ecs.php infection.json5 pest.php checkstyle.xml detekt.yml eslint-local-rules.js
  clippy.toml rustfmt.toml deny.toml stylua.toml
`),
);

/** Build files by pattern. */
export const BUILD_PATTERN = anyOf(`
  .*\\.config\\..* .*\\.conf\\.[cm]?[jt]s (?:dockerfile|containerfile)[.-].* .*\\.(?:dockerfile|mk|mak|cmake|gradle|gradle\\.kts|sbt|bzl)
  .*\\.(?:gemspec|podspec|csproj|fsproj|vbproj|vcxproj|sln|slnx|props|targets|pbxproj|cabal|nimble|rockspec|opam|gyp|gypi|spec|ebuild)
  (?:docker-)?compose(?:[.-].*)?\\.ya?ml requirements(?:[-_.].*)?\\.(?:txt|in) (?:ts|js)config(?:\\..*)?\\.json
  (?:[a-z-]*lint|[a-z-]*fmt|prettier|mocha|nodemon)[a-z-]*\\.(?:jsonc?|toml|ya?ml|ini) makefile\\.(?:local|inc|am|in|[a-z]+-[a-z0-9]+) taskfile\\.dist\\.ya?ml pulumi\\..*\\.ya?ml (?:jest|vitest|cypress|playwright)\\.(?:setup|workspace|preset)\\.[cm]?[jt]s
  \\.(?:eslint|babel|mocha|prettier|stylelint|swc|nyc|postcss|commitlint|release|c8|tap|size-limit|parcel|svgr)rc(?:\\..*)?
`);
