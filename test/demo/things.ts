import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { keyboard } from "../bus/devices/models/keyboard.ts";
import { memoryStick } from "../bus/devices/models/memory-stick.ts";
import type { Model } from "../bus/devices/models/models.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { rt2500usb } from "../bus/devices/models/rt2500usb.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";

/** Something to plug in, and what the show calls it. */
export interface Thing {
  readonly name: string;
  readonly model: Model;
}

export const zte: Thing = { name: "a ZTE MF102, in storage mode", model: zteMf102({ modem: { signal: 18 } }) };
export const huawei: Thing = {
  name: "a Huawei E367, in storage mode",
  model: huaweiE367({
    modem: {
      operator: "Telia",
      imsi: "240011234567890",
      iccid: "8946011234567890123",
      technology: "UMTS",
      signal: 14,
    },
  }),
};
export const quectel: Thing = {
  name: "a Quectel EC25, which needs no switch",
  model: plainModem({
    modem: {
      operator: "Telenor",
      imsi: "240081234567890",
      iccid: "8946081234567890123",
      technology: "LTE",
      signal: 25,
    },
  }),
};
export const cdcAcm: Thing = {
  name: "a modem of the standard class (CDC ACM)",
  model: plainModem({ variant: "acm" }),
};
export const memory: Thing = { name: "a memory stick", model: memoryStick() };
export const dongle: Thing = { name: "a WiFi dongle that can be an access point", model: rt2500usb() };
export const keys: Thing = { name: "a keyboard", model: keyboard() };

/** What the viewer plugs in by keys, in this order. */
export const THINGS: readonly [Thing, ...Thing[]] = [zte, huawei, quectel, cdcAcm, memory, keys];

/** The root hub's ports that the show uses; each has a carrier of the same number behind it. */
export const PORTS = [1, 2, 3, 4, 5, 6, 7] as const;
