import { createPrivateKey, createPublicKey } from "node:crypto";
import { deriveSecret } from "../invitation.ts";

/** DER of a PKCS #8 key for X25519 up to its 32 bytes (RFC 8410, 7). */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");

/** A key pair as WireGuard writes it, base64. */
export interface WireguardKeys {
  /** Secret. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Both ends derive all keys from the bundle's own: so there is nothing to be exchanged but that. */
export function concentratorKeys(key: string): WireguardKeys {
  return keysFrom(deriveSecret(key, "mlppp wireguard concentrator"));
}

/** Of member 1–8: WireGuard keeps one way to a peer, so each member is a peer of its own. */
export function memberKeys(key: string, member: number): WireguardKeys {
  return keysFrom(deriveSecret(key, `mlppp wireguard gateway ${member}`));
}

/** CHAP's secret (RFC 1994). */
export function chapSecret(key: string): string {
  return deriveSecret(key, "mlppp chap");
}

function keysFrom(secret: string): WireguardKeys {
  const bytes = Buffer.from(secret, "base64url");
  // X25519's clamping (RFC 7748, 5), as wg genkey does it.
  bytes.writeUInt8(bytes.readUInt8(0) & 248, 0);
  bytes.writeUInt8((bytes.readUInt8(31) & 127) | 64, 31);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, bytes]), format: "der", type: "pkcs8" });
  const { x = "" } = createPublicKey(key).export({ format: "jwk" });
  return { privateKey: bytes.toString("base64"), publicKey: Buffer.from(x, "base64url").toString("base64") };
}
