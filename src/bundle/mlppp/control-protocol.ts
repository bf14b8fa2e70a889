import { MAX_MEMBERS } from "./addresses.ts";

/**
 * What the gateway tells the concentrator inside of WireGuard, one line of ASCII a connection, and gets one back:
 *
 * - `join BUNDLE SPEED PACE`: a member of the connection's own address is about to dial. Answer `ok` when it may, `gone` when this
 *   bundle has ended here, and the gateway has to begin another one.
 * - `leave BUNDLE MEMBER`: this member's link is gone. `ok`.
 * - `measure`: what does this member carry? The answer is no line but MEASURE_BYTES that mean nothing, as fast as they go.
 */
export type Announcement =
  | { readonly type: "join"; readonly bundle: string; readonly speed: number; readonly pace: number | null }
  | { readonly type: "leave"; readonly bundle: string; readonly member: number }
  | { readonly type: "measure" };

export type Answer = "ok" | "gone";

/** Enough to fill a link of 20 Mbit/s and 200 ms, and little of anybody's volume. */
export const MEASURE_BYTES = 1_000_000;

/** Longer lines are refused. */
export const MAX_LINE = 80;

const JOIN = /^join ([0-9a-f]{16}) ([1-9][0-9]{0,7}) ([0-9]{1,9})$/;
const LEAVE = /^leave ([0-9a-f]{16}) ([1-9])$/;

/** Without its line feed. */
export function parseAnnouncement(line: string): Announcement | null {
  if (line === "measure") return { type: "measure" };
  const [, bundle = "", speed = "", pace = ""] = JOIN.exec(line) ?? [];
  if (bundle !== "") return { type: "join", bundle, speed: Number(speed), pace: pace === "0" ? null : Number(pace) };
  const [, left = "", member = ""] = LEAVE.exec(line) ?? [];
  return left === "" || Number(member) > MAX_MEMBERS ? null : { type: "leave", bundle: left, member: Number(member) };
}

export function renderAnnouncement(announcement: Announcement): string {
  if (announcement.type === "measure") return "measure\n";
  return announcement.type === "join"
    ? `join ${announcement.bundle} ${announcement.speed} ${announcement.pace ?? 0}\n`
    : `leave ${announcement.bundle} ${announcement.member}\n`;
}

export function parseAnswer(line: string): Answer | null {
  return line === "ok" || line === "gone" ? line : null;
}
