import { SECRET_COMMAND } from "../at/redact.ts";

/** What stands where a secret was; the same mark as in AT transcripts. */
const MASK = "•••";

const SECRET_NAMES: ReadonlySet<string> = new Set([
  "pin",
  "puk",
  "password",
  "passphrase",
  "psk",
  "key",
  "token",
  "secret",
]);

/** A secret command and its arguments, up to the next command of the line; what stands in quotes may hold a `;`. */
const SECRET_ARGUMENTS = new RegExp(`(${SECRET_COMMAND.source})(?:"[^"\\r\\n]*"?|[^";\\r\\n])+`, "gi");

/**
 * Whether a property of this name holds a secret: its last word decides, so `simPin` and `wpa_passphrase` do
 * and `pinAttempts` does not.
 */
export function isSecretName(name: string): boolean {
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).filter((word) => word !== "");
  return SECRET_NAMES.has((words.at(-1) ?? "").toLowerCase());
}

/** A secret's value as it may be shown: absence is no secret. */
export function maskSecret(value: unknown): unknown {
  return value === null || value === undefined || value === "" ? (value ?? null) : MASK;
}

/** An IMEI, IMSI or ICCID wherever it stands; their last three digits, which tell two sticks apart, are kept. */
const IDENTITY = /(?<![0-9])[0-9]{11,}(?=[0-9]{3}(?![0-9]))/g;

/** The text without what identifies a modem, a SIM or its owner: of every number of 14 digits or more (3GPP TS 23.003). */
export function maskIdentities(text: string): string {
  return text.replace(IDENTITY, MASK);
}

/** The text without the arguments of AT commands that carry a secret. */
export function maskCommands(text: string): string {
  return text.replace(SECRET_ARGUMENTS, `$1${MASK}`);
}
