import type { Finding, Probe } from "./types.ts";

/** Without these no dongle becomes an access point, while all else works. */
const PROGRAMS = [
  { name: "hostapd", package: "hostapd" },
  { name: "hostapd_cli", package: "hostapd" },
  { name: "iw", package: "iw" },
] as const;
const REGULATORY_DB = "/lib/firmware/regulatory.db";

/** Whether WiFi dongles can become an access point here. */
export async function checkAccessPoint(probe: Probe): Promise<Finding[]> {
  const found = await Promise.all(PROGRAMS.map(({ name }) => probe.findProgram(name)));
  const missing = PROGRAMS.filter((_, index) => found[index] === null);
  const packages = [...new Set(missing.map((program) => program.package))];
  return [
    missing.length === 0
      ? { level: "ok", text: `access point: programs ${PROGRAMS.map(({ name }) => name).join(", ")}` }
      : {
          level: "warn",
          text: `access point: no program ${missing.map(({ name }) => name).join(", ")}: no dongle can become one`,
          mend: `apt install ${packages.join(" ")}`,
        },
    (await probe.exists(REGULATORY_DB))
      ? { level: "ok", text: "access point: the kernel's database of what countries allow" }
      : {
          level: "warn",
          text: "access point: no database of what countries allow: accessPoint.country cannot take effect",
          mend: "apt install wireless-regdb",
        },
  ];
}
