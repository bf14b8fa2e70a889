const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["m", 60],
  ["s", 1],
] as const;

/** How long ago `since` (ISO 8601) was, as `secondsText` has it. */
export function ageText(since: string, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 1000));
  return Number.isNaN(seconds) ? "?" : secondsText(seconds);
}

/** A time in its two largest units: `8s`, `12m`, `2h14m`, `3d4h`. Minutes stand alone. */
export function secondsText(seconds: number): string {
  const index = UNITS.findIndex(([, size]) => seconds >= size);
  const [unit, size] = UNITS[index] ?? ["s", 1];
  const [smallUnit, smallSize] = UNITS[index + 1] ?? ["s", 1];
  const small = Math.floor((seconds % size) / smallSize);
  const second = unit === "m" || small === 0 || index === -1 ? "" : `${small}${smallUnit}`;
  return `${Math.floor(seconds / size)}${unit}${second}`;
}

/** How long ago, as words of a sentence: `8 seconds`, `2 hours 14 minutes`. */
export function ageWords(since: string, now: Date): string {
  const words = { d: "day", h: "hour", m: "minute", s: "second" } as const;
  return ageText(since, now)
    .replace(/(\d+)([dhms])/g, (_, count: string, unit: keyof typeof words) => {
      return `${count} ${words[unit]}${count === "1" ? "" : "s"} `;
    })
    .trim();
}

/**
 * An ISO 8601 time on the clock of this place, as `2026-01-05 14:02:07.123`.
 * @param zoneMinutes minutes east of UTC; by default as this machine's zone was at that time.
 */
export function clockText(time: string, zoneMinutes?: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "?";
  const offset = zoneMinutes ?? -date.getTimezoneOffset();
  return new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 23).replace("T", " ");
}
