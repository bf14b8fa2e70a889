import { isIPv4 } from "node:net";
import * as z from "zod";
import { plainText } from "./modem-schema.ts";
import { interfaceName, ipv4 } from "./network-schema.ts";

const ipv4WithPrefix = z.string({ error: "expected an IPv4 address with prefix, e.g. 172.17.2.1/24" }).refine(
  (text) => {
    const [address = "", prefix = "", ...rest] = text.split("/");
    return (
      isIPv4(address) && /^[0-9]{1,2}$/.test(prefix) && Number(prefix) >= 8 && Number(prefix) <= 30 && rest.length === 0
    );
  },
  { error: "expected an IPv4 address with prefix, e.g. 172.17.2.1/24" },
);

const namesOnce = z
  .array(interfaceName)
  .max(16)
  .refine((list) => new Set(list).size === list.length, { error: "an interface is named twice" });

export const accessPoint = z.strictObject({
  enabled: z.boolean().default(true),
  // IEEE 802.11, 9.4.2.2: 0–32 octets.
  ssid: plainText(32)
    .refine((text) => Buffer.byteLength(text) <= 32, { error: "longer than 32 bytes" })
    .default("MobileAP"),
  // IEEE 802.11, J.4: 8–63 characters of ASCII 32–126. `auto` is too short to be one.
  passphrase: z
    .string({ error: "expected text (put numbers in quotes)" })
    .refine((text) => text === "auto" || /^[\x20-\x7e]{8,63}$/.test(text), {
      error: "expected auto or 8–63 ASCII characters",
    })
    .default("auto"),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: "expected two capital letters, e.g. SE" })
    .nullable()
    .default(null),
  channels: z
    .array(
      z.int().refine(isChannel, { error: "no 20 MHz channel of the 2.4 GHz band (1–13) or the 5 GHz band (36–165)" }),
      { error: "expected a list of channels" },
    )
    .min(1)
    .max(32)
    .refine((list) => new Set(list).size === list.length, { error: "a channel is named twice" })
    .default([1, 6, 11]),
  security: z.enum(["wpa2", "wpa3", "wpa2-wpa3"]).default("wpa2-wpa3"),
  hidden: z.boolean().default(false),
  isolation: z.boolean().default(false),
  // hostapd: max_num_sta, at most 2007 association ids (IEEE 802.11, 9.4.1.8).
  maxStations: z.int().min(1).max(2007).nullable().default(null),
  interfaces: namesOnce.default([]),
});

export const lan = z
  .strictObject({
    bridge: interfaceName.default("lan-br"),
    address: ipv4WithPrefix.default("172.17.2.1/24"),
    dhcp: z
      .strictObject({
        from: ipv4.default("172.17.2.100"),
        to: ipv4.default("172.17.2.150"),
        lease: z
          .string({ error: "expected a time such as 1h" })
          .regex(/^[1-9][0-9]{0,5}[smhd]$/, { error: "expected a time such as 1h" })
          .default("1h"),
      })
      .nullable()
      .prefault({}),
    ports: namesOnce.default([]),
  })
  .check((context) => {
    const { address, dhcp } = context.value;
    const own = addressFault(address);
    if (own !== null) context.issues.push({ code: "custom", path: ["address"], message: own, input: address });
    const fault = dhcp === null ? null : rangeFault(address, dhcp.from, dhcp.to);
    if (fault !== null) context.issues.push({ code: "custom", path: ["dhcp"], message: fault, input: dhcp });
  });

/** The 20 MHz channels of both bands (IEEE 802.11, annex E). 14 is Japan's alone, and for 802.11b. */
function isChannel(channel: number): boolean {
  if (channel <= 13) return channel >= 1;
  const start = [149, 100, 36].find((first) => channel >= first);
  return start !== undefined && (channel - start) % 4 === 0 && (channel <= 64 || channel >= 100) && channel <= 165;
}

/** Why this cannot be the gateway's address in a LAN, or null. */
function addressFault(cidr: string): string | null {
  const [address = "", prefix = ""] = cidr.split("/");
  const [own, size] = [ipv4Number(address), 2 ** (32 - Number(prefix))];
  const [first = 0] = address.split(".").map(Number);
  if (first === 0 || first === 127 || first >= 224) return `${address} is no address of a LAN`;
  if (own % size === 0) return `${address} names the net ${cidr} itself, not the gateway in it`;
  return own % size === size - 1 ? `${address} is the broadcast address of ${cidr}` : null;
}

/** Why these cannot be the leases of this LAN, or null. */
function rangeFault(cidr: string, from: string, to: string): string | null {
  const [address = "", prefix = ""] = cidr.split("/");
  const size = 2 ** (32 - Number(prefix));
  const network = Math.floor(ipv4Number(address) / size) * size;
  const [first, last] = [ipv4Number(from), ipv4Number(to)];
  if (first <= network || last >= network + size - 1) return `from and to must lie in the LAN ${cidr}`;
  if (first > last) return "from must not be above to";
  const own = ipv4Number(address);
  return own >= first && own <= last ? `the gateway's own address ${address} must not lie between from and to` : null;
}

function ipv4Number(address: string): number {
  return address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
}
