import { createHash, hkdfSync, randomBytes } from "node:crypto";
import type { EngineName } from "./types.ts";

/** All that a gateway has to know of a concentrator. */
export interface Invitation {
  /** Host name or IPv4 address. */
  readonly host: string;
  /** The TCP or UDP port of each engine that it serves; at least one. */
  readonly ports: Readonly<Partial<Record<EngineName, number>>>;
  /** Secret: 256 random bits, as base64url. */
  readonly key: string;
}

const ENGINES: readonly EngineName[] = ["mptcp", "mlppp"];
/** Used where a config names a host only. */
export const DEFAULT_PORTS: Readonly<Record<EngineName, number>> = { mptcp: 7119, mlppp: 7120 };

const KEY_BYTES = 32;
const CHECK_LENGTH = 8;
const MAX_LENGTH = 512;
const LINE = /^wanherd:1:([^:]{1,253}):([^:]{1,40}):([A-Za-z0-9_-]{43}):([0-9a-f]{8})$/;
const HOST = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/;

/** A new key. */
export function makeKey(): string {
  return randomBytes(KEY_BYTES).toString("base64url");
}

/**
 * The invitation as one line that a shell takes for one word: `wanherd:1:HOST:mptcp=7119,mlppp=7120:KEY:CHECK`. The last part
 * tells a line that was not copied whole.
 */
export function renderInvitation({ host, ports, key }: Invitation): string {
  const engines = ENGINES.flatMap((name) => (ports[name] === undefined ? [] : [`${name}=${ports[name]}`]));
  const text = `wanherd:1:${host}:${engines.join(",")}:${key}`;
  return `${text}:${checkOf(text)}`;
}

/** Why a line is none; never quotes it. */
export type NotInvited = "not an invitation" | "not copied whole" | "of a newer wanherd";

/** The invitation in this line; white space around it does not matter. */
export function parseInvitation(line: string): Invitation | NotInvited {
  const text = line.trim();
  if (text.length > MAX_LENGTH || !text.startsWith("wanherd:")) return "not an invitation";
  if (/^wanherd:[1-9][0-9]{0,3}:/.test(text) && !text.startsWith("wanherd:1:")) return "of a newer wanherd";
  const [, host = "", engines = "", key = "", check] = LINE.exec(text) ?? [];
  if (check === undefined) return "not copied whole";
  if (check !== checkOf(text.slice(0, -CHECK_LENGTH - 1))) return "not copied whole";
  const ports = portsOf(engines);
  return ports === null || !HOST.test(host) ? "not an invitation" : { host, ports, key };
}

/**
 * A secret for one use, in base64url: 256 bits by HKDF (RFC 5869) of the bundle's key. So engines share no secret, and what one
 * of them leaks is no key to the other.
 */
export function deriveSecret(key: string, use: string): string {
  return Buffer.from(hkdfSync("sha256", key, "wanherd bundle 1", use, KEY_BYTES)).toString("base64url");
}

function portsOf(text: string): Invitation["ports"] | null {
  const ports: Partial<Record<EngineName, number>> = {};
  for (const part of text.split(",")) {
    const [, name, digits] = /^([a-z]{1,10})=([1-9][0-9]{0,4})$/.exec(part) ?? [];
    const engine = ENGINES.find((known) => known === name);
    const port = Number(digits);
    if (engine === undefined || ports[engine] !== undefined || !(port <= 65_535)) return null;
    ports[engine] = port;
  }
  return ports;
}

function checkOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, CHECK_LENGTH);
}
