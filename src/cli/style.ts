/** How a piece of text stands out; `plain` leaves all as it is. */
export interface Style {
  good(text: string): string;
  busy(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const same = (text: string): string => text;

export const plain: Style = { good: same, busy: same, bad: same, dim: same, bold: same };

/** Select Graphic Rendition codes (ECMA-48, 8.3.117); the first sixteen colours, which follow the terminal's own theme. */
const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;

export const coloured: Style = {
  good: sgr(32, 39),
  busy: sgr(33, 39),
  bad: sgr(31, 39),
  dim: sgr(2, 22),
  bold: sgr(1, 22),
};

/** Colour only for a person's terminal that has not declined it (no-color.org: NO_COLOR set and not empty). */
export function chooseStyle(isTty: boolean, environment: Readonly<Record<string, string | undefined>>): Style {
  const declined = (environment.NO_COLOR ?? "") !== "" || environment.TERM === "dumb";
  return isTty && !declined ? coloured : plain;
}
