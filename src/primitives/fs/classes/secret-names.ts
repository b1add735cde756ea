// Names of files that usually hold secrets: keys, tokens and passwords, by the tools that write them. Data only, folded.
import { anyOf, words } from "./name.ts";

/** Folders that hold nothing but keys and tokens. */
export const SECRET_FOLDERS: ReadonlySet<string> = new Set(
  words(`
  .aws .azure .ssh .gnupg .kube .oci .password-store .secrets .terraform.d .vault .1password .aws-sam-secrets .keys .pki
  .mozilla .thunderbird .doctl .vnc .cloudflared .snowflake .davfs2 private-keys-v1.d
`),
);

/** Paths that hold keys and tokens, innermost name last. */
export const SECRET_PATHS: readonly (readonly string[])[] = [
  [".config", "gcloud"],
  [".config", "gh"],
  [".config", "glab-cli"],
  [".config", "github-copilot"],
  [".config", "op"],
  [".config", "sops"],
  [".config", "rclone"],
  [".config", "hub"],
  [".config", "doctl"],
  [".config", "hcloud"],
  [".config", "linode-cli"],
  [".config", "heroku"],
  [".config", "netlify"],
  [".config", "google-chrome"],
  [".config", "chromium"],
  [".local", "share", "keyrings"],
  [".docker", "config.json"],
  [".cargo", "credentials"],
  [".cargo", "credentials.toml"],
  [".gem", "credentials"],
  [".m2", "settings.xml"],
  [".m2", "settings-security.xml"],
  [".codex", "auth.json"],
  [".vscode", "sftp.json"],
  [".snowsql", "config"],
  [".subversion", "auth"],
  [".x11vnc", "passwd"],
  ["config", "credentials.yml.enc"],
  ["config", "secrets.yml"],
  ["ipsec.d", "private"],
  ["electrum", "wallets"],
  ["networkmanager", "system-connections"],
];

/** Files that usually hold secrets. */
export const SECRET_FILES: ReadonlySet<string> = new Set(
  words(`
  .netrc _netrc .netrc.gpg .pgpass pgpass.conf .my.cnf .mylogin.cnf .mysql_secret .htpasswd htpasswd .htdigest .pypirc
  .npmrc .yarnrc .yarnrc.yml .yarnrc.yaml
  .git-credentials .gitconfig .gitcookies .dockercfg .dockerconfigjson .vault-token .terraformrc terraform.rc .s3cfg .boto
  .authinfo .authinfo.gpg .msmtprc .esmtprc .fetchmailrc .rclone.conf rclone.conf .databrickscfg .snowsql .dev.vars .flaskenv
  .sentryclirc .passwd-s3fs passwd-s3fs sasl_passwd sasl_passwd.db .offlineimap.pass .p4tickets .cvspass .ftpconfig .ftppass
  .erlang.cookie .xauthority .iceauthority .rbenv-vars .renviron .powenv .pumaenv .docksal.env .environment
  .history .dbshell .lesshst .viminfo .rhistory .octave_hist fish_history
  .claude.json auth.json oauth_creds.json application_default_credentials.json kaggle.json acme.json
  wp-config.php local.settings.json sftp-config.json kubeconfig kubeconfig.yaml kube.config wg0.conf wg-quick.conf wpa_supplicant.conf
  chap-secrets pap-secrets shadow gshadow passwd hudson.util.secret keystore.properties key.properties signing.properties
  publishsettings.publishsettings rootkey.csv accesskeys.csv msal_token_cache.bin tokencache.dat token_cache.bin
  oauth2client_credentials.dat wallet.dat default_wallet cwallet.sso sitemanager.xml recentservers.xml
  settings-security.xml cookies.json
  userlist.txt logins.json signons.sqlite key3.db key4.db cookies cookies.sqlite cookies.txt cookiejar.txt cookie_jar
  credentials secrets .credentials .secrets .credentials.json
`),
);

/** The same files by pattern. A name that ends as source code does is judged by {@link SECRET_WORD_FILES} alone. */
export const SECRET_PATTERN = anyOf(`
  \\.env.* .*\\.env env\\.(?:local|prod(?:uction)?|staging|secrets?) \\.?dev\\.vars.* .*\\.env\\.local \\..*_history
  .*\\.(?:pem|key|p8|p12|pk8|pfx|pkcs8|pkcs12|jks|jceks|ks|keystore|bks|ppk|pvk|snk|priv|kdbx?|psafe3|opvault|agilekeychain|1pux|1pif|walletx|2fas)
  .*\\.(?:ovpn|tfvars|tfstate|mobileprovision|publishsettings|keytab|keyring|keychain|keychain-db|nmconnection|kubeconfig|dockercfg)
  .*\\.(?:creds?|credentials?|secrets?|tokens?|passwords?|passwd|passphrase|keypair|sec|cookies)
  secring\\..* .*private.*\\.asc .*secret.*\\.(?:asc|gpg|pgp) private\\.(?:pgp|gpg) .*\\.tfvars\\.json .*\\.auto\\.tfvars terraform\\.tfstate.*
  id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?(?!.*\\.pub$).* .*_rsa ssh_host_.*_key (?:deploy|github|gitlab|bitbucket|travis|host)[-_]?key
  service[-_]?account.*\\.json client[-_]?secret.*\\.json .*firebase-adminsdk.*\\.json (?:gcp|gcloud|sa|firebase)[-_].*key\\.json
  krb5cc.* utc--.* key\\.age.* .*\\.age age[-_]identity.* \\.muttpass .*\\.(?:pypirc|netrc|pgpass) .*login.*\\.cnf google-?services?(?:-info)?\\.(?:json|plist)
  \\.?sshpass.* dkim\\.private .*vpn.*\\.(?:conf|auth) acme[-_].*\\.json
`);

/** The same for words that name secrets wherever they are data; source code with such a name is about them. */
export const SECRET_WORD_FILES = anyOf(`
  \\.?(?:npmrc|pypirc|netrc|pgpass|git-credentials|yarnrc)[-_.].*
  (?:secrets?|credentials?)\\..* .*[-_.](?:secrets?|credentials?)\\.(?:json|ya?ml|toml|ini|env|txt|xml|properties|config|db|csv)
`);

/** Templates that people copy; they hold no secret. */
export const NOT_SECRET = anyOf(`
  \\.?env(?:\\..+)?\\.(?:example|sample|template) \\.env\\.(?:example|sample|template)
`);
