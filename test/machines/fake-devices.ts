import type { UsbDevice } from "../../src/hotplug/types.ts";
import type { Identity } from "../../src/rules/types.ts";

const DIAL = { init: ["ATZ"], context: 1, dial: "ATD*99***1#", reset: "AT+CFUN=1,1" };

/** 148f:5370 is a WiFi dongle, of no rule. */
export const DONGLE = "148f:5370";

/** 19d2:2000 is a stick in storage mode, 19d2:0031 and 12d1:1001 are modems, 1d6b:0002 a hub, ffff:* may be one. */
export function identityOf(device: UsbDevice): Identity {
  const why = "test";
  if (device.vendorId === 0xdead) throw new Error("a fault of our own");
  if (device.vendorId === 0x19d2 && device.productId === 0x2000) {
    const plan = { source: "test", steps: [{ method: "standardEject" as const }], targets: ["19d2:0031"] };
    return { kind: "storage", name: "MF102", plan, why };
  }
  if (device.vendorId === 0x19d2 || device.vendorId === 0x12d1) {
    return { kind: "modem", name: "MF102", ports: { at: 1, data: 3, candidates: [] }, dial: DIAL, why };
  }
  if (device.vendorId === 0xffff) {
    return { kind: "maybe", name: "unknown", ports: { at: null, data: null, candidates: [] }, dial: DIAL, why };
  }
  if (device.vendorId === 0x0fce) return { kind: "unswitchable", name: "Sony", method: "SonyMode", why };
  if (device.vendorId === 0x1d6b) return { kind: "hub", name: "hub", why };
  return { kind: "other", name: "keyboard", why };
}
