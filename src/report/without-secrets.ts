import { isSecretName, maskSecret } from "../journal/redact.ts";

/** What a key of the config may hold beside a secret, and worth knowing. */
const NO_SECRET: ReadonlySet<unknown> = new Set(["auto", null, undefined]);
/** A shorter one (a PIN) may stand in any number, and what of ours holds one masks it by its name or its command. */
const LEAST_SEARCHED = 5;

/** The config with a mark in place of each secret. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, inner]): [string, unknown] => {
    if (typeof inner === "object") return [name, withoutSecrets(inner)];
    return [name, isSecretName(name) && !NO_SECRET.has(inner) ? maskSecret(inner) : inner];
  });
  return Object.fromEntries(entries);
}

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
