import { isSecretName, maskSecret } from "../journal/redact.ts";

/** A shorter one (a PIN) may stand in any number, and what of ours holds one masks it by its name or its command. */
const LEAST_SEARCHED = 5;

/** The config's secrets, to be searched for in what others wrote (the kernel, other programs). */
export function secretsOf(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner === "object") return secretsOf(inner);
    return isSecretName(name) && typeof inner === "string" && inner.length >= LEAST_SEARCHED ? [inner] : [];
  });
}

/** The text with a mark in place of each of these, wherever it stands. */
export function maskAll(text: string, secrets: readonly string[]): string {
  // The longest first, so that of one that contains another nothing is left.
  const ordered = [...secrets].sort((a, b) => b.length - a.length);
  return ordered.reduce((masked, secret) => masked.replaceAll(secret, String(maskSecret(secret))), text);
}
