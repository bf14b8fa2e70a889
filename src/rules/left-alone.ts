import type { UsbDevice } from "../hotplug/types.ts";
import { classOf, isOfClass } from "./class-triple.ts";

/** USB's defined class codes (usb.org), in a person's words, most telling first. */
const CLASSES: readonly (readonly [pattern: string, words: string])[] = [
  ["08/*/*", "a memory stick, disk or card reader (mass storage), and no known modem in disguise"],
  ["03/*/*", "a keyboard, mouse or other input device (HID)"],
  ["07/*/*", "a printer"],
  ["0e/*/*", "a camera (video)"],
  ["01/*/*", "an audio device"],
  ["06/*/*", "a camera or phone (still image)"],
  ["0b/*/*", "a smart card reader"],
  ["e0/01/01", "a Bluetooth adapter"],
  ["e0/01/03", "a network adapter or tethering phone (RNDIS)"],
  ["02/02/*", "a serial port that does not say it takes AT commands"],
  ["02/06/*", "a network adapter (CDC Ethernet)"],
  ["02/0d/*", "a network adapter (CDC NCM)"],
  ["02/0e/*", "a mobile broadband device that speaks only MBIM"],
  ["fe/*/*", "a device of a special application (firmware update or measurement)"],
];

/** Why a device that no rule knows is left alone. */
export function whyLeftAlone(device: UsbDevice): string {
  const [first] = device.interfaces;
  if (first === undefined) return "it has no interfaces";
  const known = CLASSES.find(([pattern]) => device.interfaces.some((face) => isOfClass(face, pattern)));
  return known ? `it is ${known[1]}` : `nothing is known of a device with interfaces of class ${classOf(first)}`;
}
