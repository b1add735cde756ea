// Prefixes: secrets that are known by how they are spelled, mostly by the prefix that their issuer gives them.

/** A kind of secret. It is looked for where one of its anchors stands. */
export interface Spelling {
  readonly label: "api-key" | "token" | "private-key" | "jwt" | "password";
  /** Literals of at least three characters, one of which is in every secret of this kind. */
  readonly anchors: readonly string[];
  /**
   * Matches from the anchor on. Each quantifier is bounded or starts at a boundary, so that no text takes quadratic
   * time. Named groups `before` and `after` stay.
   */
  readonly pattern: RegExp;
  /** How many characters before the anchor belong to the secret. */
  readonly back?: number;
}

/** Between words. After an escape of JSON or of an address, a letter or a digit is no part of the word. */
const ESCAPED = "(?<=\\\\[bfnrt]|%[0-9A-Fa-f]{2}|\\\\u[0-9A-Fa-f]{4})";
/** Before a prefix: no letter or digit, or the prefix would be the end of a word. */
const START = `(?:(?<![A-Za-z0-9])|${ESCAPED})`;
/** Before a prefix that a dash or an underscore may precede inside of a name. */
const ALONE = `(?:(?<![A-Za-z0-9_-])|${ESCAPED})`;
/** Before the shortest of the prefixes, which is the end of many words. */
const NO_NAME = `(?:(?<![A-Za-z0-9_])|${ESCAPED})`;

/** Rows of `anchor|rest`, where the rest is an expression for what follows the anchor. The prefix is the anchor. */
function prefixed(label: Spelling["label"], rows: readonly string[], start = START): Spelling[] {
  return rows.map((row) => {
    const cut = row.indexOf("|");
    const anchor = row.slice(0, cut);
    const escaped = anchor.replace(/[\\^$.*+?()[\]{}/]/gu, "\\$&");
    return { label, anchors: [anchor], pattern: new RegExp(`${start}${escaped}${row.slice(cut + 1)}`, "y") };
  });
}

/** A part that looks drawn by lot: without a digit it would be a word. */
const DRAWN = "(?=[A-Za-z0-9_-]{0,200}[0-9])";

/** Keys of models, clouds and payment. Formats are those that the issuers document or their scanners publish. */
const KEYS: readonly Spelling[] = [
  ...prefixed("api-key", [`sk-|${DRAWN}[A-Za-z0-9_-]{12,}`], NO_NAME), // OpenAI, Anthropic, OpenRouter …
  ...prefixed("api-key", [
    "sk_live_|[A-Za-z0-9]{10,}", // Stripe, Clerk
    "sk_test_|[A-Za-z0-9]{10,}",
    "sk_prod_|[A-Za-z0-9]{10,}",
    "rk_live_|[A-Za-z0-9]{10,}",
    "rk_test_|[A-Za-z0-9]{10,}",
    "rk_prod_|[A-Za-z0-9]{10,}",
    "whsec_|[A-Za-z0-9+/=]{20,}",
    `sk_|${DRAWN}[a-f0-9]{40,}`, // ElevenLabs
    "AKIA|[A-Z0-9]{16}(?![A-Za-z0-9])", // AWS
    "ASIA|[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ABIA|[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ACCA|[A-Z0-9]{16}(?![A-Za-z0-9])",
    "ABSK|[A-Za-z0-9+/]{90,}={0,2}", // AWS Bedrock
    "bedrock-api-key-|[A-Za-z0-9+/=]{20,}",
    "GOCSPX-|[A-Za-z0-9_-]{20,}", // Google OAuth
    "ya29.|[A-Za-z0-9_-]{20,}",
    "1//0|[A-Za-z0-9_-]{30,}",
    "gsk_|[A-Za-z0-9]{30,}", // Groq
    "xai-|[A-Za-z0-9]{40,}",
    "pplx-|[A-Za-z0-9]{30,}",
    "csk-|[a-z0-9]{30,}", // Cerebras
    "r8_|[A-Za-z0-9]{30,}", // Replicate
    "nvapi-|[A-Za-z0-9_-]{40,}",
    "pcsk_|[A-Za-z0-9_]{30,}", // Pinecone
    "lsv2_pt_|[a-f0-9]{32}", // LangSmith
    "lsv2_sk_|[a-f0-9]{32}",
    "tvly-|[A-Za-z0-9_-]{20,}",
    "jina_|[A-Za-z0-9_-]{40,}",
    "wandb_v1_|[A-Za-z0-9_]{30,}",
    "NRAK-|[A-Z0-9]{20,}", // New Relic
    "NRII-|[A-Za-z0-9_-]{20,}",
    "NRAA-|[a-f0-9]{20,}",
    "key-|[0-9a-f]{32}(?![0-9a-f])", // Mailgun
    "SG.|[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{20,}", // SendGrid
    "xkeysib-|[a-f0-9]{40,}[A-Za-z0-9-]{0,40}", // Brevo
    "xsmtpsib-|[a-f0-9]{40,}[A-Za-z0-9-]{0,40}",
    "re_|[A-Za-z0-9]{8}_[A-Za-z0-9]{20,}", // Resend
    "EZAK|[A-Za-z0-9]{50,}", // EasyPost
    "shippo_live_|[a-f0-9]{40}",
    "duffel_live_|[A-Za-z0-9_-]{40,}",
    "FLWSECK-|[A-Za-z0-9]{12,}",
    "AKCp|[A-Za-z0-9]{60,}", // JFrog
    "PMAK-|[a-f0-9]{24}-[a-f0-9]{34}", // Postman
    "aio_|[A-Za-z0-9]{28}(?![A-Za-z0-9])", // Adafruit
    "hcaik_|[A-Za-z0-9_]{40,}", // Honeycomb
    "sgp_|[A-Fa-f0-9_]{40,}", // Sourcegraph
    "v1.0-|[a-f0-9]{24}-[a-f0-9]{100,}", // Cloudflare origin CA
    "cfk_|[A-Za-z0-9]{30,}",
    "pscale_pw_|[A-Za-z0-9_.-]{30,}", // PlanetScale
    "sb_secret_|[A-Za-z0-9_-]{20,}", // Supabase
    "sq0csp-|[A-Za-z0-9_-]{40,}", // Square
    "AGE-SECRET-KEY-1|[0-9A-Z]{50,}",
    "AGE-SECRET-KEY-PQ-1|[0-9A-Z]{50,}",
    "rzp_live_|[A-Za-z0-9]{10,}", // Razorpay
    "fw_|[A-Za-z0-9]{22,}", // Fireworks
  ]),
  ...prefixed("api-key", ["AIza|[A-Za-z0-9_-]{30,}"], ALONE), // Google
  {
    label: "api-key", // Twilio
    anchors: [..."0123456789abcdef"].map((digit) => `SK${digit}`),
    pattern: new RegExp(`${START}SK[0-9a-f]{32}(?![A-Za-z0-9])`, "y"),
  },
  {
    label: "api-key", // Mailchimp: the data centre is its end
    anchors: ["-us"],
    back: 32,
    pattern: new RegExp(`${START}[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])`, "y"),
  },
  {
    label: "api-key", // Azure: the signature of its longest keys
    anchors: ["APIM", "ACDb", "+ABa", "+AMC", "+ASt"],
    back: 76,
    pattern: new RegExp(
      `(?:(?<![A-Za-z0-9+/])|${ESCAPED})[A-Za-z0-9+/]{76}(?:APIM|ACDb|\\+ABa|\\+AMC|\\+ASt)[A-Za-z0-9+/]{5,6}={0,2}`,
      "y",
    ),
  },
];

/** Tokens of code hosts, registries, chats and services. */
const TOKENS: readonly Spelling[] = [
  ...prefixed("token", [
    ..."ghp gho ghu ghr".split(" ").map((kind) => `${kind}_|[A-Za-z0-9]{16,}`), // GitHub
    "ghs_|(?:[0-9]{1,20}_)?[A-Za-z0-9_-]{16,}(?:\\.[A-Za-z0-9_-]+){0,2}",
    "github_pat_|[A-Za-z0-9_]{20,}",
    ..."glpat gloas gldt glrt glrtr glcbt glptt glft glimt glagent glsoat glffct glwt"
      .split(" ")
      .map((kind) => `${kind}-|[A-Za-z0-9_-]{16,}(?:\\.[A-Za-z0-9_-]+){0,2}`), // GitLab
    "GR1348941|[A-Za-z0-9_-]{16,}",
    "ATATT3x|[A-Za-z0-9_=-]{40,}", // Atlassian
    "ATCTT3x|[A-Za-z0-9_=-]{40,}",
    "ATBB|[A-Za-z0-9]{24,}", // Bitbucket
    "npm_|[A-Za-z0-9]{30,}",
    "pypi-|[A-Za-z0-9_-]{40,}",
    "rubygems_|[a-f0-9]{40,}",
    "CLOJARS_|[a-z0-9]{50,}",
    "oy2|[a-z0-9]{43}(?![A-Za-z0-9])", // NuGet
    "cio|(?=[A-Za-z0-9]{0,31}[0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])", // crates.io
    "hf_|[A-Za-z0-9]{20,}", // Hugging Face
    "api_org_|[A-Za-z0-9]{20,}",
    "dckr_pat_|[A-Za-z0-9_-]{20,}",
    "dckr_oat_|[A-Za-z0-9_-]{20,}",
    "xapp-|[A-Za-z0-9-]{10,}", // Slack
    "xoxe.|[A-Za-z0-9.-]{10,}",
    ...[..."abcdefghijklmnopqrstuvwxyz"].map((kind) => `xox${kind}-|[A-Za-z0-9-]{10,}`),
    "dop_v1_|[a-f0-9]{40,}", // DigitalOcean
    "doo_v1_|[a-f0-9]{40,}",
    "dor_v1_|[a-f0-9]{40,}",
    ..."shpat shpca shppa shpss shpit".split(" ").map((kind) => `${kind}_|[A-Fa-f0-9]{32,}`), // Shopify
    "lin_api_|[A-Za-z0-9]{20,}", // Linear
    "lin_oauth_|[A-Za-z0-9]{20,}",
    ..."pt st ct scim audit sa said".split(" ").map((kind) => `dp.${kind}.|[A-Za-z0-9._-]{20,}`), // Doppler
    ..."hvs hvb hvr".split(" ").map((kind) => `${kind}.|${DRAWN}[A-Za-z0-9_-]{20,}`), // Vault
    "dapi|[a-f0-9]{32}(?:-[0-9])?(?![A-Za-z0-9])", // Databricks
    "sq0atp-|[A-Za-z0-9_-]{20,}", // Square
    "EAAA|(?<![+/]EAAA)(?=[A-Za-z0-9_-]{0,60}[0-9])[A-Za-z0-9_-]{50,}(?![+/A-Za-z0-9_-])",
    "EAAC|(?<![+/]EAAC)[A-Za-z0-9]{50,}(?![+/A-Za-z0-9])", // Facebook
    "pscale_tkn_|[A-Za-z0-9_.-]{30,}", // PlanetScale
    "pscale_oauth_|[A-Za-z0-9_.-]{30,}",
    "sbp_|[A-Za-z0-9_]{30,}", // Supabase
    "cfut_|[A-Za-z0-9]{30,}", // Cloudflare
    "cfat_|[A-Za-z0-9]{30,}",
    "ddapp_|[A-Za-z0-9]{30,}", // Datadog
    "ddpat_|[A-Za-z0-9_-]{30,}",
    "sntrys_|[A-Za-z0-9+/=_-]{30,}", // Sentry
    "sntryu_|[a-f0-9]{30,}",
    "glsa_|[A-Za-z0-9]{30,}_[A-Fa-f0-9]{8}", // Grafana
    "glc_|[A-Za-z0-9+/=]{30,}",
    "dt0c01.|[A-Z0-9]{20,}\\.[A-Z0-9]{50,}", // Dynatrace
    "dt0s16.|[A-Z0-9]{8,}\\.[A-Z0-9]{50,}",
    "figd_|[A-Za-z0-9_-]{30,}",
    "ntn_|[A-Za-z0-9]{40,}", // Notion
    "secret_|(?=[A-Za-z0-9]{0,42}[0-9])[A-Za-z0-9]{43}(?![A-Za-z0-9])",
    "pat|[A-Za-z0-9]{14}\\.[a-f0-9]{60,}", // Airtable
    "pat-na1-|[a-f0-9-]{30,}", // HubSpot
    "pat-eu1-|[a-f0-9-]{30,}",
    "nfp_|[A-Za-z0-9]{30,}", // Netlify
    ..."vcp vci vca vcr vck".split(" ").map((kind) => `${kind}_|[A-Za-z0-9]{20,}`), // Vercel
    "vercel_blob_rw_|[A-Za-z0-9_]{20,}",
    "HRKU-|[A-Za-z0-9_-]{30,}", // Heroku
    "fm1r_|[A-Za-z0-9+/=_-]{40,}", // Fly
    "fm2_|[A-Za-z0-9+/=_-]{40,}",
    "fo1_|[A-Za-z0-9_-]{30,}",
    "rnd_|(?=[A-Za-z0-9]{0,40}[0-9])[A-Za-z0-9]{28,}", // Render
    "pul-|[a-f0-9]{40}(?![A-Za-z0-9])", // Pulumi
    "CCIPAT_|[A-Za-z0-9_]{30,}", // CircleCI
    "CCIPRJ_|[A-Za-z0-9_]{30,}",
    "bkua_|[a-f0-9]{40}", // Buildkite
    ..."squ sqp sqa".split(" ").map((kind) => `${kind}_|[a-f0-9]{40}`), // Sonar
    "tskey-|[a-z]{2,20}-[A-Za-z0-9_-]{16,}", // Tailscale
    "sl.|(?=[A-Za-z0-9_-]{0,200}[0-9])[A-Za-z0-9_-]{100,}", // Dropbox
    "access-production-|[a-f0-9-]{36}", // Plaid
    "access-sandbox-|[a-f0-9-]{36}",
    "ops_eyJ|[A-Za-z0-9+/=_-]{60,}", // 1Password
    "CFPAT-|[A-Za-z0-9_-]{40,}", // Contentful
    "rdme_|[a-z0-9]{60,}",
    "pnu_|[A-Za-z0-9]{30,}", // Prefect
    "napi_|[A-Za-z0-9]{40,}", // Neon
    "tfp_|[A-Za-z0-9_-]{40,}", // Typeform
    "ico-|[A-Za-z0-9]{32}(?![A-Za-z0-9])", // Infracost
    "fio-u-|[A-Za-z0-9_=-]{50,}", // Frame.io
    "APA91b|[A-Za-z0-9_-]{100,}", // Firebase
  ]),
  {
    label: "token", // Discord: the number of the bot, the time and a signature
    anchors: Array.from({ length: 90 }, (_, i) => btoa(String(i + 10)).slice(0, 3)),
    pattern: new RegExp(`${ALONE}[MNO][A-Za-z0-9_-]{22,28}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,40}`, "y"),
  },
  {
    label: "token", // Telegram: the number of the bot stays
    anchors: [":AA"],
    pattern: /(?<=[0-9]{8,10})(?<before>:)AA[A-Za-z0-9_-]{32,34}(?![A-Za-z0-9_-])/y,
  },
  {
    label: "token", // HashiCorp Terraform
    anchors: [".atlasv1."],
    back: 14,
    pattern: new RegExp(`${START}[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{40,}`, "y"),
  },
  {
    label: "token", // Azure: secrets of applications
    anchors: ["8Q~", "7Q~"],
    back: 3,
    pattern: new RegExp(`${START}[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}`, "y"),
  },
  {
    label: "jwt",
    anchors: ["eyJ"],
    pattern: new RegExp(
      `${ALONE}eyJ[A-Za-z0-9_-]{8,}\\.(?:[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}|\\.[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,})(?:\\.[A-Za-z0-9_-]+){0,2}`,
      "y",
    ),
  },
];

/** Secrets known by what is around them: key files, addresses, headers and connection strings. */
const AROUND: readonly Spelling[] = [
  {
    label: "private-key",
    anchors: ["-----BEGIN "],
    pattern:
      /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?=(?:\s|\\+[nr])*[A-Za-z0-9+/])[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|$(?![^]))/my,
  },
  {
    label: "private-key", // PuTTY: all after the marker of the private part
    anchors: ["Private-Lines:"],
    pattern: /(?<before>Private-Lines: ?[0-9]{1,4}\r?\n)[^]{1,16384}?(?=\r?\nPrivate-MAC|$(?![^]))/my,
  },
  {
    label: "password",
    anchors: ["://"],
    pattern: /(?<before>:\/\/[^\s/:@"'<>]{0,256}:)(?!\[redacted:|\$)[^\s/@"'<>]{1,512}(?<after>@)/y,
  },
  {
    label: "token", // The addresses of web hooks are their secrets.
    anchors: ["hooks.slack.com/", "/api/webhooks/", ".webhook.office.com/"],
    pattern:
      /(?<before>hooks\.slack\.com\/[a-z]{1,12}\/|\/api\/webhooks\/[0-9]{8,24}\/|\.webhook\.office\.com\/webhookb2\/)[A-Za-z0-9_/@-]{24,}/y,
  },
  {
    label: "token", // Shared access signatures of Azure
    anchors: ["sig="],
    pattern: /(?<=[?&;])(?<before>sig=)[A-Za-z0-9%+/_-]{32,}={0,2}/y,
  },
  {
    label: "token",
    anchors: ["earer ", "EARER "],
    pattern:
      /(?<=[Bb])(?<before>(?:earer|EARER)[ \t]{1,8})(?:(?=[A-Za-z0-9._~+/=-]{0,200}[0-9])[A-Za-z0-9._~+/=-]{8,}|[A-Za-z0-9._~+/=-]{24,})/y,
  },
  {
    label: "password",
    anchors: ["uthorization", "UTHORIZATION"],
    pattern:
      /(?<=[Aa])(?<before>uthorization\\?["']?[ \t]{0,8}[:=][ \t]{0,8}\\?["']?(?:[Bb]asic|[Tt]oken|[Dd]igest|SSWS|[Aa]pi[Kk]ey)[ \t]{1,8})[A-Za-z0-9+/=_.-]{4,}/iy,
  },
];

/** All kinds of secrets that are known by their spelling, in the order in which they are looked for. */
export const SPELLINGS: readonly Spelling[] = [...KEYS, ...TOKENS, ...AROUND];
