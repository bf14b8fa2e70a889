/** What a line of hostapd's log says of a radio (hostapd 2.10, wpa_ctrl.h and hostapd_set_state). */
export type LogNews =
  | { readonly type: "enabled"; readonly interface: string }
  /** It serves no longer: it failed, went down or away, or was disabled. */
  | { readonly type: "disabled"; readonly interface: string }
  | { readonly type: "joined" | "left"; readonly interface: string; readonly mac: string };

const LINE = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,14}): (.{1,200})$/;
const STATION = /^AP-STA-(CONNECTED|DISCONNECTED) ([0-9a-f]{2}(?::[0-9a-f]{2}){5})(?: |$)/;
/** An interface that is pulled out is only told of by its state. */
const DISABLED = /^(?:AP-DISABLED|INTERFACE-DISABLED|interface state \w+->DISABLED)(?: |$)/;

/** Null: it says nothing of what we act on. Texts of stations (their names, identities) stand in no such line. */
export function parseLogLine(line: string): LogNews | null {
  const [, name = "", text = ""] = LINE.exec(line) ?? [];
  if (/^AP-ENABLED(?: |$)/.test(text)) return { type: "enabled", interface: name };
  if (DISABLED.test(text)) return { type: "disabled", interface: name };
  const [, change, mac = ""] = STATION.exec(text) ?? [];
  return change === undefined ? null : { type: change === "CONNECTED" ? "joined" : "left", interface: name, mac };
}

/** Which interface a line names first, or null: hostapd's errors often name none, and are then about what it does just now. */
export function interfaceNamed(line: string): string | null {
  return LINE.exec(line)?.[1] ?? null;
}
