import type { Override } from "./modem-params.ts";

/** The override for a command line or a single command (with its `AT`); a key's trailing `*` stands for any rest. */
export function findOverride(overrides: Readonly<Record<string, Override>>, command: string): Override | undefined {
  const wanted = command.trim().toUpperCase();
  for (const [key, override] of Object.entries(overrides)) {
    const pattern = key.toUpperCase();
    const matches = pattern.endsWith("*") ? wanted.startsWith(pattern.slice(0, -1)) : wanted === pattern;
    if (matches) return override;
  }
  return undefined;
}

const MEGABYTE = 1_000_000;
const OK = Buffer.from("\r\nOK\r\n");

/** The bytes of an answer that is sent at once. */
export function misbehavedReply(
  override: "huge" | "binary" | { readonly says: string } | { readonly reply: string },
): Buffer {
  if (override === "huge") return Buffer.concat([Buffer.from("\r\n"), Buffer.alloc(MEGABYTE, "x"), OK]);
  if (override === "binary") return Buffer.concat([Buffer.from(Array.from({ length: 4096 }, (_, i) => i & 0xff)), OK]);
  if ("says" in override) return Buffer.from(`\r\n${override.says}\r\n`);
  return Buffer.from(override.reply, "base64");
}

const ENDLESS_LINE = Buffer.from("\r\n+ENDLESS: there is always one more line\r\n".repeat(20));
const ENDLESS_EVERY_MS = 20;
const ENDLESS_BACKLOG = 64 * 1024;

/** An answer that never comes to its end. Returns what stops it. */
export function streamEndlessly(endpoint: { send(bytes: Buffer): void; readonly queuedBytes: number }): () => void {
  const timer = setInterval(() => {
    if (endpoint.queuedBytes < ENDLESS_BACKLOG) endpoint.send(ENDLESS_LINE);
  }, ENDLESS_EVERY_MS);
  return () => clearInterval(timer);
}
