// Secrets as their issuers make them, made anew for each run.
/**
 * Kinds by name. A spelling is a list of parts: `w36` are 36 letters and digits, `h` hex, `d` digits, `U` capitals and
 * digits, `l` small letters and digits, `b` base64, `x` base64 for addresses; any other part is itself, with `^`
 * for a space.
 */
export const KINDS = `
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
export function lot(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
}

/** A secret of a kind: what must go, and the whole text that it stands in. */
export function made(
  parts: readonly string[],
  draw: (most: number) => number,
): { secret: string; text: string } {
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
