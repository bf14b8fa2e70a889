import { isIPv4 } from "node:net";
import { execa } from "execa";
import { programEnvironment } from "../process/program-result.ts";

/** Any address beyond this computer's networks; nothing is sent there. */
const FAR = "192.0.2.1";

/** Our IPv4 address towards the internet; null: there is no way there. It is not the one that others see behind a NAT. */
export async function ownAddress(): Promise<string | null> {
  const { stdout = "" } = await execa("ip", ["-4", "-j", "route", "get", FAR], {
    ...{ reject: false, extendEnv: false, env: programEnvironment(), timeout: 5_000 },
  });
  try {
    const [route] = JSON.parse(stdout) as readonly { readonly prefsrc?: unknown }[];
    return typeof route?.prefsrc === "string" && isIPv4(route.prefsrc) ? route.prefsrc : null;
  } catch {
    return null;
  }
}
