import { huaweiE367 } from "../bus/devices/models/huawei-e367.ts";
import { keyboard } from "../bus/devices/models/keyboard.ts";
import { memoryStick } from "../bus/devices/models/memory-stick.ts";
import type { Model } from "../bus/devices/models/models.ts";
import { plainModem } from "../bus/devices/models/plain-modem.ts";
import { zteMf102 } from "../bus/devices/models/zte-mf102.ts";

/** What the viewer plugs in by keys, in this order. */
export const STICKS: readonly { readonly name: string; readonly make: () => Model }[] = [
  { name: "ZTE MF102, in storage mode", make: () => zteMf102() },
  { name: "Huawei E367, in storage mode", make: () => huaweiE367() },
  { name: "Quectel EC25, which needs no switch", make: () => plainModem() },
  { name: "modem of the standard's class (CDC ACM)", make: () => plainModem({ variant: "acm" }) },
  { name: "memory stick", make: () => memoryStick() },
  { name: "keyboard", make: () => keyboard() },
];

/** Ports that have a carrier behind them. */
export const PORTS = [1, 2, 3, 4, 5, 6, 7];
