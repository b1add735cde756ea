// Kinds of secrets: each as its issuer makes it, in the texts where it is found, made anew for each run of the test.
import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Redactor } from "../../../src/kernel/record/redact.ts";

/**
 * Kinds by name. A spelling is a list of parts: `w36` are 36 letters and digits, `h` hex, `d` digits, `U` capitals and
 * digits, `l` small letters and digits, `b` base64, `x` base64 for addresses; any other part is itself, with `^`
 * for a space.
 */
const KINDS = `
Adafruit: aio_ w28
age: AGE-SECRET-KEY- 1 U58
Airtable: pat w14 . h64
Anthropic: sk-ant- api03- x93 AA
Atlassian: ATATT 3xFfGF0 x180
Atlassian connect: ATCTT 3xFfG x170
AWS access key: AK IA U16
AWS session key: AS IA U16
AWS Bedrock: AB SK b120
Azure application: w3 8Q~ w34
Azure storage key: b76 +ASt b6 ==
Azure storage connection: DefaultEndpointsProtocol=https;AccountName=a;AccountKey= b86 ==
Azure service bus: Endpoint=sb://a.example/;SharedAccessKeyName=k;SharedAccessKey= b43 =
Azure shared access signature: https://a.example/c?sv=2024-01-01&sig= b43 %3D
Basic in an address: https://robot: w18 @git.example/a
Bearer header: Authorization:^Bearer^ x40
Basic header: Authorization:^Basic^ b40
Bitbucket: AT BB w32
Brevo: xkeysib- h64 - w16
Buildkite: bkua_ h40
Cerebras: csk- l48
CircleCI: CCIPAT_ w22 _ h40
Clerk: sk_ live_ w42
Clojars: CLOJARS_ l60
Cloudflare origin: v1.0- h24 - h146
Cloudflare token: cfut_ w48
Cloudflare key: cfk_ w48
Contentful: CFPAT- x43
crates.io: cio w32
Databricks: dapi h32
Databricks numbered: dapi h32 -2
Datadog: ddapp_ w34
DigitalOcean: dop_v1_ h64
DigitalOcean OAuth: doo_v1_ h64
DigitalOcean refresh: dor_v1_ h64
Discord bot: MTE x23 . x6 . x38
Discord hook: https://discord.com/api/webhooks/ d18 / x68
Docker: dckr_pat_ x27
Docker organisation: dckr_oat_ x32
Doppler: dp.pt. w43
Doppler service: dp.st.dev. w43
Dropbox: sl. x130
Duffel: duffel_live_ x43
Dynatrace: dt0c01. U24 . U64
EasyPost: EZAK w54
ElevenLabs: sk_ h48
Facebook: EAAC w120
Figma: figd_ x40
Firebase: x22 :APA91b x134
Fireworks: fw_ w24
Flutterwave: FLWSECK- h32 -X
Fly: fm2_ b120
Frame.io: fio-u- x64
GitHub personal: gh p_ w36
GitHub OAuth: gh o_ w36
GitHub user: gh u_ w36
GitHub server: gh s_ w36
GitHub refresh: gh r_ w76
GitHub fine: github_ pat_ w22 _ w59
GitLab: gl pat- x20
GitLab routable: gl pat- x27 .01. l9
GitLab deploy: gldt- x20
GitLab runner: glrt- x20
GitLab job: glcbt- 64_ x20
GitLab trigger: glptt- h40
GitLab old runner: GR1348941 x20
Google key: AI za x35
Google OAuth secret: GOCSPX- x28
Google OAuth token: ya29. x120
Google refresh: 1//0 x60
Grafana service: glsa_ w32 _ h8
Grafana cloud: glc_ b80
Groq: gsk_ w52
Heroku: HRKU-AA x58
Honeycomb: hcaik_ l58
HubSpot: pat-na1- h8 - h4 - h4 - h4 - h12
Hugging Face: hf_ w34
Hugging Face organisation: api_org_ w34
Infracost: ico- w32
JFrog: AKCp w69
Jina: jina_ x60
JSON web token: ey Jh w17 . ey Jz w40 . x43
JSON web encryption: ey Jh w60 .. x16 . x40 . x22
LangSmith: lsv2_pt_ h32 _ h10
Linear: lin_api_ w40
Linear OAuth: lin_oauth_ h64
Mailchimp: h32 -us12
Mailgun: key- h32
Neon: napi_ l64
Netlify: nfp_ w36
New Relic user: NRAK- U27
New Relic insert: NRII- x32
New Relic admin: NRAA- h27
Notion: ntn_ d11 w35
Notion old: secret_ w43
npm: npm_ w36
NuGet: oy2 l43
Nvidia: nvapi- x64
OpenAI: sk- w20 T3BlbkFJ w20
OpenAI project: sk-proj- x74 T3BlbkFJ x74
OpenAI service: sk-svcacct- x74
OpenRouter: sk-or-v1- h64
1Password: ops_ eyJ b200
Perplexity: pplx- w48
Pinecone: pcsk_ w5 _ w60
Plaid: access-sandbox- h8 - h4 - h4 - h4 - h12
PlanetScale token: pscale_tkn_ x43
PlanetScale password: pscale_pw_ x43
PlanetScale OAuth: pscale_oauth_ x43
Postman: PMAK- h24 - h34
Prefect: pnu_ w36
Pulumi: pul- h40
PyPI: pypi- AgEIcHlwaS5vcmc x150
Razorpay: rzp_live_ w14
ReadMe: rdme_ l70
Render: rnd_ w30
Replicate: r8_ w37
Resend: re_ w8 _ w24
RubyGems: rubygems_ h48
SendGrid: SG . x22 . x43
Sendinblue mail: xsmtpsib- h64 - w16
Sentry organisation: sntrys_ eyJ b120 _ b43
Sentry user: sntryu_ h64
Shippo: shippo_live_ h40
Shopify: shpat_ h32
Shopify app: shpca_ h32
Shopify private: shppa_ h32
Shopify shared: shpss_ h32
Slack bot: xo xb- d12 - d12 - w24
Slack user: xo xp- d12 - d12 - d12 - h32
Slack app: xapp-1-A U10 - d13 - h64
Slack refresh: xo xe-1- w140
Slack rotated: xo xe.xoxp-1- w160
Slack hook: https://hooks.slack.com/services/T U8 /B U8 / w24
Sonar: squ_ h40
Sourcegraph: sgp_ h16 _ h40
Square token: EAAA x60
Square secret: sq0csp- x43
Square access: sq0atp- x22
Stripe: sk_ live_ w24
Stripe test: sk_ test_ w99
Stripe restricted: rk_ live_ w24
Stripe hook: whsec_ b32
Supabase: sbp_ h40
Supabase secret: sb_secret_ x31
Tailscale: tskey-auth- w12 CNTRL- w32
Tavily: tvly- w32
Teams hook: https://a.webhook.office.com/webhookb2/ h8 - h4 - h4 - h4 - h12 @ h32 /IncomingWebhook/ h32
Telegram: d10 :AA x33
Terraform: w14 .atlasv1. w67
Twilio: S K h32
Typeform: tfp_ x44
Vault: hvs. x95
Vault batch: hvb. x140
Vercel: vcp_ w24
Vercel blob: vercel_blob_rw_ w16 _ w30
Weights and Biases: wandb_v1_ w40
xAI: xai- w80
`
  .trim()
  .split("\n")
  .map((line): [string, string[]] => {
    const [name = "", spelling = ""] = line.split(/: (.*)/u);
    return [name, spelling.split(" ")];
  });

const SMALL = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const LETTERS = SMALL + SMALL.toUpperCase();
const ALPHABETS: Readonly<Record<string, string>> = {
  ...{ w: LETTERS + DIGITS, h: "0123456789abcdef", d: DIGITS, U: SMALL.toUpperCase() + DIGITS },
  ...{ l: SMALL + DIGITS, b: `${LETTERS}${DIGITS}+/`, x: `${LETTERS}${DIGITS}_-` },
};

/** Numbers that look drawn by lot and are the same in each run. */
function lot(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** A secret of a kind: what must go, and the whole text that it stands in. */
function made(parts: readonly string[], draw: (most: number) => number): { secret: string; text: string } {
  let secret = "";
  const texts = parts.map((part) => {
    const [, kind = "", count = ""] = /^([whdUlbx])(\d+)$/u.exec(part) ?? [];
    const alphabet = ALPHABETS[kind];
    if (alphabet === undefined) return part.replaceAll("^", " ");
    let text = "";
    // Neither ends in a mark, and some place holds a digit, as in nearly every real one.
    while (text.length < Number(count)) {
      const at = text.length;
      const from =
        kind !== "h" && kind !== "d" && at % 7 === 3
          ? DIGITS
          : alphabet.replace(/[+/_-]/gu, at % 9 === 4 ? "$&" : "");
      text += from.charAt(draw(from.length));
    }
    if (text.length > secret.length) secret = text;
    return text;
  });
  return { secret, text: texts.join("") };
}

/** Where secrets are found: settings, code, shells, logs and talk. */
const CONTEXTS: Readonly<Record<string, (text: string) => string>> = {
  alone: (s) => s,
  said: (s) => `The value is ${s}, use it.`,
  env: (s) => `DEBUG=1\nVALUE=${s}\nPORT=80`,
  quoted: (s) => `const value = "${s}";`,
  yaml: (s) => `deploy:\n  value: ${s}\n  port: 80`,
  json: (s) => JSON.stringify({ a: { value: s } }),
  "json in json": (s) => JSON.stringify({ body: JSON.stringify({ value: s }) }),
  "json of lines": (s) => JSON.stringify(`first\n${s}\nlast`),
  "address, escaped": (s) => `https://a.example/?to=%2Fa%3Fv%3D${s}`,
  markdown: (s) => `Use \`${s}\` for it.`,
  list: (s) => `a,b,${s};c`,
  log: (s) => `2026-01-01T00:00:00Z INFO got value=${s} from server`,
  bracket: (s) => `f(${s})`,
};

suite("kinds of secrets by their spelling", () => {
  const redactor = new Redactor();
  const missed: string[] = [];
  let tried = 0;
  for (const [at, [kind, parts]] of KINDS.entries()) {
    for (const [where, put] of Object.entries(CONTEXTS))
      for (let seed = 1; seed <= 3; seed++) {
        const { secret, text } = made(parts, lot(seed * 7919 + at));
        tried++;
        if (redactor.text(put(text)).includes(secret)) missed.push(`${kind}, ${where}: ${put(text)}`);
      }
  }
  test(`all of ${tried} secrets of ${KINDS.length} kinds go`, (t) => {
    t.diagnostic(`${tried - missed.length} of ${tried} found`);
    assert.ok(KINDS.length >= 120);
    assert.deepEqual(missed, []);
  });
});

/** Names of secrets, each in the spelling that its context has. */
const NAMES =
  `password|db password|database password|admin password|user passwd|pwd|passphrase|secret|client secret|app secret
|webhook secret|jwt secret|session secret|cookie secret|shared secret|aws secret access key|aws access key id|api key|x api key
|stripe api key|open ai api key|dd api key|dd app key|algolia admin api key|private key|secret key|secret key base|encryption key
|signing key|master key|account key|shared access key|deploy key|license key|token|auth token|access token|refresh token|id token
|bearer token|session token|github token|npm token|slack bot token|cloudflare api token|vault token|bot token|sonar token
|credentials|connection string|seed phrase`
    .replaceAll("\n", "")
    .split("|")
    .map((name) => name.split(" "));

const camel = (words: readonly string[]): string =>
  words.map((w, i) => (i === 0 ? w : w.charAt(0).toUpperCase() + w.slice(1))).join("");
const env = (words: readonly string[]): string => words.join("_").toUpperCase();
const snake = (words: readonly string[]): string => words.join("_");
const kebab = (words: readonly string[]): string => words.join("-");

const NAMED: Readonly<Record<string, (words: readonly string[], value: string) => string>> = {
  env: (n, v) => `A=1\n${env(n)}=${v}\nB=2`,
  "env, quoted": (n, v) => `export ${env(n)}="${v}"`,
  "env, with spaces": (n, v) => `${env(n)} = '${v}'`,
  "env with an end": (n, v) => `${env(n)}_PROD=${v}`,
  docker: (n, v) => `docker run -e ${env(n)}=${v} image`,
  "compose list": (n, v) => `environment:\n  - ${env(n)}=${v}\n`,
  dockerfile: (n, v) => `ENV ${env(n)}=${v}`,
  yaml: (n, v) => `app:\n  ${snake(n)}: ${v}\n  port: 1`,
  "yaml, camel": (n, v) => `${camel(n)}: ${v}`,
  "yaml, quoted": (n, v) => `  ${kebab(n)}: '${v}'`,
  "yaml with a remark": (n, v) => `${snake(n)}: ${v} # from the vault`,
  kubernetes: (n, v) => `- name: ${env(n)}\n  value: ${v}\n`,
  json: (n, v) => `{"${camel(n)}": "${v}"}`,
  "json, snake": (n, v) => `{\n  "${snake(n)}" : "${v}",\n  "a": 1\n}`,
  "json in json": (n, v) => JSON.stringify({ body: JSON.stringify({ [camel(n)]: v }) }),
  "json of lines": (n, v) => JSON.stringify(`A=1\n${env(n)}=${v}\nB=2`),
  "json of yaml": (n, v) => JSON.stringify(`a: 1\n${snake(n)}: ${v}\nb: 2`),
  "cloud json": (n, v) => `{"name": "${env(n)}", "value": "${v}"}`,
  typescript: (n, v) => `const ${camel(n)} = "${v}";`,
  object: (n, v) => `client({ ${camel(n)}: '${v}', retries: 3 })`,
  python: (n, v) => `${snake(n)} = '${v}'`,
  dictionary: (n, v) => `config["${snake(n)}"] = "${v}"`,
  go: (n, v) => `${camel(n)} := "${v}"`,
  ruby: (n, v) => `:${snake(n)} => "${v}"`,
  properties: (n, v) => `app.${kebab(n)}=${v}`,
  ini: (n, v) => `[a]\n${snake(n)} = ${v}\n`,
  terraform: (n, v) => `  ${snake(n)} = "${v}"`,
  address: (n, v) => `GET /a?${snake(n)}=${v}&b=1`,
  header: (n, v) => `${n.map((w) => w.charAt(0).toUpperCase() + w.slice(1)).join("-")}: ${v}`,
  option: (n, v) => `tool --${kebab(n)} ${v} run`,
  "option with a mark": (n, v) => `tool --${kebab(n)}=${v} run`,
  xml: (n, v) => `<${camel(n)}>${v}</${camel(n)}>`,
  "a change": (n, v) => `+  ${snake(n)}: ${v}`,
};

/** Values by who would choose them. */
const CHOSEN: Readonly<Record<string, (draw: (most: number) => number) => string>> = {
  drawn: (draw) => made(["w32"], draw).text,
  hex: (draw) => made(["h40"], draw).text,
  base64: (draw) => `${made(["b42"], draw).text}==`,
};

suite("secrets by their name", () => {
  const redactor = new Redactor();
  const missed: string[] = [];
  let tried = 0;
  for (const [at, name] of NAMES.entries())
    for (const [where, put] of Object.entries(NAMED))
      for (const [which, choose] of Object.entries(CHOSEN)) {
        const value = choose(lot(at * 31 + 7));
        tried++;
        const left = redactor.text(put(name, value));
        if (left.includes(value.slice(0, 12))) missed.push(`${where}, ${which}: ${put(name, value)}`);
      }
  test(`all of ${tried} values of ${NAMES.length} names in ${Object.keys(NAMED).length} contexts go`, (t) => {
    t.diagnostic(`${tried - missed.length} of ${tried} found`);
    assert.deepEqual(missed, []);
  });
  for (const [where, put] of Object.entries(NAMED)) {
    test(`a spoken password goes from ${where}`, () => {
      for (const value of ["hunter2hunter", "correct-horse", "letmein!", "Sommer2026"])
        assert.doesNotMatch(redactor.text(put(["db", "password"], value)), new RegExp(value, "u"));
    });
  }
});
