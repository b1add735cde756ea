// The guess: the encoding that bytes look like, by the characters that each encoding would make of them.
import type { LikelyEncodings, NoText } from "../../../../primitives/fs/text/form.ts";
import { decodeOld } from "./charsets.ts";

/** The guess reads so many bytes beyond ASCII. More of them hardly make it surer. */
const ENOUGH = 400;

/** Frequent characters of languages; a text in the right encoding is full of them. */
const CHINESE =
  "的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可里后小么心多天而能好都然没日于起还发成事只作当想看文无开手用主行方又如前所本见经头面公同已老从动两长知民样现分将外但身些与高意进把法此实回理美点月明其种声全工己话者向情部正名定女问力机给等几很业最间新什打便位因重被走电第门相次东政海口使教西再平真听世气信少关并内加化由却代军产入先山水市体别总才场书比住员性通目华报立数据文件错误配置用户名称密码程序数值注释测试";
const TAIWANESE =
  "的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可里後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手用主行方又如前所本見經頭面公同已老從動兩長知民樣現分將外但身些與高意進把法此實回理美點月明其種聲全工己話者向情部正名定女問力機給等幾很業最間新什打便位因重被走電第門相次東政海口使教西再平真聽世氣信少關並內加化由卻代軍產入先山水市體別總才場書比住員性通目華報立數據檔案錯誤設定使用者名稱密碼程式註解測試";
const JAPANESE =
  "日本語一人大年出中会国生時事自分者見行名前設定文字列数入力変更表示処理開始終了実行成功失敗確認保存削除追加検索使用場合結果情報画面方法関数説明注意必要以上下全部作成同間長社員理小学新高気手目何田東京市";
const KOREAN =
  "이다는에의가을를은로하고지도기사한니어아인수나리자그게시서들있스해대정부일보만전장제과주여성상동라마면것되등구원안무소국조공경오우까지요습합입파설류생데터녕세계명";
const THAI = "านรอกเงวมยลสตทดบปคจพขชผห่้ิีัุู็์แไใโะำ";
const CYRILLIC = "оеаинтсрвлОЕАИНТСРВЛ";
const GREEK = "αεηιοτσςνρπκλυάέήίόύώ";
const HEBREW = "אבגדהוזחטיכךלמםנןסעפףצץקרשת";
const ARABIC = "اليمونرتبةعدسفهكقحأإ،؟";
/** Letters and signs of western and eastern Europe, of Turkish and of the Baltic languages, beside ASCII. */
const WESTERN = "éèêàçùâîôûëïüöäßñáíóúãõåæøœÉÈÀÇÜÖÄÑÅÆØ«»¿¡°§€–—…‘’“”•£µ²³ºª½¼©®™±×·¶";
const EASTERN = "ąćęłńśźżěščřžýáíéůúťďňőűđĺľŕăâîșțşţĄĆĘŁŃŚŹŻĚŠČŘŽÝÁÍÉŮÚŤĎŇŐŰäöüôß„”–";
const TURKISH = "ığşçöüâîİĞŞÇÖÜ";
const BALTIC = "āčēģīķļņšūžąęėįųõäöüĀČĒĢĪĶĻŅŠŪŽ";

/** The writing systems that are told apart by their rules: words, syllables without spaces, or Latin letters. */
type System = "latin" | "alphabet" | "other";

/** An encoding with the characters that speak for it. */
interface Script {
  readonly encoding: string;
  readonly system: System;
  readonly common: ReadonlySet<string>;
  /** True for characters that are usual in the script, if not common. */
  readonly isUsual: (c: string) => boolean;
}

const byPattern =
  (pattern: RegExp) =>
  (c: string): boolean =>
    pattern.test(c);

/** The characters that begin with certain bytes: the first level of a standard holds the usual ones. */
function firstLevel(encoding: string, leads: readonly [number, number], trails: readonly [number, number]) {
  let known: ReadonlySet<string> | undefined;
  return (c: string): boolean => {
    if (known === undefined) {
      const bytes: number[] = [];
      for (let lead = leads[0]; lead <= leads[1]; lead++)
        for (let trail = trails[0]; trail <= trails[1]; trail++) bytes.push(lead, trail);
      known = new Set(decodeOld(Uint8Array.from(bytes), encoding));
    }
    return known.has(c);
  };
}

const KANA = [...Array(0x3100 - 0x3041).keys()].map((i) => String.fromCharCode(0x3041 + i)).join("");
const SIGNS = "，。、；：？！“”‘’（）《》—…·【】「」『』ー・";
const LATIN = byPattern(/^\p{Script=Latin}$/u);
const SLAVIC = byPattern(/^[\p{Script=Cyrillic}«»№—–]$/u);
const HELLENIC = byPattern(/^\p{Script=Greek}$/u);
const chinese = firstLevel("gbk", [0xb0, 0xd7], [0xa1, 0xfe]);

const script = (encoding: string, system: System, common: string, isUsual: Script["isUsual"]): Script => ({
  ...{ encoding, system, common: new Set(common), isUsual },
});

/** The first of two that fit equally well wins; the first of all is the one that others must clearly beat. */
const SCRIPTS: readonly Script[] = [
  script("windows-1252", "latin", WESTERN, LATIN),
  script("gbk", "other", CHINESE + SIGNS, chinese),
  script("gb18030", "other", CHINESE + SIGNS, chinese),
  script("big5", "other", TAIWANESE + SIGNS, firstLevel("big5", [0xa4, 0xc6], [0x40, 0xfe])),
  script("shift_jis", "other", KANA + JAPANESE + SIGNS, firstLevel("shift_jis", [0x88, 0x97], [0x40, 0xfc])),
  script("euc-jp", "other", KANA + JAPANESE + SIGNS, firstLevel("euc-jp", [0xb0, 0xcf], [0xa1, 0xfe])),
  script("euc-kr", "other", KOREAN, firstLevel("euc-kr", [0xb0, 0xc8], [0xa1, 0xfe])),
  script("windows-1251", "alphabet", CYRILLIC, SLAVIC),
  script("koi8-r", "alphabet", CYRILLIC, SLAVIC),
  script("iso-8859-5", "alphabet", CYRILLIC, SLAVIC),
  script("cp866", "alphabet", CYRILLIC, SLAVIC),
  script("windows-1253", "alphabet", GREEK, HELLENIC),
  script("iso-8859-7", "alphabet", GREEK, HELLENIC),
  script("windows-1255", "alphabet", HEBREW, byPattern(/^[\u05b0-\u05c2]$/u)),
  script("windows-1256", "alphabet", ARABIC, byPattern(/^\p{Script=Arabic}$/u)),
  script("windows-874", "alphabet", THAI, byPattern(/^\p{Script=Thai}$/u)),
  script("windows-1254", "latin", TURKISH, LATIN),
  script("windows-1257", "latin", BALTIC, LATIN),
  script("windows-1250", "latin", EASTERN, LATIN),
  script("iso-8859-2", "latin", EASTERN, LATIN),
];

const LETTER = /^[\p{L}\p{M}]$/u;
/** Letters of Hebrew and Arabic whose form stands only at the end of a word, and some that never stand there. */
const MISPLACED = /[ךםןףץةى](?=\p{L})|[כמנפצ](?!\p{L})/gu;
/** A text in which all bytes pair to usual characters is hardly ever one of single bytes, so this is added. */
const PAIRED = 0.3;

/** Backspace, tab, the line and page breaks, the end mark of DOS, and escape. */
const TEXT_CONTROLS: ReadonlySet<number> = new Set([8, 9, 10, 11, 12, 13, 0x1a, 0x1b]);

/** True for characters that text holds. Controls, gaps in an encoding and private characters speak against it. */
export function isPlausible(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c >= 0x20 && c < 0x7f) continue;
    if (c < 0x20 ? !TEXT_CONTROLS.has(c) : c < 0xa0 || c === 0xfffd || (c >= 0xe000 && c < 0xf900))
      return false;
  }
  return true;
}

const BINARY: NoText = { why: "is binary" };

/** How well one character fits its place in a text of a script; 1 is as in any text of it. */
function fitOf(c: string, before: string, after: string, { system, common, isUsual }: Script): number {
  const known = common.has(c) ? 1 : isUsual(c) ? 0.6 : 0;
  if (system === "other") return known;
  const [left, right] = [LETTER.test(before), LETTER.test(after)];
  if (!LETTER.test(c)) return left && right && !/^[’´·–—…]$/u.test(c) ? -1.5 : known;
  const small = (letter: string): boolean => letter !== letter.toUpperCase();
  // Capital letters stand first in a word, or all along it.
  if (c !== c.toLowerCase() && left && small(before)) return -1;
  if (c !== c.toUpperCase() && left && before > "\u007f" && !small(before) && right && !small(after))
    return -0.5;
  const beside = (left && before < "\u0080") || (right && after < "\u0080");
  const among = left && before > "\u007f" && right && after > "\u007f";
  // Latin words are mostly ASCII; words of another alphabet hold none of it.
  if (system === "latin") return among && c !== c.toUpperCase() ? -0.5 : known;
  return beside ? -1 : left || right ? known : 0;
}

/** How well a text fits a script, up to 1 for each character beyond ASCII; below 0 when it cannot be in it. */
function scoreOf(text: string, each: Script): number {
  if (!isPlausible(text)) return -1;
  const characters = [...text];
  let [sum, count] = [0, 0];
  for (const [i, c] of characters.entries()) {
    if (c < "\u0080") continue;
    count++;
    sum += fitOf(c, characters[i - 1] ?? " ", characters[i + 1] ?? " ", each);
  }
  if (each.system === "alphabet") sum -= text.match(MISPLACED)?.length ?? 0;
  const score = count === 0 ? 0 : sum / count;
  return each.system === "other" && score > 0.4 ? score + PAIRED : score;
}

/** The encodings that bytes look like, the likeliest first. */
function guess(sample: Uint8Array): readonly string[] {
  let [end, found] = [0, 0];
  while (end < sample.length && found < ENOUGH) if ((sample[end++] ?? 0) > 127) found++;
  // A part ends behind a byte that is never within a character.
  while (end < sample.length && (sample[end - 1] ?? 0) >= 0x30) end++;
  const part = sample.subarray(0, end);
  const scores = SCRIPTS.map((each) => ({
    ...{ encoding: each.encoding, score: scoreOf(decodeOld(part, each.encoding), each) },
  }));
  const least = Math.max(0.3, (scores[0]?.score ?? 0) + 0.05);
  const fits = scores.filter(({ score }, i) => (i === 0 ? score > 0 : score > least));
  return fits.sort((a, b) => b.score - a.score).map(({ encoding }) => encoding);
}

/** UTF-16 without a mark, by its NUL bytes: in ASCII and in line ends, each second byte is one. */
function wideCandidates(sample: Uint8Array): string[] {
  let [even, odd] = [0, 0];
  for (let at = 0; at < sample.length; at++) {
    if (sample[at] !== 0) continue;
    if (at % 2 === 0) even++;
    else odd++;
    if (even > 0 && odd > 0) return [];
  }
  if (even + odd < sample.length / 8) return [];
  return [even === 0 ? "utf-16le-unmarked" : "utf-16be-unmarked"];
}

/** How many bytes the UTF-8 character has that begins here; 0 when none does. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  if (byte < 0x80) return 1;
  const length = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  for (let n = 1; n < length; n++) if (((bytes[at + n] ?? 0) & 0xc0) !== 0x80) return 0;
  return length;
}

/** The line of the first byte that is no UTF-8, if most of the bytes beyond ASCII are. */
function brokenUtf8(bytes: Uint8Array): number | undefined {
  let [fits, breaks, line, broken] = [0, 0, 1, 0];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === 10) line++;
    const length = utf8Length(bytes, at);
    if (length > 1) fits++;
    if (length === 0 && breaks++ === 0) broken = line;
    at += Math.max(1, length);
  }
  return fits > breaks ? broken : undefined;
}

/** The encodings that a file can have by a sample of it, the likeliest first; or why it is no text. */
export async function candidatesFor(
  sample: Uint8Array,
  likely: () => Promise<LikelyEncodings>,
  isWhole: boolean,
): Promise<readonly string[] | NoText> {
  const wide = sample.includes(0) ? wideCandidates(sample) : undefined;
  if (wide !== undefined) return wide.length === 0 ? BINARY : wide;
  if (sample.some((byte) => (byte < 0x20 && !TEXT_CONTROLS.has(byte)) || byte === 0x7f)) return BINARY;
  const line = brokenUtf8(sample);
  if (line !== undefined)
    return { why: `is UTF-8 except for some bytes${isWhole ? `, first in line ${line}` : ""}` };
  const { names, guessFirst } = await likely();
  const named = names.filter((name) => !name.startsWith("utf-"));
  const guessed = guess(sample);
  const first = guessFirst ? [...guessed, ...named] : [...named, ...guessed];
  return [...new Set([...first, "windows-1252", "iso-8859-1"])];
}

/** The reason for bytes that are in none of their candidates. */
export function noneFits(candidates: readonly string[]): NoText {
  const wide = candidates.every((name) => name.startsWith("utf-16"));
  return wide ? BINARY : { why: "is binary, or text in an encoding that cannot be told" };
}
