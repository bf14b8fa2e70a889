import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { isLanPrefix } from "./check-desired.ts";
import { ipv6Text } from "./ipv6-addresses.ts";

/**
 * The LAN's own IPv6 network: `fd`, 40 random bits, subnet 0 (RFC 4193, 3.2), made once and kept in `file`, so that hosts keep
 * their addresses. Rejects with the system's error when it cannot be kept.
 */
export async function keptLanPrefix(file: string): Promise<string> {
  const kept = (await readFile(file, "latin1").catch(() => "")).trim();
  if (isLanPrefix(kept)) return kept;
  const prefix = `${ipv6Text(`fd${randomBytes(5).toString("hex")}${"0".repeat(20)}`)}/64`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${prefix}\n`);
  return prefix;
}
