// The class of secrets by name: many spellings of the same few places, and the plain names that stay free.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Right } from "../../../src/abi/resource.ts";
import { classify } from "../../../src/primitives/fs/classes/classes.ts";

const classes = (path: string, right: Right): string => {
  const { reserved, asks } = classify(path.split("/"), right);
  return reserved === undefined ? asks.map((a) => a.id).join("+") : "reserved";
};

function check(expected: string, right: Right, paths: readonly string[]): void {
  test(`${right}: ${expected || "nothing"} (${paths.length} spellings)`, () => {
    for (const path of paths) assert.equal(classes(path, right), expected, JSON.stringify(path));
  });
}

check("later+secret", "write", [
  ".envrc",
  ".npmrc",
  ".NPMRC",
  ".yarnrc",
  ".yarnrc.yml",
  ".gitconfig",
  ".git/config",
]);

check("later+secret", "write", [
  "GIT~1/hooks/x",
  "git~1",
  "VSCODE~1/settings.json",
  "ENV~1",
  "GI7EBA~1/x",
  "a/NPMRC~1",
  "SECRET~1.TXT",
]);

check("secret", "read", [
  ...[
    ".env",
    ".ENV",
    ".env.",
    ".env ",
    ".env:stream",
    ".env::$DATA",
    "a/.env.local",
    ".env.production",
    ".envrc",
    ".\u200denv",
  ],
  ...[
    "prod.env",
    ".env~",
    ".env.bak",
    "..env.swp",
    ".env.example.local",
    "\uff0eenv",
    ".Env.Local",
    "ENV~1",
    "ENV~1.LOC",
  ],
  ...[
    "server.pem",
    "tls/server.key",
    "x.p12",
    "x.PFX",
    "x.jks",
    "debug.keystore",
    "id_rsa",
    "a/ID_ED25519",
    "id_rsa.bak",
  ],
  ...[
    "id_ecdsa_sk",
    ".netrc",
    "_netrc",
    ".pgpass",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".htpasswd",
    "credentials",
  ],
  ...[
    "credentials.json",
    "secrets.yaml",
    "secrets.yml",
    "Secret.json",
    "app.secrets.json",
    "client_secret_12.json",
  ],
  ...[
    "service-account.json",
    "service_account-prod.json",
    "ServiceAccountKey.json",
    ".aws/credentials",
    ".aws/config",
  ],
  ...[
    ".ssh/config",
    ".ssh/known_hosts",
    ".kube/config",
    ".docker/config.json",
    ".config/gcloud/x",
    ".azure/x",
    "kubeconfig",
  ],
  ...[
    ".git/config",
    "sub/.git/config",
    ".GIT/Config",
    ".git/modules/x/config",
    ".git/config.worktree",
    "terraform.tfstate",
  ],
  ...[
    "prod.tfvars",
    ".bash_history",
    ".vault-token",
    "secring.gpg",
    ".env/x",
    ".envs/.production/.django",
    ".ENVS/x",
    "master.key",
    ".dev.vars",
    "auth.json",
    "wallet.kdbx",
  ],
]);

check("", "read", [
  ...[
    ".env.example",
    ".env.sample",
    ".env.template",
    ".env.local.example",
    "env.ts",
    "environment.md",
    "src/env/index.ts",
  ],
  ...[
    "README.md",
    "id_rsa.pub",
    "keys.ts",
    "src/key.ts",
    "secretary.md",
    "package.json",
    ".vscode/settings.json",
    "AGENTS.md",
  ],
  ...[
    ".git/HEAD",
    ".git/logs/HEAD",
    ".gitignore",
    "tokens.ts",
    "credentialsView.tsx",
    "pem/readme",
    "a~",
    "draft~old.md",
  ],
  ...[
    "~1",
    "agent.ts",
    "agentlibos",
    "docs/.agent-notes",
    "node_modules/x/index.js",
    "auth.ts",
    "src/auth/json.ts",
  ],
]);

check("", "list", [".env", ".ssh", ".git/config", ".vscode", "package.json", "GIT~1"]);
