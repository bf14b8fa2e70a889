/** The text without what could play with a reader's terminal; line ends stay. */
export function printableText(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, "·");
}
