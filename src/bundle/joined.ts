import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { FailureError, failureFrom, printable } from "../../machines/failure.ts";
import { isMissing, readBounded, utf8 } from "../config/read-bounded.ts";
import type { Config } from "../config/types.ts";
import { DEFAULT_PORTS, type Invitation, parseInvitation, renderInvitation } from "./invitation.ts";

/** Where the invitation is kept that was taken, beside the config. Secret: only root may read it. */
export function joinedFile(configFile: string): string {
  return `${dirname(configFile)}/concentrator.key`;
}

/** The invitation that was taken; null: none was. Rejects with FailureError SystemRefused where it may not be read or is none. */
export async function readJoined(file: string): Promise<Invitation | null> {
  let text: string;
  try {
    text = utf8(await readBounded(file, 1_000));
  } catch (cause) {
    if (isMissing(cause)) return null;
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `${file} could not be read: ${reason}`, { tried: file, cause });
  }
  const invitation = parseInvitation(text);
  if (typeof invitation === "string") throw new FailureError("SystemRefused", `${file}: ${invitation}`);
  return invitation;
}

/** Takes this one instead. Rejects with FailureError SystemRefused. */
export async function keepJoined(file: string, invitation: Invitation): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(`${file}.new`, `${renderInvitation(invitation)}\n`, { mode: 0o600 });
    await rename(`${file}.new`, file);
  } catch (cause) {
    const reason = printable(failureFrom(cause).message, 200);
    throw new FailureError("SystemRefused", `${file} could not be written: ${reason}`, { tried: file, cause });
  }
}

/** Takes none any more. */
export async function forgetJoined(file: string): Promise<void> {
  await rm(file, { force: true });
}

/** Where the concentrator is and what proves who we are. */
export interface BundleTarget {
  readonly host: string;
  readonly port: number;
  /** Secret. */
  readonly key: string;
}

/** By the config, and where it leaves something open, by the invitation. Null: nothing names a concentrator. */
export function targetOf(
  { engine, concentrator, key }: Config["bundle"],
  joined: Invitation | null,
): BundleTarget | "no key" | "engine not served" | null {
  if (concentrator === null && joined === null) return null;
  const secret = key ?? joined?.key ?? null;
  if (secret === null) return "no key";
  if (concentrator !== null) {
    const [host = "", port] = concentrator.split(":");
    return {
      host,
      port: port === undefined ? (joined?.ports[engine] ?? DEFAULT_PORTS[engine]) : Number(port),
      key: secret,
    };
  }
  const port = joined?.ports[engine];
  return joined === null || port === undefined ? "engine not served" : { host: joined.host, port, key: secret };
}
