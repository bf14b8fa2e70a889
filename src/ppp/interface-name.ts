import { createHash } from "node:crypto";
import type { PortPath } from "../hotplug/types.ts";

/** IFNAMSIZ without its final NUL (Linux, include/uapi/linux/if.h). */
const MAX_NAME = 15;

/**
 * The ppp interface of a port: `wan1-1_3` for `1-1.3`. The dot is replaced because sysctl paths read it as a
 * separator. A path too long for a name becomes `wan` and 12 hex digits of its SHA-256, the same at every start.
 */
export function interfaceNameFor(port: PortPath): string {
  const name = `wan${port.replaceAll(".", "_")}`;
  if (name.length <= MAX_NAME) return name;
  return `wan${createHash("sha256")
    .update(port)
    .digest("hex")
    .slice(0, MAX_NAME - 3)}`;
}
