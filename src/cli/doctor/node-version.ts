import type { Finding, Probe } from "./types.ts";

/** As in package.json's `engines`: what Debian 13 has. */
export const LEAST_NODE = "20.19";

/** Whether Node is as new as the program needs it; npm only warns of that. */
export async function checkNodeVersion(probe: Pick<Probe, "nodeVersion">): Promise<Finding[]> {
  const version = await probe.nodeVersion();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = LEAST_NODE.split(".").map(Number);
  const isNewEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isNewEnough) return [{ level: "ok", text: `Node ${version}` }];
  return [
    {
      level: "fail",
      text: `Node ${version} is too old: ${LEAST_NODE} at least`,
      mend: "Debian 13: apt install nodejs; an older system: a newer one from https://nodejs.org",
    },
  ];
}
