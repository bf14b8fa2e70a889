import { randomInt } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { isMissing, readBounded, utf8 } from "../config/read-bounded.ts";

/** Without letters and digits that are taken for one another. 31 of them, 16 times: 79 bits. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS = 4;
const GROUP_LENGTH = 4;
/** IEEE 802.11, J.4. */
const PASSPHRASE = /^[\x20-\x7e]{8,63}$/;

/** The access point's passphrase in force. */
export interface Passphrase {
  /** Another number after each change; says nothing of it. */
  readonly version: number;
  /** The passphrase itself. Throws FailureError SystemRefused where the made one could not be kept. */
  current(): string;
  /** What the config says: a passphrase, or `auto`. Never rejects. */
  use(configured: string): Promise<void>;
}

/** `directory`: where one that was made is kept. Nothing is known until the first `use`. */
export function createPassphrase(directory: string): Passphrase {
  let text: string | null = null;
  let failed: unknown = new FailureError("SystemRefused", "the passphrase is not known yet");
  let version = 0;
  return {
    get version() {
      return version;
    },
    current() {
      if (text === null) throw failed;
      return text;
    },
    async use(configured) {
      const before = text;
      try {
        text = configured === "auto" ? await keptPassphrase(directory) : configured;
      } catch (error) {
        text = null;
        failed = error;
      }
      if (text !== before) version++;
    },
  };
}

/** The file that keeps it, in the folder of the journal. */
export function passphraseFile(directory: string): string {
  return `${directory}/passphrase`;
}

/**
 * The access point's passphrase where the config says `auto`: made at the first start, kept in a file that only root may read
 * (0600), and the same from then on. Rejects with FailureError SystemRefused when it cannot be kept.
 */
export async function keptPassphrase(directory: string): Promise<string> {
  const kept = await readPassphrase(directory);
  if (kept !== null) return kept;
  const made = makePassphrase();
  const file = passphraseFile(directory);
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(`${file}.new`, `${made}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `the passphrase could not be kept: ${reason}`, { tried: file, cause });
  }
  return made;
}

/** The kept one; null: none was made yet. Rejects with FailureError SystemRefused when it may not be read. */
export async function readPassphrase(directory: string): Promise<string | null> {
  const file = passphraseFile(directory);
  try {
    const text = utf8(await readBounded(file, 1_000)).trimEnd();
    return PASSPHRASE.test(text) ? text : null;
  } catch (cause) {
    if (isMissing(cause)) return null;
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `the passphrase could not be read: ${reason}`, { tried: file, cause });
  }
}

/** Four groups that can be read out over a phone: `tkhm-7dx4-qpwz-92fa`. */
export function makePassphrase(random: (below: number) => number = randomInt): string {
  const group = (): string => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[random(ALPHABET.length)]).join("");
  return Array.from({ length: GROUPS }, group).join("-");
}
