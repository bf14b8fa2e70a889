import { isIPv4 } from "node:net";
import * as z from "zod";
import { parseHubPath, parsePortPath } from "../hotplug/types.ts";
import { balancerSchema } from "./balancer-schema.ts";
import { modemsSchema, plainText, uplinkRank } from "./modem-schema.ts";
import type { Config } from "./types.ts";

/** Kernel: dev_valid_name() in net/core/dev.c, and at most 15 bytes; narrowed to what needs no escaping anywhere. */
const interfaceName = z
  .string({ error: "expected the name of a network interface" })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, {
    error: "expected the name of a network interface, at most 15 characters",
  });

const ipv4 = z.string({ error: "expected an IPv4 address" }).refine(isIPv4, { error: "expected an IPv4 address" });

const ipv4WithPrefix = z.string({ error: "expected an IPv4 address with prefix, e.g. 172.17.2.1/24" }).refine(
  (text) => {
    const [address = "", prefix = "", ...rest] = text.split("/");
    return (
      isIPv4(address) && /^[0-9]{1,2}$/.test(prefix) && Number(prefix) >= 8 && Number(prefix) <= 30 && rest.length === 0
    );
  },
  { error: "expected an IPv4 address with prefix, e.g. 172.17.2.1/24" },
);

/** What an uplink is known by must not be what a modem could be known by, nor one of our own interfaces (`wan1-1_3`). */
const uplinkInterface = interfaceName
  .refine((name) => parsePortPath(name) === null, {
    error: "looks like a USB port's path; rename the interface (systemd.link) to use it as an uplink",
  })
  .refine((name) => !/^wan(?:[0-9]|$)/.test(name), { error: "interfaces named wan… are those of wanherd's own modems" })
  .refine((name) => !["lo", "all", "default"].includes(name), { error: "is no interface that leads anywhere" });

const uplinks = z
  .array(
    z.strictObject({
      interface: uplinkInterface,
      weight: uplinkRank.weight.default("auto"),
      tier: uplinkRank.tier.default(1),
    }),
  )
  .max(16)
  .refine((list) => new Set(list.map((uplink) => uplink.interface)).size === list.length, {
    error: "an interface is named twice",
  });

const bundle = z.strictObject({
  engine: z.enum(["mptcp", "mlppp"]).default("mptcp"),
  concentrator: z
    .string({ error: "expected a host name or address" })
    .regex(/^[A-Za-z0-9][A-Za-z0-9.:-]{0,252}$/, { error: "expected a host name or address" })
    .nullable()
    .default(null),
  key: plainText(256).nullable().default(null),
});

const accessPoint = z.strictObject({
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
    .array(z.int().min(1).max(13), { error: "expected a list of channels" })
    .min(1)
    .max(13)
    .refine((list) => new Set(list).size === list.length, { error: "a channel is named twice" })
    .default([1, 6, 11]),
  security: z.enum(["wpa2", "wpa3", "wpa2-wpa3"]).default("wpa2-wpa3"),
});

const lan = z
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
      .prefault({}),
  })
  .check((context) => {
    const { address, dhcp } = context.value;
    const fault = rangeFault(address, dhcp.from, dhcp.to);
    if (fault !== null) context.issues.push({ code: "custom", path: ["dhcp"], message: fault, input: dhcp });
  });

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

/** Hubs by port path or as `usb1`, each with what its supply gives in mA: no USB supply gives more than 100 A. */
const power = z.strictObject({
  hubs: z
    .record(z.string(), z.int({ error: "expected mA as a whole number" }).min(100).max(100_000))
    .default({})
    .check((context) => {
      for (const name of Object.keys(context.value)) {
        if (parseHubPath(name) !== null) continue;
        const message = "not a hub's port path such as 1-1, nor a root hub such as usb1";
        context.issues.push({ code: "custom", path: [name], message, input: name });
      }
    }),
});

/** The keys of wanherd.yaml, each with what may be said of it alone. */
const keys = z.strictObject({
  modems: modemsSchema.prefault({}),
  balancer: balancerSchema.prefault({}),
  uplinks: uplinks.default([]),
  bundle: bundle.prefault({}),
  accessPoint: accessPoint.prefault({}),
  lan: lan.prefault({}),
  dns: z.strictObject({ enabled: z.boolean().default(true) }).prefault({}),
  power: power.prefault({}),
  probe: z
    .strictObject({
      // Quad9 and Cloudflare: two networks that are unlikely to be out of reach together.
      servers: z.array(ipv4, { error: "expected a list of IPv4 addresses" }).max(8).default(["9.9.9.9", "1.1.1.1"]),
    })
    .prefault({}),
  // Satellites take 0.7 s, EDGE 1 s. What 5 % loss each way does to question and answer together is 10 %.
  health: z
    .strictObject({
      loss: z.number({ error: "expected a part, from 0.1 to 1" }).min(0.1).max(1).default(0.4),
      latencyMs: z.int({ error: "expected ms as a whole number" }).min(100).max(30_000).default(2_000),
    })
    .prefault({}),
  journal: z
    .strictObject({
      directory: z
        .string({ error: "expected a folder" })
        .regex(/^\/[^\p{Cc}]{0,254}$/u, { error: "expected a full path, beginning with /" })
        .default("/var/lib/wanherd"),
      maxMegabytes: z.int({ error: "expected a whole number" }).min(1).max(10_000).default(50),
    })
    .prefault({}),
});

/** The whole of wanherd.yaml. Every key has a default; unknown keys are refused. */
export const configSchema = keys.check((context) => {
  const { uplinks: named, lan: local } = context.value;
  const index = named.findIndex((uplink) => uplink.interface === local.bridge);
  if (index === -1) return;
  const message = "is the LAN's bridge (lan.bridge), which can be no uplink";
  context.issues.push({ code: "custom", path: ["uplinks", index, "interface"], message, input: local.bridge });
}) satisfies z.ZodType<Config>;
