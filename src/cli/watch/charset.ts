import { textWidth } from "../text-width.ts";

const ASCII: Readonly<Record<string, string>> = {
  "·": "-",
  "…": "~",
  "↓": "v",
  "↑": "^",
  "→": ">",
  "←": "<",
  "–": "-",
  "×": "x",
  "“": '"',
  "”": '"',
};

/** Whether what reads this environment's output takes UTF-8 (locale(7)); a serial console as systemd starts it has no locale. */
export function takesUtf8(environment: Readonly<Record<string, string | undefined>>): boolean {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

/** The text in ASCII, as wide as it was; codes for colours stay. */
export function asciiText(text: string): string {
  return text.replace(/[^\0-\u007f]\p{M}*/gu, (sign) => ASCII[sign] ?? "?".repeat(textWidth(sign)));
}
