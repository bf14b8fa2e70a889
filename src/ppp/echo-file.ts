import { readFile } from "node:fs/promises";

const FOLDER = "/run/wanherd";
/** pppd: lcp.c, LCP_RTT_MAGIC and the comment above lcp_rtt_update_buffer. */
const MAGIC = 0x19450425;
const INDEX_OFFSET = 8;
const HEADER_BYTES = 16;

/** Where pppd notes the answers to LCP's echo for this interface (pppd(8), `lcp-rtt-file`). */
export function echoFileOf(interfaceName: string, folder = FOLDER): string {
  return `${folder}/lcp-echo-${interfaceName}`;
}

/**
 * A number that is another one after each answer to LCP's echo: the index of pppd's newest note in its ring of them. Null
 * when pppd keeps no such file, as before 2.5.1.
 */
export async function readEchoMark(interfaceName: string, folder?: string): Promise<number | null> {
  const bytes = await readFile(echoFileOf(interfaceName, folder)).catch(() => null);
  if (bytes === null || bytes.length < HEADER_BYTES || bytes.readUInt32BE(0) !== MAGIC) return null;
  return bytes.readUInt32BE(INDEX_OFFSET);
}
