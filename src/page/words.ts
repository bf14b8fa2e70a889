const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time in its two largest units: `52 s`, `6 min 52 s`, `2 h 14 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000)) * 1000;
  const two = (big: number, unit: string, small: number, smallUnit: string): string => {
    const rest = Math.floor((whole % big) / small);
    return `${Math.floor(whole / big)} ${unit}${rest === 0 ? "" : ` ${rest} ${smallUnit}`}`;
  };
  if (whole < MINUTE) return `${whole / 1000} s`;
  if (whole < HOUR) return two(MINUTE, "min", 1000, "s");
  return whole < DAY ? two(HOUR, "h", MINUTE, "min") : two(DAY, "d", HOUR, "h");
}

/** A time on this clock: `14:02:07`, without seconds if they are not wanted; with its day where that is not the day of `now`. */
export function clockText(at: number, now: number, seconds = true): string {
  const date = new Date(at);
  const clock = [date.getHours(), date.getMinutes(), ...(seconds ? [date.getSeconds()] : [])]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
  const day = (time: Date): string => `${time.getDate()} ${MONTHS[time.getMonth()] ?? ""}`;
  return day(date) === day(new Date(now)) ? clock : `${day(date)}, ${clock}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A rate in bytes a second, in three digits at most: `0 B/s`, `12 kB/s`, `1.4 MB/s`. Units of a thousand. */
export function rateText(bytesPerSecond: number): string {
  return `${amountText(bytesPerSecond)}/s`;
}

/** An amount of bytes in the same way. */
export function amountText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** The last time that a clock here showed this, in ms; null: it is no time. */
export function timeOfDay(text: string, now: number): number | null {
  const [, hours, minutes, seconds = "0"] = /^([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return null;
  const date = new Date(now);
  date.setHours(Number(hours), Number(minutes), Number(seconds), 0);
  if (date.getTime() > now) date.setDate(date.getDate() - 1);
  return date.getTime();
}
