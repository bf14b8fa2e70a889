import type { Finding, Probe } from "./types.ts";

/** Bit numbers of linux/capability.h. */
const CAP_NET_ADMIN = 12n;

/** Whether we may change the network, and whether pppd finds its device. */
export async function checkRights(probe: Probe): Promise<Finding[]> {
  const [capabilities, ppp] = await Promise.all([probe.capabilities(), probe.exists("/dev/ppp")]);
  const mayChangeNetwork = ((capabilities >> CAP_NET_ADMIN) & 1n) === 1n;
  return [
    mayChangeNetwork
      ? { level: "ok", text: "permission to change the network (CAP_NET_ADMIN)" }
      : {
          level: "fail",
          text: "no permission to change the network (CAP_NET_ADMIN)",
          mend: "run as root, as the service does",
        },
    ppp
      ? { level: "ok", text: "device /dev/ppp" }
      : {
          level: "fail",
          text: "device /dev/ppp is missing",
          mend: "modprobe ppp_generic; in a container, pass the device in",
        },
  ];
}
