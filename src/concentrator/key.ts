import { mkdir, rename, writeFile } from "node:fs/promises";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { makeKey } from "../bundle/invitation.ts";
import { isMissing, readBounded, utf8 } from "../config/read-bounded.ts";

const KEY = /^[A-Za-z0-9_-]{43}$/;

/** The concentrator's key; null: none was made yet. Rejects with FailureError SystemRefused where it may not be read or is none. */
export async function readKey(directory: string): Promise<string | null> {
  const file = `${directory}/key`;
  try {
    const text = utf8(await readBounded(file, 1_000)).trim();
    if (KEY.test(text)) return text;
  } catch (cause) {
    if (isMissing(cause)) return null;
    throw refusal(`${file} could not be read`, file, cause);
  }
  throw new FailureError("SystemRefused", `${file} holds no key`, { tried: file });
}

/** The same, made when there is none yet or when a new one is asked for: then who has the old one is out. Only root may read it. */
export async function keptKey(directory: string, renew = false): Promise<string> {
  const kept = renew ? null : await readKey(directory);
  if (kept !== null) return kept;
  const made = makeKey();
  const file = `${directory}/key`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(`${file}.new`, `${made}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    throw refusal(`${file} could not be written`, file, cause);
  }
  return made;
}

function refusal(what: string, tried: string, cause: unknown): FailureError {
  return new FailureError("SystemRefused", `${what}: ${printable(failureFrom(cause).message, 200)}`, { tried, cause });
}
