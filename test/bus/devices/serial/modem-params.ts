/**
 * What a command is answered instead of its own reply: nothing at all; the device leaves the bus; lines without end and
 * without a final code; 1 MB of text and then OK; binary and then OK; this one line; or these bytes (base64), whatever
 * they are.
 */
export type Override =
  | "silent"
  | "vanish"
  | "endless"
  | "huge"
  | "binary"
  | { readonly says: string }
  | { readonly reply: string };

/** `blocked`: its PUK is used up. `wrong`: the modem is locked to another network's SIM cards. */
export type SimParams = "ready" | "absent" | "blocked" | "wrong" | { readonly pin: string; readonly attempts: number };

/** What may bring a modem to its senses. */
export type Remedy = "radio" | "reset" | "USB reset" | "power";

/** What a modem's firmware suffers from until the remedy: no byte is answered on any port, or no call comes about. */
export interface Ailment {
  readonly shows: "silent" | "no carrier";
  readonly healedBy: Remedy;
}

/** Everything about an emulated modem that a test may want to be otherwise. All of it can be changed while plugged in. */
export interface ModemParams {
  readonly manufacturer: string;
  readonly modelName: string;
  /** From the SIM's being usable, or the radio's being switched on, until the modem is registered. */
  readonly registrationMs: number;
  /** How registration ends (3GPP TS 27.007, 7.2). */
  readonly registration: "home" | "roaming" | "denied" | "none";
  /** From `ATD` to `CONNECT`. */
  readonly dialMs: number;
  readonly sim: SimParams;
  /** From the modem's start until its SIM can be asked anything. */
  readonly simStartMs: number;
  /** Whether it tells unasked, by `+CPIN: …` as Quectel's and SIMCom's do, that a SIM was taken out or put in. */
  readonly simNews: boolean;
  /** +CFUN at its start: 4 is a radio that is off (3GPP TS 27.007, 8.2). */
  readonly functionality: 0 | 1 | 4;
  readonly echo: "until ATE0" | "never" | "always";
  readonly operator: string;
  readonly imsi: string;
  readonly imei: string;
  readonly iccid: string;
  readonly technology: "GSM" | "EDGE" | "UMTS" | "HSDPA" | "HSPA" | "LTE";
  /** +CSQ's first figure: 0–31, or 99 for unknown. */
  readonly signal: number;
  /** Printed after CONNECT; empty for none. */
  readonly connectSpeed: string;
  /** Said instead of CONNECT, e.g. `BUSY`; null dials. */
  readonly refuseDial: string | null;
  readonly ailment: Ailment | null;
  /** APNs with which a call is accepted; null accepts any. */
  readonly apns: readonly string[] | null;
  /** By command as sent, upper case, e.g. `AT+CPIN?`, `ATD*99#` or a whole line. */
  readonly overrides: Readonly<Record<string, Override>>;
  /** Lines a second that it says unasked, all day long: its signal. 0 for none; said in bursts of a tenth of a second. */
  readonly chatter: number;
  /** The carrier behind it, 1–250. */
  readonly carrier: number;
  /** What becomes of PPP: all of it goes through; every byte comes back to its sender; all but IPCP goes through. */
  readonly ppp: "whole" | "looped" | "no IPCP";
  /** What the carrier demands of the caller. */
  readonly authentication: {
    readonly protocol: "chap" | "pap";
    readonly user: string;
    readonly password: string;
  } | null;
}

export const DEFAULT_MODEM: ModemParams = {
  manufacturer: "Emulated",
  modelName: "Modem",
  registrationMs: 300,
  registration: "home",
  dialMs: 300,
  sim: "ready",
  simStartMs: 0,
  simNews: false,
  functionality: 1,
  echo: "until ATE0",
  operator: "Comviq",
  imsi: "240071234567890",
  imei: "356938035643809",
  iccid: "8946071234567890123",
  technology: "HSPA",
  signal: 20,
  connectSpeed: "7200000",
  refuseDial: null,
  ailment: null,
  apns: null,
  overrides: {},
  chatter: 0,
  carrier: 1,
  ppp: "whole",
  authentication: null,
};
