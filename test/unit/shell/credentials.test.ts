// Names of credentials, which no command sees; and names that only look like some, which builds need.
import assert from "node:assert/strict";
import { test } from "node:test";
import { credential } from "../../../src/primitives/shell/sight.ts";

const HIDDEN = `
  .env .env.local .env.production .ENV .Env.Local .envrc .env~ .env.bak #.env# .env.swp .env.1 sub/.env a/b/c/.env.test
  id_rsa id_ed25519 id_ecdsa_sk ID_RSA deploy/id_rsa id_rsa.bak .ssh .aws .gnupg .kube .ssh/known_hosts.d/../.ssh x/.azure
  .netrc _netrc .pgpass .pypirc .git-credentials .vault-token .htpasswd .my.cnf .docker/config.json .cargo/credentials.toml
  .config/gh .m2/settings.xml .config/gcloud application_default_credentials.json .claude.json .boto .s3cfg
`;

const SHOWN = `
  .env.example .env.sample .env.template env environment.ts env.d.ts id_rsa.pub id_token.ts identity.js ssh aws .awsome config.json
  credentials.ts credentials secrets secrets.yml password.js token.ts tokens.json auth.json passwd shadow cookies.txt
  config/config.json docker/config.json cargo/credentials.toml settings.xml .git/config .gitignore .npmignore .eslintrc .babelrc
  keystore.ts secret-names.ts src/credentials/index.js node_modules/dotenv/lib/env-options.js .environment-ci
`;

const each = (text: string): string[] => text.trim().split(/\s+/u);

test("names of credentials are hidden, at any depth and in any spelling", () => {
  assert.deepEqual(
    each(HIDDEN).filter((name) => credential(name.split("/")) !== true),
    [],
  );
});

test("names of code, templates and settings are not", () => {
  assert.deepEqual(
    each(SHOWN).filter((name) => credential(name.split("/")) !== false),
    [],
  );
});

test("settings of tools are hidden only with a token in them", () => {
  const when = credential(["sub", ".npmrc"]);
  assert.ok(when instanceof RegExp);
  for (const text of [
    "//registry.example/:_authToken=npm_abcdefgh",
    "_auth = dXNlcjpwYXNz",
    '//r/:_password="aGVsbG8gd29ybGQ="',
    "registry=https://user:pass@example.invalid/",
    'npmAuthToken: "abcdefgh"',
  ])
    assert.ok(when.test(text), text);
  for (const text of [
    "engine-strict=true",
    "//r/:_authToken=${NPM_TOKEN}",
    "registry=https://example.invalid/",
    "save-exact=true",
  ])
    assert.ok(!when.test(text), text);
  for (const name of [".yarnrc.yml", ".gitconfig", ".npmrc~"])
    assert.ok(credential([name]) instanceof RegExp, name);
});

test("keys are hidden by their text, and certificates beside them are not", () => {
  for (const name of ["key.pem", "cert.key", "deploy/server.ppk", "private.key~"]) {
    const when = credential(name.split("/"));
    assert.ok(when instanceof RegExp, name);
    for (const kind of ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
      assert.ok(when.test(`x\n-----BEGIN ${kind}PRIVATE KEY-----\nMII\n`), kind);
    assert.ok(when.test("PuTTY-User-Key-File-3: ssh-ed25519\n"));
    for (const text of [
      "-----BEGIN CERTIFICATE-----\nMII\n",
      "-----BEGIN PUBLIC KEY-----\n",
      "not a PRIVATE KEY",
    ])
      assert.ok(!when.test(text), text);
  }
});
